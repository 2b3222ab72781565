"""A lab as a whole: who is in it, when it starts together, what is left of it, and what becomes of agents that die."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.agents import AgentProcess, RunningAgent
from tests.client.lab.aio.conftest import Members, OpenLab
from tests.ports import unused_port

from telesock.client import AgentUnavailable, AsyncClient, EventKind, Latency, SessionLost
from telesock.client.lab import (
    AsyncLab,
    BarrierBroken,
    InventoryError,
    LabAgent,
    LabFailure,
    Member,
    SelectorError,
)
from telesock.v1.events_pb2 import Event

StartAgentProcess = Callable[..., Awaitable[AgentProcess]]


async def test_agents_are_had_by_name_by_label_and_in_order(lab: AsyncLab) -> None:
    assert [len(lab), list(lab.agents), [agent.name for agent in lab]] == [3, list("abc"), list("abc")]
    assert (lab["b"].name, "b" in lab, "d" in lab) == ("b", True, False)
    assert lab.select("even=True").names == ("a", "c")
    assert lab.select("even=True,name!=a").names == ("c",)
    assert lab.group("c", "a").names == ("c", "a")
    assert lab.all.but("b").names == ("a", "c")
    assert lab["a"].addresses == ("127.0.0.2",)
    assert lab.group("a", "b", "a").names == ("a", "b")


async def test_an_agent_that_there_is_not_is_told_with_those_that_there_are(lab: AsyncLab) -> None:
    with pytest.raises(SelectorError, match=r"^the lab has no agent 'd': it has a, b, c$"):
        lab.group("a", "d")


async def test_opening_names_each_agent_that_cannot_be_had(members: Members, open_lab: OpenLab) -> None:
    gone = [Member(name, f"127.0.0.1:{unused_port()}") for name in ("x", "y")]
    with pytest.raises(LabFailure) as raised:
        await open_lab((*await members("a"), *gone))

    assert list(raised.value.errors) == ["x", "y"]
    assert str(raised.value) == (
        f"opening the lab failed on 2 of 3 agents: x: {raised.value.errors['x']}; y: {raised.value.errors['y']}"
    )
    assert gone[0].target in str(raised.value.errors["x"])


async def test_an_inventory_is_read_when_the_lab_is_opened(agent: RunningAgent, tmp_path: Path) -> None:
    path = tmp_path / "lab.toml"
    opening = AsyncLab.open(path, lease=5)
    path.write_text(f'[agents.a]\ntarget = "{agent.address}"\nlabels = {{ role = "server" }}\n')
    async with opening as lab:
        assert (lab.select("role=server").names, lab["a"].session.lease) == (("a",), 5)


async def test_a_lab_of_nobody_is_refused(shell: str) -> None:
    with pytest.raises(InventoryError, match=r"^the lab has no agents: it needs one at least$"):
        async with AsyncLab(()):
            pass


async def test_something_is_done_on_all_at_once(lab: AsyncLab) -> None:
    met = lab.barrier()

    async def meet(agent: LabAgent) -> str:
        await met.wait(agent, timeout=10)  # one after the other, the first would wait for ever
        return agent.name.upper()

    assert await lab.all.each(meet) == {"a": "A", "b": "B", "c": "C"}


async def test_what_fails_on_several_is_one_failure_that_names_each(lab: AsyncLab) -> None:
    async def refuse(agent: LabAgent) -> None:
        if agent.name != "b":
            raise ValueError(f"not on {agent.name}")

    with pytest.raises(
        LabFailure, match=r"^refuse failed on 2 of 3 agents: a: not on a; c: not on c$"
    ) as raised:
        await lab.all.each(refuse)

    assert {name: str(error) for name, error in raised.value.errors.items()} == {
        "a": "not on a",
        "c": "not on c",
    }


async def test_clocks_are_known_as_well_as_they_say(lab: AsyncLab) -> None:
    """All agents here have our own clock: the true offset is 0."""
    for estimate in (await lab.estimate_clocks()).values():
        assert abs(estimate.offset_ns) <= estimate.uncertainty_ns
    assert {agent.name: agent.clock for agent in lab} == dict(lab.timeline().clocks)


async def test_chains_start_at_one_moment_on_all(lab: AsyncLab) -> None:
    """All agents here have our own clock, so that it is known when they really started."""
    moment = lab.moment(after=0.2)

    async def start(agent: LabAgent) -> int:
        socket = await agent.session.datagram(agent.addresses[0])
        chain = agent.session.chain(start_at_ns=agent.start_at_ns(moment))
        sending = chain.on(socket).send_to([b"now"], ("127.0.0.1", 9))
        await chain.submit()
        async for event in agent.session.events(kinds=[EventKind.COMPLETION]):
            if isinstance(event, Event) and event.operation_id == sending.operation_id:
                return event.monotonic_ns
        raise AssertionError("the session has ended")

    started = await lab.all.each(start)

    assert [name for name, at in started.items() if at < moment.at_ns - moment.uncertainty_ns] == []


async def test_a_reset_ends_what_is_ours_and_nothing_else(lab: AsyncLab) -> None:
    a = lab["a"]
    before = a.session
    async with AsyncClient(a.member.target) as client, client.session() as other:
        theirs = await other.fault(Latency(0.1), name="theirs")
        await other.listen()
        await a.session.listen()
        await a.session.fault(Latency(0.1))
        pending = (await a.session.listen()).accept()
        partition = await lab.partition(lab.group("a"), lab.group("b"))
        met = lab.barrier()
        await lab.reset()

        assert (await a.session.list_sockets(), await a.session.faults(), partition.healed) == ([], [], True)
        assert (len(await other.list_sockets()), (await theirs.state()).fault.name) == (1, "theirs")
    assert (a.lost, a.session is before) == (None, False)
    with pytest.raises(SessionLost):
        await pending
    with pytest.raises(BarrierBroken, match="the lab was reset"):
        await met.wait()


async def test_leaving_leaves_nothing_of_ours(members: Members, open_lab: OpenLab) -> None:
    inventory = await members("a", "b")
    lab = await open_lab(inventory)
    await lab["a"].session.listen()
    met = lab.barrier()
    await lab.close()
    async with AsyncClient(inventory[0].target) as client:
        assert await client.list_sessions() == []
    with pytest.raises(BarrierBroken, match="the lab was left"):
        await met.wait()


async def test_an_agent_that_dies_is_an_entry_and_no_hang(
    members: Members, open_lab: OpenLab, start_agent_process: StartAgentProcess
) -> None:
    process = await start_agent_process()
    lab = await open_lab((*await members("a"), Member("dying", process.address)), lease=1)
    met, others = lab.barrier(), lab.barrier(lab.group("a"))
    pending = (await lab["dying"].session.listen()).accept()
    process.kill()

    with pytest.raises(
        BarrierBroken, match=r"^the barrier is broken: agent dying is lost: nothing was heard"
    ) as broken:
        await met.wait(lab["a"])
    assert broken.value.missing == ("dying",)
    with pytest.raises(SessionLost):
        await pending
    assert list(lab.lost) == ["dying"]
    assert ("agent lost", "dying") in [(entry.what, entry.agent) for entry in lab.timeline().entries]
    await others.wait(lab["a"])
    with pytest.raises(LabFailure, match="on 1 of 2 agents: dying: nothing was heard"):
        await lab.all.each(_listen)
    assert await lab.estimate_clocks() == {"a": lab["a"].clock}
    await lab.reset()


async def test_a_reset_goes_on_without_an_agent_that_has_just_died(
    members: Members, open_lab: OpenLab, start_agent_process: StartAgentProcess
) -> None:
    process = await start_agent_process()
    lab = await open_lab((*await members("a"), Member("dying", process.address)), lease=1)
    before, met = lab["a"].session, lab.barrier()
    process.kill()
    await process.exited()
    await lab.reset()

    assert (list(lab.lost), lab["a"].session is before) == (["dying"], False)
    assert "Connection refused" in lab.lost["dying"]
    assert ("agent lost", "dying") in [(entry.what, entry.agent) for entry in lab.timeline().entries]
    with pytest.raises(BarrierBroken, match="the lab was reset"):
        await met.wait(lab["a"])
    with pytest.raises(BarrierBroken, match="agent dying is lost"):
        await lab.barrier().wait(lab["a"])
    await lab.reset()


async def test_leaving_makes_no_agent_a_lost_one(members: Members, open_lab: OpenLab) -> None:
    lab = await open_lab(await members("a"))
    await lab.close()

    assert lab.lost == {}


async def _listen(agent: LabAgent) -> None:
    await agent.session.listen()


async def test_an_agent_that_is_there_again_joins_again(
    open_lab: OpenLab, start_agent: Callable[..., Awaitable[RunningAgent]], held_address: str
) -> None:
    first = await start_agent(address=held_address)
    lab = await open_lab((Member("a", held_address),), lease=1)
    met = lab.barrier(2)
    await first.stop()
    with pytest.raises(BarrierBroken):
        await met.wait()
    with pytest.raises(AgentUnavailable):
        await lab["a"].rejoin(timeout=0)
    await start_agent(address=held_address)
    await lab["a"].rejoin()

    assert (lab.lost, await lab["a"].session.list_sockets()) == ({}, [])
    story = [entry.what for entry in lab.timeline().entries if entry.kind == "agent"]
    assert [what for what in story if what.startswith("agent")] == ["agent lost", "agent returned"]


async def test_clocks_are_estimated_again_and_again(members: Members, open_lab: OpenLab) -> None:
    lab = await open_lab(await members("a"), clock_interval=0.01)
    first = lab["a"].clock
    while lab["a"].clock is first:  # noqa: ASYNC110  # nothing tells of it
        await asyncio.sleep(0.01)

    assert lab["a"].clock.at_ns > first.at_ns


async def test_notes_are_part_of_the_story(lab: AsyncLab) -> None:
    lab.note("now it begins", agent="a")
    lab.note("for all")

    assert [(entry.what, entry.agent) for entry in lab.timeline().entries if entry.kind == "note"] == [
        ("now it begins", "a"),
        ("for all", ""),
    ]
