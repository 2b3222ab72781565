"""Our end of a pair of this host's sockets, of which a program has the other: what it wrote, what it is given, how it left.

A pair (socketpair(2)) tells exactly what became of the other end: that only its writing has ended, that it is closed, that it
was closed with bytes unread. The other way it has no call that resets: the kernel tells the other end ECONNRESET only when
this one is closed with bytes unread. So one byte that was dealt with always stays in our queue, one of ours to begin with,
and is taken out where the end is to be a graceful one. Nothing here waits.
"""

import select
import socket

from telesock.client.core.requests import Bytes

_NOTHING = memoryview(b"")


class LocalEnd:
    """Our end. Made with `local_pair`."""

    def __init__(self, descriptor: socket.socket) -> None:
        self._socket = descriptor
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLRDHUP)  # errors and hang-ups are told anyway
        self._flags = 0
        self._finished = False
        self._scratch = bytearray()

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._socket.fileno()

    def look(self) -> None:
        """Find out how the other end is, which `ended`, `closed` and `broken` then tell."""
        for _, flags in self._poll.poll(0):
            self._flags |= flags

    @property
    def ended(self) -> bool:
        """Whether nothing more will be written there."""
        return bool(self._flags & select.POLLRDHUP) or self.closed

    @property
    def closed(self) -> bool:
        """Whether it is closed, or both directions have ended."""
        return bool(self._flags & select.POLLHUP)

    @property
    def broken(self) -> bool:
        """Whether it was closed with bytes unread."""
        return bool(self._flags & select.POLLERR)

    def take(self, most: int) -> bytes | None:
        """Return what was written there, at most so much; None for nothing now, nothing for the end."""
        ended = self.ended  # what was known before the look
        fresh = self._socket.recv(most + 1, socket.MSG_PEEK)[1:]
        if not fresh:
            return b"" if ended else None
        self._drop(len(fresh))
        return fresh

    def _drop(self, size: int) -> None:
        """Take so many bytes out of the queue."""
        if len(self._scratch) < size:
            self._scratch = bytearray(size)
        while size:
            size -= self._socket.recv_into(self._scratch, size)

    def give(self, data: Bytes) -> memoryview:
        """Write bytes and return those that there is no room for now; where nobody reads they are gone."""
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._socket.send(rest, socket.MSG_NOSIGNAL) :]
        except BlockingIOError:
            return rest
        except OSError:  # it is closed, or does not read any more
            self.look()
            return _NOTHING
        return rest

    def finish(self) -> None:
        """Let it read an end behind what it was given."""
        if not self._finished:
            self._finished = True
            self._socket.shutdown(socket.SHUT_WR)
            self.look()

    def close(self, *, graceful: bool) -> None:
        """Release it. The other end, if it is open, reads what it was given, and then an end or ECONNRESET."""
        if graceful:
            self._drop(1)
        self._socket.close()


def local_pair() -> tuple[LocalEnd, socket.socket]:
    """Make a pair: our end, and the other one."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.send(b"\0")
    return LocalEnd(ours), theirs
