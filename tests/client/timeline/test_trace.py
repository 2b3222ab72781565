"""The trace of a timeline is one that readers of Chrome's format take, with everything at its place."""

import json
from typing import Any

import pytest
from hypothesis import given
from tests.client.timeline.stories import record_story
from tests.client.timeline.test_json_lines import TIMELINES
from tests.client.timeline.trace_format import problems

from telesock.client.timeline import Entry, Timeline

SEND = Entry(
    2_500,
    "operation",
    "send",
    "a",
    500,
    1_000,
    3,
    "s-1",
    (1 << 63) + 4,
    7,
    "10.0.0.1:5",
    "10.0.0.2:80",
    "5 bytes",
    "SUCCESS",
    "5 bytes",
)
PENDING = Entry(3_000, "operation", "receive", "a", began_ns=3_000, socket_id=1)
OBSERVED = Entry(4_000, "operation", "close", "b", None, sequence=1, socket_id=1, status="SUCCESS")
NOTE = Entry(5_000, "note", "now")


def of(*entries: Entry) -> dict[str, Any]:
    trace: dict[str, Any] = json.loads(Timeline(entries, ("a", "b"), 7_000, title="t").trace())
    return trace


def told(trace: dict[str, Any]) -> list[dict[str, Any]]:
    return [event for event in trace["traceEvents"] if event["ph"] != "M"]


def test_an_operation_is_an_async_slice_on_its_sockets_track_with_all_that_is_known() -> None:
    begin, end = told(of(SEND))

    assert begin == {
        "ph": "b",
        "cat": "operation",
        "id": "0x0",
        "name": "send",
        "pid": 2,
        "tid": 1,
        "ts": 0,
        "args": {
            "request": "5 bytes",
            "status": "SUCCESS",
            "details": "5 bytes",
            "local": "10.0.0.1:5",
            "peer": "10.0.0.2:80",
            "socket": "~4",
            "operation": 7,
            "sequence": 3,
            "session": "s-1",
            "uncertainty_us": 0.5,
        },
    }
    assert end == {
        "ph": "e",
        "cat": "operation",
        "id": "0x0",
        "name": "send",
        "pid": 2,
        "tid": 1,
        "ts": 1.5,
        "args": {},
    }


def test_what_has_no_end_has_none_and_what_nobody_saw_begin_is_an_instant() -> None:
    assert [(event["ph"], event.get("s"), event["ts"]) for event in told(of(PENDING, OBSERVED, NOTE))] == [
        ("b", None, 0),
        ("i", "t", 1.0),
        ("i", "g", 2.0),
    ]


def test_agents_are_processes_and_sockets_their_threads() -> None:
    names = [
        (event["name"], event["pid"], event["tid"], event["args"]["name"])
        for event in of(SEND, PENDING, OBSERVED, NOTE)["traceEvents"]
        if event["name"] in ("process_name", "thread_name")
    ]

    assert names == [
        ("process_name", 1, 0, "test"),
        ("process_name", 2, 0, "agent a"),
        ("process_name", 3, 0, "agent b"),
        ("thread_name", 2, 1, "socket ~4"),
        ("thread_name", 2, 2, "socket 1"),
        ("thread_name", 3, 3, "socket 1"),
        ("thread_name", 1, 4, "notes"),
    ]


def test_it_says_when_it_began() -> None:
    assert of(SEND)["otherData"] == {
        "title": "t",
        "forgotten": "0",
        "clock": "monotonic, of the recording host",
        "wall_ns_of_time_0": "8000",
        "monotonic_ns_of_time_0": "1000",
    }


async def test_a_real_story_is_a_trace_as_the_format_asks_for() -> None:
    trace = json.loads((await record_story()).trace())

    assert problems(trace) == []
    assert {event["ph"] for event in trace["traceEvents"]} == set("Mbei")


@given(TIMELINES)
def test_whatever_is_in_a_timeline_its_trace_can_be_read(timeline: Timeline) -> None:
    """Even one whose clocks are nonsense: an end is never before its beginning."""
    assert problems(json.loads(timeline.trace())) == []


@pytest.mark.parametrize(
    "broken",
    [
        {"ph": "b", "name": "x", "pid": 1, "tid": 0, "ts": 0},
        {"ph": "X", "name": "x", "pid": 1, "tid": 0, "ts": 0},
        {"ph": "i", "name": "x", "pid": 1, "tid": 0, "ts": 0},
        {"ph": "i", "s": "g", "name": "x", "pid": 9, "tid": 0, "ts": 0},
        {"ph": "e", "cat": "c", "id": "0", "name": "x", "pid": 1, "tid": 0, "ts": 0},
    ],
)
def test_what_is_checked_would_be_noticed(broken: dict[str, Any]) -> None:
    assert problems({"traceEvents": [*of(NOTE)["traceEvents"], broken]}) != []
