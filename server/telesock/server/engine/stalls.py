"""Telling that something waits for credit or room: once a stall, and of credit only when it has lasted.

A window that fills and is released again is flow control and no stall.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from telesock.server.core.events import CreditStalled, StallReason

if TYPE_CHECKING:
    from telesock.server.engine.datagrams import DatagramSocket
    from telesock.server.engine.listening import Listener

_PATIENCE = 0.02  # seconds


class Stall:
    """The stall of one socket whose indications are counted in pieces."""

    __slots__ = ("_looking", "_moved", "_socket", "_told", "_waits")

    def __init__(self, socket: "Listener | DatagramSocket", waits: Callable[[], bool]) -> None:
        self._socket = socket
        self._waits = waits
        self._looking = self._moved = self._told = False

    def begin(self) -> None:
        """There is no credit: look again soon whether something waits for it."""
        if not (self._looking or self._told):
            self._looking, self._moved = True, False
            self._socket.engine.loop.call_later(_PATIENCE, self._look)

    def lacks_room(self) -> None:
        """The journal has no room for what waits, if something does."""
        if not self._told and self._waits():
            self._tell(StallReason.JOURNAL)

    def over(self) -> None:
        """Credit was released, or something was taken."""
        self._told, self._moved = False, True

    def _look(self) -> None:
        self._looking = False
        socket = self._socket
        if self._told or socket.descriptor is None or socket.credit.available or not self._waits():
            return
        if self._moved:
            self.begin()
        else:
            self._tell(StallReason.CREDIT)

    def _tell(self, reason: StallReason) -> None:
        socket = self._socket
        if not socket.session.journal.room_for_notice():
            socket.session.stalled.add(socket)
            return
        self._told = True
        body = CreditStalled(reason)
        socket.session.append(body, socket.engine.clock(), socket_id=socket.socket_id)
