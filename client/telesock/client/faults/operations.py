"""Effects on operations; which ones, the fault's `operations` and `phases` say. Times are seconds.

A status is one of `Status` or its name; an errno name ("ENOBUFS"), when empty, is the status's own where it has one.
"""

from dataclasses import dataclass

from telesock.client.enumerations import Status
from telesock.client.faults.value import Effect


@dataclass(frozen=True)
class OperationFailure(Effect):
    """The operation fails before anything happens; as INSUFFICIENT_RESOURCES unless told otherwise."""

    status: Status | str | None = None
    errno_name: str = ""


@dataclass(frozen=True)
class OperationHang(Effect):
    """The operation is accepted and not begun, until a cancel, its timeout or its socket's end, or the fault's."""


@dataclass(frozen=True)
class OperationDelay(Effect):
    """The operation is done at once and completes so much later, evenly varied by `jitter`.

    Later successes of its kind on its socket wait for it.
    """

    delay: float
    jitter: float = 0.0


@dataclass(frozen=True)
class OperationFalseFailure(Effect):
    """The operation is done, and completes as failed; as UNSUCCESSFUL unless told otherwise.

    What it yields is not told, but happens: bytes leave, sockets exist.
    """

    status: Status | str | None = None
    errno_name: str = ""
