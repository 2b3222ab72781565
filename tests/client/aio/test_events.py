import asyncio
from collections.abc import Awaitable, Callable

import pytest
from tests.agents import RunningAgent
from tests.peers import Peer
from tests.relays import Relay

from telesock.client import (
    AsyncClient,
    AsyncSession,
    EventKind,
    EventStream,
    IndicationKind,
    OutcomeUnknown,
    Retention,
    SessionClosed,
    SessionLost,
)
from telesock.server.core.limits import Limits
from telesock.server.engine.sessions import HeldSession
from telesock.v1.events_pb2 import Event, EventBatch, Gap
from telesock.v1.sessions_pb2 import CloseSessionRequest

Listen = Callable[..., Peer]
StartAgent = Callable[..., Awaitable[RunningAgent]]
StartRelay = Callable[[str], Awaitable[Relay]]


async def take(stream: EventStream, count: int) -> list[int]:
    """The sequences of the next events."""
    events = [await anext(stream) for _ in range(count)]
    return [event.sequence for event in events if isinstance(event, Event)]


async def test_the_story_is_told_from_any_point_on_and_goes_on(session: AsyncSession) -> None:
    for _ in range(5):
        await session.create_socket()
    stream = session.events(start_after=3)
    before = await take(stream, 2)
    await session.create_socket()

    assert [*before, *await take(stream, 1)] == [4, 5, 6]
    assert session.last_sequence == 6


async def test_only_what_was_asked_for_is_told(session: AsyncSession, peer: Listen) -> None:
    listener = peer()
    first = await session.connect(listener.host, listener.port)
    second = await session.connect(listener.host, listener.port, indications=[IndicationKind.DISCONNECT])
    for connection in listener.connections:
        connection.finish()
    await anext(second.indications())
    await first.send(b"x")

    of_first = session.events(socket_ids=[first.socket_id])
    disconnects = session.events(kinds=[EventKind.PEER_DISCONNECTED])

    assert await take(of_first, 2) == [1, 4]
    assert await take(disconnects, 1) == [3]


async def test_the_story_ends_with_the_session_and_what_that_ended(client: AsyncClient, peer: Listen) -> None:
    listener = peer()
    async with client.session() as session:
        socket = await session.connect(listener.host, listener.port)
        socket.receive(10)
        await session.resolve("127.0.0.1")  # asked behind it: what was asked before has begun
        stream = session.events()
        await take(stream, 2)
    rest = [event.WhichOneof("body") async for event in stream if isinstance(event, Event)]

    assert rest == ["completion", "socket_closed"]


async def test_a_story_whose_end_nobody_could_hear_does_not_end_as_if_it_were_told(
    agent: RunningAgent, client: AsyncClient, relay: StartRelay
) -> None:
    way = await relay(agent.address)
    async with (
        AsyncClient(way.address) as reader,
        client.session() as session,
        reader.attach_session(session.session_id, session.session_token) as other,
    ):
        await other.create_socket()
        stream = other.events()
        await take(stream, 1)
        way.block()
        async with client.attach_session(session.session_id, session.session_token) as newer:
            await newer.create_socket()
        closing = CloseSessionRequest(session_id=session.session_id)
        await client._calls.call(client._calls.sessions.CloseSession, closing, session._metadata)
        await way.unblock()
        with pytest.raises(SessionClosed, match="after event 1 cannot be told"):
            await anext(stream)


async def test_a_story_that_is_closed_early_ends(session: AsyncSession) -> None:
    await session.create_socket()
    stream = session.events()
    await anext(stream)
    await stream.aclose()

    assert [event async for event in stream] == []


async def test_a_reader_is_told_when_the_client_is_closed(agent: RunningAgent) -> None:
    async with AsyncClient(agent.address) as client:
        session = await client.session().__aenter__()
        stream = session.events()
        reading = asyncio.create_task(anext(stream))
        await session.get_session()
        session._owned = False  # so that only the channel's end can end it
    with pytest.raises(SessionClosed):
        await reading


async def test_a_reader_that_pauses_before_it_tries_again_is_told_of_a_loss_at_once(
    agent: RunningAgent, relay: StartRelay
) -> None:
    way = await relay(agent.address)
    async with AsyncClient(way.address) as client, client.session() as session:
        stream = session.events()
        reading = asyncio.create_task(anext(stream))
        await session.get_session()
        stream._story.backoff.pause = lambda: 3600.0  # type: ignore[method-assign]  # longer than any test
        way.block()
        while stream._story.broken_at is None:  # noqa: ASYNC110 - nobody tells when it begins to pause
            await asyncio.sleep(0)
        session._core.lose(SessionLost("given up", "LEASE_EXPIRED"))

        with pytest.raises(SessionLost, match="given up"):
            await reading


async def test_a_closed_client_has_no_story(agent: RunningAgent) -> None:
    async with AsyncClient(agent.address) as client, client.session() as session:
        stream = session.events()

    with pytest.raises(SessionClosed):
        await anext(stream)


async def test_events_that_are_gone_are_told_as_a_gap(client: AsyncClient, start_agent: StartAgent) -> None:
    agent = await start_agent(limits=Limits(journal_events=10))
    async with (
        AsyncClient(agent.address) as other,
        other.session(retention=Retention.LATEST) as session,
    ):
        for _ in range(30):
            socket = await session.create_socket()
            await socket.close()
        stream = session.events()
        gap = await anext(stream)
        following = await anext(stream)

    assert isinstance(gap, Gap)
    assert isinstance(following, Event)
    assert (gap.first_sequence, following.sequence) == (1, gap.last_sequence + 1)


async def test_an_operation_whose_end_is_gone_is_told_as_unknown(
    start_agent: StartAgent, relay: StartRelay, peer: Listen
) -> None:
    agent = await start_agent(limits=Limits(journal_events=10))
    way = await relay(agent.address)
    listener = peer()
    async with AsyncClient(way.address) as client, client.session(retention=Retention.LATEST) as session:
        socket = await session.connect(
            listener.host, listener.port, indications=[IndicationKind.DATA], credit_bytes=1 << 20
        )
        far = await listener.accepted()
        receiving = socket.receive(1)
        await session.resolve("127.0.0.1")  # asked behind it: what was asked before has begun
        way.block()
        held = next(iter(agent.engine.sessions))
        last = held.journal.last_sequence
        while held.journal.last_sequence < last + 20:
            far.send(b"x")
            await _event(held)
        await way.unblock()

        with pytest.raises(OutcomeUnknown):
            await receiving
        indication = await anext(socket.indications())
        assert isinstance(indication, Gap)
        assert (await session.get_socket(socket.socket_id)).socket_id == socket.socket_id


async def test_a_session_that_is_not_there_has_no_story(client: AsyncClient) -> None:
    async with client.session(lease=1) as session:
        stream = EventStream(session._calls, (), "s-nobody", 0, None, 0.1)
        with pytest.raises(SessionLost) as raised:
            await anext(stream)

    assert raised.value.cause == "SESSION_UNKNOWN"


async def test_what_comes_twice_is_told_once_and_what_is_missing_is_told(session: AsyncSession) -> None:
    stream = session.events()
    for first, last in ((1, 3), (2, 4)):
        events = [Event(sequence=number) for number in range(first, last + 1)]
        stream._story.take(EventBatch(events=events, last_sequence=last))
    with pytest.raises(SessionLost, match=r"^events 5 to 6 never came"):
        stream._story.take(EventBatch(events=[Event(sequence=7)]))

    assert await take(stream, 4) == [1, 2, 3, 4]


async def _event(held: HeldSession) -> None:
    """Wait for the session's next event, on the agent."""
    happened = asyncio.Event()
    held.sleeping.append(happened.set)
    await happened.wait()
