"""Timelines as lines of JSON: the form in which they are kept and read again, exactly as they were.

The first line is the head: `{"telesock_timeline": 1, …}` with the format's version, the title, the agents' names, what
makes times wall time, and how many entries were forgotten. Every further line is an entry, or how an agent's clock stood
(`{"clock": NAME, …}`; the last one of an agent counts). Fields are those of `Entry` and `ClockEstimate`, those with their
default left out. Lines may be appended in any order: reading puts entries in order. What is not understood is refused,
with the file and the line; a field that only a newer version has would be read wrongly otherwise.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any, NamedTuple

from telesock.client.core.clocks import ClockEstimate
from telesock.client.timeline.entries import KINDS, Entry, Timeline, in_order

VERSION = 1
HEAD = "telesock_timeline"
"""The field by which the head, and so the file, is known."""

_INTEGER, _TEXT = "a whole number of at most 64 bits", "a text"
_NUMBER = "a finite number"
_LARGEST = 1 << 64


class BadTimeline(ValueError):
    """A file is no timeline, or not one that this client reads; the text names the file, the line and what is wrong."""


class _Wrong(Exception):
    """What is wrong with a line."""


def write_lines(timeline: Timeline) -> Iterator[str]:
    """Write a whole timeline, line by line."""
    yield head_line(timeline)
    yield from (clock_line(agent, clock) for agent, clock in timeline.clocks.items())
    yield from map(entry_line, timeline.entries)


def head_line(timeline: Timeline) -> str:
    """Write the head, which says nothing of clocks and entries."""
    head: dict[str, Any] = {HEAD: VERSION, "agents": list(timeline.agents)}
    if timeline.title:
        head["title"] = timeline.title
    if timeline.wall_offset_ns is not None:
        head["wall_offset_ns"] = timeline.wall_offset_ns
    if timeline.forgotten:
        head["forgotten"] = timeline.forgotten
    return json.dumps(head) + "\n"


def clock_line(agent: str, clock: ClockEstimate) -> str:
    """Write how an agent's clock stands."""
    return json.dumps({"clock": agent, **_written(clock)}) + "\n"


def entry_line(entry: Entry) -> str:
    """Write an entry."""
    return json.dumps(_written(entry)) + "\n"


def _written(value: Entry | ClockEstimate) -> dict[str, Any]:
    named = ((each, getattr(value, each.name)) for each in fields(value))
    return {each.name: held for each, held in named if held != each.default}


def read_file(path: Path) -> Timeline:
    """Read a file. Raises BadTimeline, and OSError."""
    with path.open("rb") as lines:
        return read_lines(lines, str(path))


def read_lines(lines: Iterable[bytes], name: str) -> Timeline:
    """Read lines of what is called so. Raises BadTimeline."""
    head: Timeline | None = None
    entries: list[Entry] = []
    clocks: dict[str, ClockEstimate] = {}
    for number, line in enumerate(lines, start=1):
        try:
            value = _value(line)
            if head is None:
                head = _read_head(value)
            elif "clock" in value:
                agent = _taken(value.pop("clock"), _TEXT, "clock")
                clocks[agent] = ClockEstimate(**_read(value, _CLOCK))
            else:
                entries.append(Entry(**_read(value, _ENTRY)))
        except _Wrong as wrong:
            raise BadTimeline(f"{name}:{number}: {wrong}") from None
    if head is None:
        raise BadTimeline(
            f"{name}:1: it is empty; a timeline begins with its head, {{{json.dumps(HEAD)}: {VERSION}, …}}"
        )
    return _whole(head, entries, clocks)


def _whole(head: Timeline, entries: list[Entry], clocks: Mapping[str, ClockEstimate]) -> Timeline:
    agents = dict.fromkeys((*head.agents, *(entry.agent for entry in entries if entry.agent)))
    return Timeline(in_order(entries), tuple(agents), head.wall_offset_ns, clocks, head.forgotten, head.title)


def _value(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise _Wrong("it is not a line of JSON, or cut off") from None
    if not isinstance(value, dict):
        raise _Wrong("it is no JSON object: {…}")
    return value


def _read_head(value: dict[str, Any]) -> Timeline:
    if HEAD not in value:
        raise _Wrong(f"it is no timeline: the first line is its head, {{{json.dumps(HEAD)}: {VERSION}, …}}")
    version = value.pop(HEAD)
    if version != VERSION:
        raise _Wrong(f"it is of version {json.dumps(version)}, and this client reads version {VERSION}")
    agents = value.pop("agents", [])
    if not isinstance(agents, list) or not all(isinstance(agent, str) for agent in agents):
        raise _Wrong("agents has to be a list of texts")
    return Timeline(agents=tuple(agents), **_read(value, _HEAD))


class _Form(NamedTuple):
    """What the fields of a line have to be; those without a default have to be there."""

    what: str
    types: Mapping[str, str]
    required: tuple[str, ...] = ()


def _read(value: dict[str, Any], form: _Form) -> dict[str, Any]:
    for name in form.required:
        if name not in value:
            raise _Wrong(f"{form.what} has no {name}")
    for name, held in value.items():
        if name not in form.types:
            raise _Wrong(f"{form.what} has no field {json.dumps(name)}; there are {', '.join(form.types)}")
        value[name] = _taken(held, form.types[name], name)
    if value.get("kind", KINDS[0]) not in KINDS:
        raise _Wrong(f"kind is {json.dumps(value['kind'])}, none of {', '.join(KINDS)}")
    return value


def _taken(held: Any, wanted: str, name: str) -> Any:
    optional = wanted.startswith("null")
    if (optional and held is None) or _TYPES[wanted.removeprefix("null or ")](held):
        return float(held) if wanted == _NUMBER else held
    raise _Wrong(f"{name} has to be {wanted}, not {json.dumps(held)[:40]}")


_TYPES: Mapping[str, Callable[[Any], bool]] = {
    _INTEGER: lambda held: type(held) is int and abs(held) < _LARGEST,
    _TEXT: lambda held: isinstance(held, str),
    _NUMBER: lambda held: type(held) in (int, float) and abs(held) <= sys.float_info.max,
}


def _form(what: str, of: type[Entry | ClockEstimate]) -> _Form:
    named = {each.name: _NAMED[str(each.type)] for each in fields(of)}
    return _Form(what, named, tuple(each.name for each in fields(of) if _is_required(each)))


def _is_required(each: Field[Any]) -> bool:
    return each.default is MISSING


_NAMED = {
    str(int): _INTEGER,
    str(float): _NUMBER,
    str(str): _TEXT,
    str(int | None): f"null or {_INTEGER}",
    str(Entry.__dataclass_fields__["kind"].type): _TEXT,
}
_ENTRY = _form("an entry", Entry)
_CLOCK = _form("a clock", ClockEstimate)
_HEAD = _Form("the head", {"title": _TEXT, "wall_offset_ns": f"null or {_INTEGER}", "forgotten": _INTEGER})
