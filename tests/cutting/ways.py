"""The proxy as those see it who start it: where its ways begin, what was cut, when it is done."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from tests.cutting.passing import Hit

_ROOT = Path(__file__).parents[2]


def environment() -> dict[str, str]:
    """What a program of this folder needs to find its modules."""
    roots = [_ROOT, *(_ROOT / root for root in ("proto", "server", "client"))]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, roots))}


class Ways:
    """A proxy that runs. Raises EOFError from `until_done` when it has ended by itself."""

    def __init__(self, addresses: list[str]) -> None:
        self.addresses = addresses
        self.hits: list[Hit] = []
        self.done = asyncio.Event()
        """Set when all cuts were made."""

    def take(self, line: bytes) -> None:
        """It has said something."""
        told = json.loads(line)
        if told == {"done": True}:
            self.done.set()
        else:
            self.hits.append(Hit(**told))


@contextlib.asynccontextmanager
async def cutting(target: str, *, seed: int, cuts: int, ways: int) -> AsyncIterator[Ways]:
    """Run a proxy before an agent; it ends with the block, and must not end before."""
    command = ["-m", "tests.cutting.proxy", target, "--seed", str(seed)]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        *("--cuts", str(cuts), "--ways", str(ways)),
        env=environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None, "it was asked for"
    assert process.stdin is not None, "it was asked for"
    running = Ways(json.loads(await process.stdout.readline())["listening"])
    reading = asyncio.create_task(_read(process.stdout, running))
    try:
        yield running
        assert not reading.done(), "the proxy has ended by itself"
    finally:
        process.stdin.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), 5)
        if process.returncode is None:
            process.kill()
            await process.wait()
        await reading


async def _read(lines: asyncio.StreamReader, running: Ways) -> None:
    async for line in lines:
        running.take(line)
