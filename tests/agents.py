"""Agents for tests: in this process, to look inside, or as a process of their own, to be killed.

running = await start_agent(limits=Limits(journal_events=64), allow=("127.0.0.0/8",))   # fixtures
running.address, running.engine         # "127.0.0.1:PORT"; the engine with its sessions
process = await start_agent_process("--grace", "1")
process.address; process.kill(); await process.exited()
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

from telesock.server.core.events import PolicyDenied
from telesock.server.core.limits import Limits
from telesock.server.core.policy import LOOPBACK, Policy
from telesock.server.engine.capabilities import find_capabilities
from telesock.server.engine.engine import Engine
from telesock.server.engine.sessions import HeldSession
from telesock.server.service.agent import AgentDescription
from telesock.server.service.server import FREE_ACCESS, Access, AgentServer
from telesock.server.service.wire.events import encode_event

Denied = Callable[[HeldSession, PolicyDenied], None]
ROOT = Path(__file__).parent.parent
PATHS = [str(ROOT / root) for root in ("proto", "server", "client")]


class RunningAgent:
    """An agent inside the test's process, on the test's event loop."""

    def __init__(self, engine: Engine, server: AgentServer, address: str) -> None:
        self.engine = engine
        self.server = server
        self.address = address
        self.bugs: list[Exception] = []
        """What the engine has reported as its own mistake. The fixture fails when it is not empty."""

    async def stop(self) -> None:
        """Stop at once, as often as one likes."""
        await self.server.stop()


async def start_agent(
    limits: Limits | None = None,
    allow: Sequence[str] = LOOPBACK,
    address: str = "127.0.0.1:0",
    allow_listen: Sequence[str] = ("0.0.0.0/0", "::/0"),
    allow_resolve: Sequence[str] = ("*",),
    denied: Denied = lambda session, denial: None,
    access: Access = FREE_ACCESS,
) -> RunningAgent:
    """Start an agent in this process."""
    bugs: list[Exception] = []
    engine = Engine(
        encode_event,
        limits or Limits(),
        Policy(allow, allow_listen, allow_resolve),
        bugs.append,
        denied=denied,
    )
    description = AgentDescription("test-agent", "0.0.0", 1024, find_capabilities())
    server = AgentServer(engine, description, access)
    running = RunningAgent(engine, server, server.listen(address))
    running.bugs = bugs
    await server.start()
    return running


class AgentProcess:
    """An agent in a process of its own."""

    def __init__(
        self, process: asyncio.subprocess.Process, address: str, boot_id: str, log: list[str]
    ) -> None:
        self.process = process
        self.address = address
        self.boot_id = boot_id
        self.log = log
        """The lines that it has written so far, to be cleared by whoever runs it for long."""

    def kill(self) -> None:
        """End it as a crash would."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()

    def pause(self) -> None:
        """Let it stand still, connections and all, until `resume`."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)

    def terminate(self) -> None:
        """Ask it to drain."""
        self.process.terminate()

    async def logged(self, event: str, number: int = 1) -> dict[str, Any]:
        """Wait for a line of its log, the first that tells of an event or a later one."""
        while True:
            found = [entry for entry in map(json.loads, self.log) if entry["event"] == event]
            if len(found) >= number:
                return dict(found[number - 1])
            await asyncio.sleep(0.01)

    async def exited(self) -> int:
        """Wait for its end and return its exit status."""
        return await self.process.wait()


@contextlib.asynccontextmanager
async def agent_process(
    *flags: str, listen: str = "127.0.0.1:0", through: Sequence[str] = ()
) -> AsyncIterator[AgentProcess]:
    """Run an agent as a process; it is killed at the end if it still runs.

    `through` is a command that takes a command as its arguments, and becomes it.
    """
    command = [
        *through,
        sys.executable,
        "-m",
        "telesock.server",
        "--listen",
        listen,
        "--log-format",
        "json",
        *flags,
    ]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(PATHS)}
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stderr=asyncio.subprocess.PIPE, stdin=asyncio.subprocess.DEVNULL
    )
    assert process.stderr is not None, "it was asked for"
    logs: list[str] = []
    reading = None
    try:
        started = await _started(process.stderr, logs)
        reading = asyncio.create_task(_read_on(process.stderr, logs))  # a full pipe would stop the agent
        yield AgentProcess(process, started["listen"][0], started["boot_id"], logs)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        if reading is not None:
            await reading


async def _started(stream: asyncio.StreamReader, logs: list[str]) -> dict[str, str]:
    """Read the log until the agent says that it has started."""
    async for line in stream:
        logs.append(line.decode())
        with contextlib.suppress(json.JSONDecodeError):
            entry: dict[str, str] = json.loads(line)
            if entry["event"] == "agent_started":
                return entry
    raise AssertionError("the agent did not start:\n" + "".join(logs))


async def _read_on(stream: asyncio.StreamReader, logs: list[str]) -> None:
    async for line in stream:
        logs.append(line.decode(errors="replace"))
