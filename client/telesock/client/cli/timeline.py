"""`telesock timeline`: a recorded timeline, or what agents' flight recorders wrote, as text, JSON lines, a trace or a page.

It needs no agent. What was cut off is shown as far as it goes; that is said, and the exit status is 1. Refused, before anything
is read: a file to write whose name ends like no form, where none is said.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from telesock.client.cli.failures import CommandFailed
from telesock.client.cli.output import terminal
from telesock.client.cli.stdio import forget_stdout
from telesock.client.cli.timeline_files import read_timeline
from telesock.client.cli.timeline_table import timeline_table
from telesock.client.timeline import KINDS, Timeline

EXAMPLE = "Example: telesock timeline run.jsonl --failed; telesock timeline run.jsonl --output run.html"

_FORMATS: Mapping[str, Callable[[Timeline], str]] = {
    "text": lambda timeline: f"{timeline}\n",
    "jsonl": Timeline.jsonl,
    "trace": Timeline.trace,
    "html": Timeline.page,
}
_OF_ENDING = {
    "": "text",
    ".txt": "text",
    ".jsonl": "jsonl",
    ".json": "trace",
    ".html": "html",
    ".htm": "html",
}
_AGENT_MADE = 1 << 63  # see texts/words.py


def _one_of(*names: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in names:
            raise typer.BadParameter(f"{text!r} is none of {', '.join(names)}")
        return text

    return parse


def _parse_socket(text: str) -> int:
    number = text.removeprefix("~")
    if not number.isascii() or not number.isdigit():
        raise typer.BadParameter(
            f"{text!r} is no number of a socket, such as 3, or ~0 of one that the agent has numbered"
        )
    return int(number) + (_AGENT_MADE if text.startswith("~") else 0)


def timeline(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="What `telesock record` or a program wrote, or recordings of agents; - is stdin.",
            show_default=False,
        ),
    ],
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            parser=_one_of(*_FORMATS),
            metavar="|".join(_FORMATS),
            help="Without it by the name of --output (.txt, .jsonl, .json a trace, .html), else text.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to, instead of stdout, which is -.",
            show_default=False,
        ),
    ] = None,
    agent: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only of this agent; may be repeated.")
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            parser=_one_of(*KINDS), metavar="KIND", help=f"Only {', '.join(KINDS)}; may be repeated."
        ),
    ] = None,
    socket: Annotated[
        list[int] | None,
        typer.Option(parser=_parse_socket, metavar="N", help="Only about this socket; may be repeated."),
    ] = None,
    failed: Annotated[
        bool, typer.Option("--failed", help="Only what ended otherwise than it should.")
    ] = False,
    search: Annotated[
        str, typer.Option(metavar="TEXT", help="Only what says this.", show_default=False)
    ] = "",
) -> None:
    """Show a recorded timeline."""
    written = form or _form_of(output)
    found = read_timeline(files)
    _check_agents(agent or (), found.timeline)
    part = found.timeline.select(
        agents=agent or (), kinds=kind or (), sockets=socket or (), failed=failed, text=search
    )
    _show(part, written, output)
    if found.missing:
        raise CommandFailed(found.missing)


def _form_of(output: Path | None) -> str:
    """Return the form that a file's name tells; of none, or of one without an ending, text."""
    form = _OF_ENDING.get("" if output is None else output.suffix.lower())
    if form is None:
        endings = ", ".join(filter(None, _OF_ENDING))
        raise CommandFailed(f"{output}: a timeline's name ends with {endings}; else say its --format", 2)
    return form


def _check_agents(named: list[str] | tuple[()], whole: Timeline) -> None:
    for name in named:
        if name not in whole.agents:
            known = ", ".join(whole.agents) or "none at all"
            raise CommandFailed(f"no agent in it is called {name!r}; there are {known}", exit_status=2)


def _show(part: Timeline, form: str, output: Path | None) -> None:
    if output is not None and str(output) != "-":
        try:
            output.write_text(_FORMATS[form](part), encoding="utf-8", newline="\n")
        except OSError as error:
            raise CommandFailed(f"{output}: {error.strerror}") from None
    elif form == "text" and sys.stdout.isatty():
        terminal().print(timeline_table(part))
    else:
        _print(_FORMATS[form](part))


def _print(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:  # of whoever reads it
        raise
    except OSError as error:
        forget_stdout()
        raise CommandFailed(f"stdout: {error.strerror}") from None
