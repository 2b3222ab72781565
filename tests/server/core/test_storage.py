"""What all journals of an agent share: bytes, taken and given back, and asked for again when they run out."""

import pytest

from telesock.server.core.events import Clock, Draining
from telesock.server.core.journal import EVENT_COST, Journal
from telesock.server.core.refusal import Refused
from telesock.server.core.slots import Slot
from telesock.server.core.storage import Share, Storage

CLOCK = Clock(1, 2)


def journal(storage: Storage) -> Journal:
    return Journal(lambda event: b"encoded", storage, 10, 100 * EVENT_COST)


def append(journal: Journal, count: int, slot: Slot = Slot.ROOM) -> None:
    for _ in range(count):
        journal.append(Draining(10.0), CLOCK, slot)


def slots(journal: Journal) -> int:
    """How many slots the journal gives out from here."""
    count = 0
    try:
        while True:
            journal.reserve()
            count += 1
    except Refused:
        return count


def short_storage() -> tuple[Storage, list[str]]:
    """Storage of five events that tells when somebody who found too little may ask again."""
    told: list[str] = []
    storage = Storage(5 * EVENT_COST)
    storage.freed = lambda: told.append("freed")
    return storage, told


def test_journals_share_their_storage_and_are_refused_when_it_is_used_up() -> None:
    storage = Storage(5 * EVENT_COST)
    one, other = journal(storage), journal(storage)
    append(one, 3)

    assert (other.room_for(0), slots(other), storage.used) == (True, 2, 5 * EVENT_COST)
    assert (other.room_for_notice(), other.byte_room(100)) == (False, 0)


def test_storage_that_is_full_is_reclaimed_from_what_is_acknowledged_elsewhere() -> None:
    storage = Storage(5 * EVENT_COST)
    one, other = journal(storage), journal(storage)
    storage.reclaim = one.forget_acknowledged
    append(one, 4)
    one.acknowledge(3)

    assert (slots(other), storage.used, one.first_sequence) == (4, 5 * EVENT_COST, 4)


def test_storage_that_exactly_fits_after_reclaiming_is_enough() -> None:
    storage = Storage(5 * EVENT_COST)
    one, other = journal(storage), journal(storage)
    storage.reclaim = one.forget_acknowledged
    append(one, 5)
    one.acknowledge(2)

    assert (other.room_for(0), storage.used) == (True, 3 * EVENT_COST)


def test_storage_is_not_reclaimed_while_there_is_room_in_it() -> None:
    storage = Storage(5 * EVENT_COST)
    one, other = journal(storage), journal(storage)
    storage.reclaim = one.forget_acknowledged
    append(one, 4)
    one.acknowledge(4)

    assert (other.room_for_notice(), other.byte_room(EVENT_COST), one.first_sequence) == (True, EVENT_COST, 1)


def test_a_receive_reclaims_storage_that_it_wants_and_takes_what_there_is() -> None:
    storage = Storage(5 * EVENT_COST)
    one, other = journal(storage), journal(storage)
    storage.reclaim = one.forget_acknowledged
    append(one, 4)
    one.acknowledge(2)

    assert (other.byte_room(10 * EVENT_COST), storage.used) == (3 * EVENT_COST, 2 * EVENT_COST)


def test_guaranteed_events_are_written_even_into_full_storage_and_leave_no_room_below_nothing() -> None:
    storage = Storage(EVENT_COST)
    events = journal(storage)
    append(events, 3, Slot.GUARANTEED)

    assert (storage.used, events.byte_room(100), events.room_for_notice()) == (3 * EVENT_COST, 0, False)


def test_who_found_too_little_is_told_once_when_an_acknowledgement_makes_more_to_reclaim() -> None:
    storage, told = short_storage()
    events = journal(storage)
    append(events, 5)
    found = events.room_for_notice()

    events.acknowledge(1)
    events.acknowledge(2)

    assert (found, told) == (False, ["freed"])


def test_who_found_too_little_is_told_when_held_bytes_are_given_back_and_not_when_more_are_held() -> None:
    storage, told = short_storage()
    events = journal(storage)
    events.hold(5 * EVENT_COST)
    found = events.byte_room(1)

    events.hold(1)
    before = list(told)
    events.hold(-1)

    assert (found, before, told) == (0, [], ["freed"])


@pytest.mark.parametrize("wanted", [0, EVENT_COST])
def test_nobody_is_told_where_nobody_found_too_little(wanted: int) -> None:
    storage, told = short_storage()
    events = journal(storage)
    append(events, 4)
    found = events.byte_room(wanted)

    events.acknowledge(4)
    events.discard()

    assert (found, told) == (wanted, [])


def test_who_found_too_little_is_told_when_another_journal_is_discarded() -> None:
    storage, told = short_storage()
    one, other = journal(storage), journal(storage)
    append(one, 5)
    found = other.room_for_notice()

    one.discard()

    assert (found, told, other.room_for_notice()) == (False, ["freed"], True)


def test_who_found_too_little_is_told_when_a_journal_with_nothing_but_reservations_is_discarded() -> None:
    storage, told = short_storage()
    one, other = journal(storage), journal(storage)
    for _ in range(5):
        one.reserve()
    found = other.room_for_notice()

    one.discard()

    assert (found, told, storage.used) == (False, ["freed"], 0)


def test_a_share_is_full_when_its_own_limit_is_used_up_though_the_whole_has_room() -> None:
    whole = Storage(100 * EVENT_COST)
    mine, other = journal(Share(whole, 3 * EVENT_COST)), journal(whole)

    assert (slots(mine), slots(other)) == (3, 10)
    assert whole.used == 13 * EVENT_COST


def test_a_share_is_full_when_others_have_used_up_the_whole() -> None:
    whole = Storage(5 * EVENT_COST)
    share = Share(whole, 4 * EVENT_COST)
    append(journal(whole), 4)

    assert slots(journal(share)) == 1
    assert (share.used, whole.used) == (4 * EVENT_COST, 5 * EVENT_COST)


def test_what_a_share_gives_back_others_can_have() -> None:
    whole = Storage(3 * EVENT_COST)
    mine, other = journal(Share(whole, 3 * EVENT_COST)), journal(whole)
    append(mine, 3)
    assert slots(other) == 0
    mine.acknowledge(3)
    mine.forget_acknowledged()

    assert slots(other) == 3


def test_who_has_to_acknowledge_is_said_when_a_storage_that_is_shared_is_full() -> None:
    whole = Storage(8 * EVENT_COST)
    of_one, of_other = Share(whole, 3 * EVENT_COST), Share(whole, 7 * EVENT_COST)
    first, second, third = journal(of_one), journal(of_other), journal(whole)
    append(first, 2)
    append(second, 4)
    told = []
    for each in (first, second, third):
        slots(each)
        with pytest.raises(Refused) as refused:
            each.reserve()
        told.append((refused.value.metadata["scope"], refused.value.message))

    rest = "call AcknowledgeEvents, and Release for data that is consumed, in every session"
    assert told == [
        (
            "identity",
            "all journals of the identity have no room for another completion: 2 events are not acknowledged here, "
            f"1 operations are pending here; {rest}",
        ),
        (
            "agent",
            "all journals of the agent have no room for another completion: 4 events are not acknowledged here, "
            f"1 operations are pending here; {rest}",
        ),
        (
            "agent",
            "all journals of the agent have no room for another completion: 0 events are not acknowledged here, "
            f"0 operations are pending here; {rest}",
        ),
    ]
