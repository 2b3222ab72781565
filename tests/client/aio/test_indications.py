import asyncio
from collections.abc import Awaitable, Callable

import pytest
from tests.agents import RunningAgent
from tests.peers import Peer, PeerConnection

from telesock.client import AsyncClient, AsyncSession, AsyncSocket, IndicationKind, Rejected, SessionClosed
from telesock.server.core.limits import Limits
from telesock.v1.events_pb2 import (
    PEER_DISCONNECT_KIND_ABORTIVE,
    PEER_DISCONNECT_KIND_GRACEFUL,
    STALL_REASON_CREDIT,
    Event,
)

Listen = Callable[..., Peer]
StartAgent = Callable[..., Awaitable[RunningAgent]]
BOTH = (IndicationKind.DATA, IndicationKind.DISCONNECT)


async def connect(
    session: AsyncSession, peer: Listen, credit_bytes: int = 0
) -> tuple[AsyncSocket, PeerConnection]:
    listener = peer()
    socket = await session.connect(listener.host, listener.port, indications=BOTH, credit_bytes=credit_bytes)
    return socket, await listener.accepted()


async def collect(socket: AsyncSocket, *, auto_release: bool = True) -> tuple[bytes, list[str]]:
    """All data until the peer's end, and the kinds of what was told in between."""
    data, told = b"", []
    async for event in socket.indications(auto_release=auto_release):
        assert isinstance(event, Event)
        if event.HasField("data_received"):
            data += event.data_received.data
        else:
            told.append(event.WhichOneof("body") or "")
        if event.HasField("peer_disconnected"):
            break
    return data, told


@pytest.mark.parametrize("credit_bytes", [1, 1000, 65_536, 0], ids=lambda credit: f"credit {credit}")
async def test_all_data_comes_in_order_whatever_the_credit(
    session: AsyncSession, peer: Listen, credit_bytes: int
) -> None:
    socket, far = await connect(session, peer, credit_bytes)
    size = 200 if credit_bytes == 1 else 2_000_000
    sent = bytes(number % 251 for number in range(size))
    far.send(sent)
    far.finish()

    data, told = await collect(socket)

    assert data == sent
    assert told[-1] == "peer_disconnected"


async def test_a_flow_of_data_does_not_make_a_message_of_each_release(
    session: AsyncSession, peer: Listen
) -> None:
    socket, far = await connect(session, peer)
    before = session._core.lease.number
    stream = socket.indications()
    for _ in range(100):
        far.send(b"x")
        await anext(stream)

    assert session._core.lease.number == before


async def test_a_journal_that_is_full_of_indications_is_acknowledged_in_time(
    start_agent: StartAgent, peer: Listen
) -> None:
    agent = await start_agent(limits=Limits(journal_events=16))
    async with AsyncClient(agent.address) as client, client.session() as session:
        socket, far = await connect(session, peer)
        stream = socket.indications()
        data = b""
        while len(data) < 100:
            far.send(b"x")
            event = await anext(stream)
            assert isinstance(event, Event)
            data += event.data_received.data

    assert data == b"x" * 100


async def test_without_release_the_credit_runs_out_and_that_is_told(
    session: AsyncSession, peer: Listen
) -> None:
    socket, far = await connect(session, peer, credit_bytes=100)
    stream = socket.indications(auto_release=False)
    far.send(bytes(150))
    first, second = await anext(stream), await anext(stream)
    assert isinstance(first, Event)
    assert isinstance(second, Event)
    assert len(first.data_received.data) == 100
    assert second.credit_stalled.reason == STALL_REASON_CREDIT

    socket.release(first.sequence)
    third = await anext(stream)

    assert isinstance(third, Event)
    assert len(third.data_received.data) == 50


async def test_what_is_refused_comes_again_after_the_next_receive(
    session: AsyncSession, peer: Listen
) -> None:
    socket, far = await connect(session, peer)
    stream = socket.indications(auto_release=False)
    far.send(b"hello world")
    event = await anext(stream)
    assert isinstance(event, Event)

    socket.release(event.sequence, accepted_bytes=6)
    received = await socket.receive(3)
    again = await anext(stream)

    assert isinstance(again, Event)
    assert (received, again.data_received.data, again.data_received.stream_offset) == (b"wor", b"ld", 9)


async def test_a_release_that_is_wrong_is_raised_where_indications_are_taken(
    session: AsyncSession, peer: Listen
) -> None:
    socket, far = await connect(session, peer)
    stream = socket.indications(auto_release=False)
    far.send(b"hello")
    event = await anext(stream)
    assert isinstance(event, Event)

    socket.release(event.sequence, accepted_bytes=6)

    with pytest.raises(Rejected) as raised:
        await anext(stream)
    assert raised.value.reason == "MALFORMED"


async def test_the_peer_s_graceful_end_leaves_room_for_its_abortive_one(
    session: AsyncSession, peer: Listen
) -> None:
    socket, far = await connect(session, peer)
    far.finish()
    stream = socket.indications()
    first = await anext(stream)
    far.reset()
    rest = [event async for event in stream]

    kinds = [event.peer_disconnected.kind for event in (first, *rest) if isinstance(event, Event)]
    assert kinds == [PEER_DISCONNECT_KIND_GRACEFUL, PEER_DISCONNECT_KIND_ABORTIVE]


async def test_nothing_comes_after_a_close_or_an_abort_of_ours(session: AsyncSession, peer: Listen) -> None:
    for end in (AsyncSocket.close, AsyncSocket.abort):
        socket, _ = await connect(session, peer)
        taking = asyncio.create_task(collect(socket))
        await asyncio.sleep(0)
        await end(socket)

        assert await taking == (b"", [])


async def test_whoever_waits_for_indications_is_told_when_the_session_is_left(
    session: AsyncSession, peer: Listen
) -> None:
    socket, _ = await connect(session, peer)
    taking = asyncio.create_task(collect(socket))
    await asyncio.sleep(0)
    await session.close()

    with pytest.raises(SessionClosed):
        await taking


async def test_a_later_iteration_goes_on_where_the_one_before_stopped(
    session: AsyncSession, peer: Listen
) -> None:
    socket, far = await connect(session, peer, credit_bytes=4)
    far.send(b"abcdefgh")
    data = b""
    while len(data) < 8:
        async for event in socket.indications():
            assert isinstance(event, Event)
            data += event.data_received.data
            break

    assert data == b"abcdefgh"


async def test_indications_can_be_enabled_and_disabled_later(session: AsyncSession, peer: Listen) -> None:
    listener = peer()
    socket = await session.connect(listener.host, listener.port)
    far = await listener.accepted()
    far.send(b"one")
    await socket.set_event_callbacks(enable=[IndicationKind.DATA], credit_bytes=1000)
    event = await anext(socket.indications())
    await socket.set_event_callbacks(disable=[IndicationKind.DATA])
    far.send(b"two")

    assert isinstance(event, Event)
    assert event.data_received.data == b"one"
    assert await socket.receive(10) == b"two"
