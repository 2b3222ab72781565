"""The ideal send backlog of a connection, told when it changes (WskSendBacklogEvent): its congestion window.

The kernel does not call when the window changes, so it is asked when something was written or acknowledged, and again
after a pause while bytes are under way. Only where the client wants to know.
"""

import asyncio
import socket
from typing import TYPE_CHECKING

from telesock.server.core.events import SendBacklogChanged
from telesock.server.core.requests import Indications
from telesock.server.engine.tcp_info import ideal_send_backlog, unacknowledged_bytes

if TYPE_CHECKING:
    from telesock.server.engine.connection import Connection

_PAUSE = 0.01  # seconds between two looks


class SendBacklog:
    """What one connection has told of its ideal send backlog."""

    __slots__ = ("_connection", "_next", "_told")

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._told = 0
        self._next: asyncio.Handle | None = connection.engine.loop.call_soon(self._look_again)

    def look_soon(self) -> None:
        """Something was written: look after a pause, many writes together."""
        if self._next is None:
            self._next = self._connection.engine.loop.call_later(_PAUSE, self._look_again)

    def _look_again(self) -> None:
        self._next = None
        self.look()

    def look(self) -> None:
        """Tell the value if it is another one, unless the pause is not over."""
        connection = self._connection
        descriptor = connection.descriptor
        if self._next is not None or descriptor is None:
            return
        told = self._tell(ideal_send_backlog(descriptor))
        if told or unacknowledged_bytes(descriptor):
            self.look_soon()

    def _tell(self, ideal: int) -> bool:
        """Tell a value that is another one, or when the journal has room; return whether it was told now."""
        connection = self._connection
        if ideal == self._told:
            return False
        if not connection.session.journal.room_for_notice():
            connection.session.stalled.add(connection)
            return False
        self._told = ideal
        body = SendBacklogChanged(ideal)
        connection.session.append(body, connection.engine.clock(), socket_id=connection.socket_id)
        return True

    def stop(self) -> None:
        """Tell no more."""
        if self._next is not None:
            self._next.cancel()
            self._next = None


def backlog_of(connection: "Connection", before: SendBacklog | None) -> SendBacklog | None:
    """What tells of the backlog of a connection that wants it told, and has one to tell of."""
    descriptor = connection.descriptor
    if not connection.indications & Indications.SEND_BACKLOG or descriptor is None:
        if before is not None:
            before.stop()
        return None
    if descriptor.family == socket.AF_UNIX:
        return None
    return before or SendBacklog(connection)
