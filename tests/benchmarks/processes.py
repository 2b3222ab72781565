"""The processes of a benchmark: started, asked for their address, and killed by their pid."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_HERE = Path(__file__).parent


@contextlib.contextmanager
def agent() -> Iterator[tuple[str, int]]:
    """An agent as its users run it: its address and its pid."""
    command = [sys.executable, "-m", "telesock.server", "--listen", "127.0.0.1:0", "--log-format", "json"]
    with _running(subprocess.Popen(command, stderr=subprocess.PIPE, text=True)) as process:
        assert process.stderr is not None, "it was asked for"
        yield json.loads(process.stderr.readline())["listen"][0], process.pid


@contextlib.contextmanager
def program(name: str) -> Iterator[str]:
    """One of the programs beside this file: the first line that it prints."""
    command = [sys.executable, str(_HERE / f"{name}.py")]
    with _running(subprocess.Popen(command, stdout=subprocess.PIPE, text=True)) as process:
        assert process.stdout is not None, "it was asked for"
        yield process.stdout.readline().strip()


def own_memory(pid: int) -> int:
    """Bytes of memory that a process has for itself, with its share of what it shares (PSS, proc(5))."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("the kernel tells no PSS")


@contextlib.contextmanager
def _running(process: "subprocess.Popen[str]") -> Iterator["subprocess.Popen[str]"]:
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
