"""Faults as a program makes, looks at, changes and ends them, on a real agent."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable

import pytest
from tests.agents import AgentProcess, RunningAgent
from tests.peers import Peer

from telesock.client import (
    AsyncClient,
    AsyncFault,
    AsyncSession,
    AsyncSocket,
    ConnectDelay,
    ConnectionReset,
    DatagramLoss,
    EventKind,
    Fault,
    FaultEnd,
    InsufficientResources,
    Latency,
    OperationFailure,
    Phase,
    Rejected,
    Reset,
    SocketCategory,
    Stall,
    replay_of,
)
from telesock.v1.events_pb2 import Event, Gap

MakePeer = Callable[..., Peer]


@pytest.fixture
async def connection(session: AsyncSession, peer: MakePeer) -> AsyncSocket:
    listener = peer()
    return await session.connect(listener.host, listener.port)


async def keep(fault: AsyncFault) -> AsyncFault:
    return await fault


async def names(session: AsyncSession) -> list[str]:
    return [state.fault.name for state in await session.faults()]


async def fail_in_a_block_of(session: AsyncSession, happen: Callable[[], Awaitable[None] | None]) -> None:
    """Leave a fault's block by an exception, after something has happened."""
    async with session.fault(Stall()):
        happening = happen()
        if happening is not None:
            await happening
        raise ZeroDivisionError


# A block, or for longer


async def test_a_fault_holds_for_a_block_and_no_longer(
    session: AsyncSession, connection: AsyncSocket
) -> None:
    async with connection.fault(Latency(0.1), direction="receive") as fault:
        inside = await session.faults()

    assert [state.fault for state in inside] == [fault.fault]
    assert (fault.fault.effect, fault.fault.socket) == (Latency(0.1), connection.socket_id)
    assert await session.faults() == []


async def test_a_fault_that_is_awaited_stays_until_it_is_removed(session: AsyncSession) -> None:
    fault = await session.fault(DatagramLoss(), probability=0.5, seed=7, name="lossy")
    before = await fault.state()
    end = await fault.remove()

    assert (fault.name, fault.seed, before.fault.probability) == ("lossy", 7, 0.5)
    assert end.fault == before.fault
    assert await fault.remove() == await fault.state() == end
    assert await session.faults() == []


async def test_what_is_not_named_the_agent_chooses_and_tells(session: AsyncSession) -> None:
    async with session.fault(Stall()) as fault, session.fault(Stall()) as other:
        told = (fault.name, other.name)
        listed = [(state.fault.name, state.fault.seed) for state in await session.faults()]

    assert told[0] != told[1]
    assert listed == [(fault.name, fault.seed), (other.name, other.seed)]


async def test_awaiting_again_makes_no_other(session: AsyncSession) -> None:
    fault = session.fault(Stall())

    assert await fault is await fault
    assert await names(session) == [fault.name]


async def test_what_it_does_is_counted(session: AsyncSession, peer: MakePeer) -> None:
    listener = peer()
    connection = await session.connect(listener.host, listener.port)
    far = await listener.accepted()
    async with connection.fault(Stall(), direction="send") as fault:
        sending = connection.send(b"hello")
        while (held := await fault.state()).held_bytes < 5:
            pass
    received = await far.until_bytes(5)

    assert (held.sockets, held.decisions, held.firings) == (1, 1, 1)
    assert (received, await sending, sending.faults) == (b"hello", 5, (fault.name,))


async def test_a_fault_that_has_ended_already_is_left_like_any_other(session: AsyncSession) -> None:
    async with session.fault(Stall()):
        ended = await session.reset_faults()
        assert len(ended) == 1


async def test_what_a_block_raises_goes_on_though_the_agent_is_gone(
    session: AsyncSession, agent: RunningAgent
) -> None:
    with pytest.raises(ZeroDivisionError):
        await fail_in_a_block_of(session, agent.stop)


async def test_a_block_whose_session_is_closed_in_it_is_left_without_asking(client: AsyncClient) -> None:
    async with client.session() as session, session.fault(Stall()):
        await session.close()


async def test_leaving_takes_no_longer_than_its_time_where_the_agent_stands_still(
    start_agent_process: Callable[..., Awaitable[AgentProcess]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for shell in ("aio", "sync"):
        monkeypatch.setattr(f"telesock.client.{shell}.faults.LEAVING_TIMEOUT", 0.1)
    process = await start_agent_process()
    async with AsyncClient(process.address) as client, client.session() as session:
        began = time.monotonic()
        with pytest.raises(ZeroDivisionError):
            await fail_in_a_block_of(session, process.pause)
        took = time.monotonic() - began
        process.resume()

    assert took < 5


async def test_a_making_that_is_cancelled_leaves_no_fault(session: AsyncSession) -> None:
    for turns in range(1, 13):  # from before the request has left to after its answer
        making = asyncio.ensure_future(keep(session.fault(Stall())))
        for _ in range(turns):
            await asyncio.sleep(0)
        if not making.cancel():
            await (await making).remove()
        await asyncio.gather(making, return_exceptions=True)
        assert await session.faults() == []


async def test_one_that_is_never_awaited_is_said_to_be_forgotten(session: AsyncSession) -> None:
    forgotten = [session.fault(Latency(0.1))]

    with pytest.warns(RuntimeWarning, match=r"Latency\(.*and so never made"):
        forgotten.clear()


async def test_one_that_is_not_made_yet_has_no_name(session: AsyncSession) -> None:
    fault = session.fault(Stall())

    with pytest.raises(RuntimeError, match="not made yet"):
        _ = fault.name
    await fault


# Changes


async def test_a_change_keeps_what_it_does_not_name(session: AsyncSession) -> None:
    fault = await session.fault(Latency(0.1), probability=0.5)
    seed = fault.seed
    await fault.update(Latency(0.3))
    await fault.update(probability=0.25)

    assert fault.fault == Fault(Latency(0.3), name=fault.name, probability=0.25, seed=seed)
    assert [state.fault for state in await session.faults()] == [fault.fault]


async def test_one_that_is_there_can_be_taken_up_by_its_name(session: AsyncSession) -> None:
    made = await session.fault(Latency(0.1), name="late")
    found = await session.take_up_fault("late")
    await found.remove()

    assert (found.fault, await names(session)) == (made.fault, [])
    with pytest.raises(Rejected) as rejected:
        await session.take_up_fault("late")
    assert rejected.value.reason == "FAULT_UNKNOWN"


@pytest.mark.parametrize(
    "ask",
    [lambda fault: fault.state(), lambda fault: fault.remove(), lambda fault: fault.update()],
    ids=["state", "remove", "update"],
)
async def test_one_that_has_ended_has_no_state_and_no_end(
    session: AsyncSession, ask: Callable[[AsyncFault], Awaitable[object]]
) -> None:
    fault = await session.fault(Stall())
    await session.reset_faults()

    with pytest.raises(Rejected) as rejected:
        await ask(fault)
    assert rejected.value.reason == "FAULT_UNKNOWN"


async def test_what_the_agent_does_not_take_is_raised_when_it_is_made(session: AsyncSession) -> None:
    await session.fault(Stall(), name="one")

    with pytest.raises(Rejected) as rejected:
        await session.fault(Stall(), name="one")
    assert rejected.value.reason == "FAULT_NAME_USED"


async def test_a_mistake_is_raised_before_anything_is_asked(session: AsyncSession) -> None:
    with pytest.raises(ValueError, match="a probability is from 0 to 1"):
        session.fault(Stall(), probability=2)
    with pytest.raises(TypeError, match="is no effect, such as"):
        session.connect("127.0.0.1", 9, faults=[0.2])  # type: ignore[list-item]  # that is the mistake
    assert await session.list_sockets() == []


async def test_a_session_sees_and_ends_only_its_own(client: AsyncClient, session: AsyncSession) -> None:
    await session.fault(Stall(), name="mine")
    async with client.session() as other:
        theirs = await other.fault(Stall(), name="theirs")
        await session.reset_faults()

        assert await names(session) == []
        assert await names(other) == [theirs.name]


# Targets


async def test_a_socket_s_fault_is_for_that_socket_and_a_listener_s_for_what_comes_from_it(
    session: AsyncSession, connection: AsyncSocket
) -> None:
    listener = await session.listen("127.0.0.1")
    datagrams = await session.datagram("127.0.0.1")
    stream = await session.create_socket(SocketCategory.STREAM)
    for socket in (connection, listener, datagrams, stream):
        effect = DatagramLoss() if socket is datagrams else Stall()
        await socket.fault(effect, name=f"of-{socket.socket_id}")
    targets = [(state.fault.socket, state.fault.listener) for state in await session.faults()]

    assert targets == [
        (connection.socket_id, 0),
        (0, listener.socket_id),
        (datagrams.socket_id, 0),
        (0, stream.socket_id),
    ]


async def test_sockets_are_born_with_faults_and_take_them_along(
    session: AsyncSession, peer: MakePeer
) -> None:
    far = peer()
    listener = await session.listen("127.0.0.1", faults=[Fault(Stall(), name="of-listener")])
    assert listener.local is not None
    accepting = listener.accept(faults=[Fault(Latency(0.0), name="of-accepted")])
    sockets = [
        listener,
        await session.connect(far.host, far.port, faults=[Fault(Latency(0.0), name="of-connection")]),
        await session.datagram("127.0.0.1", faults=[Fault(DatagramLoss(), name="of-datagrams")]),
        await session.create_socket(faults=[Fault(ConnectDelay(0.0), name="of-socket")]),
        await session.connect(listener.local.host, listener.local.port),
        await accepting,
    ]
    there = set(await names(session))
    for socket in sockets:
        await socket.close()

    assert there == {"of-listener", "of-accepted", "of-connection", "of-datagrams", "of-socket"}
    assert await session.faults() == []


async def test_a_chain_s_connection_is_born_with_faults(session: AsyncSession, peer: MakePeer) -> None:
    far = peer()
    chain = session.chain()
    connection = chain.connect(far.host, far.port, faults=[Fault(Latency(0.0), name="chained")])
    await chain.submit()

    assert await names(session) == ["chained"]
    await connection.close()


# What it looks like


async def test_an_injected_reset_is_told_from_a_genuine_one(session: AsyncSession, peer: MakePeer) -> None:
    listener = peer()
    connections = [await session.connect(listener.host, listener.port) for _ in range(2)]
    far = [await listener.accepted() for _ in range(2)]
    facts = []
    async with connections[0].fault(Reset(), name="cut"):
        await far[0].until_end()
    far[1].reset()
    for connection in connections:
        with pytest.raises(ConnectionReset) as raised:
            await connection.receive(10)
        facts.append((raised.value.injected, raised.value.fault))

    assert facts == [(True, "cut"), (False, None)]
    assert far[0].saw_reset


async def test_operations_name_the_faults_that_had_a_part(session: AsyncSession, peer: MakePeer) -> None:
    listener = peer()
    connecting = session.connect(
        listener.host, listener.port, faults=[Fault(ConnectDelay(0.01), name="slow")]
    )
    before = connecting.faults
    connection = await connecting
    async with connection.fault(OperationFailure("insufficient_resources"), operations="send", name="full"):
        sending = connection.send(b"x")
        with pytest.raises(OSError, match="full") as raised:
            await sending

    assert (before, connecting.faults, sending.faults) == ((), ("slow",), ("full",))
    assert getattr(raised.value, "injected", None) is True
    assert Phase(raised.value.cause.phase) is Phase.SEND  # type: ignore[attr-defined]  # it is one of ours


# Recorded runs

FLAKY = Fault(OperationFailure(), operations="send", name="flaky", probability=0.5)


async def send_often(session: AsyncSession, listener: Peer, fault: Fault) -> list[tuple[str, ...]]:
    """Send under a fault; return what each send says of faults."""
    connection = await session.connect(listener.host, listener.port)
    said = []
    async with connection.fault(fault):
        for _ in range(20):
            sending = connection.send(b"x")
            with contextlib.suppress(InsufficientResources):
                await sending
            said.append(sending.faults)
    return said


async def story(session: AsyncSession) -> list[Event | Gap]:
    """Everything up to the end of a fault."""
    told = []
    async for event in session.events(kinds=[EventKind.FAULT_FIRED, EventKind.FAULT_ENDED]):
        told.append(event)
        if isinstance(event, Event) and event.HasField("fault_ended"):
            break
    return told


async def test_a_recorded_run_is_repeated_by_its_decisions_and_by_its_seed(
    client: AsyncClient, peer: MakePeer
) -> None:
    listener = peer()
    async with client.session() as session:
        first = await send_often(session, listener, FLAKY)
        recorded = replay_of(await story(session))["flaky"]
    again = []
    for fault in (recorded.again(FLAKY.but(probability=0.0)), FLAKY.but(seed=recorded.seed)):
        async with client.session() as session:
            again.append(await send_often(session, listener, fault))

    assert again == [first, first]
    assert len(recorded.decisions) == first.count(("flaky",))


async def test_the_story_says_why_a_fault_has_ended(session: AsyncSession, connection: AsyncSocket) -> None:
    await connection.fault(Stall(), name="one")
    await connection.close()
    [event] = await story(session)

    assert isinstance(event, Event)
    assert FaultEnd(event.fault_ended.end) is FaultEnd.TARGET_GONE
