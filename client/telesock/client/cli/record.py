"""`telesock record`: what happens in a session, or in all sessions of a lab's agents, as it happens, into a timeline's file.

It observes, as `telesock events` does. What was told is in the file within half a second, however this ends: by Ctrl-C, by
the end of the session, or worse. Refused, before anything is read: a file whose name ends as that of another form.
"""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from telesock.client.cli.access import credentials
from telesock.client.cli.failures import CommandFailed, say
from telesock.client.cli.observing import Ending, Observed, observe_agent, observe_session
from telesock.client.cli.options import (
    DEFAULT_AGENT,
    AgentOption,
    Credential,
    SessionOption,
    require_session,
)
from telesock.client.cli.record_output import Outlet, Recording
from telesock.client.cli.stdio import STDOUT

EXAMPLE = (
    "Example: telesock record --session $TELESOCK_SESSION --output run.jsonl; telesock timeline run.jsonl"
)

_ENDINGS = ("", ".jsonl")
_SHOW_EVERY = 0.5  # seconds


def record(
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FILE.jsonl", help="Where to; - is stdout.", show_default=False
        ),
    ],
    agent: AgentOption = DEFAULT_AGENT,
    session: SessionOption = None,
    lab: Annotated[
        str | None,
        typer.Option(
            metavar="WHERE",
            help="All sessions of a lab's agents: lab.toml, compose:PROJECT, kubernetes:SELECTOR, dns:NAME.",
            show_default=False,
        ),
    ] = None,
    title: Annotated[str, typer.Option(help="What the timeline is called.", show_default=False)] = "",
) -> None:
    """Record what happens, as lines of JSON, until it ends or Ctrl-C.

    `telesock timeline` shows what was recorded. Recording a lab needs an identity with the role observer:
    agents that know no identities show sessions to their owners alone.
    """
    if output.suffix.lower() not in _ENDINGS:
        raise CommandFailed(f"{output}: it is recorded as lines of JSON, and their name ends with .jsonl", 2)
    agents = [Observed(agent, agent, credentials())] if lab is None else _agents_of(lab)
    owned = require_session(session) if lab is None else None
    with _opened(output) as descriptor:
        outlet = Outlet(descriptor)
        recording = Recording(outlet, [each.name for each in agents], title)
        ended = asyncio.run(_record(agents, owned, recording, outlet, output))
    if not outlet.is_whole:
        raise CommandFailed(
            f"{ended.words}; nobody reads {output}: the end of the recording is missing there"
        )
    line = f"{ended.words}; {recording.entries} entries are in {output}"
    if ended.lost:
        raise CommandFailed(line)
    say(line)


def _agents_of(lab: str) -> Sequence[Observed]:
    from telesock.client.lab.sources import read_inventory  # what a lab needs is not loaded for one session

    return [Observed(each.name, each.target, each.credentials) for each in read_inventory(lab, credentials())]


@contextlib.contextmanager
def _opened(output: Path) -> Iterator[int]:
    try:
        if str(output) == "-":
            yield STDOUT
            return
        with output.open("wb", buffering=0) as file:
            yield file.fileno()
    except BrokenPipeError:  # of whoever reads it
        raise
    except OSError as error:
        raise CommandFailed(f"{output}: {error.strerror}") from None


async def _record(
    agents: Sequence[Observed], owned: Credential | None, into: Recording, outlet: Outlet, output: Path
) -> Ending:
    """Record until it ends or somebody ends it; return how it ended."""
    interrupted = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, interrupted.set)
    async with (
        _beside(interrupted.wait()) as interrupting,
        outlet.writing(interrupting) as writing,
        _beside(_keep_shown(into, output)),
    ):
        if owned is None:
            await _first([*(observe_agent(agent, into) for agent in agents)], writing, interrupting)
            return Ending("interrupted")
        ended = await _first([observe_session(agents[0], owned, into)], writing, interrupting)
        return ended or Ending("interrupted")


@contextlib.asynccontextmanager
async def _beside(work: Coroutine[Any, Any, Any]) -> AsyncIterator[asyncio.Task[Any]]:
    """Do something as long as the block lasts."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _first(
    reading: Sequence[Coroutine[Any, Any, Ending | None]], *others: asyncio.Task[Any]
) -> Ending | None:
    """Wait for the first of them that ends; return what a reading returned, raise what any of them raised."""
    async with contextlib.AsyncExitStack() as stack:
        tasks = [await stack.enter_async_context(_beside(each)) for each in reading]
        done, _ = await asyncio.wait([*tasks, *others], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        ended = [task.result() for task in tasks if task in done]
    return ended[0] if ended else None


async def _keep_shown(into: Recording, output: Path) -> None:
    try:
        while True:
            _show_progress(into, output)
            await asyncio.sleep(_SHOW_EVERY)
    finally:
        if sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _show_progress(into: Recording, output: Path) -> None:
    if sys.stderr.isatty():
        line = f"recording to {output}: {into.entries} entries; Ctrl-C ends it "
        print(f"\r{line}", end="", file=sys.stderr, flush=True)
