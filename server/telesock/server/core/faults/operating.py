"""Effects on operations: failed before anything happens, not begun, completed late, failed although done."""

from dataclasses import dataclass

from telesock.server.core.faults.amounts import between, span
from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.values import Effect, Place
from telesock.server.core.refusal import malformed
from telesock.server.core.status import ERRNO_NAMES, Status


def _check_outcome(effect: str, status: Status, errno_name: str) -> None:
    if status is Status.SUCCESS:
        raise malformed(f"{effect}.status", "SUCCESS is no failure")
    if errno_name and errno_name not in ERRNO_NAMES:
        raise malformed(f"{effect}.errno_name", f"{errno_name!r} is not a name such as ECONNRESET")


@dataclass(frozen=True)
class OperationFailure(Effect):
    """Fails before anything happens."""

    status: Status = Status.INSUFFICIENT_RESOURCES
    errno_name: str = ""

    kind = "operation-failure"
    acts_on = Place.OPERATIONS
    lanes = (Lane.OPERATION,)

    def check(self) -> None:
        """Refuse a success, and a name that is none."""
        _check_outcome("operation_failure", self.status, self.errno_name)


@dataclass(frozen=True)
class OperationHang(Effect):
    """Is not begun."""

    kind = "operation-hang"
    acts_on = Place.OPERATIONS
    lanes = (Lane.OPERATION,)


@dataclass(frozen=True)
class OperationDelay(Effect):
    """Completes late."""

    delay: float
    jitter: float = 0.0

    kind = "operation-delay"
    acts_on = Place.OPERATIONS
    lanes = (Lane.OPERATION,)

    def check(self) -> None:
        """Refuse negative times."""
        span("operation_delay.delay", self.delay)
        span("operation_delay.jitter", self.jitter)


@dataclass(frozen=True)
class OperationFalseFailure(Effect):
    """Is done, and reported as failed."""

    status: Status = Status.UNSUCCESSFUL
    errno_name: str = ""

    kind = "operation-false-failure"
    acts_on = Place.OPERATIONS
    lanes = (Lane.OPERATION,)

    def check(self) -> None:
        """Refuse a success, and a name that is none."""
        _check_outcome("operation_false_failure", self.status, self.errno_name)


@dataclass(frozen=True)
class ShortWrite(Effect):
    """Only the first bytes of a send leave."""

    size: int
    status: Status = Status.INSUFFICIENT_RESOURCES
    errno_name: str = ""

    kind = "short-write"
    acts_on = Place.OPERATIONS
    lanes = (Lane.OPERATION,)

    def check(self) -> None:
        """Refuse a success, and a name that is none."""
        between("short_write.bytes", self.size, 0, 2**62)
        _check_outcome("short_write", self.status, self.errno_name)
