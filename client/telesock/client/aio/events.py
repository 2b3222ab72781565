"""A session's whole story as a stream of its own: every event once, in order, over as many streams as it takes."""

import asyncio
import contextlib
from collections import deque
from typing import Self

import grpc

from telesock.client.aio.calls import Calls, EventsCall, end_of_call, is_cancelling
from telesock.client.core.cursor import missing
from telesock.client.core.lease import Backoff
from telesock.client.credentials import Metadata
from telesock.client.errors import AgentUnavailable, SessionClosed, TelesockError
from telesock.client.statuses import CallEnd, loss_of_stream, read_call_end
from telesock.v1.events_pb2 import Event, EventBatch, EventFilter, Gap
from telesock.v1.sessions_pb2 import StreamEventsRequest, StreamEventsResponse


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
        self._session_id = session_id
        self._filter = wanted
        self._patience = patience
        self._cursor = start_after
        self._backoff = Backoff()
        self._broken_at: float | None = None
        self._answered = False  # whether the stream that there is has brought anything
        self._call: EventsCall | None = None
        self._ready: deque[Event | Gap] = deque()
        self._end: TelesockError | None = None
        self._interrupted = asyncio.Event()

    def __aiter__(self) -> Self:
        """Iterate from here on."""
        return self

    async def __anext__(self) -> Event | Gap:
        """Return the next event, or the gap where some are gone."""
        while not self._ready:
            if isinstance(self._end, _Finished):
                raise StopAsyncIteration
            if self._end is not None:
                raise self._end
            await self._fetch()
        return self._ready.popleft()

    async def aclose(self) -> None:
        """Ask for no more."""
        self.interrupt(_Finished())

    def interrupt(self, why: TelesockError) -> None:
        """End it: after what has arrived, `why` is raised."""
        if self._end is None:
            self._end = why
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
            self._take(answer.batch)
        elif self._end is None:
            self._call = None
            await self._go_on(answer)

    def _open(self) -> bool:
        """Ask for what comes next, unless the client is closed."""
        self._answered = False
        request = StreamEventsRequest(
            session_id=self._session_id, start_after=self._cursor, filter=self._filter
        )
        try:
            self._call = self._calls.sessions.StreamEvents(request, metadata=self._metadata)
        except grpc.aio.UsageError:
            self._end = SessionClosed("the client was closed", "CLOSED")
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
            if self._end is None:  # the channel was closed
                self._end = SessionClosed("the client was closed", "CLOSED")
            return CallEnd(grpc.StatusCode.CANCELLED, "")

    def _take(self, batch: EventBatch) -> None:
        self._broken_at = None
        self._answered = True
        self._backoff.reset()
        if batch.HasField("gap"):
            self._ready.append(batch.gap)
            self._cursor = batch.gap.last_sequence
        for event in batch.events:
            if event.sequence > self._cursor:
                self._check(event)
                self._cursor = event.sequence
                self._ready.append(event)
        self._cursor = max(self._cursor, batch.last_sequence)

    def _check(self, event: Event) -> None:
        if self._filter is None and event.sequence != self._cursor + 1:
            raise missing(self._cursor + 1, event.sequence - 1)

    async def _go_on(self, end: CallEnd) -> None:
        """The stream has ended: finish, fail, or pause before the next one."""
        lost = loss_of_stream(end)
        if isinstance(lost, SessionClosed):
            self._end = _Finished() if self._answered else self._unheard()
            return
        if lost is not None and lost.cause != "SESSION_UNKNOWN":
            self._end = lost
            return
        # Where the agent has restarted, the session's own stream is told so, and ends this one.
        now = asyncio.get_running_loop().time()
        self._broken_at = now if self._broken_at is None else self._broken_at
        if now - self._broken_at >= self._patience:
            silence = f"no events from the agent at {self._calls.target} for {self._patience:g} s"
            self._end = lost or AgentUnavailable(f"{silence}: {end.details}")
            return
        with contextlib.suppress(TimeoutError):  # whoever is interrupted does not finish the pause
            async with asyncio.timeout(self._backoff.pause()):
                await self._interrupted.wait()

    def _unheard(self) -> SessionClosed:
        """The session was closed while no stream was there to tell the rest of it."""
        what = f"the session was closed; what happened in it after event {self._cursor} cannot be told"
        return SessionClosed(what, "CLOSED")


class _Finished(TelesockError):
    """The story is told."""
