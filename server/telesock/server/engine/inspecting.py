"""Conditional accept: connections that a listener holds until their owner decides (WskInspectEvent).

Linux has completed the handshake before anybody can be asked, so the peer takes itself for connected while it is held.
Who leaves meanwhile, by a reset or by an end without a single byte, is told of once and never becomes a socket; a peer
that has sent something and then ended its side has not left, it may wait for an answer.
"""

import select
import socket
import struct
from collections import deque
from typing import TYPE_CHECKING

from telesock.server.core.events import ConnectionInspect, ConnectionInspectAborted
from telesock.server.core.refusal import malformed
from telesock.server.core.requests import Endpoint
from telesock.server.core.status import Cause, Failure, Origin, Phase, Status, failure_from_errno
from telesock.server.engine.tcp_info import unread_bytes

if TYPE_CHECKING:
    from telesock.server.engine.listening import Listener

_ENDED = select.POLLRDHUP | select.POLLHUP  # the latter where a Unix-domain peer has closed
_LINGER_RESET = struct.pack("ii", 1, 0)
_MOST_ABORTED = 1024  # ids of connections that left undecided, remembered for a late decision


class HeldConnection:
    """A connection without a socket of the session. `inspect_id` is 0 where nobody was asked about it."""

    __slots__ = ("admitted", "descriptor", "faults", "inspect_id", "local", "remote", "room")

    def __init__(
        self, descriptor: socket.socket, local: Endpoint, remote: Endpoint, room: "WaitingRoom | None" = None
    ) -> None:
        self.descriptor = descriptor
        self.local = local
        self.remote = remote
        self.faults: tuple[str, ...] = ()  # those that made it late
        self.inspect_id = 0
        self.admitted = False
        self.room = room

    @property
    def gone(self) -> bool:
        """Whether the peer has left by now, told of it or not."""
        watch = select.poll()
        watch.register(self.descriptor, select.POLLRDHUP)
        mask = sum(found for _, found in watch.poll(0))  # of the one descriptor
        return bool(mask & select.POLLERR or (mask & _ENDED and not unread_bytes(self.descriptor)))

    def on_ready(self, mask: int) -> None:
        """The peer did something: it may have left."""
        if self.room is not None and self.gone:
            self.room.left(self)
            self.room.listener.take()

    def reset(self) -> None:
        """End the connection by a reset."""
        self.descriptor.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET)
        self.descriptor.close()


class WaitingRoom:
    """The connections that one listener holds, in the order of their arrival."""

    def __init__(self, listener: "Listener") -> None:
        self.listener = listener
        self._held: dict[int, HeldConnection] = {}
        self._admitted: deque[HeldConnection] = deque()
        self._aborted: deque[int] = deque(maxlen=_MOST_ABORTED)
        self._untold: list[int] = []

    @property
    def next_admitted(self) -> HeldConnection | None:
        """The connection that was let in first, has no socket yet and has not left."""
        while self._admitted and self._admitted[0].gone:
            self.left(self._admitted[0])
        return self._admitted[0] if self._admitted else None

    def hold(self, connection: HeldConnection) -> Failure | None:
        """Ask the owner about a connection. What the host cannot watch is reset."""
        listener, session = self.listener, self.listener.session
        try:
            listener.engine.poller.register(connection.descriptor.fileno(), connection)
        except OSError as error:
            connection.reset()
            return failure_from_errno(error.errno or 0, Phase.CONNECT, str(error))
        session.highest_inspect_id += 1
        connection.inspect_id = session.highest_inspect_id
        self._held[connection.inspect_id] = connection
        listener.credit.held += 1
        listener.engine.descriptors.held_connections += 1
        session.held_connections += 1
        body = ConnectionInspect(connection.inspect_id, connection.local, connection.remote)
        session.append(body, listener.engine.clock(), socket_id=listener.socket_id)
        return None

    def check(self, inspect_id: int) -> None:
        """Refuse a decision about a connection that is not held, unless it has just left."""
        held = self._held.get(inspect_id)
        if inspect_id not in self._aborted and (held is None or held.admitted):
            raise malformed("inspect_id", f"{inspect_id} names no connection that waits for a decision")

    def decide(self, inspect_id: int, accept: bool) -> Failure | None:
        """Let a connection in, or reset it; return how that failed when it has left already."""
        held = self._held.get(inspect_id)
        if held is not None and held.gone:
            self.left(held)
            held = None
        if held is None:
            self._aborted.remove(inspect_id)
            return _LEFT
        if accept:
            held.admitted = True
            self._admitted.append(held)
        else:
            self._take_out(held).reset()
        return None

    def hand_on(self, connection: HeldConnection) -> None:
        """An admitted connection is about to become a socket."""
        self._admitted.remove(connection)
        self._take_out(connection)

    def left(self, connection: HeldConnection) -> None:
        """A peer has left."""
        if connection.admitted:
            self._admitted.remove(connection)
        else:
            self._aborted.append(connection.inspect_id)
        self._take_out(connection).reset()
        self._untold.append(connection.inspect_id)
        self.tell()

    def tell(self) -> None:
        """Tell of those that left, as far as the journal has room."""
        listener = self.listener
        while self._untold and listener.session.journal.room_for_notice():
            body = ConnectionInspectAborted(self._untold.pop(0))
            listener.session.append(body, listener.engine.clock(), socket_id=listener.socket_id)
        if self._untold:
            listener.session.stalled.add(listener)

    def _take_out(self, connection: HeldConnection) -> HeldConnection:
        del self._held[connection.inspect_id]
        self.listener.credit.held -= 1
        self.listener.engine.descriptors.held_connections -= 1
        self.listener.session.held_connections -= 1
        self.listener.engine.poller.unregister(connection.descriptor.fileno())
        return connection

    def close(self) -> None:
        """Reset everything that is held."""
        for connection in list(self._held.values()):
            self._take_out(connection).reset()
        self._admitted.clear()
        self._untold.clear()


_LEFT = Failure(
    Status.CONNECTION_DISCONNECTED,
    Cause(Origin.PEER, Phase.CONNECT, detail="the peer has left before the decision"),
)
