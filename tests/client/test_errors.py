import errno

import grpc
import pytest

from telesock import client
from telesock.client import errors
from telesock.client.enumerations import Status
from telesock.client.errors import FAILURES, OperationFailed, SessionReplaced, failed, rejected
from telesock.v1.operations_pb2 import Completion
from telesock.v1.sessions_pb2 import Refusal
from telesock.v1.types_pb2 import Cause

BUILTIN = {
    Status.CANCELLED: None,
    Status.CONNECTION_REFUSED: ConnectionRefusedError,
    Status.CONNECTION_RESET: ConnectionResetError,
    Status.CONNECTION_ABORTED: ConnectionAbortedError,
    Status.CONNECTION_DISCONNECTED: ConnectionError,
    Status.IO_TIMEOUT: TimeoutError,
    Status.HOST_UNREACHABLE: OSError,
    Status.NETWORK_UNREACHABLE: OSError,
    Status.ADDRESS_ALREADY_EXISTS: OSError,
    Status.ACCESS_DENIED: PermissionError,
    Status.INSUFFICIENT_RESOURCES: OSError,
    Status.FILE_FORCED_CLOSED: OSError,
    Status.NO_MATCH: OSError,
    Status.INVALID_PARAMETER: OSError,
    Status.NOT_SUPPORTED: OSError,
    Status.INVALID_DEVICE_STATE: None,
    Status.BUFFER_OVERFLOW: OSError,
    Status.REQUEST_NOT_ACCEPTED: None,
    Status.UNSUCCESSFUL: OSError,
}


def completion(status: int, **cause: object) -> Completion:
    return Completion(status=status, kind=3, cause=Cause(**cause))  # type: ignore[arg-type]  # plain numbers


def test_every_status_but_success_has_an_exception_of_its_own() -> None:
    assert set(FAILURES) == set(Status) - {Status.SUCCESS}
    assert len(set(FAILURES.values())) == len(FAILURES)


@pytest.mark.parametrize("status", BUILTIN, ids=lambda status: status.name)
def test_each_is_the_built_in_error_that_a_socket_would_raise(status: Status) -> None:
    raised = failed(completion(status), 7)
    bases = [base for base in type(raised).__mro__ if base.__module__ == "builtins"]

    assert bases[0] is (BUILTIN[status] or Exception)
    assert isinstance(raised, OperationFailed)


def test_one_that_is_a_socket_s_error_has_the_errno_of_the_agent_s_system() -> None:
    raised = failed(completion(Status.CONNECTION_RESET, errno_name="ECONNRESET"), 7)

    assert isinstance(raised, ConnectionResetError)
    assert (raised.errno, raised.strerror) == (errno.ECONNRESET, str(raised))


def test_without_an_errno_there_the_errno_here_is_none() -> None:
    raised = failed(completion(Status.IO_TIMEOUT, origin=3, phase=5), 7)

    assert isinstance(raised, TimeoutError)
    assert raised.errno is None


def test_the_text_says_in_one_line_what_ended_how_when_and_through_whom() -> None:
    raised = failed(
        completion(
            Status.CONNECTION_REFUSED, origin=1, phase=3, errno_name="ECONNREFUSED", detail="no listener"
        ),
        7,
    )

    assert str(raised) == (
        "connect (operation 7) ended with CONNECTION_REFUSED (ECONNREFUSED) in phase connect caused by peer: no listener"
    )


def test_an_injected_fault_is_named() -> None:
    raised = failed(completion(Status.CONNECTION_RESET, origin=6, phase=4, fault_name="flaky"), 7)

    assert (
        str(raised) == "connect (operation 7) ended with CONNECTION_RESET in phase send caused by fault flaky"
    )


def test_what_a_fault_made_is_told_from_what_it_only_had_a_part_in() -> None:
    injected = completion(Status.CONNECTION_RESET, origin=6, phase=4, fault_name="flaky")
    injected.faults.extend(["late", "flaky"])
    genuine = completion(Status.CONNECTION_RESET, origin=1, phase=4)
    genuine.faults.append("late")
    facts = [(each.injected, each.fault, each.faults) for each in (failed(injected, 7), failed(genuine, 7))]

    assert facts == [(True, "flaky", ("late", "flaky")), (False, None, ("late",))]


def test_it_carries_everything_that_the_agent_told() -> None:
    told = completion(Status.CANCELLED, origin=4, phase=5, detail="cancelled")
    raised = failed(told, 7)

    assert (raised.status, raised.completion, raised.cause, raised.operation_id) == (
        Status.CANCELLED,
        told,
        told.cause,
        7,
    )


def test_a_status_of_a_newer_agent_is_a_failure_with_its_number() -> None:
    raised = failed(completion(99), 7)

    assert (type(raised), raised.status) == (OperationFailed, 99)
    assert str(raised) == "connect (operation 7) ended with STATUS_99"


def test_a_refusal_is_raised_with_code_reason_and_metadata() -> None:
    raised = rejected(Refusal(code=9, message="not now", reason="WRONG_STATE", metadata={"state": "BOUND"}))

    assert (str(raised), raised.code, raised.reason, raised.metadata) == (
        "not now",
        grpc.StatusCode.FAILED_PRECONDITION,
        "WRONG_STATE",
        {"state": "BOUND"},
    )


def test_a_code_that_does_not_exist_is_unknown() -> None:
    assert rejected(Refusal(code=99)).code is grpc.StatusCode.UNKNOWN


def test_a_loss_can_be_raised_in_several_places() -> None:
    lost = SessionReplaced("taken", "ATTACHMENT_REPLACED")
    again = lost.again()

    assert (type(again), str(again), again.cause) == (SessionReplaced, "taken", "ATTACHMENT_REPLACED")
    assert again is not lost


def test_every_exception_is_in_the_tree_drawn_at_the_top_and_exported() -> None:
    tree = errors.__doc__ or ""
    public = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.TelesockError) and not name.startswith("_")
    }

    assert {name for name in public if name not in tree} == set()
    assert public <= set(client.__all__)
