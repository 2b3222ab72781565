"""A remote connection and our end of a local pair, joined: bytes both ways, and how each side's end is told to the other.

The local program's shutdown is a graceful disconnect behind its last byte, its close too, for which the peer's host has
CLOSE_TIMEOUT; a close with bytes unread is a reset, as it is with TCP. The peer's end is an end, and every failure a reset,
behind what had arrived. At most a window of bytes waits on either way; whoever is not read from is held back.
"""

import threading
import time

from telesock.client.errors import TelesockError
from telesock.client.streams.failing import LINGER
from telesock.client.streams.incoming import Incoming
from telesock.client.streams.local_end import LocalEnd
from telesock.client.streams.outgoing import CHUNK, WINDOW, Outgoing
from telesock.client.streams.pump import Pump
from telesock.client.sync.sockets import CLOSE_TIMEOUT, Socket


class Joint:
    """One such connection, a member of the pump, on whose thread everything happens but the making."""

    def __init__(self, connection: Socket, end: LocalEnd) -> None:
        self._connection = connection
        self._end = end
        self._rest = memoryview(b"")
        self._peer_ended = False
        self.deadline: float | None = None
        self._over = False
        self._waiting: list[threading.Event] = []
        self.problem: TelesockError | None = None
        """Why the connection was lost, if it was."""

    def begin(self, pump: Pump) -> None:
        """Be ready: that our end can be read and written is told at once."""
        self._pump = pump
        self._incoming = Incoming(self._connection, self.move, pump.watch)
        self._outgoing = Outgoing(self._connection, self.move, pump.watch)

    def happened(self) -> None:
        """See how the local end is, and move what there is."""
        if not self._over:
            self._end.look()
            self.move()

    def late(self) -> None:
        """The peer's host did not take everything in time."""
        self.abort()

    def abort(self) -> None:
        """Reset both sides."""
        if not self._over:
            self._connection.close()
            self._part(graceful=False)

    def move(self) -> None:
        """Move what can be moved, and end what has ended."""
        if self._end.broken:
            self.abort()
        if not self._over:
            self._take_out()
            self._bring_in()
            self._judge()

    def _take_out(self) -> None:
        """From the local end to the peer, as far as the agent's host keeps up."""
        while not self._outgoing.ending and self._outgoing.size < WINDOW:
            data = self._end.take(CHUNK)
            if data is None:
                return
            if data:
                self._outgoing.write(data)
            else:
                self._outgoing.end()

    def _bring_in(self) -> None:
        """From the peer to the local end, as far as somebody reads there."""
        while not self._peer_ended and self.problem is None:
            self._rest = self._end.give(self._rest)
            if self._rest:
                self._incoming.watch_for_loss()
                return
            self._incoming.ask()
            if not self._incoming.ready:
                return
            self._next()

    def _next(self) -> None:
        try:
            data = self._incoming.take()
        except TelesockError as error:
            self.problem = error
            return
        self._rest = memoryview(data)
        if not data:
            self._peer_ended = True
            self._end.finish()

    def _judge(self) -> None:
        """Part where one of both is no more, or both have ended."""
        lost = self._incoming.lost if self._rest else None  # nobody may ever read the rest
        self.problem = self.problem or self._outgoing.problem or lost
        if self.problem is not None:
            self.abort()
        elif self._end.closed and self._outgoing.ended:
            self._connection.close(graceful=True, timeout=LINGER)
            self._part(graceful=True)
        elif self._end.closed and not self._peer_ended:
            self._hurry()

    def left(self, done: threading.Event) -> None:
        """The program has closed a descriptor of its end. `done` is set when nothing is left to do, or it has others."""
        self.happened()
        if self._over or not self._end.closed:
            done.set()
        else:
            self._waiting.append(done)
            self._hurry()

    def _hurry(self) -> None:
        """The local end is closed: the peer's host has so much time to take the rest and our end."""
        if self.deadline is None:
            self.deadline = time.monotonic() + CLOSE_TIMEOUT

    def _part(self, *, graceful: bool) -> None:
        self._pump.leave(self._end.fileno())
        self._end.close(graceful=graceful)
        self.deadline = None
        self._over = True
        for done in self._waiting:
            done.set()
