"""The command line as its users run it: the real program as a process, on pipes or on a terminal.

running = await start_program("connect", "127.0.0.1:80", agent=address)     # RunningProgram: its ends are pipes
await running.write(b"…"); running.interrupt()
ended = await running.ended()                                               # Ended(status, stdout, stderr)
shown = await run_on_terminal("events", agent=address, columns=80)          # what a person sees, without colours
"""

import asyncio
import contextlib
import fcntl
import os
import pty
import re
import signal
import struct
import sys
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from telesock.client import AsyncSession

_ROOT = Path(__file__).parent.parent
PYTHONPATH = os.pathsep.join(str(_ROOT / root) for root in ("proto", "server", "client"))
_PROGRAM = (sys.executable, "-W", "error", "-c", "from telesock.command_line import main; main()")
_NOT_INHERITED = ("TELESOCK_", "COLUMNS", "LINES")
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


def credential(session: AsyncSession) -> str:
    """What owns a session, as `--session` takes it."""
    return f"{session.session_id}.{session.session_token}"


class Ended(NamedTuple):
    """What a program left behind."""

    status: int
    stdout: str
    stderr: str


class RunningProgram:
    """The program while it runs."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None, "it is always a pipe"
        self.process = process
        self.stderr = process.stderr

    @property
    def stdout(self) -> asyncio.StreamReader:
        """What it prints, where that is a pipe."""
        assert self.process.stdout is not None, "it was given another stdout"
        return self.process.stdout

    async def write(self, data: bytes) -> None:
        """Give it input, where that is a pipe."""
        assert self.process.stdin is not None, "it was given another stdin"
        self.process.stdin.write(data)
        await self.process.stdin.drain()

    def interrupt(self) -> None:
        """Do what Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)

    def terminate(self) -> None:
        """Do what a script's `kill` does."""
        self.process.send_signal(signal.SIGTERM)

    async def ended(self, data: bytes = b"") -> Ended:
        """Give it its last input, end that, and wait for its end."""
        stdout, stderr = await self.process.communicate(None if self.process.stdin is None else data)
        assert self.process.returncode is not None, "it has ended"
        return Ended(self.process.returncode, (stdout or b"").decode("latin-1"), stderr.decode())

    async def kill(self) -> None:
        """End it, if it still runs."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.communicate()


async def start_program(
    *arguments: str,
    agent: str | None = None,
    session: str | None = None,
    stdin: int = asyncio.subprocess.PIPE,
    stdout: int = asyncio.subprocess.PIPE,
    variables: Mapping[str, str] | None = None,
    through: Sequence[str] = (),
) -> RunningProgram:
    """Run `telesock` on pipes or on other descriptors; `through` a command that takes a command as its arguments."""
    process = await asyncio.create_subprocess_exec(
        *through,
        *_PROGRAM,
        *arguments,
        env={**_environment(agent, session), **(variables or {})},
        stdin=stdin,
        stdout=stdout,
        stderr=asyncio.subprocess.PIPE,
    )
    return RunningProgram(process)


async def run_on_terminal(
    *arguments: str, agent: str | None = None, session: str | None = None, columns: int = 80
) -> str:
    """Run `telesock` on a terminal until it ends, and return what was to be seen there."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environment = {**_environment(agent, session), "TERM": "xterm-256color"}
    process = await asyncio.create_subprocess_exec(
        *_PROGRAM, *arguments, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    seen = await asyncio.to_thread(_read_to_end, ours)
    await process.wait()
    return _ESCAPES.sub("", seen.decode()).replace("\r\n", "\n")


def _environment(agent: str | None, session: str | None) -> dict[str, str]:
    """Our own variables and paths over what is inherited; the size of the terminal that the tests run on is not."""
    ours = {"TELESOCK_AGENT": agent, "TELESOCK_SESSION": session}
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(_NOT_INHERITED)}
    said = {key: value for key, value in ours.items() if value is not None}
    return {**inherited, **said, "PYTHONPATH": PYTHONPATH}


def _read_to_end(terminal: int) -> bytes:
    seen = bytearray()
    with contextlib.suppress(OSError), open(terminal, "rb", buffering=0) as stream:  # its end is EIO
        while data := stream.read(65_536):
            seen += data
    return bytes(seen)
