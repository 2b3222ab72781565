"""What the "Trace Event Format" asks of a trace (the document of Chromium's catapult project), as far as ours uses it.

`problems(trace)` says what a reader of the format would stumble over.
"""

from collections.abc import Iterator
from typing import Any

_PHASES = frozenset("bneiM")
_METADATA = {
    "process_name": ("name", str),
    "thread_name": ("name", str),
    "process_sort_index": ("sort_index", int),
    "thread_sort_index": ("sort_index", int),
}


def problems(trace: dict[str, Any]) -> list[str]:
    """Return every breach, a line each."""
    events = trace.get("traceEvents")
    if not isinstance(events, list):
        return ["traceEvents is no list"]
    if trace.get("displayTimeUnit") not in (None, "ms", "ns"):
        return ["displayTimeUnit is neither ms nor ns"]
    return [*(line for each in events for line in _of_event(each)), *_of_slices(events), *_of_names(events)]


def _of_event(event: dict[str, Any]) -> Iterator[str]:
    phase = event.get("ph")
    if phase not in _PHASES:
        yield f"unknown phase {phase!r}"
    if not isinstance(event.get("name"), str) or not event["name"]:
        yield f"no name: {event}"
    for place in ("pid", "tid"):
        if type(event.get(place)) is not int:
            yield f"{place} is no integer: {event}"
    if type(event.get("ts")) not in (int, float) or event["ts"] < 0:
        yield f"ts is no time: {event}"
    if not isinstance(event.get("args", {}), dict):
        yield f"args are no object: {event}"
    if phase == "i" and event.get("s") not in ("g", "p", "t"):
        yield f"an instant without scope: {event}"
    if phase == "M":
        name, kind = _METADATA.get(event["name"], ("", str))
        if not isinstance(event["args"].get(name), kind):
            yield f"metadata without its argument: {event}"


def _of_slices(events: list[dict[str, Any]]) -> Iterator[str]:
    """Async events belong together by category and id: each begins once, and ends at most once, not before that."""
    begun: dict[tuple[str, str], dict[str, Any]] = {}
    for event in events:
        if event["ph"] not in "be":
            continue
        if not isinstance(event.get("cat"), str) or not isinstance(event.get("id"), str):
            yield f"an async event needs cat and id: {event}"
            continue
        key = (event["cat"], event["id"])
        if event["ph"] == "b":
            if key in begun:
                yield f"begun twice: {event}"
            begun[key] = event
        elif key not in begun or event["ts"] < begun.pop(key)["ts"]:
            yield f"ended before it began: {event}"


def _of_names(events: list[dict[str, Any]]) -> Iterator[str]:
    named = {(event["pid"], event["tid"]) for event in events if event["name"] == "thread_name"}
    processes = {event["pid"] for event in events if event["name"] == "process_name"}
    for event in events:
        if event["ph"] != "M" and (
            (event["pid"], event["tid"]) not in named or event["pid"] not in processes
        ):
            yield f"on a track without a name: {event}"
