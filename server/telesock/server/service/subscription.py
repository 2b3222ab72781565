"""Reading a journal as it grows: what a subscriber gets next, and how it waits when there is nothing.

A subscriber never holds anybody up: what it has not read stays in the journal, or is told as a gap. All that
happened in one turn of the loop leaves in one batch.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

from telesock.server.core.filter import Filter
from telesock.server.core.refusal import Reason, Refused
from telesock.server.engine.sessions import HeldSession
from telesock.server.service.wire.events import encode_batch
from telesock.server.service.wire.payload import without_payload

BATCH_EVENTS = 512
BATCH_BYTES = 1 << 20
LAST_READING = 5.0
"""Seconds that the readers of an ended session have for its last events."""


@contextlib.contextmanager
def subscribing(session: HeldSession, most: int, whose: str = "") -> Iterator[None]:
    """Be one of a session's subscribers, or be refused where an identity has as many of them as it may have."""
    if session.subscribers[whose] >= most:
        message = f"the session has {most} subscribers, as many as it may have; end one of these streams"
        raise Refused(Reason.TOO_MANY_SUBSCRIBERS, message, limit=str(most))
    session.subscribers[whose] += 1
    try:
        yield
    finally:
        session.subscribers[whose] -= 1
        session.subscribers += Counter()  # which forgets those that are at 0


class Subscription:
    """One reader of one session's journal. Use as a context manager."""

    def __init__(
        self, session: HeldSession, start_after: int, wanted: Filter | None = None, payload: bool = True
    ) -> None:
        last = session.journal.last_sequence
        if start_after > last:
            message = f"start_after: {start_after} is above the session's last event, {last}"
            raise Refused(Reason.SEQUENCE_AHEAD, message, last_sequence=str(last))
        self.session = session
        self.cursor = start_after
        self._filter = wanted
        self._payload = payload  # whether it may be seen
        self._waiter: asyncio.Future[None] | None = None
        self._deadline: float | None = None
        self._limit: asyncio.Timeout | None = None

    def __enter__(self) -> "Subscription":
        """Begin to read."""
        self.session.enter_reader(self._session_ended)
        return self

    def __exit__(self, *exception: object) -> None:
        """Read no longer."""
        self.session.leave_reader(self._session_ended)
        if self.wake in self.session.sleeping:
            self.session.sleeping.remove(self.wake)

    @property
    def behind(self) -> bool:
        """Whether there is something to read."""
        return self.cursor < self.session.journal.last_sequence

    @property
    def finished(self) -> bool:
        """Whether the session has ended and everything is read."""
        return self.session.ended is not None and not self.behind

    def next_batch(self, rest: bytes = b"") -> bytes:
        """Return a response, encoded: the next events as its first field, and the `rest` of its fields.

        No events make a progress mark. With a filter, a batch in which nothing matches is a mark too: it says how far
        the reading has come.
        """
        journal = self.session.journal
        gap = journal.gap_after(self.cursor)
        cursor = self.cursor if gap is None else gap.last_sequence
        encoded = journal.read(cursor, BATCH_EVENTS, BATCH_BYTES)
        self.cursor = cursor + len(encoded)
        if self._filter:
            entries = journal.after(cursor, len(encoded), BATCH_BYTES)
            encoded = [entry.encoded for entry in entries if self._filter.matches(entry)]
        if not self._payload:
            encoded = list(map(without_payload, encoded))
        return encode_batch(encoded, self.cursor, gap, rest)

    async def run(
        self, write: Callable[[bytes], Awaitable[None]], wanted: Callable[[], bool] = lambda: True
    ) -> None:
        """Write batches, the first at once, until the session has ended and all is read, or it is no longer wanted."""
        async with self.time_limit():
            await write(self.next_batch())
            while wanted() and not self.finished:
                if self.behind:
                    await write(self.next_batch())
                else:
                    await self.wait()

    @contextlib.asynccontextmanager
    async def time_limit(self) -> AsyncIterator[None]:
        """A limit on the reading, which begins to run when the session ends. Raises TimeoutError."""
        async with asyncio.timeout_at(self._deadline) as self._limit:
            try:
                yield
            finally:
                self._limit = None

    def _session_ended(self) -> None:
        self._deadline = asyncio.get_running_loop().time() + LAST_READING
        if self._limit is not None:
            self._limit.reschedule(self._deadline)

    async def wait(self) -> None:
        """Return when there is something new, or somebody called `wake`."""
        self._waiter = asyncio.get_running_loop().create_future()
        if self.wake not in self.session.sleeping:
            self.session.sleeping.append(self.wake)
        try:
            await self._waiter
        finally:
            self._waiter = None

    def wake(self) -> None:
        """End a wait."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
