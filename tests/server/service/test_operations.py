"""Looking at operations, waiting for them and cancelling them: what each call answers, and what it leaves behind."""

import asyncio
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from tests.agents import RunningAgent
from tests.promises.owners import Listen, Open, Owner, connect_to, refused

from telesock.server.core.limits import Limits
from telesock.server.engine.sessions import HeldSession
from telesock.v1.operations_pb2 import (
    CANCEL_OUTCOME_CANCELLED,
    CANCEL_OUTCOME_NOT_FOUND,
    CANCEL_OUTCOME_TOO_LATE,
    OPERATION_STATE_PENDING,
    CancelOperationRequest,
    CancelOperationResponse,
    GetOperationRequest,
    ListOperationsRequest,
    Operation,
    WaitOperationRequest,
)
from telesock.v1.sessions_pb2 import AcknowledgeEventsRequest, CloseSessionRequest
from telesock.v1.sockets_pb2 import CloseRequest, CreateSocketRequest, ReceiveRequest
from telesock.v1.types_pb2 import STATUS_CANCELLED


def held(agent: RunningAgent, owner: Owner) -> HeldSession:
    """The session as the agent holds it."""
    [session] = [each for each in agent.engine.sessions if each.session_id == owner.session_id]
    return session


async def turn_until(happened: Callable[[], bool]) -> None:
    """Let the loop turn until something is so of which nobody is told."""
    while not happened():  # noqa: ASYNC110 - nobody is told of it
        await asyncio.sleep(0)


@pytest.fixture
async def pending(owner: Owner, unanswered: int) -> Operation:
    """A connect that stays pending."""
    return await owner.start(connect_to("127.0.0.1", unanswered))


def wait(operation: Operation, **timeout: int) -> WaitOperationRequest:
    return WaitOperationRequest(operation_id=operation.operation_id, timeout=timeout or None)


async def listed(owner: Owner, **fields: Any) -> list[int]:
    """Ids of the operations in one page."""
    operations = (await owner.ask(ListOperationsRequest(**fields))).operations
    return [operation.operation_id for operation in operations]


# Waiting


async def test_a_wait_ends_with_the_completion(agent: RunningAgent, owner: Owner, pending: Operation) -> None:
    session = held(agent, owner)
    waits = [asyncio.create_task(owner.ask(wait(pending))) for _ in range(3)]
    await turn_until(lambda: len(session.waiters.get(pending.operation_id, [])) == 3)

    await owner.cancel(pending)

    answers = [(await each).operation for each in waits]
    assert answers == [(await owner.ask(GetOperationRequest(operation_id=1))).operation] * 3
    assert answers[0].completion.status == STATUS_CANCELLED
    assert session.waiters == {}


async def test_a_wait_for_what_has_completed_ends_at_once_and_leaves_nothing(
    agent: RunningAgent, owner: Owner
) -> None:
    operation = await owner.start(CreateSocketRequest())

    assert (await owner.ask(wait(operation, seconds=300))).operation == operation
    assert held(agent, owner).waiters == {}


@pytest.mark.parametrize("timeout", [{"seconds": 0}, {"nanos": 1_000_000}])
async def test_a_wait_whose_time_is_over_answers_with_the_pending_operation_and_leaves_nothing(
    timeout: dict[str, int], agent: RunningAgent, owner: Owner, pending: Operation
) -> None:
    assert (await owner.ask(wait(pending, **timeout))).operation == pending
    assert pending.state == OPERATION_STATE_PENDING
    assert held(agent, owner).waiters == {}


@pytest.mark.parametrize("timeout", [{"seconds": 300, "nanos": 1}, {"nanos": -1}, {"seconds": -(2**63)}])
async def test_a_wait_of_no_length_that_can_be_is_refused(
    timeout: dict[str, int], owner: Owner, pending: Operation
) -> None:
    with refused("MALFORMED", grpc.StatusCode.INVALID_ARGUMENT) as info:
        await owner.ask(wait(pending, **timeout))
    assert info.metadata["field"] == "timeout"


async def test_a_wait_is_told_when_its_session_has_ended(
    agent: RunningAgent, owner: Owner, pending: Operation
) -> None:
    session = held(agent, owner)
    waiting = asyncio.create_task(owner.ask(wait(pending)))
    await turn_until(lambda: bool(session.waiters))

    await owner.ask(CloseSessionRequest())

    with refused("SESSION_LOST", grpc.StatusCode.NOT_FOUND) as info:
        await waiting
    assert dict(info.metadata) == {"session_id": owner.session_id, "cause": "CLOSED"}
    assert session.waiters == {}


async def test_a_wait_that_its_caller_gave_up_leaves_no_waiter_and_the_others_waiting(
    agent: RunningAgent, owner: Owner, pending: Operation
) -> None:
    session = held(agent, owner)
    given_up, kept = (asyncio.create_task(owner.ask(wait(pending))) for _ in range(2))
    await turn_until(lambda: len(session.waiters.get(1, [])) == 2)

    given_up.cancel()
    await turn_until(lambda: len(session.waiters[1]) == 1)
    await owner.cancel(pending)

    assert (await kept).operation.completion.status == STATUS_CANCELLED


async def test_the_last_wait_that_is_given_up_leaves_nothing_at_all(
    agent: RunningAgent, owner: Owner, pending: Operation
) -> None:
    session = held(agent, owner)
    waiting = asyncio.create_task(owner.ask(wait(pending)))
    await turn_until(lambda: bool(session.waiters))

    waiting.cancel()

    await turn_until(lambda: session.waiters == {})


# Listing


async def test_operations_are_listed_in_pages_by_ascending_id(owner: Owner) -> None:
    operations = [await owner.start(CreateSocketRequest(operation_id=10 * n)) for n in range(1, 6)]

    pages = [await listed(owner, page_size=2, after_operation_id=last) for last in (0, 20, 40, 50)]

    assert pages == [[10, 20], [30, 40], [50], []]
    assert (await owner.ask(ListOperationsRequest())).operations == operations


async def test_operations_are_listed_by_socket_and_by_whether_they_are_pending(
    owner: Owner, peer: Listen
) -> None:
    await owner.start(CreateSocketRequest())
    socket, _ = await owner.connect(peer())
    await owner.start(ReceiveRequest(socket_id=socket, length=1))

    assert await listed(owner, socket_id=socket) == [2, 3]
    assert await listed(owner, pending_only=True) == [3]
    assert await listed(owner, socket_id=1, pending_only=True) == []


async def test_operations_that_are_acknowledged_are_listed_no_longer(owner: Owner) -> None:
    for _ in range(3):
        await owner.start(CreateSocketRequest())
    await owner.ask(AcknowledgeEventsRequest(sequence=2))

    assert await listed(owner) == [3]


async def test_a_page_ends_before_it_is_too_large_for_a_message_and_the_next_goes_on(
    start_agent: Any, open_owner: Open, peer: Listen
) -> None:
    agent = await start_agent(limits=Limits(message_bytes=4000))
    owner = await open_owner(agent.address)
    socket, far = await owner.connect(peer())
    for size in (900, 900, 900, 3000):
        receive = await owner.start(ReceiveRequest(socket_id=socket, length=size, wait_all=True))
        far.send(b"x" * size)
        await owner.finish(receive)

    pages = [await listed(owner, after_operation_id=last) for last in (0, 2, 4)]

    assert pages == [[1, 2], [3, 4], [5]]


async def test_a_page_of_more_than_the_largest_is_refused(owner: Owner) -> None:
    with refused("MALFORMED", grpc.StatusCode.INVALID_ARGUMENT) as info:
        await owner.ask(ListOperationsRequest(page_size=1001))
    assert info.metadata["field"] == "page_size"


# Cancelling


@pytest.mark.parametrize(
    ("operation_id", "outcome"),
    [(1, CANCEL_OUTCOME_TOO_LATE), (2, CANCEL_OUTCOME_CANCELLED)]
    + [(number, CANCEL_OUTCOME_NOT_FOUND) for number in (0, 3, 2**64 - 1)],
)
async def test_a_cancel_tells_what_became_of_it(
    operation_id: int, outcome: Any, owner: Owner, unanswered: int
) -> None:
    await owner.start(CreateSocketRequest())
    await owner.start(connect_to("127.0.0.1", unanswered))

    answer = await owner.ask(CancelOperationRequest(operation_id=operation_id))

    assert answer == CancelOperationResponse(operation_id=operation_id, outcome=outcome)


async def test_a_cancel_of_what_is_forgotten_or_of_a_closed_sockets_is_no_error(owner: Owner) -> None:
    forgotten = await owner.start(CreateSocketRequest())
    await owner.ask(AcknowledgeEventsRequest(sequence=1))
    close = await owner.start(CloseRequest(socket_id=forgotten.socket_id))

    assert await owner.cancel(forgotten) == CANCEL_OUTCOME_NOT_FOUND
    assert await owner.cancel(close) == CANCEL_OUTCOME_TOO_LATE
