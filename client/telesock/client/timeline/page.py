"""A timeline as one page of HTML: a sequence diagram that needs no network, now or later.

Decides what the page is told, and keeps it from doing anything else: its policy allows the scripts and styles that are in
it, by their digests, and no other source of anything. What others have said is data in it and cannot become a part of the
page.
"""

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from telesock.client.texts.words import socket_text
from telesock.client.timeline.entries import KINDS, Entry, Timeline, searched
from telesock.client.timeline.lifelines import Lifelines, lifelines, way
from telesock.client.timeline.moments import beginning_ns
from telesock.client.timeline.text import shown

_PARTS = files("telesock.client.timeline") / "diagram"
_SCRIPTS = (
    "story.js",
    "moving.js",
    "strokes.js",
    "drawing.js",
    "choosing.js",
    "controls.js",
    "offers.js",
    "beginning.js",
)


def page_text(timeline: Timeline) -> str:
    """Write a timeline as a page."""
    style, library, script = _part("style.css"), _part("d3.min.js"), _script()
    filled = {
        "TITLE": html.escape(shown(timeline.title) or "Timeline"),
        "POLICY": _policy(style, library, script),
        "STYLE": style,
        "LIBRARY": library,
        "SCRIPT": script,
        "DATA": _embedded(page_data(timeline)),
    }
    return re.sub(r"@([A-Z]+)@", lambda place: filled[place[1]], _part("template.html"))


def page_data(timeline: Timeline) -> dict[str, Any]:
    """Return what the page shows."""
    taking_part = lifelines(timeline)
    lanes = {agent: place for place, agent in enumerate(timeline.agents, start=1)}
    clocks = {
        agent: {"offset_ns": clock.offset_ns, "uncertainty_ns": clock.uncertainty_ns}
        for agent, clock in timeline.clocks.items()
    }
    return {
        "title": timeline.title,
        "kinds": KINDS,
        "lifelines": taking_part.names,
        "agents": taking_part.agents,
        "clocks": clocks,
        "wall_offset_ms": None if timeline.wall_offset_ns is None else timeline.wall_offset_ns / 1e6,
        "beginning_ns": str(beginning := beginning_ns(timeline)),
        "beginning_ms": beginning / 1e6,
        "forgotten": timeline.forgotten,
        "entries": [_entry(entry, taking_part, lanes, beginning) for entry in timeline.entries],
    }


def _entry(entry: Entry, taking_part: Lifelines, lanes: Mapping[str, int], beginning: int) -> dict[str, Any]:
    """An entry, without what is empty. Times are nanoseconds since the beginning: those of a script hold no more."""
    known = {
        "at": entry.at_ns - beginning,
        "kind": entry.kind,
        "what": shown(entry.what),
        "agent": entry.agent,
        "lane": lanes.get(entry.agent, 0),
        "peer_lane": taking_part.peer(entry),
        "way": way(entry) if taking_part.peer(entry) is not None else "",
        "began": None if entry.began_ns is None else entry.began_ns - beginning,
        "uncertainty": -1 if entry.uncertainty_ns is None else entry.uncertainty_ns,
        "sequence": entry.sequence,
        "session": entry.session,
        "socket": socket_text(entry.socket_id),
        "operation": entry.operation_id,
        "local": entry.local,
        "peer": entry.peer,
        "request": entry.request,
        "status": entry.status,
        "details": entry.details,
        "pending": entry.pending,
        "failed": entry.failed,
        "searched": searched(entry).casefold(),
    }
    return {
        name: value
        for name, value in known.items()
        if value is not None and value != "" and value is not False
    }


def _embedded(data: dict[str, Any]) -> str:
    """Write data so that it ends neither the element that it stands in nor begins another."""
    text = json.dumps(data, separators=(",", ":"))  # only ASCII
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _policy(style: str, *scripts: str) -> str:
    allowed = " ".join(_digest(script) for script in scripts)
    return f"default-src 'none'; script-src {allowed}; style-src {_digest(style)}; base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _script() -> str:
    """Our own scripts as one, whose names nobody else sees."""
    return "\n".join(('"use strict";', "{", *(_part(name) for name in _SCRIPTS), "}", ""))


@cache
def _part(name: str) -> str:
    return (_PARTS / name).read_text(encoding="utf-8")
