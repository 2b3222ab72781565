"""Waiting because of faults: for a time, for ever, and in any case only as long as they last.

Faults hold one behind the other, in the order given. One that ends takes its own time out of the wait, and the others keep
theirs. Whoever makes something wait says how it goes on; that happens once, when nothing holds it any more.
"""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from telesock.server.engine.faults import ActiveFault


class Waiting:
    """Something that waits: for each fault so many seconds, None where it is held until that fault ends."""

    __slots__ = ("_began", "_go_on", "_handle", "_left", "_loop")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        delays: "Iterable[tuple[ActiveFault, float | None]]",
        go_on: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._left = dict(delays)
        self._go_on = go_on
        self._handle: asyncio.TimerHandle | None = None
        for active in self._left:
            active.held[self] = partial(self._ended, active)
        self._wait()

    def _wait(self) -> None:
        """Wait for what is left, unless that has no end of its own."""
        self._began = self._loop.time()
        left = [delay for delay in self._left.values() if delay is not None]
        if len(left) == len(self._left):
            self._handle = self._loop.call_later(sum(left), self._over)

    def _ended(self, active: "ActiveFault") -> None:
        """A fault is no more: wait for the others."""
        passed = self._loop.time() - self._began
        for each, delay in self._left.items():
            if delay is None:
                break
            self._left[each] = max(delay - passed, 0.0)
            passed = max(passed - delay, 0.0)
        del self._left[active]
        self._stop()
        if any(delay != 0 for delay in self._left.values()):
            self._wait()
        else:
            self._over()

    def _stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _over(self) -> None:
        self.drop()
        self._go_on()

    def drop(self) -> None:
        """Wait no longer, and do not go on."""
        self._stop()
        for active in self._left:
            active.held.pop(self, None)
