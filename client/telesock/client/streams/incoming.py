"""What arrives on a connection, asked for ahead of whoever reads: a few receives that wait at the agent, and no more.

That is the flow control too: at most AHEAD receives of CHUNK bytes are here or on their way, and what comes after them
stays with the agent's host, whose TCP then holds the peer back. Nothing is asked for before the first `ask`.
"""

from collections import deque
from collections.abc import Callable

from telesock.client.core.operations import BaseOperation
from telesock.client.errors import SessionLost
from telesock.client.streams.watching import Connection, Watch, on_the_loop

CHUNK = 64 * 1024
"""Bytes of one receive, at most."""
AHEAD = 8
"""Receives that wait at the agent."""


class Incoming:
    """The bytes of one connection, in order; `arrived` is called when `take` may have changed its answer."""

    def __init__(self, socket: Connection, arrived: Callable[[], None], watch: Watch = on_the_loop) -> None:
        self._socket = socket
        self._arrived = arrived
        self._watch = watch
        self._asked: deque[BaseOperation[bytes]] = deque()
        self._watched: BaseOperation[bytes] | None = None
        self._last: BaseOperation[bytes] | None = None
        self._rest = b""
        self._ended = False

    def ask(self) -> None:
        """Have as many receives waiting as there may be."""
        while not self._ended and len(self._asked) < AHEAD:
            self._asked.append(self._socket.receive(CHUNK))
        front = self._asked[0] if self._asked else None
        if front is not None and front is not self._watched and not front.done():
            self._watched = front
            self._watch(front, self._arrived)

    @property
    def ready(self) -> bool:
        """Whether `take` has an answer: bytes, the peer's end, or a failure."""
        return bool(self._rest) or self._ended or (bool(self._asked) and self._asked[0].done())

    @property
    def lost(self) -> SessionLost | None:
        """Why the session is no more, if so; what had arrived before can still be taken."""
        outcome = self._asked[-1].outcome if self._asked else None
        return outcome if isinstance(outcome, SessionLost) else None

    def watch_for_loss(self) -> None:
        """Have `arrived` called when the session ends, also while nothing is taken."""
        last = self._asked[-1] if self._asked else None
        if last is not None and last is not self._last and not last.done():
            self._last = last
            self._watch(last, self._arrived)

    def take(self, most: int = CHUNK) -> bytes:
        """Return what has arrived, at most so much; nothing is the peer's end. Raises why nothing more arrives, each time."""
        if not self._rest and not self._ended:
            self._rest = self._asked[0].take_result()
            self._asked.popleft()
            self._ended = not self._rest
        taken, self._rest = self._rest[:most], self._rest[most:]
        return taken
