"""The server's own log, as it grows: what the server itself saw of its clients."""

import asyncio
import time
from pathlib import Path


class ServerLog:
    """What the server writes from now on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = path.stat().st_size

    async def line_with(self, *words: str, within: float = 10.0) -> str:
        """Wait for a line that has all the words. It fails with what was written instead."""
        until = time.monotonic() + within
        while True:
            lines = self._path.read_bytes()[self._read :].decode().splitlines()
            found = [line for line in lines if all(word in line for word in words)]
            if found:
                return found[0]
            assert time.monotonic() < until, f"no line with {words}, but:\n" + "\n".join(lines)
            await asyncio.sleep(0.05)
