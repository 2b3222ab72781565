import pytest

from telesock.client.core.cursor import UNACKNOWLEDGED_BYTES, UNACKNOWLEDGED_EVENTS, Cursor
from telesock.client.errors import SessionLost


def test_each_event_is_new_once() -> None:
    cursor = Cursor(5)

    assert [cursor.take(sequence) for sequence in (5, 6, 6, 7, 3)] == [False, True, False, True, False]
    assert cursor.seen == 7


def test_one_that_is_missing_is_told_and_not_passed_over() -> None:
    cursor = Cursor(5)
    with pytest.raises(SessionLost, match=r"^events 6 to 7 never came"):
        cursor.take(8)
    with pytest.raises(SessionLost, match=r"^events 6 to 9 never came"):
        cursor.check(9)
    cursor.check(5)

    assert cursor.seen == 5


def test_what_was_seen_is_acknowledged_once_on_each_attachment() -> None:
    cursor = Cursor(5)
    first = [cursor.acknowledge(), cursor.acknowledge()]
    cursor.take(6)
    second = [cursor.acknowledge(), cursor.acknowledge()]
    cursor.restart()

    assert [*first, *second, cursor.acknowledge()] == [5, 0, 6, 0, 6]


def test_many_events_or_bytes_are_due() -> None:
    cursor = Cursor(0)
    for sequence in range(1, UNACKNOWLEDGED_EVENTS + 1):
        cursor.take(sequence)
    before = cursor.due
    cursor.take(UNACKNOWLEDGED_EVENTS + 1)
    by_events = cursor.due
    cursor.acknowledge()
    between = cursor.due
    cursor.count(UNACKNOWLEDGED_BYTES)
    cursor.count(1)

    assert [before, by_events, between, cursor.due] == [False, True, False, True]
