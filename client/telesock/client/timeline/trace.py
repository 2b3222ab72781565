"""A timeline as a trace in Chrome's JSON (the "Trace Event Format"), which ui.perfetto.dev and chrome://tracing open.

An agent is a process and a socket a thread of it. An operation is an async slice, because those of one socket overlap; one
that has not ended is a slice that does not end, one that nobody saw begin an instant. All else is an instant: of its
socket, or for notes about no agent of all. What is known of an entry stands in its arguments, error bars included. Times
are microseconds since the beginning of the timeline.
"""

import json
from collections.abc import Iterator
from typing import Any

from telesock.client.texts.words import socket_text
from telesock.client.timeline.entries import Entry, Timeline
from telesock.client.timeline.moments import beginning_ns

_TEST = 1  # the process of whoever recorded
_Event = dict[str, Any]


def trace_text(timeline: Timeline) -> str:
    """Write a timeline as a trace, an event a line."""
    lines = ",\n".join(json.dumps(event) for event in trace_events(timeline))
    about = {
        "title": timeline.title,
        "forgotten": str(timeline.forgotten),
        "clock": "monotonic, of the recording host",
    }
    beginning = beginning_ns(timeline)
    if timeline.wall_offset_ns is not None:
        about["wall_ns_of_time_0"] = str(beginning + timeline.wall_offset_ns)
    about["monotonic_ns_of_time_0"] = str(beginning)
    return f'{{"displayTimeUnit": "ns", "otherData": {json.dumps(about)},\n"traceEvents": [\n{lines}\n]}}\n'


def trace_events(timeline: Timeline) -> Iterator[_Event]:
    """Return the events of the trace, names first."""
    tracks = _Tracks(timeline)
    yield from tracks.names()
    beginning = beginning_ns(timeline)
    for number, entry in enumerate(timeline.entries):
        yield from _events(entry, number, tracks.place(entry), beginning)


class _Tracks:
    """Which process and thread an entry belongs to. Numbers of sockets are too large for threads, so they are counted."""

    def __init__(self, timeline: Timeline) -> None:
        self._processes = {agent: number for number, agent in enumerate(timeline.agents, start=_TEST + 1)}
        self._threads: dict[tuple[str, str, int], int] = {}
        for entry in timeline.entries:
            self._threads.setdefault((entry.agent, entry.session, entry.socket_id), len(self._threads) + 1)

    def place(self, entry: Entry) -> _Event:
        process = self._processes.get(entry.agent, _TEST)
        return {"pid": process, "tid": self._threads[entry.agent, entry.session, entry.socket_id]}

    def names(self) -> Iterator[_Event]:
        for agent, number in {"": _TEST, **self._processes}.items():
            name = f"agent {agent}" if agent else "test"
            yield _metadata("process_name", {"pid": number, "tid": 0}, name=name)
            yield _metadata("process_sort_index", {"pid": number, "tid": 0}, sort_index=number)
        for (agent, session, socket_id), thread in self._threads.items():
            place = {"pid": self._processes.get(agent, _TEST), "tid": thread}
            name = f"socket {socket_text(socket_id)}" if socket_id else "session" if session else "notes"
            yield _metadata("thread_name", place, name=name)
            yield _metadata("thread_sort_index", place, sort_index=thread)


def _metadata(name: str, place: _Event, /, **arguments: Any) -> _Event:
    return {"ph": "M", "name": name, "ts": 0, **place, "args": arguments}


def _events(entry: Entry, number: int, place: _Event, beginning: int) -> Iterator[_Event]:
    common = {"name": entry.what or entry.kind, "cat": entry.kind, **place}
    at = {"ts": _microseconds(entry.at_ns - beginning), "args": _arguments(entry)}
    if entry.kind != "operation" or entry.began_ns is None:
        yield {"ph": "i", "s": "t" if entry.agent else "g", **common, **at}
        return
    slice_ = {**common, "id": f"{number:#x}"}
    yield {"ph": "b", **slice_, "ts": _microseconds(entry.began_ns - beginning), "args": _arguments(entry)}
    if not entry.pending:
        yield {
            "ph": "e",
            **slice_,
            "ts": _microseconds(max(entry.at_ns, entry.began_ns) - beginning),
            "args": {},
        }


def _microseconds(nanoseconds: int) -> float:
    return nanoseconds / 1000


def _arguments(entry: Entry) -> _Event:
    """What is known beside name and time. Numbers of sockets go beyond what JSON's readers take as numbers."""
    known = {
        "request": entry.request,
        "status": entry.status or ("has not ended" if entry.pending else ""),
        "details": entry.details,
        "local": entry.local,
        "peer": entry.peer,
        "socket": socket_text(entry.socket_id),
        "operation": entry.operation_id,
        "sequence": entry.sequence,
        "session": entry.session,
    }
    uncertainty = "not known" if entry.uncertainty_ns is None else entry.uncertainty_ns / 1000
    return {**{name: value for name, value in known.items() if value}, "uncertainty_us": uncertainty}
