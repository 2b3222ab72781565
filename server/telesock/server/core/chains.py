"""What a chain decides: whether a link starts, because of which it does not, and what a refusal means for one.

A link starts when the one before it has succeeded, a hard one also when it has failed. One that does not start is
cancelled because of the link that failed by itself. What a refusal would have said of a request of its own, a link
completes with: it was accepted before its socket's state was known.
"""

from telesock.server.core.refusal import POLICY_REASONS, Reason, Refused
from telesock.server.core.status import Cause, Failure, Origin, Phase, Status

_STATUSES = {
    Reason.WRONG_STATE: Status.INVALID_DEVICE_STATE,
    Reason.WRONG_CATEGORY: Status.INVALID_DEVICE_STATE,
    Reason.SOCKET_UNKNOWN: Status.INVALID_DEVICE_STATE,
    Reason.SOCKET_CLOSED: Status.INVALID_DEVICE_STATE,
    Reason.SOCKET_ID_USED: Status.INVALID_DEVICE_STATE,
    Reason.STREAM_OFFSET_MISMATCH: Status.INVALID_DEVICE_STATE,
    Reason.DESTINATION_NOT_ALLOWED: Status.ACCESS_DENIED,
    Reason.LISTEN_NOT_ALLOWED: Status.ACCESS_DENIED,
    Reason.NAME_NOT_ALLOWED: Status.ACCESS_DENIED,
    Reason.TOO_MANY_SOCKETS: Status.INSUFFICIENT_RESOURCES,
    Reason.TOO_MANY_PENDING_BYTES: Status.INSUFFICIENT_RESOURCES,
    Reason.JOURNAL_FULL: Status.INSUFFICIENT_RESOURCES,
    Reason.NOT_AVAILABLE: Status.NOT_SUPPORTED,
}


class Progress:
    """How far the links of one round have come."""

    def __init__(self) -> None:
        self.failed_link: int | None = None
        """Place of the first link that failed by itself."""
        self.failure: Failure | None = None
        """How that one failed."""
        self.culprit: int | None = None
        """Place of the link because of which the next one does not start, unless it is hard."""

    def ended(self, place: int, failure: Failure | None) -> None:
        """A link that had started has ended, or was cancelled by somebody before it started."""
        self.culprit = None if failure is None else place
        if failure is not None and self.failed_link is None:
            self.failed_link, self.failure = place, failure

    def may_start(self, hard: bool) -> bool:
        """Whether the next link starts."""
        return self.culprit is None or hard


def failure_from_refusal(refused: Refused) -> Failure:
    """What a link completes with that would have been refused as a request of its own."""
    status = _STATUSES.get(refused.reason, Status.INVALID_PARAMETER)
    origin = Origin.POLICY if refused.reason in POLICY_REASONS else Origin.LOCAL_HOST
    return Failure(status, Cause(origin, Phase.BIND, detail=refused.message))


def not_started(culprit: int) -> Failure:
    """Why a link was cancelled: because of another operation."""
    return Failure(
        Status.CANCELLED,
        Cause(
            Origin.CANCEL, Phase.BIND, detail=f"operation {culprit}, before it in the chain, did not succeed"
        ),
    )
