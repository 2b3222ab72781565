import asyncio
from collections.abc import Callable

import pytest
from tests.peers import Peer, PeerConnection

from telesock.client import (
    AsyncSession,
    AsyncSocket,
    Cancelled,
    CancelOutcome,
    OperationKind,
    OperationTimedOut,
    Rejected,
    Status,
)
from telesock.v1.operations_pb2 import OPERATION_STATE_PENDING

Listen = Callable[..., Peer]


@pytest.fixture
async def connected(session: AsyncSession, peer: Listen) -> tuple[AsyncSocket, PeerConnection]:
    listener = peer()
    return await session.connect(listener.host, listener.port), await listener.accepted()


Connected = tuple[AsyncSocket, PeerConnection]


async def test_an_operation_can_be_awaited_again_and_by_several_tasks(connected: Connected) -> None:
    socket, far = connected
    operation = socket.receive(10)
    far.send(b"hello")

    results = await asyncio.gather(operation, operation)

    assert [*results, await operation] == [b"hello"] * 3


async def test_one_that_is_done_is_awaited_without_waiting(connected: Connected) -> None:
    socket, _ = connected
    operation = socket.send(b"x")
    await operation

    with pytest.raises(StopIteration) as stopped:
        next(operation.__await__())

    assert stopped.value.value == 1


async def test_a_failure_is_raised_each_time_anew(connected: Connected) -> None:
    socket, _ = connected
    operation = socket.receive(10, timeout=0.001)
    raised = []
    for _ in range(2):
        with pytest.raises(OperationTimedOut) as failure:
            await operation
        raised.append(failure.value)

    assert raised[0] is not raised[1]
    assert [(each.status, each.operation_id) for each in raised] == [
        (Status.IO_TIMEOUT, operation.operation_id)
    ] * 2


async def test_cancelling_a_task_that_awaits_leaves_the_operation_alone(
    session: AsyncSession, connected: Connected
) -> None:
    socket, far = connected
    operation = socket.receive(10)
    task = asyncio.create_task(_await(operation))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    found = await session.get_operation(operation.operation_id)
    far.send(b"later")

    assert found.state == OPERATION_STATE_PENDING
    assert await operation == b"later"


async def test_a_cancelled_operation_raises_our_own_error_and_not_that_of_asyncio(
    connected: Connected,
) -> None:
    socket, _ = connected
    operation = socket.receive(10)

    outcome = await operation.cancel()

    assert outcome is CancelOutcome.CANCELLED
    with pytest.raises(Cancelled) as raised:
        await operation
    assert not isinstance(raised.value, asyncio.CancelledError)
    assert raised.value.status is Status.CANCELLED


async def test_cancelling_what_is_done_is_too_late(connected: Connected) -> None:
    socket, _ = connected
    operation = socket.send(b"x")
    await operation

    assert await operation.cancel() is CancelOutcome.TOO_LATE


async def test_cancelling_right_after_asking_finds_the_operation(connected: Connected) -> None:
    socket, _ = connected
    first, second = socket.receive(10), socket.receive(10)

    outcomes = set(await asyncio.gather(second.cancel(), first.cancel()))

    assert outcomes == {CancelOutcome.CANCELLED}


async def test_cancelling_what_was_refused_finds_nothing(session: AsyncSession, connected: Connected) -> None:
    created = await session.create_socket()
    operation = created.receive(10)
    with pytest.raises(Rejected):
        await operation

    assert await operation.cancel() is CancelOutcome.NOT_FOUND


async def test_hundreds_of_sends_of_one_turn_travel_in_few_messages(
    session: AsyncSession, connected: Connected
) -> None:
    socket, far = connected
    before = session._core.lease.number
    chunks = [f"{number:04}".encode() for number in range(1000)]

    operations = [socket.send(chunk) for chunk in chunks]
    for operation in operations:
        await operation

    await far.until_received(b"".join(chunks))
    assert session._core.lease.number - before == 2  # of 512 commands at most


async def test_gather_awaits_operations_and_raises_the_first_failure(connected: Connected) -> None:
    socket, far = connected
    await asyncio.gather(*(socket.send(b"ab") for _ in range(50)))
    await far.until_received(b"ab" * 50)

    with pytest.raises(Rejected):
        await asyncio.gather(socket.send(b"x"), socket.receive(10, drain=True))


async def test_an_operation_shows_what_it_is(connected: Connected) -> None:
    socket, _ = connected
    operation = socket.send(b"x")

    assert repr(operation) == "<SEND operation 2 of socket 1, pending>"
    await operation
    assert repr(operation) == "<SEND operation 2 of socket 1, done>"
    assert (operation.kind, operation.socket_id) == (OperationKind.SEND, 1)


async def _await(operation: "asyncio.Future[bytes] | object") -> bytes:
    return await operation  # type: ignore[misc,no-any-return]  # operations are awaitable
