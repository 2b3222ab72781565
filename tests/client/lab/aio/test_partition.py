"""Partitions between real agents: what is cut, what is not, and that nothing is lost of what was held."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from tests.agents import AgentProcess
from tests.client.lab.aio.conftest import Members, OpenLab
from tests.relays import Relay

from telesock.client import AsyncSocket, EventKind, Pattern
from telesock.client.lab import AsyncLab, LabAgent, LabFailure, Member
from telesock.client.lab.core.cuts import Direction
from telesock.server.core.limits import Limits

CUT = {"both": {"forth", "back"}, "forth": {"forth"}, "back": {"back"}}
MEBIBYTE = 1 << 20


async def connected(near: LabAgent, far: LabAgent) -> tuple[AsyncSocket, AsyncSocket]:
    """A connection from one agent to another: both its ends."""
    listener = await far.session.listen(far.addresses[0])
    assert listener.local is not None
    accepting = listener.accept()
    here = await near.session.connect(far.addresses[0], listener.local.port, local=(near.addresses[0], 0))
    return here, await accepting


async def fired(agent: LabAgent, fault: str) -> None:
    """Wait until a fault has done something."""
    async for event in agent.session.events(kinds=[EventKind.FAULT_FIRED]):
        if event.fault_fired.fault == fault:  # type: ignore[union-attr]  # there are no gaps
            return


async def fault_names(lab: AsyncLab) -> dict[str, list[str]]:
    async def names(agent: LabAgent) -> list[str]:
        return [state.fault.name for state in await agent.session.faults()]

    return await lab.all.each(names)


@pytest.mark.parametrize("direction", ["both", "forth", "back"])
async def test_bytes_are_held_in_the_cut_direction_and_go_on_when_it_is_healed(
    lab: AsyncLab, direction: Direction
) -> None:
    a, b = lab["a"], lab["b"]
    here, there = await connected(a, b)
    ways = {"forth": (here, there), "back": (there, here)}
    agents = {"forth": a, "back": b}
    async with lab.partition(lab.group("a"), lab.group("b", "c"), direction):
        receiving = {way: ways[way][1].receive(100) for way in ways}
        sending = {way: ways[way][0].send(way.encode()) for way in ways}
        for way in CUT[direction]:
            await fired(agents[way], "partition-1-bytes")
        for way in ways.keys() - CUT[direction]:
            assert await receiving[way] == way.encode()
        assert {way for way in ways if not receiving[way].done()} == CUT[direction]

    assert [await sending[way] for way in ways] == [5, 4]
    for way in CUT[direction]:
        assert await receiving[way] == way.encode()


async def test_a_flow_that_is_cut_again_and_again_is_the_same_byte_for_byte(lab: AsyncLab) -> None:
    here, there = await connected(lab["a"], lab["b"])
    flows = [
        (there.receive_digest(16 * MEBIBYTE, check=Pattern(1)), here.send_pattern(16 * MEBIBYTE, Pattern(1))),
        (here.receive_digest(16 * MEBIBYTE, check=Pattern(2)), there.send_pattern(16 * MEBIBYTE, Pattern(2))),
    ]
    for direction in ("both", "forth", "back"):
        async with lab.partition(lab.group("a"), lab.group("b"), direction):
            pass

    for received, sent in flows:
        assert await sent == 16 * MEBIBYTE
        assert (await received).first_difference is None


@pytest.mark.parametrize("direction", ["both", "forth", "back"])
async def test_what_connects_waits_until_it_is_healed(lab: AsyncLab, direction: Direction) -> None:
    """Whichever way is cut: no connection is made of packets that go one way."""
    a, b = lab["a"], lab["b"]
    partition = await lab.partition(lab.group("a"), lab.group("b"), direction)
    connecting = [asyncio.ensure_future(connected(*pair)) for pair in ((a, b), (b, a))]
    for agent in (a, b):
        await fired(agent, "partition-1-connects")
    assert not any(each.done() for each in connecting)
    await partition.heal()

    for here, there in await asyncio.gather(*connecting):
        await here.send(b"through")
        assert await there.receive(100) == b"through"


async def test_datagrams_are_lost_in_the_cut_direction_alone(lab: AsyncLab) -> None:
    a, b = lab["a"], lab["b"]
    here, there = [await agent.session.datagram(agent.addresses[0]) for agent in (a, b)]
    assert here.local is not None
    assert there.local is not None
    addresses = [(each.local.host, each.local.port) for each in (here, there)]  # type: ignore[union-attr]  # they have one
    async with lab.partition(lab.group("a"), lab.group("b"), "forth"):
        await here.send_to([b"lost"], addresses[1])
        await there.send_to([b"back"], addresses[0])
        assert (await here.receive_from()).data == b"back"
    await here.send_to([b"after"], addresses[1])

    assert (await there.receive_from()).data == b"after"


async def test_whoever_is_on_neither_side_is_not_cut(lab: AsyncLab) -> None:
    async with lab.partition(lab.group("a"), lab.group("b")):
        for pair in (("c", "a"), ("b", "c")):
            here, there = await connected(lab[pair[0]], lab[pair[1]])
            await here.send(b"through")
            assert await there.receive(100) == b"through"


async def test_the_end_of_a_connection_is_held_too(lab: AsyncLab) -> None:
    here, there = await connected(lab["a"], lab["b"])
    async with lab.partition(lab.group("a"), lab.group("b")):
        here.send(b"last")
        ending = here.disconnect()
        receiving = there.receive(100, wait_all=True)
        await fired(lab["a"], "partition-1-bytes")
        assert not receiving.done()

    assert await receiving == b"last"
    await ending


async def test_several_at_once_are_each_its_own(lab: AsyncLab) -> None:
    a, b, c = lab.group("a"), lab.group("b"), lab.group("c")
    first = await lab.partition(a, b)
    second = await lab.partition(a, c)
    await first.heal()
    await first.heal()

    assert (first.healed, second.healed) == (True, False)
    assert await fault_names(lab) == {
        name: [f"partition-2-{effect}" for effect in ("bytes", "datagrams", "connects")] * (name != "b")
        for name in "abc"
    }


async def test_one_that_is_over_is_not_made_again(lab: AsyncLab) -> None:
    """Nothing would be cut, and a block that believes it is would prove nothing."""
    partition = lab.partition(lab.group("a"), lab.group("b"))
    async with partition:
        pass
    with pytest.raises(
        RuntimeError, match=r"^partition-1 is over, healed or reset: ask lab.partition for another$"
    ):
        async with partition:
            pass


async def test_one_that_an_agent_refuses_leaves_nothing(members: Members, open_lab: OpenLab) -> None:
    roomy, tight = await members("a"), await members("b", limits=Limits(faults=2))
    other = Member("b", tight[0].target, addresses=("127.0.0.9",))
    lab = await open_lab((*roomy, other))
    with pytest.raises(LabFailure, match=r"^partition-1: cutting failed on 1 of 2 agents: b: .*2 faults"):
        await lab.partition(lab.group("a"), lab.group("b"))

    assert await fault_names(lab) == {"a": [], "b": []}


async def test_healing_waits_for_an_agent_that_is_only_away(
    members: Members, open_lab: OpenLab, relay: Callable[[str], Awaitable[Relay]]
) -> None:
    near, far = await members("a", "b")
    way = await relay(far.target)
    lab = await open_lab((near, Member("b", way.address, addresses=far.addresses)))
    partition = await lab.partition(lab.group("a"), lab.group("b"))
    way.block()
    healing = asyncio.ensure_future(partition.heal())
    await fault_gone(lab["a"])
    assert not healing.done()
    await way.unblock()
    await healing

    assert await fault_names(lab) == {"a": [], "b": []}


async def fault_gone(agent: LabAgent) -> None:
    """Wait until an agent has no fault any more."""
    async for _ in agent.session.events(kinds=[EventKind.FAULT_ENDED]):
        if not await agent.session.faults():
            return


async def test_an_agent_that_dies_holds_up_neither_the_cut_nor_the_healing(
    members: Members, open_lab: OpenLab, start_agent_process: Callable[..., Awaitable[AgentProcess]]
) -> None:
    process = await start_agent_process()
    dying = Member("dying", process.address, addresses=("127.0.0.9",))
    lab = await open_lab((*await members("a"), dying), lease=1)
    first = await lab.partition(lab.group("a"), lab.group("dying"))
    process.kill()
    await first.heal()
    second = await lab.partition(lab.group("a"), lab.group("dying"))

    assert list(lab.lost) == ["dying"]
    assert (await fault_names_of(lab["a"])) == [
        f"{second.name}-{effect}" for effect in ("bytes", "datagrams", "connects")
    ]


async def fault_names_of(agent: LabAgent) -> list[str]:
    return [state.fault.name for state in await agent.session.faults()]
