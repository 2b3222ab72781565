"""A timeline as a table for a terminal: the lines of its text, coloured, and what is long goes on under itself."""

from rich.table import Table
from rich.text import Text

from telesock.client.cli.output import status_style
from telesock.client.timeline import Timeline
from telesock.client.timeline.moments import BOTH
from telesock.client.timeline.text import Row, rows

_STYLES = {
    "→": "cyan",
    "←": "magenta",
    BOTH: "cyan",
    "#": "yellow",
    "!": "bright_magenta",
    "*": "yellow",
    "…": "red",
}
_COLUMNS = ("time", "uncertainty", "agent", "socket")


def timeline_table(timeline: Timeline, since_ns: int | None = None) -> Table:
    """Print a timeline, in milliseconds since a moment, its beginning unless told; without columns that are empty."""
    told = rows(timeline, since_ns)
    columns = [name for name in _COLUMNS if any(getattr(row, name) for row in told)]
    table = Table.grid(padding=(0, 1))
    for name in columns:
        table.add_column(
            justify="left" if name == "agent" else "right",
            style="dim" if name != "socket" else "",
            no_wrap=True,
        )
    table.add_column(no_wrap=True)
    table.add_column()
    for row in told:
        table.add_row(*(getattr(row, name) for name in columns), _what(row), _came(row))
    return table


def _what(row: Row) -> Text:
    if row.entry.kind == "note":
        return Text(row.sign, _STYLES[row.sign])
    return Text.assemble((row.sign, _STYLES[row.sign]), " ", row.what)


def _came(row: Row) -> Text:
    if row.entry.kind == "note":
        return Text(row.what, "yellow")
    status = (row.status, status_style(row.status))
    parts = [part for part in ((row.took, "dim"), status, (row.details, "")) if part[0]]
    return Text(" ").join(Text(*part) for part in parts)
