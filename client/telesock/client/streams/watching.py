"""What the adapters ask of a connection, of either client's, and how they are told that an operation is done."""

from collections.abc import Callable
from typing import Any, Protocol

from telesock.client.core.operations import BaseOperation
from telesock.client.core.requests import Bytes

Watch = Callable[[BaseOperation[Any], Callable[[], None]], None]
"""Has it call back once, when the operation has an outcome; where and on which thread is the adapter's to decide."""


class Connection(Protocol):
    """A remote connection: its verbs return their operations at once."""

    def receive(self, length: int, /) -> BaseOperation[bytes]:
        """Receive at most so many bytes."""

    def send(self, data: Bytes, /) -> BaseOperation[int]:
        """Send bytes."""

    def disconnect(self) -> BaseOperation[Any]:
        """End our direction."""


def on_the_loop(operation: BaseOperation[Any], callback: Callable[[], None]) -> None:
    """Watch as a program on asyncio's loop does: whatever happens, happens there."""
    operation.when_done(callback)
