"""A timeline: what was asked of an agent and what it told, in one column of time.

An arrow to the right is a request leaving us, one to the left an event: its time is the agent's. Both are the monotonic
clock of one host, so a timeline holds only for an agent that runs where we do.
"""

import time
from collections.abc import Iterable
from typing import NamedTuple

from rich.table import Table
from rich.text import Text

from telesock.client.cli.event_text import event_text
from telesock.client.cli.output import status_style
from telesock.client.cli.words import operation_name
from telesock.v1 import events_pb2

ASKED, TOLD, WAITED = "→", "←", "…"
_STYLES = {ASKED: "cyan", TOLD: "magenta", WAITED: "yellow"}
LEGEND = "    ms socket   → asked of the agent, ← told by it, with the operation's number"


class Entry(NamedTuple):
    """One line. `what` is an operation, or what happened unasked (then without an operation's number)."""

    monotonic_ns: int
    direction: str
    socket_id: int
    operation_id: int
    what: str
    status: str
    details: str


def asked(socket_id: int, operation_id: int, what: str, details: str = "") -> Entry:
    """Note that something is asked now."""
    return Entry(time.monotonic_ns(), ASKED, socket_id, operation_id, what, "", details)


def waited(socket_id: int, operation_id: int, what: str, details: str) -> Entry:
    """Note that time has passed in vain."""
    return Entry(time.monotonic_ns(), WAITED, socket_id, operation_id, what, "", details)


def told(event: events_pb2.Event) -> Entry:
    """Put an event in its place."""
    words = event_text(event)
    what = operation_name(event.completion.kind) if event.HasField("completion") else words.kind
    return Entry(
        event.monotonic_ns, TOLD, event.socket_id, event.operation_id, what, words.status, words.details
    )


def timeline_table(entries: Iterable[Entry], beginning_ns: int) -> Table:
    """Print entries in the order of time, in milliseconds since a beginning."""
    table = Table.grid(padding=(0, 1))
    table.add_column(width=6, justify="right", style="dim")
    table.add_column(width=2, justify="right")
    table.add_column(width=22, no_wrap=True)
    table.add_column()
    for entry in sorted(entries, key=lambda entry: entry.monotonic_ns):
        milliseconds = (entry.monotonic_ns - beginning_ns) / 1e6
        table.add_row(f"{milliseconds:.1f}", str(entry.socket_id or ""), _what(entry), _came(entry))
    return table


def _what(entry: Entry) -> Text:
    return Text.assemble(
        (entry.direction, _STYLES[entry.direction]), f" {entry.operation_id or '':>2} {entry.what}"
    )


def _came(entry: Entry) -> Text:
    gap = " " if entry.status and entry.details else ""
    return Text.assemble((entry.status, status_style(entry.status)), gap, entry.details)
