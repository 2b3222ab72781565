"""Standard input and output for a program with an event loop, as bytes.

Reading a terminal and writing to a slow reader can take for ever, and the loop has leases to renew meanwhile: so each
call waits in a daemon thread, one at a time, which holds up neither the loop nor the program's exit.
"""

import asyncio
import contextlib
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


async def read_chunk() -> bytes:
    """Return the next bytes of stdin, at most CHUNK; none at its end."""
    if sys.stdin is None:  # closed before we started: its descriptor may be somebody else's by now
        return b""
    return await _in_daemon_thread(lambda: os.read(STDIN, CHUNK))


async def write_all(data: bytes) -> None:
    """Write bytes to stdout and return when they are out. Raises BrokenPipeError when nobody reads any more."""
    await _in_daemon_thread(lambda: _write(data))


def _write(data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(STDOUT, rest) :]


async def _in_daemon_thread(call: Callable[[], Result]) -> Result:
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
