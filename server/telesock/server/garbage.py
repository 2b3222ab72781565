"""When Python's garbage collector looks at what: seldom at the young, and by the clock at everything.

Left alone, it looks at the young whenever there are 700 more objects than before, which is one message of commands, and
at everything whenever what has outlived two such looks makes up a quarter of what had before: under load several times
a second, walking over every socket and every pending operation while all sessions wait. Most of an agent's objects go
without it. What refers to itself, as a connection and its parts do, can wait until there are many, or some seconds if
it has grown old. What the start has left behind is never looked at again.
"""

import asyncio
import gc

INTERVAL = 10.0
"""Seconds between two full collections, if there was a partial one in between; else there is one now."""

_YOUNG = 20_000
"""More objects than at the last look that make up a new one: a few thousand connections' or operations'."""
_NEVER = 1_000_000_000


class SeldomCollections:
    """Full collections of this process by the clock, from `start` to `stop`."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._before = gc.get_threshold()
        self._partial = 0
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Leave out what there is now, and begin."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(_YOUNG, self._before[1], _NEVER)
        self._schedule()

    def stop(self) -> None:
        """Let Python decide again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        gc.set_threshold(*self._before)
        gc.unfreeze()

    def _schedule(self) -> None:
        self._partial = _partial_collections()
        self._timer = self._loop.call_later(INTERVAL, self._collect)

    def _collect(self) -> None:
        busy = _partial_collections() > self._partial
        gc.collect(2 if busy else 1)  # of an idle agent only the young: there are few of them
        self._schedule()


def _partial_collections() -> int:
    """How often what had outlived one collection was looked at again."""
    count: int = gc.get_stats()[1]["collections"]
    return count
