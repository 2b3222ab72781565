"""The processes of the demo: an agent of its own, a real web server, and a peer that does not read.

Each is ready when its start returns, on a loopback port of the host's choice, and is ended by its process id when the
demo leaves, however it leaves.
"""

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from telesock.client.cli.failures import CommandFailed
from telesock.client.lab.local import LocalAgentFailed, LocalAgents

_START = 20.0  # seconds
_STOP = 5.0

Found = TypeVar("Found")

# Accepts connections and never reads; its second port is bound, so that nobody else gets it, and refuses.
_DEAF_PEER = """
import socket, sys
deaf = socket.socket()
deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
deaf.bind(("127.0.0.1", 0))
deaf.listen()
closed = socket.socket()
closed.bind(("127.0.0.1", 0))
print("ready", deaf.getsockname()[1], closed.getsockname()[1], flush=True)
sys.stdin.read()
"""


@contextlib.asynccontextmanager
async def demo_agent() -> AsyncIterator[str]:
    """Run an agent and yield its address."""
    with LocalAgents() as agents:
        try:
            [address] = await asyncio.to_thread(agents.take, 1)
        except LocalAgentFailed as failed:
            needed = "the demo needs the agent too: pip install 'telesock[server]'"
            raise CommandFailed(needed if failed.missing else str(failed)) from None
        yield address


@contextlib.asynccontextmanager
async def web_server(directory: Path) -> AsyncIterator[int]:
    """Run Python's own web server on a directory and yield its port."""
    command = ("-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--protocol", "HTTP/1.1")
    async with _python((*command, "--directory", str(directory)), _read_web_server_ready) as port:
        yield port


@contextlib.asynccontextmanager
async def deaf_peer() -> AsyncIterator[tuple[int, int]]:
    """Run a peer that reads nothing; yield its port, and a port on which nobody listens."""
    async with _python(("-c", _DEAF_PEER), _read_deaf_peer_ready) as ports:
        yield ports


def _read_web_server_ready(line: str) -> int | None:
    match = re.match(r"Serving HTTP on \S+ port (\d+)", line)
    return int(match[1]) if match else None


def _read_deaf_peer_ready(line: str) -> tuple[int, int] | None:
    match = re.match(r"ready (\d+) (\d+)", line)
    return (int(match[1]), int(match[2])) if match else None


@contextlib.asynccontextmanager
async def _python(
    arguments: tuple[str, ...], read_ready: Callable[[str], Found | None]
) -> AsyncIterator[Found]:
    """Run Python until the block is left; yield what `read_ready` finds in the first line that has it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # nothing in the current directory is part of the demo
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,  # an interrupt at the terminal is ours; we end them
    )
    assert process.stdout is not None, "it was asked for"
    reading = None
    try:
        found = await _in_time(_first(process.stdout, read_ready), arguments)
        reading = asyncio.create_task(_discard(process.stdout))  # a full pipe would stop it
        yield found
    finally:
        await _end(process)
        if reading is not None:
            await reading


async def _in_time(ready: Coroutine[Any, Any, Found], arguments: tuple[str, ...]) -> Found:
    try:
        return await asyncio.wait_for(ready, _START)
    except TimeoutError:
        raise CommandFailed(f"`python {' '.join(arguments)}` did not start within {_START:g} s") from None


async def _first(lines: asyncio.StreamReader, read: Callable[[str], Found | None]) -> Found:
    """Return what `read` finds in the first line that has it."""
    line = ""
    async for raw in lines:
        line = raw.decode(errors="replace").strip()
        if (found := read(line)) is not None:
            return found
    raise CommandFailed(f"a part of the demo did not start: {line or 'it said nothing'}")


async def _discard(stream: asyncio.StreamReader) -> None:
    while await stream.read(65_536):
        pass


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a process: politely, then by force."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            # Not process.terminate(): of one that has just ended it takes the status, which its watcher then misses.
            os.kill(process.pid, signal.SIGTERM)
    try:
        async with asyncio.timeout(_STOP):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
