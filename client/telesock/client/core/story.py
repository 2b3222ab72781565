"""How a session's story is read over as many streams as it takes: what is new, what is missing, and when to give up.

Every event is told once and in order. A broken stream is taken up behind the last event that came, until nothing has come
for as long as the reader is patient. Times are seconds of any monotonic clock.
"""

from collections import deque

from telesock.client.core.cursor import missing
from telesock.client.core.lease import Backoff
from telesock.client.errors import AgentUnavailable, SessionClosed, SessionLost, TelesockError
from telesock.v1.events_pb2 import Event, EventBatch, EventFilter, Gap
from telesock.v1.sessions_pb2 import StreamEventsRequest


class Finished(TelesockError):
    """The story is told."""


class Overdue(TelesockError):
    """Whoever reads the story has no more time for it."""


class Story:
    """One reading. `target` is how the agent is called in what is raised."""

    def __init__(
        self, target: str, session_id: str, start_after: int, wanted: EventFilter | None, patience: float
    ) -> None:
        self._target = target
        self._session_id = session_id
        self._filter = wanted
        self._patience = patience
        self._cursor = start_after
        self._answered = False  # whether the stream that there is has brought anything
        self.backoff = Backoff()
        self.broken_at: float | None = None
        """Since when nothing has come; None while a stream works."""
        self.ready: deque[Event | Gap] = deque()
        """What has come and was not read."""
        self.end: TelesockError | None = None
        """What is raised behind all that has come; None while it goes on."""

    @property
    def position(self) -> int:
        """The last event that has come, or that is known not to match."""
        return self._cursor

    def begin(self) -> StreamEventsRequest:
        """Return what to ask for on a new stream."""
        self._answered = False
        return StreamEventsRequest(session_id=self._session_id, start_after=self._cursor, filter=self._filter)

    def take(self, batch: EventBatch) -> None:
        """Take in what came. Raises SessionLost when events are missing."""
        self.broken_at = None
        self._answered = True
        self.backoff.reset()
        if batch.HasField("gap"):
            self.ready.append(batch.gap)
            self._cursor = batch.gap.last_sequence
        for event in batch.events:
            if event.sequence > self._cursor:
                self._check(event)
                self._cursor = event.sequence
                self.ready.append(event)
        self._cursor = max(self._cursor, batch.last_sequence)

    def _check(self, event: Event) -> None:
        if self._filter is None and event.sequence != self._cursor + 1:
            raise missing(self._cursor + 1, event.sequence - 1)

    def broke(self, lost: SessionLost | None, details: str, now: float) -> float:
        """The stream has ended, for good where `lost` says so. Return the pause before the next; see `end` for whether."""
        if isinstance(lost, SessionClosed):
            self.end = Finished() if self._answered else self._unheard()
        elif lost is not None and lost.cause != "SESSION_UNKNOWN":
            self.end = lost
        else:  # where the agent has restarted, the session's own stream is told so, and ends this one
            self._lose_patience(lost, details, now)
        return 0.0 if self.end is not None else self.backoff.pause()

    def _lose_patience(self, lost: SessionLost | None, details: str, now: float) -> None:
        self.broken_at = now if self.broken_at is None else self.broken_at
        if now - self.broken_at >= self._patience:
            silence = f"no events from the agent at {self._target} for {self._patience:g} s"
            self.end = lost or AgentUnavailable(f"{silence}: {details}")

    def _unheard(self) -> SessionClosed:
        """The session was closed while no stream was there to tell the rest of it."""
        what = f"the session was closed; what happened in it after event {self._cursor} cannot be told"
        return SessionClosed(what, "CLOSED")
