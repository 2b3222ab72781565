"""The processes of a benchmark: started, asked for their first line, and killed by their pid.

Nothing a process writes may stop it: what it logs is read on to its end. A process that does not start is said in one
line (CannotRun); what it had to say itself stands above it, on stderr, where that is not the agent's log.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from tests.benchmarks.failures import CannotRun

_ROOT = Path(__file__).parent.parent.parent
_READ_BYTES = 65_536


@contextlib.contextmanager
def agent(*flags: str) -> Iterator[tuple[str, int]]:
    """An agent as its users run it, with further flags: its address and its pid."""
    command = ["telesock.server", "--listen", "127.0.0.1:0", "--log-format", "json", *flags]
    with _running(command, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None, "it was asked for"
        address = _listening(process.stderr)
        reading = threading.Thread(target=_read_on, args=(process.stderr,))
        reading.start()
        try:
            yield address, process.pid
        finally:
            process.kill()  # which ends the reading
            reading.join()


@contextlib.contextmanager
def program(name: str, *arguments: str) -> Iterator[str]:
    """One of the programs in programs/, with arguments: the first line that it prints."""
    with _running([f"tests.benchmarks.programs.{name}", *arguments], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None, "it was asked for"
        line = process.stdout.readline().strip()
        if not line:
            raise CannotRun(f"the program {name} ended without a word")
        yield line


def own_memory(pid: int) -> int:
    """Bytes of memory that a process has for itself, with its share of what it shares (PSS, proc(5))."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("the kernel tells no PSS")


@contextlib.contextmanager
def _running(
    command: list[str], stdout: int | None = None, stderr: int | None = None
) -> Iterator["subprocess.Popen[str]"]:
    """Run a module; no setting of the caller's agent reaches it."""
    variables = {key: value for key, value in os.environ.items() if not key.startswith("TELESOCK_")}
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=_ROOT,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        text=True,
    )
    with process:  # closes its pipes and waits
        try:
            yield process
        finally:
            process.kill()


def _listening(log: IO[str]) -> str:
    """Read the log until the agent says where it listens."""
    said = ""
    for line in log:
        said = line.strip()
        with contextlib.suppress(json.JSONDecodeError):
            entry = json.loads(said)
            if entry["event"] == "agent_started":
                return str(entry["listen"][0])
    raise CannotRun(f"the agent did not start: {said}")


def _read_on(stream: IO[str]) -> None:
    while stream.read(_READ_BYTES):
        pass
