"""`telesock events`: what happened in a session, as a table for a person or a line of JSON an event.

It observes: it acts on nothing, acknowledges nothing and does not keep the session alive. What is gone for good is a
line of its own (a gap). A connection to the agent that breaks is made again, and nothing is missed or repeated.
"""

import sys
from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from telesock.client.cli.calls import channel_to
from telesock.client.cli.event_reading import Shown, read_events
from telesock.client.cli.options import (
    DEFAULT_AGENT,
    AgentOption,
    JsonOption,
    SessionOption,
    require_session,
)
from telesock.client.cli.output import json_text, status_style, terminal, wants_json
from telesock.client.texts.event_text import event_text, unknown_kind, wall_time
from telesock.client.texts.words import join, operation_name
from telesock.v1 import events_pb2
from telesock.v1.operations_pb2 import OPERATION_KIND_CHAIN

Show = Callable[[Shown], None]

EXAMPLE = "Example: telesock events --follow --kind completion"

_WIDTHS = {"time": 12, "seq": 5, "socket": 6, "operation": 14, "kind": 17}
_NUMBERS = {"seq", "socket"}


def _parse_kind(text: str) -> str:
    name = f"EVENT_KIND_{text.upper().replace('-', '_')}"
    if name not in events_pb2.EventKind.keys()[1:]:
        known = (each.removeprefix("EVENT_KIND_").lower() for each in events_pb2.EventKind.keys()[1:])
        raise typer.BadParameter(f"{text!r} is none of {', '.join(known)}")
    return name


def events(
    agent: AgentOption = DEFAULT_AGENT,
    session: SessionOption = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what happens from now on.")
    ] = False,
    after: Annotated[int, typer.Option(min=0, help="Begin after this sequence number.")] = 0,
    kind: Annotated[
        list[str] | None,
        typer.Option(parser=_parse_kind, metavar="KIND", help="Only this kind; may be repeated."),
    ] = None,
    socket: Annotated[
        list[int] | None, typer.Option(min=1, metavar="N", help="Only this socket; may be repeated.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Print what happened in a session."""
    owned = require_session(session)
    wanted = events_pb2.EventFilter(socket_ids=socket, kinds=kind)
    show = event_printer(json=wants_json(json))
    with channel_to(agent) as channel:
        for together in read_events(channel, owned, agent, wanted, after, follow=follow):
            for shown in together:
                show(shown)
            sys.stdout.flush()


def event_printer(*, json: bool) -> Show:
    """What prints events, and gaps between them."""
    return _print_json if json else _TableRows(terminal()).print


def event_json(shown: Shown) -> str:
    """Write an event, or a gap, as a line of JSON; of one that is newer than we are, the number of its kind."""
    line = json_text(shown, indent=None)
    if not isinstance(shown, events_pb2.Event):
        return f'{{"gap": {line}}}'
    number = unknown_kind(shown)
    return f'{line[:-1]}, "unknown_kind": {number}}}' if number else line


def _print_json(shown: Shown) -> None:
    print(event_json(shown))


class _TableRows:
    """Prints a table that has no end: rows of columns whose widths are fixed beforehand."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._print([Text(heading, "bold") for heading in (*_WIDTHS, "what came of it")])

    def print(self, shown: Shown) -> None:
        """Print one row."""
        if isinstance(shown, events_pb2.Gap):
            missing = f"gap: events {shown.first_sequence} to {shown.last_sequence} are gone"
            self._console.print(Text(missing, "yellow"))
        else:
            self._print(_cells(shown))

    def _print(self, cells: list[Text]) -> None:
        row = Table.grid(padding=(0, 1))
        for name, width in _WIDTHS.items():
            justify: JustifyMethod = "right" if name in _NUMBERS else "left"
            row.add_column(width=width, justify=justify)
        row.add_column()
        row.add_row(*cells)
        self._console.print(row)


def _operation_name(event: events_pb2.Event) -> str:
    """Name the operation that an event is about; where it does not say of which kind that is, not at all."""
    if event.HasField("completion"):
        return operation_name(event.completion.kind)
    return operation_name(OPERATION_KIND_CHAIN) if event.HasField("chain_progress") else ""


def _cells(event: events_pb2.Event) -> list[Text]:
    words = event_text(event)
    operation = ""
    if event.operation_id:
        operation = f"{event.operation_id} {_operation_name(event)}"
    socket, details = str(event.socket_id or ""), words.details
    if len(socket) > _WIDTHS["socket"]:  # one that the agent has made by itself
        socket, details = "", join(f"socket {socket}", details)
    came = Text(words.status, status_style(words.status))
    came.append(f"{' ' if words.status else ''}{details}", "default")
    numbers = (str(event.sequence), socket)
    return [Text(wall_time(event), "dim"), *map(Text, (*numbers, operation, words.kind)), came]
