"""A session's stream: kept up as long as there is a session, broken and taken up again as often as need be.

Three tasks at most: the keeper, and under it a reader and a writer for the stream that there is. The keeper ends only
by losing the session, and whatever ends it, the session is then lost and all that was asked of it is settled.
"""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

import grpc

from telesock.client.aio.calls import AttachCall, Calls
from telesock.client.core.lease import Backoff
from telesock.client.core.session import SessionCore
from telesock.client.credentials import Metadata
from telesock.client.errors import SessionClosed, SessionLost
from telesock.client.statuses import CallEnd, expired, loss_of_stream, read_call_end
from telesock.v1.sessions_pb2 import AttachResponse

_LAST_WORDS = (
    1.0  # seconds for a stream that is done with to end by itself, which leaves nothing behind in gRPC
)

Value = TypeVar("Value")

_MASK = "Internal error from Core"  # what gRPC says of a write that failed, whatever the reason


class Attachment:
    """Carries one session's messages. Lives on the running event loop."""

    def __init__(self, calls: Calls, core: SessionCore, metadata: Metadata) -> None:
        self._calls = calls
        self._core = core
        self._metadata = metadata
        self._loop = asyncio.get_running_loop()
        self._backoff = Backoff()
        self._sleeper: asyncio.Future[None] | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._attached = asyncio.Event()
        self._established = False
        core.wake = self._wake
        self._keeper = self._loop.create_task(self._keep())

    async def attached(self) -> None:
        """Wait until the agent has answered for the first time. Raises SessionLost when it never will."""
        await self._attached.wait()
        if self._core.lost is not None:
            raise self._core.lost.again()

    async def close(self, why: SessionLost) -> None:
        """Lose the session if it is not lost, end the stream, and wait until its tasks are gone."""
        self._core.lose(why)
        self._wake()
        try:
            if self._established:
                await asyncio.wait((self._keeper,), timeout=_LAST_WORDS)
        finally:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)

    # Keeping

    async def _keep(self) -> None:
        """Attach again and again until the session is lost."""
        why: SessionLost = SessionClosed("the session's stream was given up", "CLOSED")
        try:
            why = await self._attach_until_lost()
        except Exception as error:  # a bug of ours must not let anybody wait for ever
            why = SessionLost(f"the client has a bug: {error!r}", "CLIENT_FAILED")
            self._loop.call_exception_handler({"message": str(why), "exception": error})
        finally:
            self._stop_alarm()
            self._core.lose(why)
            self._attached.set()

    async def _attach_until_lost(self) -> SessionLost:
        while True:
            try:
                end = await self._attach()
            except SessionLost as lost:
                return lost
            why = self._core.lost or loss_of_stream(end)
            if why is not None:
                return why
            left = self._core.lease.deadline - self._loop.time()
            if left <= 0:
                return expired(end, self._calls.target, self._core.lease.duration)
            await asyncio.sleep(min(self._backoff.pause(), left))

    async def _attach(self) -> CallEnd:
        """Open a stream and serve it until it ends or the lease does. Raises SessionLost."""
        self._core.begin()
        call = self._calls.attach(metadata=self._metadata)
        status = StreamStatus(call)
        reader = self._loop.create_task(self._read(call))
        writer = self._loop.create_task(self._write(call))
        try:
            while not (reader.done() or writer.done()):
                left = self._core.lease.deadline - self._loop.time()
                if left <= 0:
                    return CallEnd(grpc.StatusCode.DEADLINE_EXCEEDED, "no answer")
                await asyncio.wait((reader, writer), timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if not reader.done():
                await asyncio.wait((reader,), timeout=_LAST_WORDS)
            _raise_mistakes(reader, writer)
            return await status.end()
        finally:
            self._established = False
            reader.cancel()
            writer.cancel()
            await asyncio.gather(reader, writer, return_exceptions=True)
            call.cancel()

    # Reading and writing

    async def _read(self, call: AttachCall) -> None:
        core = self._core
        async for data in call:  # call.read() would give up when a write has failed
            if core.take(AttachResponse.FromString(data), len(data)):
                self._backoff.reset()
            self._established = True
            self._attached.set()

    async def _write(self, call: AttachCall) -> None:
        core, loop = self._core, self._loop
        while core.lost is None:
            message = core.next_message(loop.time())
            if message is None:
                await self._sleep(core.lease.next_mark)
            else:
                await call.write(message)
        await call.done_writing()

    async def _sleep(self, until: float) -> None:
        """Return when there may be something to send. A turn of the loop is the window in which it gathers.

        An alarm that is set for earlier is left to ring: setting it anew for every message would cost more.
        """
        if self._alarm is None or self._alarm.when() > until:
            self._set_alarm(until)
        self._sleeper = sleeper = self._loop.create_future()
        try:
            await sleeper
        finally:
            self._sleeper = None

    def _wake(self) -> None:
        if self._sleeper is not None and not self._sleeper.done():
            self._sleeper.set_result(None)

    def _set_alarm(self, when: float) -> None:
        self._stop_alarm()
        self._alarm = self._loop.call_at(when, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        self._wake()

    def _stop_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None


def _raise_mistakes(*tasks: "asyncio.Task[None]") -> None:
    """Raise what is neither the stream's end nor what follows from it: the session's loss, or a bug."""
    for task in tasks:
        error = task.exception() if task.done() and not task.cancelled() else None
        if error is not None and not isinstance(error, grpc.aio.AioRpcError | asyncio.InvalidStateError):
            raise error


class StreamStatus:
    """The status with which the agent has ended a stream.

    Where a write fails because the stream has ended, gRPC calls that an internal error, before or after it has the
    agent's own status, and keeps what came last. The difference matters: who was replaced must not come back.
    """

    def __init__(self, call: AttachCall) -> None:
        self._end: asyncio.Future[CallEnd] = asyncio.get_running_loop().create_future()
        call.add_done_callback(lambda _: self._told(call))

    def _told(self, call: AttachCall) -> None:
        end = read_call_end(_ready(call.code()), _ready(call.details()), _ready(call.trailing_metadata()))
        if end.details != _MASK and not self._end.done():
            self._end.set_result(end)

    async def end(self) -> CallEnd:
        """Return it, or that there is none."""
        await asyncio.wait((self._end,), timeout=_LAST_WORDS)
        return self._end.result() if self._end.done() else CallEnd(grpc.StatusCode.UNKNOWN, "it broke off")


def _ready(coroutine: Coroutine[None, None, Value]) -> Value:
    """Return the result of a coroutine that does not have to wait for it."""
    try:
        coroutine.send(None)
    except StopIteration as returned:
        value: Value = returned.value
        return value
    raise AssertionError("a call that is done has its status")
