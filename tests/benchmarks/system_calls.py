"""The system calls of a process, as strace(1) tells them; where it is missing or not allowed, why."""

import asyncio
import contextlib
import shutil
import signal
import tempfile
from pathlib import Path
from typing import Self

from tests.benchmarks.failures import CannotRun
from tests.benchmarks.waiting import within


class Trace:
    """Watches a process for the length of a block. `written` is then what strace has written."""

    def __init__(self, pid: int, *flags: str) -> None:
        self._pid = pid
        self._flags = flags
        self.written = ""

    async def __aenter__(self) -> Self:
        """Wait until the process is watched."""
        self._folder = tempfile.TemporaryDirectory()
        self._file = Path(self._folder.name) / "trace"
        command = ["strace", *self._flags, "-o", str(self._file), "-p", str(self._pid)]
        self._process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
        assert self._process.stderr is not None, "it was asked for"
        try:
            said = await within("attaching strace", self._process.stderr.readline(), 10)
            if b"attached" not in said:
                raise CannotRun(f"strace cannot attach: {said.decode().strip()}")
        except BaseException:
            self._kill()
            await self._end()
            raise
        return self

    async def __aexit__(self, *exception: object) -> None:
        """Let go of the process and read what was written."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)
        await self._end()

    async def _end(self) -> None:
        try:
            await within("the end of strace", self._process.communicate())
            self.written = self._file.read_text() if self._file.exists() else ""
        finally:
            self._kill()
            self._folder.cleanup()

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()


async def why_not(pid: int) -> str:
    """Return why the system calls of a process cannot be counted here; nothing if they can."""
    if shutil.which("strace") is None:
        return "not counted: strace is not installed"
    try:
        async with Trace(pid, "-c", "-f"):
            return ""
    except CannotRun as refused:
        return f"not counted: {refused}"


def read_summary(written: str) -> dict[str, int]:
    """Return how often each system call was made, from what `strace -c` writes."""
    rows = [line.split() for line in written.splitlines() if line[:1] in " 0123456789" and "." in line]
    return {row[-1]: int(row[3]) for row in rows if row[-1] != "total"}


def count_carrying(written: str, data: bytes) -> int:
    """Return how many of the traced calls carry some text: gRPC's own calls of the same name do not."""
    wanted = f'"{data[:16].decode()}'
    return sum(wanted in line for line in written.splitlines())
