"""How a program with threads does something with many agents at once, waits for a sign, and keeps something up meanwhile.

The one file of the lab that asyncio and threads have each for themselves: what is here has the same names in both. Each
agent gets a thread for the time: what is done with it may wait as long as it likes.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

from telesock.client.sync.waiting import wait_until

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Outcome(NamedTuple):
    """What came of one of many: a value, or an error."""

    value: Any
    error: Exception | None


def on_each(function: Callable[[Item], Any], items: Iterable[Item], at_once: int = 0) -> list[Outcome]:
    """Do something with each of many at once, or with so many `at_once`; return what came of each, in their order.

    What is no Exception is raised when all are done.
    """
    turns = threading.Semaphore(at_once) if at_once else contextlib.nullcontext()
    works = [_Work(function, item, turns) for item in items]
    for work in works:
        work.start()
    for work in works:
        work.join()
    return [work.outcome() for work in works]


class _Work(threading.Thread):
    """One of many."""

    def __init__(
        self, function: Callable[[Any], Any], item: Any, turns: contextlib.AbstractContextManager[Any]
    ) -> None:
        super().__init__(daemon=True)
        self._function = function
        self._item = item
        self._turns = turns
        self._value: Any = None
        self._error: BaseException | None = None

    def run(self) -> None:
        """Do it."""
        with self._turns:
            try:
                self._value = self._function(self._item)
            except BaseException as error:
                self._error = error

    def outcome(self) -> Outcome:
        """Return what came of it."""
        if self._error is None or isinstance(self._error, Exception):
            return Outcome(self._value, self._error)
        raise self._error


def in_background(function: Callable[[], Answer]) -> Answer:
    """Call it: a thread may wait."""
    return function()


def pause(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)


Turn = threading.RLock
"""Keeps others out while something is decided."""


class Sign:
    """Is given once, and waited for by any number."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def give(self) -> None:
        """Let all go on that wait, or will."""
        self._event.set()

    def wait(self, timeout: float | None) -> bool:
        """Wait for it, so many seconds at most; return whether it was given."""
        return wait_until(self._event.wait, timeout)


class Repeating:
    """Does something again and again until it is stopped, with a pause before each time."""

    def __init__(self, function: Callable[[], None], every: float) -> None:
        self._function = function
        self._every = every
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="telesock-lab-clocks")
        self._thread.start()

    def _run(self) -> None:
        while not self._stopped.wait(self._every):
            self._function()

    def stop(self) -> None:
        """Let it end, and do not wait for that: what it does now may wait for an agent."""
        self._stopped.set()

    def ended(self) -> None:
        """Wait for its end."""
        self._thread.join()
