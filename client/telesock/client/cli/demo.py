"""`telesock demo`: an agent, a real web server and a peer that does not read, and what happens between them.

Starts them as processes of its own, drives real sockets over gRPC, prints each scene as a timeline, and ends all it
started. Fails unless every scene went as told.
"""

import asyncio
import signal
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

import typer
from rich.console import Console
from rich.text import Text

from telesock.client import AsyncClient, AsyncSession
from telesock.client.cli.demo_processes import deaf_peer, demo_agent, web_server
from telesock.client.cli.demo_scenes import FIRST_PAGE, LAST_PAGE, SCENES, NotAsTold, Scene, Stage
from telesock.client.cli.failures import CommandFailed
from telesock.client.cli.output import terminal
from telesock.client.cli.timeline_table import timeline_table
from telesock.client.errors import TelesockError
from telesock.client.timeline.text import LEGEND
from telesock.v1 import events_pb2

EXAMPLE = "Example: telesock demo"

_SCENE_TIME = 20.0  # seconds; the longest takes less than one


def demo() -> None:
    """Show what this is for, with an agent and real peers of its own.

    Needs the agent: pip install 'telesock[server]'. Touches nothing but loopback ports and a temporary directory.
    """
    try:
        asyncio.run(_run())
    except asyncio.CancelledError:
        raise typer.Exit(128 + signal.SIGTERM) from None


async def _run() -> None:
    task = asyncio.current_task()
    assert task is not None, "a coroutine runs in a task"
    for number in (signal.SIGTERM, signal.SIGHUP):  # what we started has to end with us
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="telesock-demo-")))
        for name, content in (FIRST_PAGE, LAST_PAGE):
            (directory / name).write_bytes(content)
        agent = await stack.enter_async_context(demo_agent())
        web_port = await stack.enter_async_context(web_server(directory))
        deaf_port, closed_port = await stack.enter_async_context(deaf_peer())
        client = await stack.enter_async_context(AsyncClient(agent))
        session = await stack.enter_async_context(client.session(label="telesock demo"))
        console = terminal()
        _introduce(console, agent, web_port, deaf_port)
        await _play(console, Stage(session, web_port, deaf_port, closed_port))


def _introduce(console: Console, agent: str, web_port: int, deaf_port: int) -> None:
    words = (
        f": the agent at {agent} owns them, this program only asks, over gRPC. Each operation has a handle at once "
        "and ends in exactly one event."
    )
    console.print(Text.assemble(("Real sockets, somewhere else", "bold"), words))
    console.print(
        f"Peers: Python's http.server on port {web_port}; on port {deaf_port} one that never reads."
    )
    console.print(LEGEND, style="dim")


async def _play(console: Console, stage: Stage) -> None:
    """Play all scenes, print each when it is over, and count."""
    beginning = time.monotonic_ns()
    events: list[events_pb2.Event] = []
    for number, scene in enumerate(SCENES, start=1):
        stage.begin()
        problem = await _play_scene(scene, stage)
        events += await _events(stage.session, after=len(events))
        console.print(f"\n{number}. {scene.title}", style="bold")
        console.print(timeline_table(stage.recorder.timeline(), beginning))
        if problem:
            raise CommandFailed(f"scene {number} did not go as told: {problem}")
    completed = [event.operation_id for event in events if event.HasField("completion")]
    if sorted(completed) != stage.operation_ids:
        raise CommandFailed("not every operation was told of exactly once")
    console.print(
        f"\nAs told: {len(completed)} operations asked for, {len(completed)} completions, each exactly once.",
        style="green",
    )


async def _play_scene(scene: Scene, stage: Stage) -> str:
    """Play a scene and return what was wrong with it, or nothing."""
    try:
        async with asyncio.timeout(_SCENE_TIME):
            await scene.play(stage)
    except (NotAsTold, TelesockError) as wrong:
        return str(wrong)
    except TimeoutError:
        return f"it is not over after {_SCENE_TIME:g} s"
    return ""


async def _events(session: AsyncSession, after: int) -> list[events_pb2.Event]:
    """Read the story again: all events after a sequence that have happened so far."""
    found: list[events_pb2.Event] = []
    stream = session.events(start_after=after)
    while after + len(found) < session.last_sequence:
        event = await anext(stream)
        assert isinstance(event, events_pb2.Event), "a journal of a few events has no gap"
        found.append(event)
    await stream.aclose()
    return found
