"""Waiting for another thread so that Ctrl-C is noticed: on the main thread in slices, elsewhere in one go.

A signal that another thread has taken, `_thread.interrupt_main()`, and a signal that comes just before the wait begins wake
nobody who waits for a lock: Python handles them once that wait is over, which may be never. Whoever is released goes on at
once all the same.
"""

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Protocol

_SLICE = 0.25  # seconds until a signal is noticed at the latest


class Waiter(Protocol):
    """A lock or a semaphore that is taken."""

    def acquire(self, blocking: bool, timeout: float, /) -> bool:
        """Wait until it is released, so many seconds at most."""


def wait_for(waiter: Waiter, timeout: float | None = None) -> bool:
    """Wait until another thread releases it; return whether one has, in so many seconds."""
    return wait_until(partial(waiter.acquire, True), timeout)


def wait_until(wait: Callable[[float], bool], timeout: float | None = None) -> bool:
    """Call what waits at most so many seconds, and returns whether it came, until it did or the time is over."""
    left = threading.TIMEOUT_MAX if timeout is None else max(timeout, 0)
    if threading.current_thread() is not threading.main_thread():
        return wait(left)
    deadline = time.monotonic() + left
    while not wait(min(left, _SLICE)):
        left = deadline - time.monotonic()
        if left <= 0:
            return False
    return True
