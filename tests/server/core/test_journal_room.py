"""Who may write how much into a journal that fills up."""

import pytest

from telesock.server.core.events import Clock, Completion, DataReceived, Draining, ReceiveResult
from telesock.server.core.journal import EVENT_COST, Journal, Retention
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import OperationKind
from telesock.server.core.slots import Slot
from telesock.server.core.status import Status
from telesock.server.core.storage import Storage

CLOCK = Clock(1, 2)
NOTICE = Draining(10.0)
KEEP, LATEST = Retention.UNTIL_ACKNOWLEDGED, Retention.LATEST


def journal(
    most_events: int = 10,
    most_bytes: int = 100 * EVENT_COST,
    retention: Retention = KEEP,
    storage: Storage | None = None,
) -> Journal:
    return Journal(
        lambda event: b"encoded",
        storage or Storage(1000 * EVENT_COST),
        most_events,
        most_bytes,
        retention,
    )


def received(data: bytes) -> Completion:
    return Completion(
        OperationKind.RECEIVE, Status.SUCCESS, len(data), None, ReceiveResult(data, 0, end_of_stream=False)
    )


def append(journal: Journal, count: int, slot: Slot = Slot.ROOM) -> None:
    for _ in range(count):
        journal.append(NOTICE, CLOCK, slot)


def slots(journal: Journal) -> int:
    """How many slots the journal gives out from here."""
    count = 0
    try:
        while True:
            journal.reserve()
            count += 1
    except Refused:
        return count


# Reservations


def test_a_full_journal_refuses_another_reservation_and_says_what_would_help() -> None:
    events = journal(most_events=3)
    events.reserve()
    append(events, 2)
    events.acknowledge(0)

    with pytest.raises(Refused) as caught:
        events.reserve()

    assert (caught.value.reason, caught.value.message) == (
        Reason.JOURNAL_FULL,
        "the session's journal has no room for another completion: 2 events are not acknowledged, "
        "1 operations are pending; call AcknowledgeEvents, and Release for data that is consumed",
    )
    assert caught.value.metadata == {
        "scope": "session",
        "last_sequence": "2",
        "acknowledged_sequence": "0",
        "wsk_status": "STATUS_INSUFFICIENT_RESOURCES",
    }


def test_events_that_are_not_acknowledged_take_the_room_of_reservations() -> None:
    events = journal(most_events=5)
    append(events, 2)

    assert slots(events) == 3


def test_bytes_that_are_not_acknowledged_take_the_room_of_reservations() -> None:
    events = journal(most_bytes=5 * EVENT_COST)
    events.append(DataReceived(bytes(EVENT_COST + 1), 0), CLOCK, Slot.ROOM)

    assert slots(events) == 2


def test_bytes_kept_elsewhere_for_the_session_take_the_room_of_reservations() -> None:
    events = journal(most_bytes=5 * EVENT_COST)
    events.hold(EVENT_COST + 1)
    before = slots(events)
    events.hold(-EVENT_COST - 1)

    assert (before, slots(events)) == (3, 2)


def test_an_acknowledgement_makes_room_for_reservations() -> None:
    events = journal(most_events=3)
    append(events, 3)
    before = slots(events)

    events.acknowledge(2)

    assert (before, slots(events)) == (0, 2)


def test_a_reservation_that_is_cancelled_makes_room_for_another() -> None:
    events = journal(most_events=1)
    events.reserve()

    events.cancel_reservation()

    assert slots(events) == 1


def test_a_completion_takes_the_room_that_was_reserved_for_it_and_no_more() -> None:
    storage = Storage(1000 * EVENT_COST)
    events = journal(most_events=3, storage=storage)
    events.reserve()

    append(events, 1, Slot.RESERVED)

    assert (events.reserved, storage.used, slots(events)) == (0, EVENT_COST, 2)


def test_a_guaranteed_slot_is_counted_apart_and_takes_no_room_from_others() -> None:
    events = journal(most_events=3)
    events.guarantee(2)

    append(events, 2, Slot.GUARANTEED)

    assert (events.guaranteed, slots(events)) == (0, 3)


def test_acknowledging_an_event_in_a_guaranteed_slot_gives_back_no_room_that_it_never_took() -> None:
    events = journal(most_events=3)
    append(events, 1, Slot.GUARANTEED)

    events.acknowledge(1)

    assert slots(events) == 3


# Room for what was not reserved


@pytest.mark.parametrize(("taken", "room", "notice"), [(1, True, True), (2, False, True), (3, False, False)])
def test_an_indication_leaves_the_last_event_to_a_notice(taken: int, room: bool, notice: bool) -> None:
    events = journal(most_events=3)
    append(events, taken)

    assert (events.room_for(0), events.room_for_notice()) == (room, notice)


def test_an_indication_leaves_the_last_bytes_to_a_notice() -> None:
    events = journal(most_bytes=3 * EVENT_COST)

    assert [events.room_for(size) for size in (EVENT_COST, EVENT_COST + 1)] == [True, False]


def test_a_notice_needs_the_bytes_of_an_event_without_payload() -> None:
    events = journal(most_bytes=3 * EVENT_COST)
    events.hold(2 * EVENT_COST)
    before = events.room_for_notice()
    events.hold(1)

    assert (before, events.room_for_notice()) == (True, False)


@pytest.mark.parametrize(
    ("wanted", "room"), [(0, 0), (100, 100), (2 * EVENT_COST, 2 * EVENT_COST), (10**6, 2 * EVENT_COST)]
)
def test_a_reserved_completion_may_carry_as_much_as_still_fits(wanted: int, room: int) -> None:
    events = journal(most_bytes=3 * EVENT_COST)
    events.reserve()

    assert events.byte_room(wanted) == room


def test_a_reserved_completion_may_carry_nothing_when_nothing_fits() -> None:
    events = journal(most_bytes=3 * EVENT_COST)
    events.reserve()
    events.hold(10 * EVENT_COST)

    assert events.byte_room(100) == 0


@pytest.mark.parametrize(("wanted", "room"), [(100, 100), (2048, 2048), (2049, 2048), (10**6, 2048)])
def test_an_indication_may_carry_what_fits_twice_beside_a_notice(wanted: int, room: int) -> None:
    events = journal(most_bytes=2 * EVENT_COST + 2 * 2048)

    assert events.indication_room(wanted) == room


def test_an_indication_may_carry_nothing_where_there_is_no_slot_for_it_or_no_byte() -> None:
    no_slot, no_byte = journal(most_events=1), journal(most_bytes=2 * EVENT_COST + 1)
    no_notice = journal(most_bytes=EVENT_COST)

    assert [full.indication_room(100) for full in (no_slot, no_byte, no_notice)] == [0, 0, 0]


# A journal that keeps the latest


def test_a_journal_of_the_latest_needs_no_acknowledgement() -> None:
    events = journal(most_events=4, retention=LATEST)
    append(events, 100)

    assert [events.room_for(0), events.first_sequence, events.last_sequence] == [True, 97, 100]
    assert events.retention is LATEST


def test_a_journal_of_the_latest_gives_out_half_of_its_events_and_of_its_bytes_in_advance() -> None:
    by_events = journal(most_events=8, retention=LATEST)
    by_bytes = journal(most_bytes=6 * EVENT_COST, retention=LATEST)

    assert (slots(by_events), slots(by_bytes)) == (4, 3)


def test_what_is_pending_or_held_never_drives_the_newest_event_out_of_a_journal_of_the_latest() -> None:
    events = journal(most_events=4, most_bytes=8 * EVENT_COST, retention=LATEST)
    events.guarantee(1)
    events.reserve()
    events.hold(events.byte_room(10**6))

    append(events, 1, Slot.GUARANTEED)

    assert [entry.sequence for entry in events.after(0, 10, 10**6)] == [1]


def test_a_receive_of_a_journal_of_the_latest_carries_no_more_than_the_journal_can_keep() -> None:
    events = journal(most_bytes=8 * EVENT_COST, retention=LATEST)
    events.reserve()
    size = events.byte_room(10**6)

    sequence = events.append(received(bytes(size)), CLOCK, Slot.RESERVED)

    assert (size, events.first_sequence, sequence) == (3 * EVENT_COST, 1, 1)


def test_a_journal_of_the_latest_that_holds_more_than_it_may_has_nothing_to_drop_but_events() -> None:
    events = journal(most_bytes=4 * EVENT_COST, retention=LATEST)
    events.hold(10 * EVENT_COST)

    append(events, 2)

    assert (events.first_sequence, events.last_sequence, events.room_for_notice()) == (3, 2, False)
