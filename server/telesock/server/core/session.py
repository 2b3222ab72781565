"""A session: one client's operations and events on an agent, held by a lease.

It joins ledger and journal, so that accepting reserves and completing appends, and neither can be done alone.
It does not know sockets beyond their numbers, nor who may call it: the engine and the service see to that.
"""

from collections.abc import Callable, Sequence
from enum import Enum, auto

from telesock.server.core.events import Body, Clock, Completion
from telesock.server.core.journal import Journal, Retention
from telesock.server.core.lease import Lease
from telesock.server.core.operations import AlreadyCompleted, Ledger, Operation
from telesock.server.core.refusal import Reason, Refused, malformed
from telesock.server.core.requests import Indications, SetEventCallbacks
from telesock.server.core.slots import Slot
from telesock.server.core.status import Status
from telesock.server.core.watching import Watcher

_RESERVED = Slot.RESERVED
_HIGHEST_SOCKET_ID = 2**63 - 1  # the numbers above are for sockets that the agent makes


class SessionEnd(Enum):
    """Why a session is no more: the cause told with SESSION_LOST."""

    LEASE_EXPIRED = auto()
    CLOSED = auto()
    AGENT_RESTARTED = auto()
    AGENT_DRAINED = auto()


class Session:
    """Everything about a session that needs no descriptor."""

    def __init__(self, session_id: str, label: str, lease: Lease, journal: Journal) -> None:
        self.session_id = session_id
        self.label = label
        self.lease = lease
        self.journal = journal
        self.ledger = Ledger()
        self.highest_socket_id = 0
        self.highest_accepted_id = _HIGHEST_SOCKET_ID
        """The last number that the agent has given to a socket that it accepted."""
        self.highest_inspect_id = 0
        self.callbacks: SetEventCallbacks | None = None
        """What every socket of the session indicates."""
        self.ended: SessionEnd | None = None
        self.watcher: Watcher | None = None
        """Who looks on."""
        self.sleeping: list[Callable[[], None]] = []
        """Subscribers that have read everything; each is called once when there is more, or the end."""

    # Operations

    def accept(self, operation: Operation, slot: Slot = _RESERVED) -> None:
        """Enter an operation, with room for its completion, or refuse it. A link of a chain was entered before."""
        if operation.chain is not None:
            operation.chain.started(operation, slot)
            return
        self.enter(operation, slot)

    def enter(self, operation: Operation, slot: Slot) -> None:
        """Enter an operation that nothing has entered before."""
        if slot is _RESERVED:
            self.journal.reserve()
        else:
            operation.slot = slot
        self.enter_reserved(operation)

    def enter_reserved(self, operation: Operation) -> None:
        """Enter an operation for whose completion there is room already."""
        self.ledger.accept(operation)
        if self.watcher is not None:
            self.watcher.entered(operation)

    def complete(self, operation: Operation, completion: Completion, clock: Clock) -> None:
        """Append the one completion of an operation. Raises AlreadyCompleted on the second."""
        self._check_pending(operation)
        chain = operation.chain
        if chain is not None:
            judged = chain.judged(operation, completion)
            if judged is None:
                return
            completion = judged
        cause = completion.cause
        if cause is not None and cause.fault_name and cause.fault_name not in operation.faults:
            operation.faults += (cause.fault_name,)
        if operation.faults:
            completion = completion._replace(faults=operation.faults)
        if chain is None or chain.records:
            self._record(operation, completion, clock)
        if chain is not None:
            chain.ended(operation, completion.status, completion.cause)

    def _record(self, operation: Operation, completion: Completion, clock: Clock) -> None:
        sequence = self.journal.append(
            completion, clock, operation.slot, operation.socket_id, operation.operation_id
        )
        if self.watcher is not None:
            self.watcher.completed(self, operation, completion, clock)
        self.ledger.complete((operation,), sequence)
        self._completed((operation,))

    def succeed(self, operations: Sequence[Operation], clock: Clock) -> None:
        """Append the completions of operations that have succeeded at one moment, see Journal.append_successes.

        Raises AlreadyCompleted as above.
        """
        for operation in operations:
            if operation.sequence or operation.chain is not None or operation.faults:
                self._succeed_singly(operations, clock)
                return
        if self.watcher is not None:
            self.watcher.succeeded(self, operations, clock)
        self.ledger.complete(operations, self.journal.append_successes(operations, clock))
        self._completed(operations)

    def _succeed_singly(self, operations: Sequence[Operation], clock: Clock) -> None:
        for operation in operations:
            self.complete(operation, Completion(operation.kind, Status.SUCCESS, operation.moved), clock)

    def _completed(self, operations: Sequence[Operation]) -> None:
        """Their completions are in the journal."""
        self._appended()

    def _check_pending(self, operation: Operation) -> None:
        if operation.sequence:
            raise AlreadyCompleted(f"operation {operation.operation_id} of {self.session_id}")

    def reserve(self, count: int) -> None:
        """Set slots aside for several operations, all or none."""
        for done in range(count):
            try:
                self.journal.reserve()
            except Refused:
                for _ in range(done):
                    self.journal.cancel_reservation()
                raise

    # Events

    def append(
        self, body: Body, clock: Clock, slot: Slot = Slot.ROOM, socket_id: int = 0, operation_id: int = 0
    ) -> int:
        """Append an indication or a notice; the caller has asked for room. Return its sequence."""
        sequence = self.journal.append(body, clock, slot, socket_id, operation_id)
        if self.watcher is not None:
            self.watcher.appended(body)
        self._appended()
        return sequence

    def acknowledge(self, sequence: int) -> None:
        """Everything up to `sequence` has reached the owner."""
        self.journal.acknowledge(sequence)
        self.ledger.retire(self.journal.acknowledged_sequence)

    def wake(self) -> None:
        """Tell the sleeping subscribers that there is something to read."""
        sleeping, self.sleeping = self.sleeping, []
        for subscriber in sleeping:
            subscriber()

    def _appended(self) -> None:
        if self.journal.retention is Retention.LATEST:
            self.ledger.retire(self.journal.acknowledged_sequence)
        if self.sleeping:
            self.wake()

    # Socket numbers

    def new_socket_id(self, wanted: int) -> int:
        """Check the number a client wants for a new socket, or choose one if it wants 0."""
        number = wanted or self.highest_socket_id + 1
        if number > _HIGHEST_SOCKET_ID:
            raise malformed(
                "socket_id", f"{number} is above {_HIGHEST_SOCKET_ID}, the highest a client may use"
            )
        if number <= self.highest_socket_id:
            message = f"socket {number} was used before; use a number above {self.highest_socket_id}"
            raise Refused(Reason.SOCKET_ID_USED, message, socket_id=str(number))
        return number

    def new_accepted_id(self) -> int:
        """The number of a socket that the agent makes by accepting."""
        self.highest_accepted_id += 1
        return self.highest_accepted_id

    def note_socket_id(self, socket_id: int) -> None:
        """A socket has this number."""
        if socket_id <= _HIGHEST_SOCKET_ID:
            self.highest_socket_id = max(self.highest_socket_id, socket_id)

    @property
    def static_indications(self) -> Indications:
        """The kinds that every socket of the session indicates, as far as it has them."""
        return Indications.NONE if self.callbacks is None else self.callbacks.enable

    def no_such_socket(self, socket_id: int) -> Refused:
        """Say why a number names no socket."""
        accepted = _HIGHEST_SOCKET_ID < socket_id <= self.highest_accepted_id
        if 0 < socket_id <= self.highest_socket_id or accepted:
            message = f"socket {socket_id} is closed; numbers are never used again"
            return Refused(Reason.SOCKET_CLOSED, message, socket_id=str(socket_id))
        message = f"socket {socket_id} was never made; the highest number is {self.highest_socket_id}"
        return Refused(Reason.SOCKET_UNKNOWN, message, socket_id=str(socket_id))
