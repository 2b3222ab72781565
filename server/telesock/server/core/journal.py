"""The journal: a session's events in one order, bounded, replayable, never losing a completion.

Room is given out before it is needed. An operation is accepted only with a reserved slot for its completion; a
socket is created only with guaranteed slots for what frees it; everything else must ask `room_for` first.
Acknowledged events stay for replay as long as nobody needs their room; the oldest go first. A journal that keeps
the latest gives at most half of its room out before it is needed, so that what was appended can be read before it
goes. The journal does not know what an event says: it numbers it, has it encoded once, and counts its bytes.
"""

from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

from telesock.server.core.events import EVENT_KINDS, Body, Clock, Event, EventKind, payload_bytes
from telesock.server.core.refusal import Reason, Refused

EVENT_COST = 512
"""Bytes that any event counts, beside its payload; one that weighs more in all counts what it weighs."""


class Retention(IntEnum):
    """What a full journal does. Numbers as in the contract."""

    UNTIL_ACKNOWLEDGED = 1
    LATEST = 2


class Slot(IntEnum):
    """Whose room an event takes."""

    ROOM = 0
    RESERVED = 1
    GUARANTEED = 2


class Gap(NamedTuple):
    """Events that are gone for good, both ends included."""

    first_sequence: int
    last_sequence: int


class Entry(NamedTuple):
    """One event, encoded."""

    sequence: int
    kind: EventKind
    socket_id: int
    cost: int
    pinned: bool
    encoded: bytes


class Storage:
    """Bytes that all journals of an agent may hold together."""

    __slots__ = ("_short", "freed", "limit", "reclaim", "used")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0
        self.reclaim: Callable[[], None] = lambda: None
        """Called when the storage is full: asks every journal to forget what is acknowledged."""
        self.freed: Callable[[], None] = lambda: None
        """Called when there may be room again, once after somebody found too little."""
        self._short = False

    def room(self, wanted: int) -> int:
        """Bytes that still fit, after reclaiming if fewer than `wanted` do."""
        if self.used + wanted > self.limit:
            self.reclaim()
            self._short = self._short or self.used + wanted > self.limit
        return self.limit - self.used

    def has(self, size: int) -> bool:
        """Whether `size` more bytes fit, after reclaiming if need be."""
        return self.used + size <= self.limit or self.room(size) >= size

    def give_back(self, size: int) -> None:
        """Use `size` bytes less, or, with none, have some that can be reclaimed."""
        self.used -= size
        if self._short:
            self._short = False
            self.freed()


class Journal:
    """Appends, acknowledges, replays. Sequences run from 1 without gaps."""

    def __init__(
        self,
        encode: Callable[[Event], bytes],
        storage: Storage,
        most_events: int,
        most_bytes: int,
        retention: Retention = Retention.UNTIL_ACKNOWLEDGED,
    ) -> None:
        self._encode = encode
        self._storage = storage
        self._most_events = most_events
        self._most_bytes = most_bytes
        self.retention = retention
        self._latest = retention is Retention.LATEST
        share = 2 if self._latest else 1
        self._most_pinned_events = most_events // share
        self._most_pinned_bytes = most_bytes // share
        self._entries: dict[int, Entry] = {}
        self.first_sequence = 1
        self.last_sequence = 0
        self.acknowledged_sequence = 0
        self.reserved = 0
        self.guaranteed = 0
        self._pinned_events = 0  # that must stay until they are acknowledged
        self._pinned_bytes = 0  # the same, plus reservations and held bytes
        self._bytes = 0  # everything this journal has charged to the storage

    # Room

    def reserve(self) -> None:
        """Set a slot aside for a completion, or refuse."""
        if not self._has_slot(EVENT_COST):
            raise self._full()
        self.reserved += 1
        self._charge(EVENT_COST)

    def cancel_reservation(self) -> None:
        """Give a slot back that no completion will need."""
        self.reserved -= 1
        self._charge(-EVENT_COST)

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
        wanted = max(0, min(wanted, self._most_pinned_bytes - self._pinned_bytes))
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
        self._charge(size)
        if size < 0:
            self._storage.give_back(0)

    # Writing

    def append(self, body: Body, clock: Clock, slot: Slot, socket_id: int = 0, operation_id: int = 0) -> int:
        """Number, encode and keep an event; return its sequence."""
        sequence = self.last_sequence + 1
        encoded = self._encode(Event(sequence, clock, socket_id, operation_id, body))
        self.last_sequence = sequence
        cost = max(EVENT_COST + payload_bytes(body), len(encoded))
        pinned = not self._latest and slot is not Slot.GUARANTEED
        self._entries[sequence] = Entry(sequence, EVENT_KINDS[type(body)], socket_id, cost, pinned, encoded)
        self._take(slot)
        self._pay(cost, pinned)
        self._evict()
        return sequence

    def _take(self, slot: Slot) -> None:
        if slot is Slot.RESERVED:
            self.cancel_reservation()
        elif slot is Slot.GUARANTEED:
            self.guarantee(-1)

    def _pay(self, cost: int, pinned: bool) -> None:
        self._bytes += cost
        self._storage.used += cost
        if pinned:
            self._pinned_events += 1
            self._pinned_bytes += cost

    def acknowledge(self, sequence: int) -> None:
        """Everything up to `sequence` has reached the owner."""
        if sequence > self.last_sequence:
            message = f"sequence {sequence} is above the last event, {self.last_sequence}"
            raise Refused(Reason.SEQUENCE_AHEAD, message, last_sequence=str(self.last_sequence))
        for number in range(max(self.acknowledged_sequence + 1, self.first_sequence), sequence + 1):
            self._unpin(self._entries[number])
        self.acknowledged_sequence = max(self.acknowledged_sequence, sequence)
        self._evict()
        self._storage.give_back(0)

    # Reading

    def after(self, sequence: int, most_events: int, most_bytes: int) -> list[Entry]:
        """Return the events that follow `sequence`, at least one if there is one, within both bounds."""
        entries: list[Entry] = []
        size = 0
        first = max(sequence + 1, self.first_sequence)
        for number in range(first, min(self.last_sequence, first + most_events - 1) + 1):
            entry = self._entries[number]
            size += len(entry.encoded)
            if size > most_bytes and entries:
                break
            entries.append(entry)
        return entries

    def entry(self, sequence: int) -> Entry | None:
        """Return one event, if it is retained."""
        return self._entries.get(sequence)

    def gap_after(self, sequence: int) -> Gap | None:
        """Return what a reader that has seen `sequence` can never see."""
        if sequence + 1 >= self.first_sequence:
            return None
        return Gap(sequence + 1, self.first_sequence - 1)

    # Forgetting

    def forget_acknowledged(self) -> None:
        """Give back all room that only replay needs."""
        while self.first_sequence <= self.acknowledged_sequence:
            self._drop_first()

    def discard(self) -> None:
        """Give back everything; the session has ended."""
        self._storage.give_back(self._bytes)
        self._bytes = self._pinned_bytes = self._pinned_events = 0
        self._entries.clear()
        self.first_sequence = self.last_sequence + 1

    def _evict(self) -> None:
        while self._over() and self._entries and self._may_drop_first():
            self._drop_first()

    def _over(self) -> bool:
        return self._bytes > self._most_bytes or len(self._entries) > self._most_events

    def _may_drop_first(self) -> bool:
        return self._latest or self.first_sequence <= self.acknowledged_sequence

    def _drop_first(self) -> None:
        entry = self._entries.pop(self.first_sequence)
        self.acknowledged_sequence = max(self.acknowledged_sequence, self.first_sequence)
        self.first_sequence += 1
        self._bytes -= entry.cost
        self._storage.give_back(entry.cost)

    def _unpin(self, entry: Entry) -> None:
        if entry.pinned:
            self._pinned_events -= 1
            self._pinned_bytes -= entry.cost

    def _charge(self, size: int) -> None:
        self._pinned_bytes += size
        self._bytes += size
        self._storage.used += size

    def _has_slot(self, size: int, slots: int = 1) -> bool:
        return (
            self._pinned_events + self.reserved + slots <= self._most_pinned_events
            and self._pinned_bytes + size <= self._most_pinned_bytes
            and self._storage.has(size)
        )

    def _full(self) -> Refused:
        message = (
            "the session's journal has no room for another completion: "
            f"{self._pinned_events} events are not acknowledged, {self.reserved} operations are pending; "
            "call AcknowledgeEvents, and Release for data that is consumed"
        )
        return Refused(
            Reason.JOURNAL_FULL,
            message,
            last_sequence=str(self.last_sequence),
            acknowledged_sequence=str(self.acknowledged_sequence),
            wsk_status="STATUS_INSUFFICIENT_RESOURCES",
        )
