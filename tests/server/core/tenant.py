"""A session beside plain lists of what was asked of it and what it told, for tests that do anything to it."""

from telesock.server.core.events import Clock, Completion, Event, ReceiveResult, SocketClosed
from telesock.server.core.journal import EVENT_COST, Journal, Retention
from telesock.server.core.lease import Lease
from telesock.server.core.operations import Operation
from telesock.server.core.requests import KINDS, AnyRequest
from telesock.server.core.session import Session
from telesock.server.core.slots import Slot, SocketSlots
from telesock.server.core.status import Cause, Origin, Phase, Status
from telesock.server.core.storage import Storage

CLOCK = Clock(1, 2)
ENDED = SocketClosed(Status.CANCELLED, Cause(Origin.DEADLINE, Phase.CLOSE))


def encoded(event: Event) -> bytes:
    """Stand in for an encoding; like a real one it weighs no more than the event counts."""
    return repr(event).encode()[:EVENT_COST]


class Tenant:
    """A session, and all that was ever asked of it and told by it."""

    def __init__(self, storage: Storage, retention: Retention, most_events: int, most_bytes: int) -> None:
        self.most_events, self.most_bytes = most_events, most_bytes
        self.told: list[Event] = []
        self.journal = Journal(self.encode, storage, most_events, most_bytes, retention)
        self.session = Session("s-1", "", Lease(30.0, 0.0), self.journal)
        self.accepted: dict[int, Operation] = {}
        self.requests: dict[int, AnyRequest] = {}
        self.sockets: list[SocketSlots] = []
        self.unreleased: list[int] = []
        self.read = 0

    def encode(self, event: Event) -> bytes:
        self.told.append(event)
        return encoded(event)

    def pending(self) -> list[Operation]:
        return [operation for operation in self.accepted.values() if not operation.sequence]

    def remembered(self) -> list[int]:
        forgotten = self.journal.acknowledged_sequence
        return [number for number, held in self.accepted.items() if not 0 < held.sequence <= forgotten]

    def submit(self, operation_id: int, request: AnyRequest, slot: Slot) -> Operation:
        """Do what an engine does with a request."""
        fingerprint = hash((KINDS[type(request)], request))
        before = self.session.ledger.retried(operation_id, fingerprint)
        if before is not None:
            return before
        operation = Operation(operation_id, KINDS[type(request)], request, fingerprint)
        self.session.accept(operation, slot)
        self.accepted[operation_id], self.requests[operation_id] = operation, request
        return operation

    def complete(self, operation: Operation, wanted: int) -> None:
        size = self.journal.byte_room(wanted) if operation.slot is Slot.RESERVED else 0
        result = ReceiveResult(bytes(size), 0, end_of_stream=False)
        self.session.complete(
            operation, Completion(operation.kind, Status.SUCCESS, size, None, result), CLOCK
        )

    def charged(self, *, guaranteed: bool = True) -> int:
        kept = self.journal.after(0, 10**6, 10**9)
        costs = sum(entry.cost for entry in kept if guaranteed or not self.in_guaranteed_slot(entry.sequence))
        return costs + len(self.reserved()) * EVENT_COST + sum(self.unreleased)

    def reserved(self) -> list[Operation]:
        return [operation for operation in self.pending() if operation.slot is Slot.RESERVED]

    def in_guaranteed_slot(self, sequence: int) -> bool:
        event = self.told[sequence - 1]
        operation = self.accepted.get(event.operation_id)
        return event.body == ENDED or (operation is not None and operation.slot is Slot.GUARANTEED)
