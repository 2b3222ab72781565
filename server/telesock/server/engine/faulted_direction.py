"""One direction of a connection while faults act on it: its pipe, what the agent counts of it, and its one timer.

What goes in and comes out is different for sending and receiving, and is decided there.
"""

import abc
import asyncio
import math
from typing import TYPE_CHECKING

from telesock.server.core.faults.pipe import Pipe
from telesock.server.core.faults.stage import Stage

if TYPE_CHECKING:
    from telesock.server.engine.connection import Connection


class FaultedDirection(abc.ABC):
    """What sending and receiving through faults share."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self.pipe = Pipe()
        self._counted = 0  # bytes held that the agent counts
        self._timer: asyncio.TimerHandle | None = None

    @abc.abstractmethod
    def _wake(self) -> None:
        """Something is due, or other faults act: go on."""

    def change(self, stages: tuple[Stage, ...], now: float) -> None:
        """Other faults act from now on."""
        if stages != self.pipe.stages:
            self.pipe.change(stages, now)
            self._connection.engine.loop.call_soon(self._wake)

    @property
    def held_bytes(self) -> int:
        """Bytes that are held back, or wait to be taken."""
        return self.pipe.held_bytes

    def _account(self) -> None:
        """Let the agent count the bytes that are held here."""
        held = self.held_bytes
        self._connection.engine.fault_held_bytes += held - self._counted
        self._counted = held

    def _set_timer(self, *, goes_on: bool) -> None:
        """Wake when something is due, if it can go on then."""
        due = self.pipe.due
        if self._timer is not None:
            if self._timer.when() == due:
                return
            self._stop_timer()
        if goes_on and -math.inf < due < math.inf:
            self._timer = self._connection.engine.loop.call_at(due, self._due_now)

    def _due_now(self) -> None:
        self._timer = None
        self._wake()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
