"""How an asyncio program does something with many agents at once, waits for a sign, and keeps something up meanwhile.

The one file of the lab that asyncio and threads have each for themselves: what is here has the same names in both.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from types import TracebackType
from typing import Any, NamedTuple, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Outcome(NamedTuple):
    """What came of one of many: a value, or an error."""

    value: Any
    error: Exception | None


async def on_each(
    function: Callable[[Item], Awaitable[Any]], items: Iterable[Item], at_once: int = 0
) -> list[Outcome]:
    """Do something with each of many at once, or with so many `at_once`; return what came of each, in their order.

    What is no Exception, such as the end of the program, ends all of it.
    """
    turns = asyncio.Semaphore(at_once) if at_once else contextlib.nullcontext()

    async def one(item: Item) -> Outcome:
        async with turns:
            try:
                return Outcome(await function(item), None)
            except Exception as error:
                return Outcome(None, error)

    tasks = [asyncio.ensure_future(one(item)) for item in items]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def in_background(function: Callable[[], Answer]) -> Answer:
    """Call what would keep the loop waiting, such as the reading of files and names."""
    return await asyncio.to_thread(function)


async def pause(seconds: float) -> None:
    """Wait."""
    await asyncio.sleep(seconds)


class Turn:
    """Keeps others out while something is decided. Between two awaits nobody comes in anyway."""

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End."""


class Sign:
    """Is given once, and waited for by any number."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def give(self) -> None:
        """Let all go on that wait, or will."""
        self._event.set()

    async def wait(self, timeout: float | None) -> bool:
        """Wait for it, so many seconds at most; return whether it was given."""
        try:
            async with asyncio.timeout(timeout):
                await self._event.wait()
        except TimeoutError:
            pass
        return self._event.is_set()


class Repeating:
    """Does something again and again until it is stopped, with a pause before each time."""

    def __init__(self, function: Callable[[], Awaitable[None]], every: float) -> None:
        self._function = function
        self._every = every
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            await self._function()

    def stop(self) -> None:
        """Let it end, also in the middle, and do not wait for that."""
        self._task.cancel()

    async def ended(self) -> None:
        """Wait for its end. Raises what it has failed with."""
        await asyncio.wait((self._task,))
        if not self._task.cancelled():
            self._task.result()
