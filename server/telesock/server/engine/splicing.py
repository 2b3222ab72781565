"""Pipes in which bytes go from one socket to another without leaving the kernel, see splice(2).

A pipe is taken for a step and given back when it is empty, so that connections on which nothing moves hold none. What is
left in a pipe that is given back goes with it.
"""

import contextlib
import fcntl
import os
import socket

from telesock.server.engine.descriptors import Descriptors

PIPE_BYTES = 262_144
_MOST_SPARE = 16
_FLAGS = os.SPLICE_F_MOVE | os.SPLICE_F_NONBLOCK


class Pipe:
    """A pipe of the kernel, and how many bytes are in it."""

    __slots__ = ("_entrance", "_exit", "held")

    def __init__(self) -> None:
        """Make it. Raises OSError."""
        self._exit, self._entrance = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        with contextlib.suppress(OSError):  # a user may have so many pages in pipes and no more, see pipe(7)
            fcntl.fcntl(self._entrance, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self.held = 0

    def fill(self, source: socket.socket, most: int) -> int:
        """Move bytes in; 0 at the end of the stream. Raises OSError.

        Into an empty pipe: only then EAGAIN says that the socket has none, and not that the pipe is full.
        """
        moved = os.splice(source.fileno(), self._entrance, most, flags=_FLAGS)
        self.held += moved
        return moved

    def drain(self, target: socket.socket) -> int:
        """Move bytes out. Raises OSError."""
        moved = os.splice(self._exit, target.fileno(), self.held, flags=_FLAGS)
        self.held -= moved
        return moved

    def close(self) -> None:
        """Give both descriptors back, and drop what is inside."""
        os.close(self._entrance)
        os.close(self._exit)


class Pipes:
    """The pipes of one relay, of which some wait for use."""

    def __init__(self, descriptors: Descriptors | None = None) -> None:
        self._descriptors = descriptors or Descriptors()
        self._spare: list[Pipe] = []
        self._closed = False

    def take(self) -> Pipe:
        """Return an empty pipe. Raises OSError."""
        return self._spare.pop() if self._spare else self._open()

    def _open(self) -> Pipe:
        self._descriptors.open_pipe()
        try:
            return Pipe()
        except OSError:
            self._descriptors.close_pipe()
            raise

    def give_back(self, pipe: Pipe) -> None:
        """A pipe is no longer needed."""
        if pipe.held or self._closed or len(self._spare) >= _MOST_SPARE:
            self._close(pipe)
        else:
            self._spare.append(pipe)

    def close(self) -> None:
        """Keep none from now on."""
        self._closed = True
        while self._spare:
            self._close(self._spare.pop())

    def _close(self, pipe: Pipe) -> None:
        pipe.close()
        self._descriptors.close_pipe()
