"""Standard input and output for a program with an event loop, as bytes.

Reading a terminal and writing to a slow reader can take for ever, and the loop has leases to renew meanwhile: so each
call waits in a daemon thread, one at a time, which holds up neither the loop nor the program's exit.
"""

import asyncio
import contextlib
import io
import os
import sys
import threading
from collections.abc import Callable
from typing import TypeVar

CHUNK = 64 * 1024
"""Bytes of one read."""

STDIN = 0
"""Its descriptor."""
STDOUT = 1
"""Its descriptor."""

Result = TypeVar("Result")


def prepare() -> None:
    """Make standard streams out of whatever we were started with.

    A descriptor that was closed beforehand would go to the next file that is opened, and data would be written into
    that; and no encoding is a reason to fail.
    """
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            os.dup2(os.open(os.devnull, os.O_RDWR), descriptor)
            mode = "w" if descriptor else "r"
            setattr(sys, name, open(descriptor, mode, encoding="utf-8"))  # noqa: SIM115, open to our end
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def forget_stdout() -> None:
    """Whoever read our output has gone: nothing is left to say, and Python shall not try again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), STDOUT)


async def read_chunk() -> bytes:
    """Return the next bytes of stdin, at most CHUNK; none at its end."""
    return await in_daemon_thread(lambda: os.read(STDIN, CHUNK))


async def write_all(data: bytes) -> None:
    """Write bytes to stdout and return when they are out. Raises BrokenPipeError when nobody reads any more."""
    await in_daemon_thread(lambda: _write(data))


def _write(data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(STDOUT, rest) :]


async def in_daemon_thread(call: Callable[[], Result]) -> Result:
    """Return what a call returns that may wait for ever: a thread of its own waits, and keeps no program from ending."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Result] = loop.create_future()

    def settle(result: Result | None, error: OSError | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]  # without an error there is a result

    def work() -> None:
        result, error = None, None
        try:
            result = call()
        except OSError as raised:
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=work, daemon=True).start()
    return await future
