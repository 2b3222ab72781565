"""A session's whole story as a stream of its own: every event once, in order, over as many streams as it takes."""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Self

import grpc

from telesock.client.aio.calls import Calls, EventsCall, end_of_call, is_cancelling
from telesock.client.channels import stream_of_closed
from telesock.client.core.story import Finished, Overdue, Story
from telesock.client.credentials import Metadata
from telesock.client.errors import TelesockError
from telesock.client.statuses import CallEnd, cause_of, loss_of_stream, read_call_end
from telesock.v1.events_pb2 import Event, EventFilter, Gap
from telesock.v1.sessions_pb2 import StreamEventsResponse


class EventStream:
    """An asynchronous iterator; see AsyncSession.events. `aclose` ends it early; so does the client's close."""

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
        self._interrupted = asyncio.Event()

    def __aiter__(self) -> Self:
        """Iterate from here on."""
        return self

    async def __anext__(self) -> Event | Gap:
        """Return the next event, or the gap where some are gone."""
        story = self._story
        while not story.ready:
            if isinstance(story.end, Finished):
                raise StopAsyncIteration
            if story.end is not None:
                raise story.end
            await self._fetch()
        return story.ready.popleft()

    @property
    def position(self) -> int:
        """Up to which sequence it has looked: events that do not match included."""
        return self._story.position

    @property
    def broken(self) -> bool:
        """Whether the way to the agent is broken at the moment."""
        return self._story.broken_at is not None

    async def aclose(self) -> None:
        """Ask for no more."""
        self.interrupt(Finished())

    def interrupt(self, why: TelesockError) -> None:
        """End it: after what has arrived, `why` is raised."""
        if self._story.end is None:
            self._story.end = why
        self._interrupted.set()
        if self._call is not None:
            self._call.cancel()
            self._call = None

    async def _fetch(self) -> None:
        """Read one batch, or find out why there is none and what follows from that."""
        if self._call is None and not self._open():
            return
        assert self._call is not None, "it was just opened"
        answer = await self._read(self._call)
        if isinstance(answer, StreamEventsResponse):
            self._story.take(answer.batch)
        elif self._story.end is None:
            self._call = None
            await self._go_on(answer)

    def _open(self) -> bool:
        """Ask for what comes next, unless the client is closed."""
        try:
            self._call = self._calls.sessions.StreamEvents(self._story.begin(), metadata=self._metadata)
        except grpc.aio.UsageError:
            self._story.end = stream_of_closed()
        return self._call is not None

    async def _read(self, call: EventsCall) -> StreamEventsResponse | CallEnd:
        try:
            answer = await call.read()
            if isinstance(answer, StreamEventsResponse):
                return answer
            return read_call_end(await call.code(), await call.details(), await call.trailing_metadata())
        except grpc.aio.AioRpcError as error:
            return end_of_call(error)
        except asyncio.CancelledError:
            if is_cancelling():
                raise
            if self._story.end is None:  # the channel was closed
                self._story.end = stream_of_closed()
            return CallEnd(grpc.StatusCode.CANCELLED, "")

    async def _go_on(self, end: CallEnd) -> None:
        """The stream has ended: finish, fail, or pause before the next one."""
        now = asyncio.get_running_loop().time()
        pause = self._story.broke(loss_of_stream(end), cause_of(end), now)
        if self._story.end is not None:
            return
        with contextlib.suppress(TimeoutError):  # whoever is interrupted does not finish the pause
            async with asyncio.timeout(pause):
                await self._interrupted.wait()


@contextlib.contextmanager
def time_limit(stream: EventStream, seconds: float) -> Iterator[None]:
    """End a stream after a time: behind what has arrived by then it raises Overdue."""
    alarm = asyncio.get_running_loop().call_later(seconds, stream.interrupt, Overdue())
    try:
        yield
    finally:
        alarm.cancel()
