import pytest

from telesock.client.aio.operations import Operation as AsyncOperation
from telesock.client.core.lease import Lease
from telesock.client.core.operations import OUTCOME_UNKNOWN, BaseOperation, SettledTwice
from telesock.client.core.session import SessionCore
from telesock.client.enumerations import OperationKind
from telesock.client.errors import Cancelled, OutcomeUnknown, Rejected, SessionLost
from telesock.client.sync.operations import Operation
from telesock.v1.operations_pb2 import Completion
from telesock.v1.sessions_pb2 import Refusal
from telesock.v1.types_pb2 import STATUS_SUCCESS

CORE = SessionCore("s-1", "boot", Lease(30.0, 0.0))
DONE = Completion(status=1, transferred_bytes=5)  # type: ignore[arg-type]  # a plain number
CANCELLED = Completion(status=2)  # type: ignore[arg-type]  # the same


@pytest.fixture
def operation() -> BaseOperation[int]:
    return BaseOperation(CORE, OperationKind.SEND, 1, lambda completion: completion.transferred_bytes)


def test_it_yields_what_its_completion_says(operation: BaseOperation[int]) -> None:
    before = (operation.done(), operation.completion)
    operation.settle(DONE)

    assert before == (False, None)
    assert (operation.done(), operation.completion, operation.take_result()) == (True, DONE, 5)


def test_it_names_the_faults_that_had_a_part_in_its_end(operation: BaseOperation[int]) -> None:
    before = operation.faults
    operation.settle(Completion(status=STATUS_SUCCESS, faults=["latency-1", "drip-1"]))

    assert (before, operation.faults) == ((), ("latency-1", "drip-1"))


@pytest.mark.parametrize(("shell", "waits"), [(Operation, r"\.result\(\)"), (AsyncOperation, "await")])
def test_whoever_takes_it_for_what_it_yields_is_told_to_wait(
    shell: type[BaseOperation[int]], waits: str
) -> None:
    operation = shell(CORE, OperationKind.CONNECT, 1, lambda completion: completion.transferred_bytes)
    message = rf"^<CONNECT operation 0 of socket 1, pending> has no 'send'; {waits} waits for what it yields$"
    with pytest.raises(AttributeError, match=message):
        operation.send  # type: ignore[attr-defined]  # noqa: B018


def test_it_is_settled_once(operation: BaseOperation[int]) -> None:
    operation.settle(DONE)

    with pytest.raises(SettledTwice, match="SEND operation 0"):
        operation.settle(CANCELLED)
    assert operation.completion == DONE


@pytest.mark.parametrize(
    ("outcome", "raised"),
    [
        (CANCELLED, Cancelled),
        (Refusal(reason="WRONG_STATE", code=9), Rejected),
        (Refusal(reason=OUTCOME_UNKNOWN), OutcomeUnknown),
        (SessionLost("gone", "CLOSED"), SessionLost),
    ],
    ids=["failed", "refused", "unknown", "lost"],
)
def test_what_did_not_succeed_is_raised_each_time_anew(
    operation: BaseOperation[int], outcome: Completion | Refusal | SessionLost, raised: type[Exception]
) -> None:
    operation.settle(outcome)
    errors = []
    for _ in range(2):
        with pytest.raises(raised) as error:
            operation.take_result()
        errors.append(error.value)

    assert [type(error) for error in errors] == [raised, raised]
    assert errors[0] is not errors[1]
    assert outcome not in errors


def test_whoever_waits_is_called_once_unless_it_stopped_waiting(operation: BaseOperation[int]) -> None:
    called: list[str] = []
    stays, leaves = lambda: called.append("stays"), lambda: called.append("leaves")  # two of a kind
    operation.when_done(stays)
    operation.when_done(leaves)
    operation.forget(leaves)
    operation.settle(DONE)
    operation.forget(stays)

    assert called == ["stays"]


def test_what_was_to_be_sent_is_forgotten_with_the_outcome(operation: BaseOperation[int]) -> None:
    operation.frame = b"frame"
    operation.settle(DONE)

    assert operation.frame == b""
