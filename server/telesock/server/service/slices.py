"""Large messages, taken in slices, and who goes next.

An agent takes one slice at a time, in the order of asking, and then lets its loop turn a few times. What another
session asks for needs some turns to be read, taken and answered: it meets one slice in them, and not one in each. While
there are such small messages about, slices are small too; nobody pays for that where there are none.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

SLICE = 512
"""Commands, releases or cancels that are taken at once: two to three milliseconds."""
SHARED_SLICE = 128
"""The same while small messages come in between."""
SMALL = 32
"""So many are taken without waiting for a turn: reading such a message has cost more than they do."""
_TURNS = 4
"""Turns of the loop after a slice: those of a request from its arrival to its answer."""
_REMEMBERED = 16
"""Slices for which a small message is remembered."""

Item = TypeVar("Item")


class Slices:
    """The slices of all attachments of an agent."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._next = asyncio.Lock()  # first come, first served
        self._shared = 0  # slices that are still to be small

    async def take(self, items: Sequence[Item], take: Callable[[Sequence[Item], int], int]) -> None:
        """Call `take` with each slice and the place of its first item; it returns how many it took, at least one."""
        start = 0
        if len(items) <= SMALL:
            self._shared = _REMEMBERED
            start = take(items, 0)
        while start < len(items):
            await self._next.acquire()
            size = SLICE
            if self._shared:
                self._shared -= 1
                size = SHARED_SLICE
            try:
                start += take(items[start : start + size], start)
            finally:
                self._release_after(_TURNS)

    def _release_after(self, turns: int) -> None:
        """Let the next slice be taken when the loop has turned so many times."""
        if turns:
            self._loop.call_soon(self._release_after, turns - 1)
        else:
            self._next.release()
