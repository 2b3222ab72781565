"""An anyio stream of asyncio's as trio's own, for trio's checks: trio runs as a guest on the test's event loop.

await run_in_trio(check, ...)              # a function of trio's, to its end
TrioStream(stream)                         # a trio.abc.HalfCloseableStream

Each method is a task of asyncio's that trio waits for, and cancels when it is cancelled; anyio's errors become trio's of the
same names. Nothing else is added but the checks of arguments that trio makes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import anyio
import outcome
import trio
import trio.lowlevel

from telesock.client.streams.anyio_streams import RemoteByteStream

Value = TypeVar("Value")
_TOLD_AS: dict[type[Exception], type[Exception]] = {
    anyio.BusyResourceError: trio.BusyResourceError,
    anyio.ClosedResourceError: trio.ClosedResourceError,
    anyio.BrokenResourceError: trio.BrokenResourceError,
}


async def run_in_trio(function: Callable[..., Awaitable[Value]], *arguments: Any) -> Value:
    """Run it beside what else runs on this event loop."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[outcome.Outcome[Value]] = loop.create_future()
    trio.lowlevel.start_guest_run(
        function,
        *arguments,
        run_sync_soon_threadsafe=loop.call_soon_threadsafe,
        done_callback=done.set_result,
        host_uses_signal_set_wakeup_fd=True,
    )
    return (await done).unwrap()


async def by_asyncio(work: Coroutine[Any, Any, Value]) -> Value:
    """Let asyncio do it; trio waits, and a cancel of trio's cancels it."""
    loop = asyncio.get_running_loop()
    task: asyncio.Task[Value] = loop.create_task(work)
    waiting = trio.lowlevel.current_task()
    raising: Callable[[], Any] | None = None
    task.add_done_callback(lambda done: trio.lowlevel.reschedule(waiting, outcome.capture(_result, done)))

    def cancel(raise_cancel: Callable[[], Any]) -> trio.lowlevel.Abort:
        nonlocal raising
        raising = raise_cancel
        loop.call_soon(task.cancel)  # not before it has begun
        return trio.lowlevel.Abort.FAILED

    try:
        return await trio.lowlevel.wait_task_rescheduled(cancel)  # type: ignore[no-any-return]  # it is what we give it
    except asyncio.CancelledError:
        assert raising is not None, "nobody else cancels it"
        raising()
        raise
    except tuple(_TOLD_AS) as error:
        raise _TOLD_AS[type(error)] from error


def _result(task: "asyncio.Task[Value]") -> Value:
    return task.result()


class TrioStream(trio.abc.HalfCloseableStream):
    """The stream, for trio."""

    def __init__(self, stream: RemoteByteStream) -> None:
        self._stream = stream

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await by_asyncio(self._stream.send(data))

    async def wait_send_all_might_not_block(self) -> None:
        await by_asyncio(self._stream.wait_sendable())

    async def send_eof(self) -> None:
        await by_asyncio(self._stream.send_eof())

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        try:
            return await by_asyncio(self._stream.receive(65536 if max_bytes is None else max_bytes))
        except anyio.EndOfStream:
            return b""

    async def aclose(self) -> None:
        await by_asyncio(self._stream.aclose())
