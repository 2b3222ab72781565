"""Lines of JSON are read as they were written, exactly, and what is no timeline is refused by file and line."""

import json
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telesock.client.core.clocks import ClockEstimate
from telesock.client.timeline import KINDS, BadTimeline, Entry, Timeline
from telesock.client.timeline.entries import in_order
from telesock.client.timeline.json_lines import clock_line, entry_line, head_line, read_lines

HEAD = head_line(Timeline())
TEXT = st.text(max_size=20)
NUMBER = st.integers(-(1 << 63), (1 << 64) - 1)
AGENTS = ("a", "b <é>", "\u2028")
ENTRIES = st.builds(
    Entry,
    at_ns=NUMBER,
    kind=st.sampled_from(KINDS),
    what=TEXT,
    agent=st.sampled_from(("", *AGENTS)),
    uncertainty_ns=st.none() | NUMBER,
    began_ns=st.none() | NUMBER,
    sequence=NUMBER,
    session=TEXT,
    socket_id=NUMBER,
    operation_id=NUMBER,
    local=TEXT,
    peer=TEXT,
    request=TEXT,
    status=TEXT,
    details=TEXT,
)
RATE = st.floats(allow_nan=False, allow_infinity=False)
CLOCKS = st.builds(ClockEstimate, NUMBER, NUMBER, NUMBER, RATE, RATE)
TIMELINES = st.builds(
    Timeline,
    st.lists(ENTRIES, max_size=6).map(in_order),
    st.just(AGENTS),
    st.none() | NUMBER,
    st.dictionaries(st.sampled_from(AGENTS), CLOCKS),
    st.integers(0, 1 << 40),
    TEXT,
)


def read(text: str) -> Timeline:
    return read_lines(text.encode().splitlines(keepends=True), "run.jsonl")


@given(TIMELINES)
def test_what_was_written_is_read_exactly(timeline: Timeline) -> None:
    assert read(timeline.jsonl()) == timeline


def test_a_line_has_only_what_is_known() -> None:
    assert entry_line(Entry(7, "note", "now")) == '{"at_ns": 7, "kind": "note", "what": "now"}\n'
    assert json.loads(clock_line("a", ClockEstimate(1, 2, 3))) == {
        "clock": "a",
        "offset_ns": 1,
        "uncertainty_ns": 2,
        "at_ns": 3,
    }
    assert json.loads(HEAD) == {"telesock_timeline": 1, "agents": []}


def test_lines_that_were_appended_out_of_order_are_read_in_order_and_the_last_clock_counts() -> None:
    late, early = Entry(9, "note", "late", "b"), Entry(1, "note", "early", "a")
    clocks = [ClockEstimate(0, 0, 0), ClockEstimate(5, 1, 2)]
    text = HEAD + entry_line(late) + "".join(clock_line("a", clock) for clock in clocks) + entry_line(early)

    assert read(text) == Timeline((early, late), ("b", "a"), clocks={"a": clocks[1]})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", '1: it is empty; a timeline begins with its head, {"telesock_timeline": 1, …}'),
        ("\x89PNG", "1: it is not a line of JSON, or cut off"),
        (
            '{"sequence": 1}\n',
            '1: it is no timeline: the first line is its head, {"telesock_timeline": 1, …}',
        ),
        ('{"telesock_timeline": 2}\n', "1: it is of version 2, and this client reads version 1"),
        ('{"telesock_timeline": 1, "agents": "a"}\n', "1: agents has to be a list of texts"),
        (
            '{"telesock_timeline": 1, "forgotten": true}\n',
            "1: forgotten has to be a whole number of at most 64 bits, not true",
        ),
        (HEAD + "[]\n", "2: it is no JSON object: {…}"),
        (HEAD + '{"at_ns": 1, "kind": "note"}\n', "2: an entry has no what"),
        (
            HEAD + '{"at_ns": 1.5, "kind": "note", "what": ""}\n',
            "2: at_ns has to be a whole number of at most 64 bits, not 1.5",
        ),
        (
            HEAD + '{"at_ns": 1, "kind": "x", "what": ""}\n',
            '2: kind is "x", none of operation, indication, fault, note, agent, gap',
        ),
        (
            HEAD + '{"at_ns": 1, "kind": "note", "what": "", "began_ns": "1"}\n',
            '2: began_ns has to be null or a whole number of at most 64 bits, not "1"',
        ),
        (HEAD + '{"clock": "a", "offset_ns": 1}\n', "2: a clock has no uncertainty_ns"),
        (
            HEAD + '{"at_ns": 1' + "0" * 400 + ', "kind": "note", "what": ""}\n',
            "2: at_ns has to be a whole number of at most 64 bits, not 1" + "0" * 39,
        ),
        (
            HEAD + '{"clock": "a", "offset_ns": 0, "uncertainty_ns": 0, "at_ns": 0, "drift_ppm": NaN}\n',
            "2: drift_ppm has to be a finite number, not NaN",
        ),
        (
            HEAD + '{"clock": "a", "offset_ns": 0, "uncertainty_ns": 0, "at_ns": 0, "drift_ppm": 1e999}\n',
            "2: drift_ppm has to be a finite number, not Infinity",
        ),
        (HEAD + '{"clock": 1}\n', "2: clock has to be a text, not 1"),
        (HEAD + entry_line(Entry(1, "note", "n")) + '{"at_ns"', "3: it is not a line of JSON, or cut off"),
    ],
)
def test_what_is_no_timeline_is_refused_by_its_line(text: str, problem: str) -> None:
    with pytest.raises(BadTimeline) as refused:
        read(text)

    assert str(refused.value) == f"run.jsonl:{problem}"


def test_a_field_of_a_newer_version_is_refused_rather_than_lost() -> None:
    with pytest.raises(BadTimeline) as refused:
        read(HEAD + '{"at_ns": 1, "kind": "note", "what": "", "colour": "red"}\n')

    known = ", ".join(each.name for each in fields(Entry))
    assert str(refused.value) == f'run.jsonl:2: an entry has no field "colour"; there are {known}'


def test_a_file_is_called_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text("nothing\n")

    with pytest.raises(BadTimeline, match=f"^{path}:1: it is not a line of JSON"):
        Timeline.read(path)
