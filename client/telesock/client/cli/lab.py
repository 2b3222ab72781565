"""`telesock lab`: which agents a lab has, whether they can be had, and how their clocks stand to this host's.

It opens no session and changes nothing. Exit status 1 when an agent cannot be had, with all others shown. On a terminal
that is too narrow for a table each agent has lines of its own.
"""

import asyncio
import json as json_library
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from telesock.client.aio.client import AsyncClient
from telesock.client.cli.access import credentials
from telesock.client.cli.options import JsonOption
from telesock.client.cli.output import terminal, wants_json
from telesock.client.core.clocks import ClockEstimate, estimate_clock
from telesock.client.errors import TelesockError
from telesock.v1.agent_pb2 import Agent

if TYPE_CHECKING:
    from telesock.client.lab.inventory import Member

app = typer.Typer(no_args_is_help=True, help="Look at the agents of a lab.")

WhereArgument = Annotated[
    str,
    typer.Argument(
        metavar="WHERE",
        help="lab.toml, compose:PROJECT, kubernetes:[NAMESPACE/]SELECTOR or dns:NAME[:PORT].",
        show_default=False,
    ),
]
SamplesOption = Annotated[
    int, typer.Option(min=1, max=1000, metavar="N", help="How often each agent's clock is looked at.")
]
_NARROW = 80  # columns; with fewer a table has to fit as it is
_UNBOUNDED = 10_000
_CLOCKS_AT_ONCE = 4  # more would wait for each other here, and measure that


class Found(NamedTuple):
    """An agent of a lab, as it was found."""

    member: "Member"
    about: Agent
    clock: ClockEstimate | None
    trouble: str


@app.command(epilog="Example: telesock lab agents lab.toml")
def agents(where: WhereArgument, json: JsonOption = False) -> None:
    """Print the agents of a lab, and whether each can be had."""
    _print([_agent_row(found) for found in _look(where, 0)], json)


@app.command(epilog="Example: telesock lab clocks compose:lab --samples 50")
def clocks(where: WhereArgument, samples: SamplesOption = 16, json: JsonOption = False) -> None:
    """Print how far each agent's monotonic clock is ahead of this host's, and how wrong that can be at most."""
    _print([_clock_row(found) for found in _look(where, samples)], json)


def _look(where: str, samples: int) -> list[Found]:
    from telesock.client.lab.sources import (
        read_inventory,
    )  # what a lab needs is not loaded for other commands

    return asyncio.run(_look_at_all(read_inventory(where, credentials()), samples))


async def _look_at_all(members: Sequence["Member"], samples: int) -> list[Found]:
    turns = asyncio.Semaphore(_CLOCKS_AT_ONCE if samples else len(members))
    return list(await asyncio.gather(*(_look_at(member, samples, turns) for member in members)))


async def _look_at(member: "Member", samples: int, turns: asyncio.Semaphore) -> Found:
    from telesock.client.lab.aio.agent import sample_clock

    try:
        async with turns, AsyncClient(member.target, credentials=member.credentials) as client:
            about = await client.get_agent()
            clock = estimate_clock(await sample_clock(client, samples)) if samples else None
            return Found(member, about, clock, "")
    except (TelesockError, OSError) as error:
        return Found(member, Agent(), None, str(error))


def _agent_row(found: Found) -> dict[str, Any]:
    return {
        "agent": found.member.name,
        "target": found.member.target,
        "version": found.about.version or None,
        "labels": dict(found.member.labels),
        "addresses": list(_addresses(found.member)),
        "trouble": found.trouble or ("it drains" if found.about.draining else None),
    }


def _addresses(member: "Member") -> Sequence[str]:
    from telesock.client.lab.inventory import addresses_of

    return addresses_of(member)


def _clock_row(found: Found) -> dict[str, Any]:
    clock = found.clock
    return {
        "agent": found.member.name,
        "offset_ns": None if clock is None else clock.offset_ns,
        "uncertainty_ns": None if clock is None else clock.uncertainty_ns,
        "trouble": found.trouble or None,
    }


def _print(rows: list[dict[str, Any]], json: bool) -> None:
    """Print a line of JSON for each, or a table; fail when there was trouble with one."""
    if wants_json(json):
        for row in rows:
            print(json_library.dumps(row))
    else:
        terminal().print(AgentsTable(rows))
    if any(row["trouble"] for row in rows):
        raise typer.Exit(1)


class AgentsTable:
    """A line for each agent; on a narrow terminal, where that does not fit, a line for each thing that there is to say."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self._rows = rows

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it, as wide as there is room."""
        table = _table(self._rows)
        needed = console.measure(table, options=options.update(width=_UNBOUNDED)).maximum
        if options.max_width >= min(_NARROW, needed):
            yield table
        else:
            for row in self._rows:
                yield from _lines(row)


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in rows[0]:
        table.add_column(_heading(name), justify="right" if name.endswith("_ns") else "left")
    for row in rows:
        table.add_row(*(Text(_cell(name, value)) for name, value in row.items()), style=_style(row))
    return table


def _lines(row: dict[str, Any]) -> Iterator[RenderableType]:
    """The agent's name, and below it what is known of it."""
    lines = Table.grid(padding=(0, 2, 0, 0))
    lines.add_column(no_wrap=True)
    lines.add_column(overflow="fold")
    for name, value in row.items():
        if name != "agent" and (cell := _cell(name, value)):
            lines.add_row(_heading(name), Text(cell))
    yield Text(row["agent"], f"bold {_style(row)}")
    yield Padding(lines, (0, 0, 0, 2), style=_style(row), expand=False)


def _heading(name: str) -> str:
    return name.removesuffix("_ns")


def _style(row: dict[str, Any]) -> str:
    return "red" if row["trouble"] else ""


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name.endswith("_ns"):
        sign = "± " if name == "uncertainty_ns" else "+" if value > 0 else ""
        return f"{sign}{value / 1e6:,.3f} ms"
    if isinstance(value, dict):
        return ",".join(f"{key}={each}" for key, each in value.items())
    return ", ".join(value) if isinstance(value, list) else str(value)
