"""What starts in a chain, because of which link it does not, and what a refusal becomes."""

import pytest

from telesock.server.core.chains import Progress, failure_from_refusal, not_started
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.status import Cause, Failure, Origin, Phase, Status

FAILED = Failure(Status.CONNECTION_REFUSED, Cause(Origin.PEER, Phase.CONNECT))
OTHER = Failure(Status.IO_TIMEOUT, Cause(Origin.DEADLINE, Phase.SEND))


def test_a_link_starts_when_the_one_before_it_succeeded() -> None:
    progress = Progress()
    progress.ended(0, None)

    assert progress.may_start(hard=False)
    assert (progress.failed_link, progress.failure, progress.culprit) == (None, None, None)


def test_after_a_failure_only_a_hard_link_starts_and_then_what_follows_it() -> None:
    progress = Progress()
    progress.ended(0, FAILED)

    assert [progress.may_start(hard) for hard in (False, True)] == [False, True]
    progress.ended(1, None)
    assert progress.may_start(hard=False)


def test_the_first_failure_is_the_chains_and_the_last_one_keeps_the_next_link_from_starting() -> None:
    progress = Progress()
    progress.ended(0, FAILED)
    progress.ended(1, OTHER)

    assert (progress.failed_link, progress.failure, progress.culprit) == (0, FAILED, 1)


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (Reason.WRONG_STATE, Status.INVALID_DEVICE_STATE),
        (Reason.SOCKET_UNKNOWN, Status.INVALID_DEVICE_STATE),
        (Reason.STREAM_OFFSET_MISMATCH, Status.INVALID_DEVICE_STATE),
        (Reason.DESTINATION_NOT_ALLOWED, Status.ACCESS_DENIED),
        (Reason.TOO_MANY_PENDING_BYTES, Status.INSUFFICIENT_RESOURCES),
        (Reason.NOT_AVAILABLE, Status.NOT_SUPPORTED),
        (Reason.MALFORMED, Status.INVALID_PARAMETER),
    ],
)
def test_a_refusal_becomes_the_status_that_a_completion_has_for_it(reason: Reason, status: Status) -> None:
    failure = failure_from_refusal(Refused(reason, "it is not possible"))

    origin = Origin.POLICY if status is Status.ACCESS_DENIED else Origin.LOCAL_HOST
    assert failure == Failure(status, Cause(origin, Phase.BIND, detail="it is not possible"))


def test_a_link_that_did_not_start_names_the_operation_because_of_which() -> None:
    assert not_started(11).status is Status.CANCELLED
    assert "operation 11" in not_started(11).cause.detail
