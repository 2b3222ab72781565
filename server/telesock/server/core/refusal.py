"""Refusals: why a request is turned down on the spot, with no operation made and no effect.

Every reason that the agent can give stands here once; the service maps each to a gRPC status. What the
network decides is never a refusal but a completion (see status.py).
"""

from enum import Enum, auto


class Reason(Enum):
    """ErrorInfo.reason of a refused request."""

    MALFORMED = auto()
    SESSION_UNKNOWN = auto()
    SESSION_LOST = auto()
    SOCKET_UNKNOWN = auto()
    SOCKET_CLOSED = auto()
    SOCKET_ID_USED = auto()
    OPERATION_UNKNOWN = auto()
    OPERATION_RETIRED = auto()
    OPERATION_ID_REUSED = auto()
    WRONG_CATEGORY = auto()
    WRONG_STATE = auto()
    STREAM_OFFSET_MISMATCH = auto()
    FINAL_DATA_WITH_ABORT = auto()
    TOO_LARGE = auto()
    TOO_MANY_SESSIONS = auto()
    TOO_MANY_SOCKETS = auto()
    TOO_MANY_PENDING_BYTES = auto()
    JOURNAL_FULL = auto()
    DESTINATION_NOT_ALLOWED = auto()
    NOT_AVAILABLE = auto()
    AGENT_DRAINING = auto()
    ATTACHMENT_REPLACED = auto()
    SEQUENCE_AHEAD = auto()


class Refused(Exception):
    """A request was turned down.

    `message` is one line that says what was wrong and what would be right. `metadata` is for programs; where
    the Winsock Kernel has a status of its own for the case, it stands there under "wsk_status".
    """

    def __init__(self, reason: Reason, message: str, **metadata: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.metadata = metadata


def malformed(field: str, problem: str) -> Refused:
    """Say which field of a request is wrong, and how."""
    return Refused(
        Reason.MALFORMED, f"{field}: {problem}", field=field, wsk_status="STATUS_INVALID_PARAMETER"
    )
