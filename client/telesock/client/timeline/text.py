"""A timeline as text: a table with a line a moment, for a terminal, a log, or a test's report.

Decides the columns and their order. Whatever others have said (payload, names, details) stands on one line and cannot
steer a terminal.
"""

from collections.abc import Sequence
from typing import NamedTuple

from telesock.client.texts.words import socket_text
from telesock.client.timeline.entries import Entry, Timeline
from telesock.client.timeline.moments import BOTH, TOLD, Moment, beginning_ns, moments

LEGEND = (
    "→ asked of the agent, ← told by it, ↔ both, nothing between; times in ms, ± what they can be wrong by"
)
_MARKS = {"note": "#", "fault": "!", "agent": "*", "gap": "…", "indication": "←", "operation": "←"}


class Row(NamedTuple):
    """A line, column by column."""

    time: str
    uncertainty: str
    agent: str
    socket: str
    sign: str
    what: str
    took: str
    status: str
    details: str
    entry: Entry


def rows(timeline: Timeline, since_ns: int | None = None) -> list[Row]:
    """Return the lines of a timeline, with times since a moment, its beginning unless told."""
    since = beginning_ns(timeline) if since_ns is None else since_ns
    return [_row(moment, since) for moment in moments(timeline)]


def timeline_text(timeline: Timeline, since_ns: int | None = None) -> str:
    """Write a timeline as a table, without a trailing newline, with times since a moment, its beginning unless told."""
    table = [row[:-1] for row in rows(timeline, since_ns)]
    shown = [place for place in range(8) if any(row[place] for row in table)]
    widths = {place: max(len(row[place]) for row in table) for place in shown}
    lines = [_line([_pad(row[place], widths[place], place) for place in shown], row[8]) for row in table]
    return "\n".join([*_heading(timeline), *(lines or ["nothing happened"])])


def _heading(timeline: Timeline) -> list[str]:
    clocks = [
        f"clock of {agent}: {clock.offset_ns / 1e6:+.3f} ms to ours ± {milliseconds(clock.uncertainty_ns)} ms"
        for agent, clock in timeline.clocks.items()
    ]
    forgotten = f"{timeline.forgotten} older entries were forgotten" if timeline.forgotten else ""
    return [
        shown(line)
        for line in (timeline.title, LEGEND if timeline.entries else "", *clocks, forgotten)
        if line
    ]


def _line(cells: Sequence[str], details: str) -> str:
    return " ".join([*cells, details]).rstrip()


def _pad(cell: str, width: int, place: int) -> str:
    numbers = place in (0, 1, 3, 6)
    return cell.rjust(width) if numbers else cell.ljust(width)


def _row(moment: Moment, since_ns: int) -> Row:
    entry, sign = moment.entry, moment.sign
    ended = entry.kind != "operation" or sign in (TOLD, BOTH)
    asked = entry.kind == "operation" and sign != TOLD
    number = f"{entry.operation_id} " if entry.operation_id else ""
    duration = entry.duration_ns if ended else None
    request = entry.request if asked else ""
    said = (
        request,
        _pending(entry) if not ended else entry.details if not request.startswith(entry.details) else "",
    )
    is_agents_time = ended and entry.sequence > 0
    return Row(
        f"{(moment.at_ns - since_ns) / 1e6:.3f}",
        _uncertainty(entry) if is_agents_time else "",
        shown(entry.agent),
        socket_text(entry.socket_id),
        sign if entry.kind == "operation" else _MARKS[entry.kind],
        number + shown(entry.what),
        f"{milliseconds(duration)} ms" if duration is not None else "",
        shown(entry.status) if ended else "",
        shown("; ".join(words for words in said if words)),
        entry,
    )


def _pending(entry: Entry) -> str:
    return "has not ended" if entry.pending else ""


def _uncertainty(entry: Entry) -> str:
    if entry.uncertainty_ns is None:
        return "±?"
    return f"±{milliseconds(entry.uncertainty_ns)}" if entry.uncertainty_ns else ""


def milliseconds(nanoseconds: int) -> str:
    """Write a span of time in milliseconds, to three digits: "0.041", "1.53", "12300"."""
    exact = nanoseconds / 1e6
    return f"{exact:.3f}" if abs(exact) < 1 else f"{exact:.2f}" if abs(exact) < 10 else f"{exact:.0f}"


def shown(text: str) -> str:
    """Write text of others so that it stays on its line and steers nothing."""
    line = " ".join(text.split())
    return (
        line
        if line.isprintable()
        else "".join(char if char.isprintable() else _escaped(char) for char in line)
    )


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
