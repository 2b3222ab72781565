"""A listener as a program uses it: connections one by one, indicated, or inspected."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from tests.agents import RunningAgent
from tests.dialers import dial
from tests.peers import PeerConnection

from telesock.client import (
    AddressAlreadyExists,
    AddressFamily,
    AsyncClient,
    AsyncListener,
    AsyncSession,
    AsyncSocket,
    ConnectionDisconnected,
    IndicationKind,
    OperationFailed,
    OperationTimedOut,
    PolicyAction,
    Rejected,
)
from telesock.v1.events_pb2 import DataReceived, Event

Dial = Callable[[AsyncListener], Awaitable[PeerConnection]]


@pytest.fixture
async def dialed() -> AsyncIterator[Dial]:
    made: list[PeerConnection] = []

    async def connect(listener: AsyncListener) -> PeerConnection:
        assert listener.local is not None
        made.append(await dial(listener.local.host, listener.local.port))
        return made[-1]

    yield connect
    for each in made:
        each.close()


async def test_a_listener_yields_one_connection_after_the_other_and_loses_none_when_left(
    session: AsyncSession, dialed: Dial
) -> None:
    listener = await session.listen("127.0.0.1")
    peers = [await dialed(listener) for _ in range(3)]
    ports = []
    async for connection in listener:
        assert connection.remote is not None
        ports.append(connection.remote.port)
        if len(ports) == 2:
            break

    last = await listener.accept()

    assert last.remote is not None
    assert [*ports, last.remote.port] == [peer.local[1] for peer in peers]


@pytest.mark.parametrize(
    ("family", "host"),
    [(None, "127.0.0.1"), (AddressFamily.IPV4, "127.0.0.1"), (AddressFamily.IPV6, "::1")],
)
async def test_a_listener_that_is_not_told_where_listens_on_loopback(
    session: AsyncSession, family: AddressFamily | None, host: str
) -> None:
    listener = await session.listen(family=family)

    assert listener.local is not None
    assert listener.local.host == host


async def test_a_unix_domain_listener_that_is_not_told_where_has_a_name_that_nobody_has(
    session: AsyncSession,
) -> None:
    listener = await session.listen(family=AddressFamily.UNIX)

    assert listener.local is not None
    assert listener.local.host.startswith("unix:@")


async def test_a_listen_that_policy_denies_is_rejected_with_the_rule_that_would_do(
    start_agent: Callable[..., Awaitable[RunningAgent]],
) -> None:
    running = await start_agent(allow_listen=("127.0.0.1",))
    async with AsyncClient(running.address) as client, client.session() as session:
        with pytest.raises(OperationFailed) as raised:
            await session.listen("0.0.0.0", 9000)
        answer = await client.check_policy("0.0.0.0", 9000, PolicyAction.LISTEN)

    assert "0.0.0.0:9000 for example" in str(raised.value)
    assert [verdict.explanation in str(raised.value) for verdict in answer.verdicts] == [True]


async def test_iterating_ends_when_the_listener_is_closed(session: AsyncSession) -> None:
    listener = await session.listen("127.0.0.1")

    async def take_all() -> list[object]:
        return [connection async for connection in listener]

    taking = asyncio.create_task(take_all())
    await asyncio.sleep(0)
    await listener.close()

    assert await taking == []


async def test_iterating_ends_when_the_listener_is_closed_inside_the_loop(
    session: AsyncSession, dialed: Dial
) -> None:
    listener = await session.listen("127.0.0.1")
    await dialed(listener)
    taken = []

    async for connection in listener:
        taken.append(connection)
        await listener.close()

    assert len(taken) == 1


async def test_a_loop_that_is_cancelled_while_it_waits_loses_no_connection(
    session: AsyncSession, dialed: Dial
) -> None:
    listener = await session.listen("127.0.0.1")
    iterators = []

    async def take_one() -> AsyncSocket:
        iterators.append(aiter(listener))
        return await anext(iterators[-1])

    for _ in range(20):  # some are cancelled in time, some have their connection already
        taking = asyncio.create_task(take_one())
        await asyncio.sleep(0)
        far = await dialed(listener)
        taking.cancel()
        [left] = await asyncio.gather(taking, return_exceptions=True)
        connection = left if isinstance(left, AsyncSocket) else await listener.accept()
        assert connection.remote is not None
        assert connection.remote.port == far.local[1]


async def test_a_loop_that_is_cancelled_again_while_it_takes_its_accept_back_ends_no_other(
    session: AsyncSession, dialed: Dial
) -> None:
    listener = await session.listen("127.0.0.1")
    taking = asyncio.ensure_future(anext(aiter(listener)))
    for _ in range(2):
        await asyncio.sleep(0)
        taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)
    far = await dialed(listener)
    connection = await anext(aiter(listener))

    assert connection.remote is not None
    assert connection.remote.port == far.local[1]


async def test_a_listener_is_left_by_closing_it(session: AsyncSession) -> None:
    async with await session.listen("127.0.0.1"), await session.datagram("127.0.0.1"):
        assert len(await session.list_sockets()) == 2

    assert await session.list_sockets() == []


async def test_an_accepted_connection_is_a_socket_as_any_other(session: AsyncSession, dialed: Dial) -> None:
    listener = await session.listen("127.0.0.1")
    far = await dialed(listener)
    async with await listener.accept() as connection:
        await connection.send(b"hello")
        far.send(b"answer")
        far.finish()
        assert await connection.receive(100, wait_all=True) == b"answer"

    await far.until_end()
    assert (bytes(far.received), far.saw_fin) == (b"hello", True)


async def test_what_an_accepted_socket_tells_before_anybody_looks_is_kept(
    session: AsyncSession, dialed: Dial
) -> None:
    listener = await session.listen("127.0.0.1")
    far = await dialed(listener)
    far.send(b"early")

    connection = await listener.accept(indications=[IndicationKind.DATA])
    async for indication in connection.indications():
        assert isinstance(indication, Event)
        assert indication.data_received.data == b"early"
        break


async def test_an_accepted_socket_gives_back_quarters_of_the_credit_that_its_accept_asked_for(
    session: AsyncSession, dialed: Dial
) -> None:
    listener = await session.listen("127.0.0.1")
    await dialed(listener)

    connection = await listener.accept(indications=[IndicationKind.DATA], credit_bytes=1000)

    due = [connection._record.consume(Event(data_received=DataReceived(data=bytes(125)))) for _ in range(4)]
    assert due == [False, True, False, True]


async def test_a_refused_connection_is_reset_and_forgotten_and_the_next_is_told(
    session: AsyncSession, dialed: Dial
) -> None:
    listener = await session.listen(
        "127.0.0.1", indications=[IndicationKind.CONNECTION], credit_connections=1
    )
    indications = listener.indications()
    first = await dialed(listener)
    told = await anext(indications)
    assert isinstance(told, Event)
    refused = listener.accepted_socket(told.connection_accepted.accepted.socket_id)

    listener.refuse(told.sequence)

    await first.until_end()
    assert first.saw_reset
    assert [each async for each in refused.indications()] == []
    second = await dialed(listener)
    told = await anext(indications)
    assert isinstance(told, Event)
    assert told.connection_accepted.accepted.remote.port == second.local[1]


async def test_indicated_connections_come_with_what_the_listener_hands_on(
    session: AsyncSession, dialed: Dial
) -> None:
    kinds = [IndicationKind.CONNECTION, IndicationKind.DATA]
    listener = await session.listen("127.0.0.1", indications=kinds, credit_connections=1)
    seen = []
    for mark in (b"a", b"b"):
        (await dialed(listener)).send(mark)
    async for connection in listener.connections():
        async for indication in connection.indications():
            assert isinstance(indication, Event)
            seen.append(indication.data_received.data)
            break
        if len(seen) == 2:
            break

    assert seen == [b"a", b"b"]


async def test_a_held_connection_is_let_in_or_reset_or_has_left(session: AsyncSession, dialed: Dial) -> None:
    listener = await session.listen("127.0.0.1", conditional=True)
    inspections = listener.inspections()
    first, second, third = [await dialed(listener) for _ in range(3)]
    numbers = [(await anext(inspections)).inspect_id for _ in range(3)]

    await listener.inspect_complete(numbers[0], accept=True)
    await listener.inspect_complete(numbers[1], accept=False)
    third.reset()

    assert (await listener.accept()).remote is not None
    await second.until_end()
    assert second.saw_reset
    while True:
        try:
            await listener.inspect_complete(numbers[2], accept=False)
        except ConnectionDisconnected:
            break
        except Rejected:
            pytest.fail("it was reset by the decision before its end was seen: nothing is left to decide")
        else:
            break
    assert not first.ended


async def test_an_accept_times_out_as_any_operation(session: AsyncSession) -> None:
    listener = await session.listen("127.0.0.1")

    with pytest.raises(OperationTimedOut):
        await listener.accept(timeout=0.001)


async def test_a_port_in_use_is_told_as_the_binds_failure_and_leaves_no_socket(
    agent: RunningAgent, session: AsyncSession
) -> None:
    listener = await session.listen("127.0.0.1")
    assert listener.local is not None

    with pytest.raises(AddressAlreadyExists, match="bind"):
        await session.listen("127.0.0.1", listener.local.port)

    await session.create_socket()
    assert len(await session.list_sockets()) == 2
    assert agent.engine.sockets == 2
