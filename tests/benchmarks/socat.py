"""The peer socat(1) as a relay: Debian's program, which has a process for each connection."""

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator

from tests.benchmarks.failures import CannotRun

_BACKLOG = 128
_PATIENCE = 10.0  # seconds


def why_not() -> str:
    """Why it cannot be measured; empty when it can."""
    return "" if shutil.which("socat") else "socat is not installed"


@contextlib.contextmanager
def relaying(upstream: int, at_once: int) -> Iterator[int]:
    """Relay to a port of this host by chunks of at most so many bytes: the port to connect to."""
    port = _free_port()
    command = [
        "socat",
        f"-b{at_once}",
        f"TCP-LISTEN:{port},bind=127.0.0.1,backlog={_BACKLOG},fork,nodelay",
        f"TCP:127.0.0.1:{upstream},nodelay",
    ]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
        try:
            _wait_for(port)
            yield port
        finally:
            process.kill()


def _free_port() -> int:
    """A port that is free now: socat can be given 0, but says only in its log, of every connection, what it got."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_for(port: int) -> None:
    """Wait until it listens."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise CannotRun("socat did not start") from None
            time.sleep(0.01)
        else:
            return
