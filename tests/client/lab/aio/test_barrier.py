"""Barriers: nobody goes on before all have come, and nobody waits in vain."""

import pytest

from telesock.client.lab import AsyncLab, BarrierBroken, LabAgent, LabFailure


async def test_rounds_follow_each_other(lab: AsyncLab) -> None:
    barrier = lab.barrier()
    came: list[str] = []

    async def walk(agent: LabAgent) -> list[int]:
        seen = []
        for _ in range(3):
            came.append(agent.name)
            await barrier.wait(agent)
            seen.append(len(came) // 3)
        return seen

    seen = await lab.all.each(walk)

    assert all(number >= step for numbers in seen.values() for step, number in enumerate(numbers, start=1))
    assert barrier.broken == ""


async def test_a_wait_whose_time_is_over_breaks_it_for_all_and_says_who_did_not_come(lab: AsyncLab) -> None:
    barrier = lab.barrier()

    async def wait(agent: LabAgent) -> None:
        await barrier.wait(agent, timeout=None if agent.name == "a" else 0.05)

    with pytest.raises(LabFailure) as raised:
        await lab.group("a", "b").each(wait)

    reason = "the barrier is broken: 2 of 3 were at the barrier after 0.05 s: c did not come"
    assert {name: str(error) for name, error in raised.value.errors.items()} == {"a": reason, "b": reason}
    with pytest.raises(BarrierBroken, match="c did not come") as late:
        await barrier.wait(lab["c"])
    assert late.value.missing == ("c",)


async def test_parties_may_be_so_many(lab: AsyncLab) -> None:
    barrier = lab.barrier(2)

    async def wait(agent: LabAgent) -> bool:
        await barrier.wait()
        return True

    assert await lab.group("a", "b").each(wait) == {"a": True, "b": True}


async def test_it_can_be_broken_by_hand(lab: AsyncLab) -> None:
    barrier = lab.barrier()
    barrier.break_("the test has seen enough")

    with pytest.raises(BarrierBroken, match=r"^the barrier is broken: the test has seen enough$"):
        await barrier.wait(lab["a"])


async def test_a_stranger_is_refused(lab: AsyncLab) -> None:
    with pytest.raises(ValueError, match=r"^c is no party of this barrier: a, b$"):
        await lab.barrier(lab.group("a", "b")).wait(lab["c"])


async def test_an_agent_whose_story_fails_lets_nobody_wait_for_it(lab: AsyncLab) -> None:
    barrier = lab.barrier()

    async def meet(agent: LabAgent) -> None:
        if agent.name == "b":
            raise ValueError("no disk")
        await barrier.wait(agent, timeout=10)

    with pytest.raises(LabFailure) as raised:
        await lab.all.each(meet)

    assert str(raised.value) == (
        "meet failed on 3 of 3 agents: b: no disk; "
        "a, c: the barrier is broken: agent b will not come: meet failed: no disk"
    )
    broken = raised.value.errors["a"]
    assert isinstance(broken, BarrierBroken)
    assert broken.missing == ("b",)


async def test_whoever_comes_after_another_story_has_failed_does_not_wait_for_it_either(
    lab: AsyncLab,
) -> None:
    barrier = lab.barrier()

    async def meet(agent: LabAgent) -> None:
        await barrier.wait(agent, timeout=10)

    with pytest.raises(LabFailure):
        await lab.group("a").each(_fail)
    with pytest.raises(LabFailure, match="agent a will not come: _fail failed: as expected"):
        await lab.group("b", "c").each(meet)


async def test_an_agent_whose_story_has_failed_may_come_in_its_next(lab: AsyncLab) -> None:
    barrier = lab.barrier()

    async def meet(agent: LabAgent) -> str:
        await barrier.wait(agent, timeout=10)
        return agent.name

    with pytest.raises(LabFailure):
        await lab.all.each(_fail)

    assert await lab.all.each(meet) == {"a": "a", "b": "b", "c": "c"}


async def _fail(agent: LabAgent) -> None:
    raise ValueError("as expected")
