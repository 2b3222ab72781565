"""A journal beside a plain list of events: whatever is done to both, they tell the same."""

from typing import NamedTuple

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from telesock.server.core.events import Clock, DataReceived, Event
from telesock.server.core.journal import EVENT_COST, Gap, Journal, Retention
from telesock.server.core.refusal import Refused
from telesock.server.core.slots import Slot
from telesock.server.core.storage import Storage

STEPS = settings(max_examples=100, stateful_step_count=50, derandomize=True, deadline=None)
CLOCK = Clock(1, 2)
SIZES = st.integers(0, 2 * EVENT_COST)


class Kept(NamedTuple):
    """What the list knows of an event."""

    event: Event
    cost: int
    guaranteed: bool


def encode(event: Event) -> bytes:
    return repr(event).encode()[:EVENT_COST]  # what it weighs is no more than it counts


class JournalModel(RuleBasedStateMachine):
    """Does everything to a journal and to a list."""

    steps = 0

    @initialize(
        retention=st.sampled_from(Retention), most_events=st.integers(2, 8), most_units=st.integers(4, 12)
    )
    def open(self, retention: Retention, most_events: int, most_units: int) -> None:
        self.storage = Storage(10**9)
        self.latest = retention is Retention.LATEST
        self.most_events, self.most_bytes = most_events, most_units * EVENT_COST
        self.journal = Journal(encode, self.storage, self.most_events, self.most_bytes, retention)
        self.told: list[Kept] = []
        self.first = 1
        self.acknowledged = self.delivered = self.reserved = self.guaranteed = self.held = 0

    # The list's own view of its room

    def pinned(self) -> list[Kept]:
        if self.latest:
            return []
        return [kept for kept in self.told[self.acknowledged :] if not kept.guaranteed]

    def bytes_kept(self) -> int:
        costs = sum(kept.cost for kept in self.told[self.first - 1 :])
        return costs + self.reserved * EVENT_COST + self.held

    def bytes_free(self) -> int:
        share = 2 if self.latest else 1
        costs = sum(kept.cost for kept in self.pinned())
        return self.most_bytes // share - costs - self.reserved * EVENT_COST - self.held

    def events_free(self) -> int:
        share = 2 if self.latest else 1
        return self.most_events // share - len(self.pinned()) - self.reserved

    def evict(self) -> None:
        while self.first <= len(self.told) and (
            len(self.told) - self.first + 1 > self.most_events or self.bytes_kept() > self.most_bytes
        ):
            if not self.latest and self.first > self.acknowledged:
                return
            self.acknowledged = max(self.acknowledged, self.first)
            self.first += 1

    def append(self, payload: int, slot: Slot) -> None:
        body = DataReceived(b"x" * payload, len(self.told))
        sequence = self.journal.append(body, CLOCK, slot, socket_id=payload, operation_id=1)
        self.told.append(
            Kept(Event(sequence, CLOCK, payload, 1, body), EVENT_COST + payload, slot is Slot.GUARANTEED)
        )
        self.evict()

    # What is done to both

    @rule()
    def reserve(self) -> None:
        room = self.events_free() >= 1 and self.bytes_free() >= EVENT_COST
        if room:
            self.journal.reserve()
            self.reserved += 1
        else:
            with pytest.raises(Refused, match="has no room for another completion"):
                self.journal.reserve()

    @precondition(lambda self: self.reserved)
    @rule(wanted=SIZES)
    def complete(self, wanted: int) -> None:
        room = self.journal.byte_room(wanted)
        assert room == max(0, min(wanted, self.bytes_free()))
        self.reserved -= 1
        self.append(room, Slot.RESERVED)

    @rule(wanted=SIZES)
    def reserve_and_complete(self, wanted: int) -> None:
        self.reserve()
        if self.reserved:
            self.complete(wanted)

    @precondition(lambda self: self.reserved)
    @rule()
    def cancel_reservation(self) -> None:
        self.journal.cancel_reservation()
        self.reserved -= 1

    @rule(slots=st.integers(1, 5))
    def guarantee(self, slots: int) -> None:
        self.journal.guarantee(slots)
        self.guaranteed += slots

    @precondition(lambda self: self.guaranteed)
    @rule()
    def use_guaranteed_slot(self) -> None:
        self.guaranteed -= 1
        self.append(0, Slot.GUARANTEED)

    @rule(payload=SIZES)
    def indicate(self, payload: int) -> None:
        room = self.events_free() >= 2 and self.bytes_free() >= 2 * EVENT_COST + payload
        assert self.journal.room_for(payload) is room
        if room:
            self.append(payload, Slot.ROOM)

    @rule()
    def notice(self) -> None:
        room = self.events_free() >= 1 and self.bytes_free() >= EVENT_COST
        assert self.journal.room_for_notice() is room
        if room:
            self.append(0, Slot.ROOM)

    @rule(wanted=SIZES)
    def hold(self, wanted: int) -> None:
        size = self.journal.byte_room(wanted)
        self.journal.hold(size)
        self.held += size

    @precondition(lambda self: self.held)
    @rule()
    def let_go(self) -> None:
        self.journal.hold(-self.held)
        self.held = 0

    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        sequence = data.draw(st.integers(0, len(self.told)))
        self.journal.acknowledge(sequence)
        self.delivered = max(self.delivered, sequence)
        self.acknowledged = max(self.acknowledged, sequence)
        self.evict()

    @rule(ahead=st.integers(1, 9))
    def acknowledge_what_has_not_happened(self, ahead: int) -> None:
        with pytest.raises(Refused, match="is above the last event"):
            self.journal.acknowledge(len(self.told) + ahead)

    @rule()
    def forget_acknowledged(self) -> None:
        self.journal.forget_acknowledged()
        self.first = max(self.first, self.acknowledged + 1)

    @rule(data=st.data(), most_events=st.integers(0, 9), most_bytes=st.integers(0, 2000))
    def read_a_part(self, data: st.DataObject, most_events: int, most_bytes: int) -> None:
        after = data.draw(st.integers(0, len(self.told) + 1))
        part = self.journal.after(after, most_events, most_bytes)
        rest = [encode(kept.event) for kept in self.told[max(after, self.first - 1) :]]

        fitting = [n for n in range(len(rest) + 1) if n <= 1 or sum(map(len, rest[:n])) <= most_bytes]
        assert [entry.encoded for entry in part] == rest[: min(most_events, fitting[-1])]

    # What must always hold

    @invariant()
    def the_numbers_agree(self) -> None:
        journal = self.journal
        JournalModel.steps += 1
        assert (journal.first_sequence, journal.last_sequence) == (self.first, len(self.told))
        assert journal.acknowledged_sequence == self.acknowledged
        assert (journal.reserved, journal.guaranteed) == (self.reserved, self.guaranteed)
        assert self.storage.used == self.bytes_kept()

    @invariant()
    def everything_that_is_kept_can_be_replayed_from_anywhere(self) -> None:
        for after in range(self.first - 1, len(self.told) + 1):
            replayed = self.journal.after(after, 10**6, 10**9)
            assert [entry.encoded for entry in replayed] == [encode(kept.event) for kept in self.told[after:]]

    @invariant()
    def exactly_what_is_gone_is_a_gap(self) -> None:
        for after in range(len(self.told) + 1):
            gap = Gap(after + 1, self.first - 1) if after + 1 < self.first else None
            assert self.journal.gap_after(after) == gap

    @invariant()
    def the_newest_event_is_kept_until_it_is_delivered(self) -> None:
        assert self.delivered == len(self.told) or self.journal.entry(len(self.told)) is not None

    def teardown(self) -> None:
        if hasattr(self, "journal"):
            self.journal.discard()
            assert self.storage.used == 0
            assert self.journal.after(0, 10**6, 10**9) == []


def test_a_journal_does_in_a_thousand_steps_what_a_plain_list_does() -> None:
    JournalModel.steps = 0

    run_state_machine_as_test(JournalModel, settings=STEPS)

    assert JournalModel.steps >= 1000
