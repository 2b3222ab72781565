"""What leaves on a connection: any number of bytes at once, of which the agent has so many at a time as it will take.

The rest waits here. The first send that fails ends it: what waits is dropped, and `problem` says why. An end that is asked
for follows the last byte.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from telesock.client.core.operations import BaseOperation
from telesock.client.core.requests import Bytes
from telesock.client.errors import TelesockError
from telesock.client.streams.watching import Connection, Watch, on_the_loop

CHUNK = 64 * 1024
"""Bytes of one send, at most: what every agent takes."""
WINDOW = 1024 * 1024
"""Bytes with the agent that its host has not taken yet."""


class Outgoing:
    """The bytes of one connection, in order; `changed` is called when fewer are left, or something has ended."""

    def __init__(self, socket: Connection, changed: Callable[[], None], watch: Watch = on_the_loop) -> None:
        self._socket = socket
        self._changed = changed
        self._watch = watch
        self._waiting = bytearray()
        self._under_way = 0
        self._ending = False
        self._end: BaseOperation[Any] | None = None
        self.problem: TelesockError | None = None
        """Why nothing can be sent any more."""

    @property
    def size(self) -> int:
        """Bytes that the agent's host has not taken."""
        return len(self._waiting) + self._under_way

    @property
    def ending(self) -> bool:
        """Whether an end was asked for: nothing may be written behind it."""
        return self._ending

    @property
    def ended(self) -> bool:
        """Whether nothing is left to do: the peer's host has everything and our end, or there was a problem."""
        return self.problem is not None or (self._end is not None and self._end.done())

    def write(self, data: Bytes) -> None:
        """Send bytes, behind all others."""
        if self.problem is None:
            self._waiting += data
            self._go_on()

    def end(self) -> None:
        """Disconnect gracefully behind the last byte, once."""
        self._ending = True
        self._go_on()

    def drop(self) -> None:
        """Forget what waits."""
        self._waiting.clear()

    def _go_on(self) -> None:
        while self._waiting and self._under_way < WINDOW:
            chunk = bytes(self._waiting[:CHUNK])
            del self._waiting[:CHUNK]
            self._under_way += len(chunk)
            self._follow(self._socket.send(chunk), len(chunk))
        if self._ending and self._end is None and not self._waiting and self.problem is None:
            self._end = self._socket.disconnect()
            self._follow(self._end, 0)

    def _follow(self, operation: BaseOperation[Any], size: int) -> None:
        done = partial(self._done, operation, size)
        if operation.done():
            done()
        else:
            self._watch(operation, done)

    def _done(self, operation: BaseOperation[Any], size: int) -> None:
        self._under_way -= size
        try:
            operation.take_result()
        except TelesockError as error:
            self.problem = self.problem or error
            self.drop()
        self._go_on()
        self._changed()
