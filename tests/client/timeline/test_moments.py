"""A story moment by moment: asking and ending apart, together where nothing lies between."""

import json

import pytest

from telesock.client.timeline import Entry, Timeline
from telesock.client.timeline.moments import ASKED, BOTH, MARK, TOLD, Moment, beginning_ns, moments
from telesock.client.timeline.page import page_data


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


@pytest.mark.parametrize(
    ("entries", "beginning"),
    [
        ((), 0),
        ((Entry(30, "operation", "send", began_ns=20, status="SUCCESS"), Entry(40, "note", "now")), 20),
        ((Entry(10, "note", "now"), Entry(30, "operation", "send", began_ns=20, status="SUCCESS")), 10),
        ((Entry(5, "operation", "send", began_ns=0, status="SUCCESS"),), 0),
        ((Entry(5, "operation", "send", sequence=1, status="SUCCESS"),), 5),
    ],
)
def test_the_beginning_is_the_earliest_moment_that_is_known(
    entries: tuple[Entry, ...], beginning: int
) -> None:
    assert beginning_ns(Timeline(entries)) == beginning


def test_every_form_counts_from_the_asking_of_an_operation_that_is_first() -> None:
    connect = Entry(3_000_000, "operation", "connect", "a", began_ns=1_000_000, status="SUCCESS")
    timeline = Timeline((connect, Entry(5_000_000, "note", "now")), ("a",))
    asked, ended, noted = (
        each for each in json.loads(timeline.trace())["traceEvents"] if each["ph"] in "bei"
    )

    assert [line.split()[0] for line in timeline.text().splitlines()[1:]] == ["2.000", "4.000"]
    assert [(each.get("began"), each["at"]) for each in page_data(timeline)["entries"]] == [
        (0, 2_000_000),
        (None, 4_000_000),
    ]
    assert [asked["ts"], ended["ts"], noted["ts"]] == [0, 2_000, 4_000]
