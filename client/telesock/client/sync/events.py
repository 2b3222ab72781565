"""A session's whole story as a stream of its own: every event once, in order, over as many streams as it takes."""

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Self

import grpc

from telesock.client.channels import stream_of_closed
from telesock.client.core.story import Finished, Overdue, Story
from telesock.client.credentials import Metadata
from telesock.client.errors import TelesockError
from telesock.client.statuses import CallEnd, cause_of, loss_of_stream
from telesock.client.sync.calls import Calls, EventsCall, end_of_call
from telesock.v1.events_pb2 import Event, EventFilter, Gap


class EventStream:
    """An iterator, for one thread; see Session.events. `close` ends it early, from any thread; so does the client's close."""

    def __init__(
        self,
        calls: Calls,
        metadata: Metadata,
        session_id: str,
        start_after: int,
        wanted: EventFilter | None,
        patience: float,
    ) -> None:
        self._calls = calls
        self._metadata = metadata
        self._story = Story(calls.target, session_id, start_after, wanted, patience)
        self._call: EventsCall | None = None
        self._lock = threading.Lock()
        self._interrupted = threading.Event()

    def __iter__(self) -> Self:
        """Iterate from here on."""
        return self

    def __next__(self) -> Event | Gap:
        """Return the next event, or the gap where some are gone."""
        story = self._story
        while not story.ready:
            if isinstance(story.end, Finished):
                raise StopIteration
            if story.end is not None:
                raise story.end
            self._fetch()
        return story.ready.popleft()

    @property
    def position(self) -> int:
        """Up to which sequence it has looked: events that do not match included."""
        return self._story.position

    @property
    def broken(self) -> bool:
        """Whether the way to the agent is broken at the moment."""
        return self._story.broken_at is not None

    def close(self) -> None:
        """Ask for no more."""
        self.interrupt(Finished())

    def interrupt(self, why: TelesockError) -> None:
        """End it: after what has arrived, `why` is raised."""
        with self._lock:
            if self._story.end is None:
                self._story.end = why
            call, self._call = self._call, None
        self._interrupted.set()
        if call is not None:
            call.cancel()

    def _fetch(self) -> None:
        """Read one batch, or find out why there is none and what follows from that."""
        call = self._call or self._open()
        if call is None:
            return
        try:
            batch = next(call).batch
        except (StopIteration, grpc.RpcError):
            self._go_on(end_of_call(call))
        else:
            self._story.take(batch)

    def _open(self) -> EventsCall | None:
        """Ask for what comes next, unless it was ended or the client is closed."""
        with self._lock:
            if self._story.end is None and self._calls.closed:
                self._story.end = stream_of_closed()
            if self._story.end is None:
                self._call = self._calls.sessions.StreamEvents(self._story.begin(), metadata=self._metadata)
            return self._call

    def _go_on(self, end: CallEnd) -> None:
        """The stream has ended: finish, fail, or pause before the next one."""
        with self._lock:
            self._call = None
            if self._story.end is not None:
                return
            if self._calls.closed:
                self._story.end = stream_of_closed()
                return
            pause = self._story.broke(loss_of_stream(end), cause_of(end), time.monotonic())
        if pause:
            self._interrupted.wait(pause)  # whoever is interrupted does not finish it


@contextlib.contextmanager
def time_limit(stream: EventStream, seconds: float) -> Iterator[None]:
    """End a stream after a time: behind what has arrived by then it raises Overdue."""
    alarm = threading.Timer(seconds, stream.interrupt, (Overdue(),))
    alarm.start()
    try:
        yield
    finally:
        alarm.cancel()
        alarm.join()
