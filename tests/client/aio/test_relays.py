"""Relays as a program uses them, on a real agent: clients and upstreams are real peers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from tests.dialers import dial
from tests.peers import Peer, PeerConnection

from telesock.client import AsyncRelay, AsyncSession, InvalidParameter, Latency, Rejected, Stall
from telesock.v1.events_pb2 import RelayConnected, RelayEnded

MakePeer = Callable[..., Peer]
Dial = Callable[[AsyncRelay], Awaitable[PeerConnection]]


@pytest.fixture
async def dialed() -> AsyncIterator[Dial]:
    made: list[PeerConnection] = []

    async def connect(relay: AsyncRelay) -> PeerConnection:
        made.append(await dial(*relay.address))
        return made[-1]

    yield connect
    for each in made:
        each.close()


async def keep(relay: AsyncRelay) -> AsyncRelay:
    return await relay


async def converse(near: PeerConnection, far: PeerConnection) -> None:
    """Say something each way and end on both sides."""
    near.send(b"question")
    near.finish()
    await far.until_received(b"question")
    far.send(b"answer")
    far.finish()
    await near.until_end()
    await far.until_end()


async def test_connections_go_on_to_the_upstream_and_are_told_of(
    session: AsyncSession, peer: MakePeer, dialed: Dial
) -> None:
    upstream = peer()
    told = []
    async with session.relay(upstream=(upstream.host, upstream.port)) as relay:
        near = await dialed(relay)
        await converse(near, await upstream.accepted())
        async for each in relay.connections():
            told.append(each)
            if isinstance(each, RelayEnded):
                break
        running = relay.result

    connected, ended = told
    assert isinstance(connected, RelayConnected)
    assert isinstance(ended, RelayEnded)
    assert (connected.client.port, connected.upstream.port) == (near.local[1], upstream.port)
    assert (ended.bytes_to_upstream, ended.bytes_to_client) == (8, 6)
    assert (bytes(near.received), near.saw_fin, running) == (b"answer", True, None)


async def test_it_counts_what_it_has_done_and_leaves_nothing(
    session: AsyncSession, peer: MakePeer, dialed: Dial
) -> None:
    upstream = peer()
    relay = await session.relay((upstream.host, upstream.port), local=("127.0.0.1", 0))
    await converse(await dialed(relay), await upstream.accepted())
    open_one = await dialed(relay)
    await upstream.accepted()
    result = await relay.close()
    await open_one.until_end()

    assert (result.connections, result.failures) == (2, 0)
    assert (result.bytes_to_upstream, result.bytes_to_client) == (8, 6)
    assert open_one.saw_reset
    assert await relay.close() == relay.result == result
    assert await session.list_sockets() == []


async def test_the_story_of_its_connections_ends_with_it(
    session: AsyncSession, peer: MakePeer, dialed: Dial
) -> None:
    upstream = peer()
    relay = await session.relay((upstream.host, upstream.port))
    await dialed(relay)
    await upstream.accepted()
    await relay.close()

    told = [type(each) async for each in relay.connections()]

    assert told == [RelayConnected, RelayEnded]


async def test_an_upstream_that_does_not_answer_is_told_of(
    session: AsyncSession, peer: MakePeer, dialed: Dial
) -> None:
    nobody = peer()
    nobody.close()
    async with session.relay((nobody.host, nobody.port)) as relay:
        near = await dialed(relay)
        await near.until_end()
        async for told in relay.connections():
            assert isinstance(told, RelayConnected)
            assert (told.upstream_socket_id, told.cause.errno_name) == (0, "ECONNREFUSED")
            break

    assert relay.result is not None
    assert (relay.result.connections, relay.result.failures) == (0, 1)


async def test_a_fault_acts_on_one_side_of_its_connections(
    session: AsyncSession, peer: MakePeer, dialed: Dial
) -> None:
    upstream = peer()
    async with session.relay((upstream.host, upstream.port)) as relay:
        near = await dialed(relay)
        far = await upstream.accepted()
        async with relay.fault(Stall(), side="upstream", direction="receive") as fault:
            far.send(b"held back")
            near.send(b"passes")
            await far.until_received(b"passes")
            assert (fault.fault.listener, fault.fault.relay_side) == (relay.listener.socket_id, "upstream")
            assert near.received == b""
        await near.until_received(b"held back")


async def test_it_is_born_with_faults(session: AsyncSession, peer: MakePeer) -> None:
    upstream = peer()
    async with session.relay((upstream.host, upstream.port), faults=[Latency(0.0)]):
        [state] = await session.faults()
        assert state.fault.effect == Latency(0.0)

    assert await session.faults() == []


async def test_what_the_agent_does_not_take_is_raised_and_leaves_no_listener(session: AsyncSession) -> None:
    with pytest.raises(Rejected):
        await session.relay(("127.0.0.1", 0))
    with pytest.raises(InvalidParameter):
        await session.relay(("127.0.0.1", 9), local=("192.0.2.1", 0))
    await session.resolve("127.0.0.1")  # what was asked before it is done

    assert await session.list_sockets() == []


async def test_a_beginning_that_is_cancelled_leaves_no_listener(
    session: AsyncSession, peer: MakePeer
) -> None:
    upstream = peer()
    for turns in range(12):  # from before anything has left to after the answer
        beginning = asyncio.ensure_future(keep(session.relay((upstream.host, upstream.port))))
        for _ in range(turns):
            await asyncio.sleep(0)
        if not beginning.cancel():
            await (await beginning).close()
        await asyncio.gather(beginning, return_exceptions=True)
        await session.resolve("127.0.0.1")  # whatever was asked before it is asked for

    while await session.list_sockets():
        await session.resolve("127.0.0.1")


async def test_what_a_block_raises_goes_on(session: AsyncSession, peer: MakePeer) -> None:
    upstream = peer()

    async def fail_in_a_block() -> None:
        async with session.relay((upstream.host, upstream.port)):
            await session.close()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_in_a_block()


async def test_one_that_has_not_begun_has_no_address(session: AsyncSession) -> None:
    with pytest.raises(RuntimeError, match="has not begun yet"):
        _ = session.relay(("127.0.0.1", 9)).address
