"""What is looked at once, or with --watch again and again until interrupted: a table for a person, JSON for a program."""

import time
from collections.abc import Callable
from typing import Annotated, TypeVar

import typer
from google.protobuf.message import Message
from rich.console import RenderableType
from rich.live import Live

from telesock.client.cli.options import parse_duration
from telesock.client.cli.output import json_text, terminal, wants_json

_PAUSE = 1.0  # seconds
_SHORTEST = 0.01  # seconds; no interval shall ask an agent without a pause

Answer = TypeVar("Answer", bound=Message)

WatchOption = Annotated[bool, typer.Option("--watch", "-w", help="Show them again and again.")]
IntervalOption = Annotated[
    float | None,
    typer.Option(
        parser=parse_duration,
        metavar="DURATION",
        help="How often, with --watch.  [default: 1s]",
        show_default=False,
    ),
]


def look(
    ask: Callable[[], Answer],
    table: Callable[[Answer], RenderableType],
    *,
    json: bool,
    watch: bool,
    interval: float | None,
) -> None:
    """Ask, and print the answer; while watching, a line of JSON each time, or one table that changes."""
    pause = _PAUSE if interval is None else max(interval, _SHORTEST)
    if not watch:
        answer = ask()
        print(json_text(answer)) if wants_json(json) else terminal().print(table(answer))
    elif wants_json(json):
        while True:
            print(json_text(ask(), indent=None), flush=True)
            time.sleep(pause)
    else:
        with Live(table(ask()), console=terminal(), auto_refresh=False) as live:
            while True:
                time.sleep(pause)
                live.update(table(ask()), refresh=True)
