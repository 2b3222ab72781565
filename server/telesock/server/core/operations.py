"""The ledger: which operations a session has, and that each completes exactly once.

It decides whether an id is new, a retry or taken, and when an operation may be forgotten. It does not know
what an operation does, nor where its completion is written: the session joins it to the journal.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

from telesock.server.core.refusal import Reason, Refused, malformed
from telesock.server.core.requests import AnyRequest, Close, OperationKind
from telesock.server.core.slots import Slot
from telesock.server.core.status import Cause, Status

if TYPE_CHECKING:
    from telesock.server.core.events import Completion


class OperationState(IntEnum):
    """Whether an operation has completed. Numbers as in the contract."""

    PENDING = 1
    COMPLETED = 2


OPERATION_TRANSITIONS = {OperationState.PENDING: {OperationState.COMPLETED}, OperationState.COMPLETED: set()}
"""An operation's whole life: it completes, once."""


class AlreadyCompleted(Exception):
    """Somebody tried to complete an operation twice: a bug of the caller, never a client's mistake."""


class Timer(Protocol):
    """What the engine hangs on an operation that has a deadline."""

    def cancel(self) -> None:
        """Let the deadline pass unnoticed."""


class Hook(Protocol):
    """A chain, as far as the operations that it starts need it; or a fault that acts on an operation."""

    @property
    def records(self) -> bool:
        """Whether its links are operations of the session, with events of their own."""

    def started(self, operation: "Operation", slot: Slot) -> None:
        """An operation was accepted by its socket; the slot is whose room its completion would take."""

    def judged(self, operation: "Operation", completion: "Completion") -> "Completion | None":
        """An operation is about to complete so: return how it does, or None when that is not now."""

    def ended(self, operation: "Operation", status: Status, cause: Cause | None) -> None:
        """An operation has completed."""


_RESERVED = Slot.RESERVED
_FORGOTTEN = Close(0)
_HIGHEST_ID = 2**64 - 1  # what the contract's fixed64 holds


class Operation:
    """One accepted request. The engine keeps its progress here while it is pending."""

    __slots__ = (
        "began",
        "chain",
        "faults",
        "fingerprint",
        "kind",
        "moved",
        "operation_id",
        "request",
        "sequence",
        "slot",
        "socket_id",
        "timer",
    )

    def __init__(self, operation_id: int, kind: OperationKind, request: AnyRequest, fingerprint: int) -> None:
        self.operation_id = operation_id
        self.kind = kind
        self.request = request
        self.socket_id = request.socket_id
        self.began: int  # set by whoever watches: nanoseconds of the monotonic clock when it was entered
        self.fingerprint = fingerprint
        """Tells a retry from another request."""
        self.slot = _RESERVED
        """Whose room its completion takes."""
        self.moved = 0
        """Bytes of payload so far."""
        self.timer: Timer | None = None
        self.chain: Hook | None = None
        """The chain of which it is a link, or the fault in whose hands it is."""
        self.faults: tuple[str, ...] = ()
        """Names of the faults that had a part in how or when it ended."""
        self.sequence = 0
        """Sequence of the event that holds its completion; 0 while pending."""

    @property
    def state(self) -> OperationState:
        """Pending until there is a completion."""
        return OperationState.COMPLETED if self.sequence else OperationState.PENDING


class Ledger:
    """The operations of one session that are pending, or completed and not yet acknowledged."""

    def __init__(self) -> None:
        self._operations: dict[int, Operation] = {}
        self._completed: deque[Operation] = deque()  # in the order of their completions
        self.highest_id = 0
        self.pending = 0

    def __iter__(self) -> Iterator[Operation]:
        return iter(self._operations.values())

    def next_id(self) -> int:
        """The id for a caller that leaves the choice to the agent, or refuse when there is none left."""
        if self.highest_id == _HIGHEST_ID:
            raise malformed("operation_id", f"none is left above {_HIGHEST_ID}; open another session")
        return self.highest_id + 1

    def check_following(self, operation_id: int, count: int) -> None:
        """Refuse when there are not so many ids behind one."""
        if operation_id + count > _HIGHEST_ID:
            raise malformed("operation_id", f"the links need {count} ids behind it, none above {_HIGHEST_ID}")

    def retried(self, operation_id: int, fingerprint: int) -> Operation | None:
        """Return the operation that this request made when it came before, or None when the id is new."""
        if operation_id > self.highest_id:
            return None
        operation = self._operations.get(operation_id)
        if operation is None:
            raise _retired(operation_id, self.highest_id)
        if operation.fingerprint != fingerprint:
            message = (
                f"operation {operation_id} exists with another request; use an id above {self.highest_id}"
            )
            raise Refused(Reason.OPERATION_ID_REUSED, message, operation_id=str(operation_id))
        return operation

    def find(self, operation_id: int) -> Operation:
        """Return an operation by its id, or refuse."""
        operation = self._operations.get(operation_id)
        if operation is not None:
            return operation
        if 0 < operation_id <= self.highest_id:
            raise _retired(operation_id, self.highest_id)
        message = f"operation {operation_id} was never used; the highest id is {self.highest_id}"
        raise Refused(Reason.OPERATION_UNKNOWN, message, operation_id=str(operation_id))

    def known(self, operation_ids: Iterable[int]) -> list[Operation]:
        """Those of some operations that are not forgotten."""
        return [self._operations[number] for number in operation_ids if number in self._operations]

    def accept(self, operation: Operation) -> None:
        """Enter a new operation. Its id is above all before it: `retried` said so."""
        self._operations[operation.operation_id] = operation
        self.highest_id = operation.operation_id
        self.pending += 1

    def complete(self, operations: Sequence[Operation], first_sequence: int) -> None:
        """Note that the one completion of each operation is an event, the first one `first_sequence`."""
        for sequence, operation in enumerate(operations, first_sequence):
            operation.sequence = sequence
            operation.request = _FORGOTTEN  # its payload is no longer needed
        self.pending -= len(operations)
        self._completed += operations

    def retire(self, acknowledged_sequence: int) -> None:
        """Forget the operations whose completion was acknowledged."""
        operations, completed = self._operations, self._completed
        while completed and completed[0].sequence <= acknowledged_sequence:
            del operations[completed.popleft().operation_id]


def _retired(operation_id: int, highest_id: int) -> Refused:
    message = (
        f"operation {operation_id} is retired: its id was used or passed over; use one above {highest_id}"
    )
    return Refused(
        Reason.OPERATION_RETIRED,
        message,
        operation_id=str(operation_id),
        highest_operation_id=str(highest_id),
    )
