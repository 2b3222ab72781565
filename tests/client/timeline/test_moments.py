"""A story moment by moment: asking and ending apart, together where nothing lies between."""

from telesock.client.timeline import Entry, Timeline
from telesock.client.timeline.moments import ASKED, BOTH, MARK, TOLD, Moment, moments


def test_an_operation_that_others_interrupt_is_told_twice_and_one_that_none_does_once() -> None:
    long = Entry(50, "operation", "receive", began_ns=10, status="SUCCESS")
    short = Entry(30, "operation", "send", began_ns=20, status="SUCCESS")

    assert moments(Timeline((short, long))) == [
        Moment(10, ASKED, long),
        Moment(30, BOTH, short),
        Moment(50, TOLD, long),
    ]


def test_what_was_not_seen_to_begin_or_to_end_is_one_moment() -> None:
    observed = Entry(10, "operation", "send", sequence=1, status="SUCCESS")
    pending = Entry(20, "operation", "receive", began_ns=20)
    indication = Entry(30, "indication", "data received", sequence=2)
    note = Entry(40, "note", "now")

    assert moments(Timeline((observed, pending, indication, note))) == [
        Moment(10, TOLD, observed),
        Moment(20, ASKED, pending),
        Moment(30, TOLD, indication),
        Moment(40, MARK, note),
    ]
