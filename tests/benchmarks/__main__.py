"""`python -m tests.benchmarks [NAME...]`: runs the benchmarks, prints what they find, writes it if asked.

Exit status: 0 when all were run, goals missed or not; 1 when one cannot run, 2 for wrong usage.
"""

import asyncio
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Annotated

import grpc
import typer
from rich.console import Console
from tests.benchmarks import records, report
from tests.benchmarks.failures import CannotRun
from tests.benchmarks.results import Result, Scale

from telesock.client import TelesockError

NAMES = (
    "sends",
    "latency",
    "cycles",
    "transfer",
    "accepts",
    "datagrams",
    "chains",
    "relays",
    "faults",
    "idle",
    "scale",
    "replay",
    "isolation",
    "memory",
    "counts",
)
"""The benchmarks: each the module of that name beside this file, with `async def measure(scale) -> list[Result]`."""

FULL = Scale(rounds=5, share=1.0)
QUICK = Scale(rounds=3, share=0.15)
WIDTH = 110  # characters, where no terminal says how wide it is

program = typer.Typer(add_completion=False, rich_markup_mode=None)


def _known(names: list[str] | None) -> list[str]:
    """Refuse a name that is none, before anything runs."""
    for name in names or ():
        if name not in NAMES:
            raise typer.BadParameter(f"{name} is not a benchmark; there are {', '.join(NAMES)}")
    return names or list(NAMES)


def _writable(file: Path | None) -> Path | None:
    """Refuse a place where nothing can be written, before anything runs."""
    if file is not None and not file.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {file.parent}")
    return file


@program.command()
def benchmarks(
    names: Annotated[
        list[str] | None, typer.Argument(callback=_known, help=f"Of {', '.join(NAMES)}; all by default.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Three short rounds rather than five.")] = False,
    json: Annotated[
        Path | None, typer.Option(callback=_writable, dir_okay=False, help="A file to write it to.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(callback=_writable, dir_okay=False, help="An SVG file to draw it to.")
    ] = None,
) -> None:
    """Measure Telesock beside floors and peers, and say which goals it meets."""
    try:
        results = tuple(run(names or list(NAMES), QUICK if quick else FULL, drawing=plot is not None))
        write(records.Record(records.this_machine(), results), json, plot)
    except (CannotRun, OSError) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        raise typer.Exit(1) from None


def run(names: list[str], scale: Scale, *, drawing: bool) -> Iterator[Result]:
    """Run them one after the other and show what each finds."""
    modules = {name: load(name) for name in names}  # all of them first: what is missing is said at once
    if drawing:
        load("plot")
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    for name, module in modules.items():
        for result in measured(name, module, scale):
            report.show(console, result)
            yield result


def measured(name: str, module: ModuleType, scale: Scale) -> list[Result]:
    """Run one. Raises CannotRun for what can go wrong outside of it."""
    try:
        found: list[Result] = asyncio.run(module.measure(scale))
        return found
    except grpc.aio.AioRpcError as error:
        raise CannotRun(f"{name}: {error.details()}") from None
    except (CannotRun, TelesockError, OSError) as error:
        raise CannotRun(f"{name}: {error}") from None


def load(name: str) -> ModuleType:
    """Import a module beside this file. Raises CannotRun when it or what it needs is not there."""
    module = f"tests.benchmarks.{name}"
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name == module:
            raise CannotRun(f"there is no module {module}") from None
        raise CannotRun(f"{name} needs {error.name}: pip install '.[bench]', or make bench") from None


def write(record: records.Record, json: Path | None, plot: Path | None) -> None:
    """Write what was asked for."""
    if json is not None:
        record.write(json)
    if plot is not None:
        load("plot").draw(record, plot)


if __name__ == "__main__":
    program()
