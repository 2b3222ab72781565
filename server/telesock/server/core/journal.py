"""The journal: a session's events in one order, bounded, replayable, never losing a completion.

Room is given out before it is needed. An operation is accepted only with a reserved slot for its completion; a
socket is created only with guaranteed slots for what frees it; everything else must ask `room_for` first.
Acknowledged events stay for replay as long as nobody needs their room; the oldest go first. A journal that keeps
the latest gives at most half of its room out before it is needed, so that what was appended can be read before it
goes. The journal does not know what an event says: it numbers it, has it encoded once, and counts its bytes.
"""

from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import NamedTuple

from telesock.server.core.entries import Entries, Entry
from telesock.server.core.events import (
    EVENT_KINDS,
    Body,
    Clock,
    Completion,
    Event,
    EventKind,
    payload_bytes,
)
from telesock.server.core.operations import Operation
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.slots import Slot
from telesock.server.core.status import Status
from telesock.server.core.storage import Storage

Encode = Callable[[Event], bytes]
EncodeSuccesses = Callable[[int, Clock, Sequence[Operation]], list[bytes]]
"""Takes the sequence of the first, their moment, and the operations."""

EVENT_COST = 512
"""Bytes that any event counts, beside its payload; one that weighs more in all counts what it weighs."""


class Retention(IntEnum):
    """What a full journal does. Numbers as in the contract."""

    UNTIL_ACKNOWLEDGED = 1
    LATEST = 2


class Gap(NamedTuple):
    """Events that are gone for good, both ends included."""

    first_sequence: int
    last_sequence: int


class Journal:
    """Appends, acknowledges, replays. Sequences run from 1 without gaps.

    `encode` turns an event into the bytes that are kept. `encode_successes` does it for operations that have all
    succeeded with nothing to tell but how much they moved: the same bytes, many at once.
    """

    def __init__(
        self,
        encode: Encode,
        storage: Storage,
        most_events: int,
        most_bytes: int,
        retention: Retention = Retention.UNTIL_ACKNOWLEDGED,
        encode_successes: EncodeSuccesses | None = None,
    ) -> None:
        self._encode = encode
        self._encode_successes = encode_successes or one_by_one(encode)
        self._storage = storage
        self._most_events = most_events
        self._most_bytes = most_bytes
        self.retention = retention
        self._latest = retention is Retention.LATEST
        share = 2 if self._latest else 1
        self._most_pinned_events = most_events // share
        self._most_pinned_bytes = most_bytes // share
        self._entries = Entries()
        self.last_sequence = 0
        self.acknowledged_sequence = 0
        self.reserved = 0
        self.guaranteed = 0
        self._pinned_events = 0  # that must stay until they are acknowledged
        self._pinned_bytes = 0  # the same, plus held bytes
        self._bytes = 0  # all events and held bytes; reservations come on top of it, as of the above

    @property
    def first_sequence(self) -> int:
        """The oldest event that is retained, or the next one where there is none."""
        return self._entries.first_sequence

    @property
    def retained(self) -> int:
        """Events that are retained."""
        return len(self._entries)

    @property
    def fullness(self) -> float:
        """How much of its own room is used up by what must stay, 0 to 1."""
        events = (self._pinned_events + self.reserved) / self._most_pinned_events
        return max(events, (self._pinned_bytes + self.reserved * EVENT_COST) / self._most_pinned_bytes)

    # Room

    def reserve(self) -> None:
        """Set a slot aside for a completion, or refuse."""
        reserved, storage = self.reserved + 1, self._storage
        if not (  # what _has_slot says, without asking it: this is done for every operation
            self._pinned_events + reserved <= self._most_pinned_events
            and self._pinned_bytes + reserved * EVENT_COST <= self._most_pinned_bytes
            and (storage.used + EVENT_COST <= storage.limit or storage.has(EVENT_COST))
        ):
            raise self._full()
        self.reserved = reserved
        storage.used += EVENT_COST

    def cancel_reservation(self) -> None:
        """Give a slot back that no completion will need."""
        self._unreserve(1)

    def _unreserve(self, count: int) -> None:
        self.reserved -= count
        self._storage.used -= count * EVENT_COST

    def guarantee(self, slots: int) -> None:
        """Set slots aside that are counted apart; a negative number gives them back."""
        self.guaranteed += slots

    def room_for(self, payload: int) -> bool:
        """Whether an event with so much payload may be appended without a slot; leaves one for a notice."""
        return self._has_slot(2 * EVENT_COST + payload, slots=2)

    def room_for_notice(self) -> bool:
        """Whether an event without payload may be appended without a slot."""
        return self._has_slot(EVENT_COST)

    def byte_room(self, wanted: int) -> int:
        """How much payload, up to `wanted`, a reserved completion may carry now."""
        pinned = self._pinned_bytes + self.reserved * EVENT_COST
        wanted = max(0, min(wanted, self._most_pinned_bytes - pinned))
        return max(0, min(wanted, self._storage.room(wanted)))

    def indication_room(self, wanted: int) -> int:
        """How much data, up to `wanted`, an indication may carry now; leaves room for a notice.

        Data counts twice: in the event, and where it is held until its credit is released.
        """
        if self.room_for(2 * wanted):
            return wanted
        size = (self.byte_room(2 * (wanted + EVENT_COST)) - 2 * EVENT_COST) // 2
        return size if size > 0 and self.room_for(2 * size) else 0

    def hold(self, size: int) -> None:
        """Count bytes kept elsewhere for this session; a negative size gives them back."""
        self._pinned_bytes += size
        self._bytes += size
        self._storage.used += size
        if size < 0:
            self._storage.give_back(0)

    # Writing

    def append(self, body: Body, clock: Clock, slot: Slot, socket_id: int = 0, operation_id: int = 0) -> int:
        """Number, encode and keep an event; return its sequence."""
        sequence = self.last_sequence + 1
        encoded = self._encode(Event(sequence, clock, socket_id, operation_id, body))
        self.last_sequence = sequence
        # Of equals max takes the first: thousands of events then keep one number between them.
        cost = max(EVENT_COST, EVENT_COST + payload_bytes(body), len(encoded))
        pinned = not self._latest and slot is not Slot.GUARANTEED
        self._entries.append(encoded, cost, pinned, EVENT_KINDS[type(body)], socket_id)
        self._take(slot)
        self._pay(1, cost, pinned)
        return sequence

    def append_successes(self, operations: Sequence[Operation], clock: Clock) -> int:
        """Append the completions of operations that hold reserved slots and have succeeded, with nothing to tell.

        All that an event then says is how much the operation has moved. Return the sequence of the first.
        """
        first, count = self.last_sequence + 1, len(operations)
        encoded = self._encode_successes(first, clock, operations)
        socket_ids = [operation.socket_id for operation in operations]
        self.last_sequence += count
        pinned = not self._latest
        self._entries.extend(encoded, EVENT_COST, pinned, EventKind.COMPLETION, socket_ids)
        self._unreserve(count)
        self._pay(count, count * EVENT_COST, pinned)
        return first

    def _take(self, slot: Slot) -> None:
        if slot is Slot.RESERVED:
            self._unreserve(1)
        elif slot is Slot.GUARANTEED:
            self.guarantee(-1)

    def _pay(self, count: int, cost: int, pinned: bool) -> None:
        self._bytes += cost
        self._storage.used += cost
        if pinned:
            self._pinned_events += count
            self._pinned_bytes += cost
        if self._over():
            self._evict()

    def acknowledge(self, sequence: int) -> None:
        """Everything up to `sequence` has reached the owner."""
        if sequence > self.last_sequence:
            message = f"sequence {sequence} is above the last event, {self.last_sequence}"
            raise Refused(Reason.SEQUENCE_AHEAD, message, last_sequence=str(self.last_sequence))
        if sequence > self.acknowledged_sequence:
            events, size = self._entries.pinned(self.acknowledged_sequence + 1, sequence)
            self._pinned_events -= events
            self._pinned_bytes -= size
            self.acknowledged_sequence = sequence
        if self._over():
            self._evict()
        self._storage.give_back(0)

    # Reading

    def read(self, sequence: int, most_events: int, most_bytes: int) -> list[bytes]:
        """Return the events that follow `sequence`, encoded: at least one if there is one, within both bounds."""
        return self._entries.read(sequence + 1, most_events, most_bytes)

    def after(self, sequence: int, most_events: int, most_bytes: int) -> list[Entry]:
        """Return the same events with what is known of each."""
        first = max(sequence + 1, self.first_sequence)
        found = range(first, first + len(self.read(sequence, most_events, most_bytes)))
        return [entry for number in found if (entry := self._entries.find(number)) is not None]

    def entry(self, sequence: int) -> Entry | None:
        """Return one event, if it is retained."""
        return self._entries.find(sequence)

    def gap_after(self, sequence: int) -> Gap | None:
        """Return what a reader that has seen `sequence` can never see."""
        first = self._entries.first_sequence
        return None if sequence + 1 >= first else Gap(sequence + 1, first - 1)

    # Forgetting

    def forget_acknowledged(self) -> None:
        """Give back all room that only replay needs."""
        self._drop(self.acknowledged_sequence - self.first_sequence + 1)

    def discard(self) -> None:
        """Give back everything; the session has ended."""
        self._drop(len(self._entries))
        self._unreserve(self.reserved)
        self.hold(-self._bytes)
        self._pinned_bytes = self._pinned_events = 0
        self._storage.give_back(0)  # there is room again, even if all that was given back were reservations

    def _over(self) -> bool:
        return (
            len(self._entries) > self._most_events
            or self._bytes + self.reserved * EVENT_COST > self._most_bytes
        )

    def _evict(self) -> None:
        """Drop the oldest until both bounds are kept to, or the oldest has to stay."""
        excess = len(self._entries) - self._most_events
        self._drop(min(excess, self._droppable()))
        while self._over() and self._droppable():
            self._drop(1)

    def _droppable(self) -> int:
        if self._latest:
            return len(self._entries)
        return self.acknowledged_sequence - self.first_sequence + 1

    def _drop(self, count: int) -> None:
        if count <= 0:
            return
        cost = self._entries.cost_of_first(count)
        self._entries.drop(count)
        self.acknowledged_sequence = max(self.acknowledged_sequence, self.first_sequence - 1)
        self._bytes -= cost
        self._storage.give_back(cost)

    def _has_slot(self, size: int, slots: int = 1) -> bool:
        storage = self._storage
        return self._has_own_slot(size, slots) and (storage.used + size <= storage.limit or storage.has(size))

    def _has_own_slot(self, size: int = EVENT_COST, slots: int = 1) -> bool:
        """Whether the journal's own bounds leave so much room."""
        reserved = self.reserved
        return (
            self._pinned_events + reserved + slots <= self._most_pinned_events
            and self._pinned_bytes + reserved * EVENT_COST + size <= self._most_pinned_bytes
        )

    def _full(self) -> Refused:
        """Say who has to acknowledge: the session, or all that share the storage."""
        own = not self._has_own_slot()
        scope = "session" if own else self._storage.full_for
        whose, where = (
            ("the session's journal has", "") if own else (f"all journals of the {scope} have", " here")
        )
        message = (
            f"{whose} no room for another completion: {self._pinned_events} events are not acknowledged{where}, "
            f"{self.reserved} operations are pending{where}; call AcknowledgeEvents, and Release for data that "
            f"is consumed{'' if own else ', in every session'}"
        )
        return Refused(
            Reason.JOURNAL_FULL,
            message,
            scope=scope,
            last_sequence=str(self.last_sequence),
            acknowledged_sequence=str(self.acknowledged_sequence),
            wsk_status="STATUS_INSUFFICIENT_RESOURCES",
        )


def one_by_one(encode: Encode) -> EncodeSuccesses:
    """Encode successes as any other event."""

    def success(sequence: int, clock: Clock, operation: Operation) -> Event:
        body = Completion(operation.kind, Status.SUCCESS, operation.moved)
        return Event(sequence, clock, operation.socket_id, operation.operation_id, body)

    return lambda first_sequence, clock, operations: [
        encode(success(sequence, clock, operation))
        for sequence, operation in enumerate(operations, first_sequence)
    ]
