"""How a scenario is stopped where it waits, on a thread or on an event loop: by the end of its time, or by Ctrl-C.

What is raised is no Exception: a scenario that tries again on any error is stopped all the same.
"""

import asyncio
import contextlib
import math
import signal
import time
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import Any

_BEAT = 0.25  # seconds


class TimedOut(BaseException):
    """Raised where a scenario waits when its time is over."""

    def __init__(self, seconds: float | None) -> None:
        super().__init__(f"not over after {seconds:g} s")


# A thread


@contextlib.contextmanager
def alarm(timeout: float | None) -> Iterator[None]:
    """Raise TimedOut in the block, on this thread, which has to be the main one, when the time is over.

    A signal that comes just before Python waits for a lock is seen only with the next one: so there is one again and again,
    for Ctrl-C too.
    """
    deadline = math.inf if timeout is None else time.monotonic() + timeout
    rung = False

    def ring(number: int, frame: FrameType | None) -> None:
        nonlocal rung
        if time.monotonic() >= deadline:
            rung = True
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise TimedOut(timeout)

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, _BEAT if timeout is None else min(timeout, _BEAT), _BEAT)
    try:
        yield
        if rung:  # and the scenario has caught it
            raise TimedOut(timeout)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def is_interrupted_unlocking(error: BaseException) -> bool:
    """Whether it is Ctrl-C that came while gRPC let go of a lock, which it then could not do again."""
    return isinstance(error, RuntimeError) and isinstance(error.__context__, KeyboardInterrupt)


# An event loop


class Interrupts:
    """Ctrl-C as long as the block lasts: the first one cancels the task whose block it is, the next is raised."""

    def __init__(self) -> None:
        self.came = False

    def __enter__(self) -> None:
        """Listen to it."""
        task = asyncio.current_task()
        assert task is not None, "a coroutine runs in a task"
        self._task: asyncio.Task[Any] = task
        self._before = signal.signal(signal.SIGINT, self._come)

    def __exit__(self, *exception: object) -> None:
        """Leave it to whoever had it."""
        signal.signal(signal.SIGINT, self._before)

    def _come(self, number: int, frame: FrameType | None) -> None:
        if self.came:
            raise KeyboardInterrupt
        self.came = True
        self._task.cancel()
        self._task.get_loop().call_soon_threadsafe(lambda: None)  # it may sleep


def is_cancelled_from_outside(error: BaseException) -> bool:
    """Whether it is this task that is cancelled, and nothing that it awaits."""
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0


# Where


def interrupted_at(error: BaseException) -> KeyboardInterrupt:
    """Return Ctrl-C, as raised where what came of it was raised."""
    return KeyboardInterrupt().with_traceback(_deepest(error))


def timed_out_at(error: BaseException, timeout: float | None) -> TimedOut:
    """Return the end of the time, as raised where what came of it was raised."""
    return TimedOut(timeout).with_traceback(_deepest(error))


def _deepest(error: BaseException) -> TracebackType | None:
    """Where a cancelled scenario stood: asyncio's TimeoutError was raised meanwhile, since Python 3.11.4 from that."""
    before = error.__context__ if isinstance(error, TimeoutError) else None
    return (error.__cause__ or before or error).__traceback__
