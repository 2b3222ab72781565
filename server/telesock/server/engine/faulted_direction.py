"""One direction of a connection while faults act on it: its pipe, what the agent counts of it, and its one timer.

It holds no more than its own limit, the agent's, and its identity's share leave; when others have taken all of it, a little
at a time still passes, so that nobody stands still because of them. What goes in and comes out is different for sending and
receiving, and is decided there.
"""

import abc
import asyncio
import math
from typing import TYPE_CHECKING

from telesock.server.core.faults.pipe import Pipe
from telesock.server.core.faults.stage import Stage

if TYPE_CHECKING:
    from telesock.server.engine.connection import Connection
    from telesock.server.engine.sockets import Socket


_PASSING = 4096  # bytes that one direction may hold at a time when there is no room


class Counted:
    """What one direction of a socket holds, counted for its session and for the agent."""

    __slots__ = ("_counted", "_socket")

    def __init__(self, socket: "Socket") -> None:
        self._socket = socket
        self._counted = 0

    def count(self, held: int) -> None:
        """So many bytes are held now."""
        more = held - self._counted
        self._socket.engine.fault_held_bytes += more
        self._socket.session.fault_held_bytes += more
        self._counted = held

    def room(self, held: int) -> int:
        """Bytes that may come to those that are held now, whether or not they are counted yet."""
        socket = self._socket
        limits, share = socket.engine.limits, socket.session.account.fault_room()
        shared = limits.total_fault_held_bytes - socket.engine.fault_held_bytes
        shared = shared if share is None else min(shared, share)
        room = min(limits.fault_held_bytes - held, shared + self._counted - held)
        return room if held else max(room, min(_PASSING, limits.fault_held_bytes))


class FaultedDirection(abc.ABC):
    """What sending and receiving through faults share."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self.pipe = Pipe()
        self._counted = Counted(connection)
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
        """Count the bytes that are held here."""
        self._counted.count(self.held_bytes)

    def _room(self) -> int:
        """Bytes that may go in."""
        return self._counted.room(self.held_bytes)

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
