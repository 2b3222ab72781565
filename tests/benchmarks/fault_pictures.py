"""What each effect does to a transfer, measured through a real agent and drawn.

    python -m tests.benchmarks.fault_pictures FOLDER

Writes streams.svg, connecting.svg, datagrams.svg and operations.svg, or PNG files with --png. Nothing is drawn that was not
measured; moments differ from run to run, what happens does not.
"""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer
from tests.benchmarks import fault_drawing as drawing
from tests.benchmarks.failures import CannotRun
from tests.benchmarks.fault_bars import MAKING, OPERATIONS, making_bar, sends
from tests.benchmarks.fault_traces import DATAGRAMS, STREAMS, datagram_trace, stream_trace
from tests.benchmarks.processes import agent

from telesock.client import AsyncClient

program = typer.Typer(add_completion=False, rich_markup_mode=None)


async def picture_all(address: str, folder: Path, kind: str) -> None:
    """Measure and draw."""
    async with AsyncClient(address) as client, client.session(label="fault pictures") as session:
        streams = {
            case.spec: (
                await stream_trace(session, case, faulted=False),
                await stream_trace(session, case, faulted=True),
            )
            for case in STREAMS
        }
        datagrams = {
            spec: (
                await datagram_trace(session, spec, faulted=False),
                await datagram_trace(session, spec, faulted=True),
            )
            for spec in DATAGRAMS
        }
        making = {
            case.spec: (
                await making_bar(session, case, faulted=False),
                await making_bar(session, case, faulted=True),
            )
            for case in MAKING
        }
        operations = {spec: await sends(session, spec) for spec in OPERATIONS}
    drawing.draw_streams(streams, folder / f"streams{kind}")
    drawing.draw_datagrams(datagrams, folder / f"datagrams{kind}")
    drawing.draw_making(making, folder / f"connecting{kind}")
    drawing.draw_operations(operations, folder / f"operations{kind}")


@program.command()
def draw(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", file_okay=False)],
    png: Annotated[bool, typer.Option("--png", help="Write PNG files, to look at.")] = False,
) -> None:
    """Measure what each effect does, and draw it."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with agent() as (address, _):
            asyncio.run(picture_all(address, folder, ".png" if png else ".svg"))
    except (CannotRun, OSError) as error:
        print(f"fault-pictures: {error}", file=sys.stderr)
        raise typer.Exit(1) from None


if __name__ == "__main__":
    program()
