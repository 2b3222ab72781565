"""Waiting because of faults: for a time, for ever, and in any case only as long as they last.

Whoever makes something wait says how it goes on; that happens once, when the time is over or a fault that holds it ends.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from telesock.server.engine.faults import ActiveFault


class Waiting:
    """Something that waits; a delay of None has no end of its own."""

    __slots__ = ("_faults", "_go_on", "_handle")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        faults: "Sequence[ActiveFault]",
        delay: float | None,
        go_on: Callable[[], None],
    ) -> None:
        self._faults = tuple(faults)
        self._go_on = go_on
        self._handle: asyncio.TimerHandle | None = None
        for active in self._faults:
            active.held[self] = self._over
        if delay is not None:
            self._handle = loop.call_later(delay, self._over)

    def _over(self) -> None:
        self.drop()
        self._go_on()

    def drop(self) -> None:
        """Wait no longer, and do not go on."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        for active in self._faults:
            active.held.pop(self, None)
