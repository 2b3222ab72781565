"""Entries stand by their sequence, however many were dropped before them, and read within their bounds."""

from collections import deque

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from telesock.server.core import entries as module
from telesock.server.core.entries import Entries, Entry
from telesock.server.core.events import EventKind

STEPS = settings(max_examples=60, stateful_step_count=40, derandomize=True, deadline=None)
DATA, DONE = EventKind.DATA_RECEIVED, EventKind.COMPLETION


def entries(*encoded: bytes) -> Entries:
    made = Entries()
    for each in encoded:
        made.append(each, 10, True, DATA, 7)
    return made


def test_what_was_added_together_reads_as_if_added_one_by_one() -> None:
    together, alone = Entries(), Entries()
    together.extend([b"a", b"b"], 512, True, DONE, [7, 8])
    alone.append(b"a", 512, True, DONE, 7)
    alone.append(b"b", 512, True, DONE, 8)

    assert [together.find(number) for number in (1, 2)] == [
        Entry(1, DONE, 7, 512, True, b"a"),
        Entry(2, DONE, 8, 512, True, b"b"),
    ]
    assert [together.find(number) for number in (1, 2)] == [alone.find(number) for number in (1, 2)]


@pytest.mark.parametrize(
    ("most", "most_bytes", "read"), [(0, 9, 0), (2, 9, 2), (9, 4, 2), (9, 5, 2), (9, 0, 1)]
)
def test_reading_stops_at_either_bound_but_gives_one_entry_where_one_may_be_read(
    most: int, most_bytes: int, read: int
) -> None:
    assert entries(b"aa", b"bb", b"cc").read(1, most, most_bytes) == [b"aa", b"bb", b"cc"][:read]


def test_what_need_not_stay_is_neither_counted_nor_weighed_as_pinned() -> None:
    made = entries(b"a", b"b")
    made.append(b"c", 30, False, DONE, 0)
    made.append(b"d", 40, True, DONE, 0)

    assert (made.pinned(2, 4), made.pinned(3, 3)) == ((2, 50), (0, 0))


class EntriesModel(RuleBasedStateMachine):
    """Adds, drops and reads, beside a plain queue."""

    def __init__(self) -> None:
        super().__init__()
        self.entries = Entries()
        self.kept: deque[Entry] = deque()
        self.last = 0

    @rule(cost=st.integers(1, 99), pinned=st.booleans())
    def append(self, cost: int, pinned: bool) -> None:
        self.last += 1
        encoded = b"%d" % self.last
        self.entries.append(encoded, cost, pinned, DATA, self.last)
        self.kept.append(Entry(self.last, DATA, self.last, cost, pinned, encoded))

    @rule(count=st.integers(1, 9), pinned=st.booleans())
    def extend(self, count: int, pinned: bool) -> None:
        numbers = range(self.last + 1, self.last + count + 1)
        self.entries.extend([b"%d" % number for number in numbers], 5, pinned, DONE, list(numbers))
        self.kept += [Entry(number, DONE, number, 5, pinned, b"%d" % number) for number in numbers]
        self.last += count

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        count = data.draw(st.integers(1, len(self.kept)))
        dropped = [self.kept.popleft() for _ in range(count)]
        assert self.entries.cost_of_first(count) == sum(entry.cost for entry in dropped)
        self.entries.drop(count)

    @rule(after=st.integers(0, 12), most=st.integers(0, 12))
    def read(self, after: int, most: int) -> None:
        sequence = self.entries.first_sequence + after
        expected = [entry.encoded for entry in self.kept if entry.sequence >= sequence][:most]
        assert self.entries.read(sequence, most, 1000) == expected

    @invariant()
    def each_is_found_by_its_sequence_and_nothing_else_is(self) -> None:
        first = self.last - len(self.kept) + 1
        assert (len(self.entries), self.entries.first_sequence) == (len(self.kept), first)
        found = [self.entries.find(number) for number in range(first, self.last + 1)]
        assert found == list(self.kept)
        assert (self.entries.find(first - 1), self.entries.find(self.last + 1)) == (None, None)


@pytest.mark.parametrize("cut", [1, 4, 4096])
def test_entries_tell_what_a_queue_would_whenever_the_lists_are_cut(
    cut: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_CUT", cut)

    run_state_machine_as_test(EntriesModel, settings=STEPS)
