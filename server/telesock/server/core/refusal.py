"""Refusals: why a request is turned down on the spot, with no operation made and no effect.

Every reason that the agent can give stands here once; the service maps each to a gRPC status. What the
network decides is never a refusal but a completion (see status.py).
"""

from enum import Enum, auto

# gRPC carries some 8 KiB of trailers, in which a character may take a dozen bytes.
_LONGEST_MESSAGE = 400
_LONGEST_VALUE = 100


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
    LISTEN_NOT_ALLOWED = auto()
    NAME_NOT_ALLOWED = auto()
    NOT_AVAILABLE = auto()
    AGENT_DRAINING = auto()
    ATTACHMENT_REPLACED = auto()
    SEQUENCE_AHEAD = auto()
    FAULT_UNKNOWN = auto()
    FAULT_NAME_USED = auto()
    TOO_MANY_FAULTS = auto()
    TOO_MANY_SUBSCRIBERS = auto()
    TOO_MANY_OPERATIONS = auto()
    TOO_MANY_OPERATIONS_PER_SECOND = auto()
    CREDENTIALS_MISSING = auto()
    CREDENTIALS_UNKNOWN = auto()
    ROLE_NOT_ALLOWED = auto()
    CONTRACT_TOO_NEW = auto()


POLICY_REASONS = frozenset(
    {Reason.DESTINATION_NOT_ALLOWED, Reason.LISTEN_NOT_ALLOWED, Reason.NAME_NOT_ALLOWED}
)
"""What a policy does not allow."""


class Refused(Exception):
    """A request was turned down.

    `message` is one line that says what was wrong and what would be right. `metadata` is for programs; where
    the Winsock Kernel has a status of its own for the case, it stands there under "wsk_status". What a caller
    wrote may be repeated in both, so both are cut to a length that every transport carries.
    """

    def __init__(self, reason: Reason, message: str, **metadata: str) -> None:
        self.reason = reason
        self.message = _cut(message, _LONGEST_MESSAGE)
        self.metadata = {key: _cut(value, _LONGEST_VALUE) for key, value in metadata.items()}
        super().__init__(self.message)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def malformed(field: str, problem: str) -> Refused:
    """Say which field of a request is wrong, and how."""
    return Refused(
        Reason.MALFORMED, f"{field}: {problem}", field=field, wsk_status="STATUS_INVALID_PARAMETER"
    )
