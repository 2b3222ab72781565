"""Streams that break, stall and end: whatever happens, what was asked gets an answer, and nothing hangs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from tests.agents import AgentProcess, RunningAgent
from tests.client.aio import streams
from tests.client.aio.streams import LEASE, SOON, Behaviour, broken_agent, ended, outcome, until_closed
from tests.peers import Peer
from tests.relays import Relay

from telesock.client import (
    AsyncClient,
    AsyncSession,
    CancelOutcome,
    IndicationKind,
    OperationTimedOut,
    SessionLost,
    SessionReplaced,
)
from telesock.client.core.lease import FIRST_PAUSE
from telesock.v1.events_pb2 import Event

Listen = Callable[..., Peer]
StartAgent = Callable[..., Awaitable[RunningAgent]]
StartProcess = Callable[..., Awaitable[AgentProcess]]
StartRelay = Callable[[str], Awaitable[Relay]]


@pytest.fixture
async def relayed(agent: RunningAgent, relay: StartRelay) -> AsyncIterator[tuple[AsyncSession, Relay]]:
    way = await relay(agent.address)
    async with AsyncClient(way.address) as client, client.session() as session:
        yield session, way


# The end of a stream


@pytest.mark.parametrize(
    "behaviour",
    [
        streams.end_at_once,
        streams.fail,
        streams.say_nothing,
        streams.read_nothing,
        streams.fail_on_commands,
    ],
    ids=lambda behaviour: behaviour.__name__,
)
async def test_an_agent_that_never_gets_anything_done_is_given_up_after_a_lease(behaviour: Behaviour) -> None:
    async with (
        broken_agent(LEASE, behaviour) as (_, address),
        AsyncClient(address) as client,
        client.session() as session,
    ):
        operation = session.connect("127.0.0.1", 1)
        cancelling = asyncio.create_task(operation.cancel())
        with pytest.raises(SessionLost) as raised:
            await asyncio.wait_for(outcome(operation), 2 * LEASE + SOON)

        assert raised.value.cause == "LEASE_EXPIRED"
        with pytest.raises(SessionLost):
            await cancelling
        with pytest.raises(SessionLost):
            await session.connect("127.0.0.1", 1)


@pytest.mark.parametrize(
    ("behaviour", "cause"),
    [
        (streams.refuse, "RESOURCE_EXHAUSTED"),
        (streams.skip_an_event, "EVENTS_MISSING"),
        (streams.send_garbage, "SEQUENCE_AHEAD"),
    ],
    ids=lambda behaviour: getattr(behaviour, "__name__", behaviour),
)
async def test_an_agent_that_breaks_the_contract_is_given_up_at_once(
    behaviour: Behaviour, cause: str
) -> None:
    async with (
        broken_agent(30.0, behaviour) as (agent, address),
        AsyncClient(address) as client,
        client.session() as session,
    ):
        with pytest.raises(SessionLost) as raised:
            await session.connect("127.0.0.1", 1)

        assert (raised.value.cause, agent.attached) == (cause, 1)


async def test_one_that_was_replaced_in_the_middle_of_writing_does_not_come_back() -> None:
    async with broken_agent(30.0, streams.replace_owner) as (agent, address), AsyncClient(address) as client:
        for number in range(1, 21):
            async with client.session() as session:
                while session.lost is None:
                    for _ in range(16):
                        session.connect("127.0.0.1", 1, initial_data=bytes(65_535))
                    await asyncio.sleep(0)

            assert (type(session.lost), agent.attached) == (SessionReplaced, number)


# Resume


async def test_cut_again_and_again_every_byte_arrives_once_and_every_event_is_seen_once(
    relayed: tuple[AsyncSession, Relay], peer: Listen
) -> None:
    session, way = relayed
    listener = peer()
    socket = await session.connect(listener.host, listener.port)
    far = await listener.accepted()
    story = asyncio.create_task(until_closed(session))
    chunks = [number.to_bytes(4) * 64 for number in range(4000)]
    operations = []
    for number, chunk in enumerate(chunks):
        operations.append(socket.send(chunk))
        if number % 400 == 399:
            await far.until_bytes(256 * (number - 300))
            way.cut()

    assert [await operation for operation in operations] == [256] * len(chunks)
    await socket.disconnect()
    await far.until_end()
    await socket.close()

    assert bytes(far.received) == b"".join(chunks)
    events = await story
    assert [event.sequence for event in events] == list(range(1, len(chunks) + 4))
    assert way.connections >= 10


async def test_cut_again_and_again_all_data_is_indicated_once(
    relayed: tuple[AsyncSession, Relay], peer: Listen
) -> None:
    session, way = relayed
    listener = peer()
    socket = await session.connect(
        listener.host, listener.port, indications=[IndicationKind.DATA, IndicationKind.DISCONNECT]
    )
    far = await listener.accepted()
    sent = b"".join(number.to_bytes(4) for number in range(500_000))
    far.send(sent)
    far.finish()
    received = bytearray()
    async for event in socket.indications():
        assert isinstance(event, Event)
        if event.HasField("peer_disconnected"):
            break
        before = len(received)
        received += event.data_received.data
        if before // 200_000 != len(received) // 200_000:
            way.cut()

    assert received == sent
    assert way.connections >= 5


async def test_what_was_asked_while_the_way_was_cut_is_done_when_it_is_back(
    relayed: tuple[AsyncSession, Relay], peer: Listen
) -> None:
    session, way = relayed
    listener = peer()
    socket = await session.connect(listener.host, listener.port)
    far = await listener.accepted()
    receiving = socket.receive(10)
    way.block()
    far.send(b"hello")
    sending = [socket.send(b"one"), socket.send(b"two")]
    cancelling = asyncio.create_task(socket.receive(10).cancel())
    await asyncio.sleep(0)
    await way.unblock()

    assert [await sending[0], await sending[1], await receiving] == [3, 3, b"hello"]
    assert await cancelling is CancelOutcome.CANCELLED
    await far.until_received(b"onetwo")


async def test_after_a_stream_that_worked_the_next_attempt_comes_soon_again(
    relayed: tuple[AsyncSession, Relay],
) -> None:
    session, way = relayed
    for _ in range(3):
        way.cut()
        await session.create_socket()

    assert session._attachment is not None
    assert session._attachment._backoff.pause() == FIRST_PAUSE


async def test_a_way_that_stays_cut_for_a_lease_loses_the_session(
    agent: RunningAgent, relay: StartRelay
) -> None:
    way = await relay(agent.address)
    async with AsyncClient(way.address) as client, client.session(lease=LEASE) as session:
        created = await session.create_socket()
        way.block()
        with pytest.raises(SessionLost) as raised:
            await asyncio.wait_for(outcome(created.bind()), LEASE + SOON)

        assert raised.value.cause == "LEASE_EXPIRED"
        assert session.lost is not None


async def test_a_session_whose_lease_has_ended_meanwhile_is_lost_at_the_first_contact(
    start_agent: StartAgent, relay: StartRelay
) -> None:
    agent = await start_agent()
    way = await relay(agent.address)
    async with AsyncClient(way.address) as client, client.session(lease=LEASE) as session:
        await session.create_socket()
        way.block()
        session._core.lease.duration = 60.0  # this side would wait longer
        await ended(agent, session.session_id)
        await way.unblock()
        with pytest.raises(SessionLost) as raised:
            await session.create_socket()

        assert raised.value.cause == "LEASE_EXPIRED"


async def test_an_idle_session_is_kept_alive(client: AsyncClient, peer: Listen) -> None:
    listener = peer()
    async with client.session(lease=LEASE) as session:
        socket = await session.connect(listener.host, listener.port)
        with pytest.raises(OperationTimedOut):
            await socket.receive(10, timeout=2.5 * LEASE)  # nothing else is sent meanwhile

        assert session.lost is None
        assert await socket.send(b"x") == 1


async def test_asking_without_getting_answers_keeps_a_session_alive_too(
    client: AsyncClient, peer: Listen
) -> None:
    listener = peer()
    async with client.session(lease=LEASE) as session:
        socket = await session.connect(listener.host, listener.port)
        timer = socket.receive(1, timeout=2.5 * LEASE)
        while not timer.done():
            socket.receive(1)
            await asyncio.sleep(LEASE / 5)

        assert session.lost is None
