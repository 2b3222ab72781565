"""What a journal numbers, keeps, replays and forgets. Events cost EVENT_COST bytes and their payload."""

import pytest

from telesock.server.core.entries import Entry
from telesock.server.core.events import (
    Clock,
    Completion,
    CreditStalled,
    DataReceived,
    Draining,
    Event,
    EventKind,
    StallReason,
)
from telesock.server.core.journal import EVENT_COST, Gap, Journal, Retention
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import OperationKind
from telesock.server.core.slots import Slot
from telesock.server.core.status import Status
from telesock.server.core.storage import Storage

CLOCK = Clock(1, 2)
SENT = Completion(OperationKind.SEND, Status.SUCCESS, 3)
NOTICE = Draining(10.0)
KEEP, LATEST = Retention.UNTIL_ACKNOWLEDGED, Retention.LATEST


def journal(
    most_events: int = 10,
    most_bytes: int = 100 * EVENT_COST,
    retention: Retention = KEEP,
    storage: Storage | None = None,
) -> Journal:
    return Journal(
        lambda event: repr(event).encode()[:EVENT_COST],
        storage or Storage(1000 * EVENT_COST),
        most_events,
        most_bytes,
        retention,
    )


def append(journal: Journal, count: int, payload: bytes = b"") -> None:
    for _ in range(count):
        journal.append(DataReceived(payload, 0), CLOCK, Slot.ROOM, socket_id=7)


def sequences(journal: Journal, after: int = 0) -> list[int]:
    return [entry.sequence for entry in journal.after(after, 1000, 10**9)]


def test_events_are_numbered_from_1_and_kept_with_what_they_weigh_and_how_they_read() -> None:
    events = journal()

    numbers = [
        events.append(DataReceived(b"abc", 100), CLOCK, Slot.ROOM, socket_id=7),
        events.append(NOTICE, CLOCK, Slot.GUARANTEED),
        events.append(SENT, Clock(3, 4), Slot.RESERVED, socket_id=7, operation_id=9),
    ]

    data = repr(Event(1, CLOCK, 7, 0, DataReceived(b"abc", 100))).encode()
    notice = repr(Event(2, CLOCK, 0, 0, NOTICE)).encode()
    sent = repr(Event(3, Clock(3, 4), 7, 9, SENT)).encode()
    assert numbers == [1, 2, 3]
    assert events.after(0, 1000, 10**9) == [
        Entry(1, EventKind.DATA_RECEIVED, 7, EVENT_COST + 3, True, data),
        Entry(2, EventKind.DRAINING, 0, EVENT_COST, False, notice),
        Entry(3, EventKind.COMPLETION, 7, EVENT_COST, True, sent),
    ]
    assert events.entry(2) == Entry(2, EventKind.DRAINING, 0, EVENT_COST, False, notice)


def test_an_event_that_cannot_be_encoded_leaves_no_hole_in_the_numbers() -> None:
    def encode(event: Event) -> bytes:
        if event.socket_id == 13:
            raise ValueError("unlucky")
        return b"encoded"

    events = Journal(encode, Storage(10**6), 10, 10**6)
    events.append(NOTICE, CLOCK, Slot.ROOM)
    with pytest.raises(ValueError, match="unlucky"):
        events.append(NOTICE, CLOCK, Slot.ROOM, socket_id=13)

    assert events.append(NOTICE, CLOCK, Slot.ROOM) == 2
    assert sequences(events) == [1, 2]


# Reading


@pytest.mark.parametrize(("after", "expected"), [(0, [1, 2, 3]), (1, [2, 3]), (3, []), (9, [])])
def test_a_reader_gets_what_follows_the_last_event_it_has(after: int, expected: list[int]) -> None:
    events = journal()
    append(events, 3)

    assert sequences(events, after) == expected


@pytest.mark.parametrize(("most", "expected"), [(0, []), (1, [2]), (2, [2, 3]), (9, [2, 3, 4, 5])])
def test_a_reader_gets_at_most_as_many_events_as_it_asks_for(most: int, expected: list[int]) -> None:
    events = journal()
    append(events, 5)

    assert [entry.sequence for entry in events.after(1, most, 10**9)] == expected


@pytest.mark.parametrize(
    ("most_bytes", "expected"), [(0, [1]), (5, [1]), (9, [1]), (10, [1, 2]), (14, [1, 2])]
)
def test_a_reader_gets_at_most_as_many_bytes_as_it_asks_for_but_one_event_always(
    most_bytes: int, expected: list[int]
) -> None:
    events = Journal(lambda event: b"12345", Storage(10**6), 10, 10**6)
    append(events, 3)

    assert [entry.sequence for entry in events.after(0, 1000, most_bytes)] == expected


def test_nothing_is_missing_while_nothing_has_been_forgotten() -> None:
    events = journal()
    append(events, 3)

    assert [events.gap_after(sequence) for sequence in (0, 1, 3)] == [None, None, None]


def test_a_reader_that_fell_behind_is_told_which_events_it_can_never_see() -> None:
    events = journal(most_events=2, retention=LATEST)
    append(events, 5)

    assert (sequences(events), events.first_sequence) == ([4, 5], 4)
    assert [events.gap_after(sequence) for sequence in (0, 2, 3, 4)] == [Gap(1, 3), Gap(3, 3), None, None]


def test_only_an_event_that_is_kept_can_be_returned() -> None:
    events = journal(most_events=1, retention=LATEST)
    append(events, 2)

    assert (events.entry(1), events.entry(2)) == (None, events.after(1, 1, 1)[0])


# Acknowledging


def test_acknowledged_events_stay_for_replay_while_there_is_room() -> None:
    events = journal(most_events=3)
    append(events, 3)

    events.acknowledge(2)

    assert (sequences(events), events.acknowledged_sequence) == ([1, 2, 3], 2)


def test_acknowledged_events_go_oldest_first_when_their_number_is_needed() -> None:
    events = journal(most_events=3)
    append(events, 3)
    events.acknowledge(2)

    append(events, 1)

    assert (sequences(events), events.first_sequence) == ([2, 3, 4], 2)


def test_acknowledged_events_go_oldest_first_when_their_bytes_are_needed() -> None:
    events = journal(most_bytes=4 * EVENT_COST)
    append(events, 2, b"x" * EVENT_COST)
    events.acknowledge(2)

    append(events, 1)

    assert sequences(events) == [2, 3]


def test_acknowledging_makes_room_at_once_for_what_is_over_the_bounds() -> None:
    events = journal(most_events=1)
    events.guarantee(3)
    for _ in range(3):
        events.append(NOTICE, CLOCK, Slot.GUARANTEED)

    events.acknowledge(2)

    assert sequences(events) == [3]


def test_acknowledging_what_is_acknowledged_changes_nothing() -> None:
    events = journal(most_events=2)
    append(events, 2)

    for sequence in (2, 2, 1, 0):
        events.acknowledge(sequence)
    append(events, 2)

    assert (sequences(events), events.acknowledged_sequence) == ([3, 4], 2)


def test_acknowledging_what_has_not_happened_is_refused_and_changes_nothing() -> None:
    events = journal()
    append(events, 3)

    with pytest.raises(Refused) as caught:
        events.acknowledge(4)

    assert (caught.value.reason, caught.value.message, caught.value.metadata) == (
        Reason.SEQUENCE_AHEAD,
        "sequence 4 is above the last event, 3",
        {"last_sequence": "3"},
    )
    assert events.acknowledged_sequence == 0


def test_what_a_journal_dropped_before_it_was_acknowledged_counts_as_acknowledged() -> None:
    events = journal(most_events=2, retention=LATEST)
    append(events, 5)

    events.acknowledge(2)

    assert events.acknowledged_sequence == 3


# Forgetting


def test_what_only_replay_needs_can_be_forgotten() -> None:
    storage = Storage(1000 * EVENT_COST)
    events = journal(storage=storage)
    append(events, 3)
    events.acknowledge(2)

    events.forget_acknowledged()

    assert (sequences(events), events.gap_after(0), storage.used) == ([3], Gap(1, 2), EVENT_COST)


def test_a_discarded_journal_gives_back_everything_and_has_nothing_to_say() -> None:
    storage = Storage(1000 * EVENT_COST)
    events = journal(storage=storage)
    events.reserve()
    events.hold(100)
    append(events, 3, b"abc")

    events.discard()

    assert (storage.used, sequences(events), events.gap_after(1), events.entry(3)) == (0, [], Gap(2, 3), None)


def test_discarding_a_journal_again_gives_back_nothing_more() -> None:
    storage = Storage(1000 * EVENT_COST)
    kept, discarded = journal(storage=storage), journal(storage=storage)
    append(kept, 1)
    append(discarded, 3)

    discarded.discard()
    discarded.discard()

    assert storage.used == EVENT_COST


def test_a_stall_is_an_event_without_payload() -> None:
    events = journal(most_bytes=EVENT_COST)

    events.append(CreditStalled(StallReason.JOURNAL), CLOCK, Slot.ROOM, socket_id=7)

    assert [entry.cost for entry in events.after(0, 1, 1)] == [EVENT_COST]
