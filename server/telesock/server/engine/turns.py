"""Whose turn it is on the agent's loop: sockets with more to read or write take one each, in order, and never two at once.

What requests have queued leaves at the next `flush`, so that the sends of one batch share their system calls, and what one
flush has written completes at one moment.
"""

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from telesock.server.core.events import Clock
from telesock.server.core.operations import Operation

if TYPE_CHECKING:
    from telesock.server.engine.connection import Connection
    from telesock.server.engine.sessions import HeldSession

_new_tuple = tuple.__new__  # makes a named tuple at half the price of its own constructor


class Reader(Protocol):
    """A socket that reads, in turns."""

    def read(self) -> None:
        """Take the next turn."""


class Writer(Protocol):
    """A socket that writes, in turns."""

    def flush(self) -> None:
        """Take the next turn."""


class Turns:
    """Gives them. `failed` is told of a socket's bug that must not keep the others from theirs."""

    def __init__(self, loop: asyncio.AbstractEventLoop, failed: Callable[[Exception], None]) -> None:
        self.loop = loop
        self._failed = failed
        self._dirty: list[Connection] = []
        self._writers: dict[Writer, None] = {}
        self._readers: dict[Reader, None] = {}  # in order; each waits for one turn, however often woken

    def clock(self) -> Clock:
        """Read both clocks."""
        return _new_tuple(Clock, (time.monotonic_ns(), time.time_ns()))

    def flush_soon(self, connection: "Connection") -> None:
        """A connection may have something to write, though no request will flush it."""
        self.write_later(connection)

    def flush_later(self, connection: "Connection") -> None:
        """A connection has something to write at the next flush."""
        self._dirty.append(connection)

    def flush(self) -> None:
        """Write what the requests since the last flush have queued, and complete all that is done by it at once."""
        dirty, self._dirty = self._dirty, []
        if len(dirty) == 1:
            dirty[0].flush()
            return
        done: dict[HeldSession, list[Operation]] = {}
        for connection in dirty:
            try:
                done.setdefault(connection.session, []).extend(connection.write())
            except Exception as error:  # one socket's bug must not keep the others' completions
                self._failed(error)
        for session, operations in done.items():
            if operations:
                session.succeed(operations, self.clock())
        for connection in dirty:
            connection.progress()

    def write_later(self, connection: Writer) -> None:
        """A socket has used up its turn and has more to write."""
        if not self._writers:
            self.loop.call_soon(self._write_next)
        self._writers[connection] = None

    def _write_next(self) -> None:
        connection = next(iter(self._writers))
        del self._writers[connection]
        if self._writers:
            self.loop.call_soon(self._write_next)
        connection.flush()

    def read_later(self, connection: Reader) -> None:
        """A socket has used up its turn and may have more to read."""
        if not self._readers:
            self.loop.call_soon(self._read_next)
        self._readers[connection] = None

    def _read_next(self) -> None:
        connection = next(iter(self._readers))
        del self._readers[connection]
        if self._readers:
            self.loop.call_soon(self._read_next)
        connection.read()
