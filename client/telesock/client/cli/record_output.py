"""What `telesock record` writes to: a file, or a pipe that somebody reads slowly, or nobody at all.

Lines wait here until a daemon thread has written them, so that nothing else waits for a pipe. They are bounded: whoever has more
to tell waits for room. A reader who has left is noticed although nothing is written; one who does not read costs the rest once
there is an interrupt.
"""

import asyncio
import contextlib
import os
import select
import stat
from collections.abc import AsyncIterator, Iterable
from functools import partial
from typing import Any

from telesock.client.cli.stdio import in_daemon_thread
from telesock.client.timeline.growing import GrowingTimeline

_EVERY = 0.5  # seconds
_PATIENCE = 0.5  # seconds that a pipe has for the rest after an interrupt
_MOST = 1 << 20  # bytes that wait


class Outlet:
    """Where text goes, by its descriptor, which is not closed."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._waiting = bytearray()
        self._hurry, self._has_room = asyncio.Event(), asyncio.Event()
        self._has_room.set()
        self._is_ending = False
        self.is_whole = True
        """Whether all was written; known at the end."""

    def write(self, text: str) -> None:
        """Let text be written within half a second."""
        self._waiting += text.encode()
        if len(self._waiting) >= _MOST:
            self._has_room.clear()
            self._hurry.set()

    async def room(self) -> None:
        """Return once more can be written."""
        await self._has_room.wait()

    @contextlib.asynccontextmanager
    async def writing(self, interrupting: "asyncio.Task[Any]") -> AsyncIterator["asyncio.Task[None]"]:
        """Write as long as the block lasts, and then the rest, until an interrupt. Raises OSError, as does the task.

        BrokenPipeError as soon as nobody reads any more.
        """
        task = asyncio.create_task(self._write_all())
        try:
            yield task
        finally:
            self._is_ending = True
            self._hurry.set()
            await asyncio.wait([task, interrupting], return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait([task], timeout=None if self._is_file() else _PATIENCE)
            self.is_whole = task.done()
            if self.is_whole:
                task.result()
            task.cancel()

    async def _write_all(self) -> None:
        while self._waiting or not self._is_ending:
            await self._write_waiting()
            if not self._is_ending:
                self._check_reader()
                await self._until_next()

    async def _write_waiting(self) -> None:
        rest, self._waiting = memoryview(self._waiting), bytearray()
        self._hurry.clear()
        self._has_room.set()
        while rest:
            rest = rest[await in_daemon_thread(partial(os.write, self._descriptor, rest)) :]

    async def _until_next(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_EVERY):
                await self._hurry.wait()

    def _check_reader(self) -> None:
        poll = select.poll()
        poll.register(self._descriptor, 0)
        if any(happened & select.POLLERR for _, happened in poll.poll(0)):
            raise BrokenPipeError

    def _is_file(self) -> bool:
        return stat.S_ISREG(os.fstat(self._descriptor).st_mode)


class Recording(GrowingTimeline):
    """A timeline of these agents that grows in an outlet."""

    def __init__(self, outlet: Outlet, agents: Iterable[str], title: str = "") -> None:
        super().__init__(outlet, agents, title)
        self.room = outlet.room
