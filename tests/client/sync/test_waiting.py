"""Waits of the main thread, on which these tests run, and of others."""

import _thread
import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from telesock.client.sync.waiting import Waiter, wait_for, wait_until

_RESCUE = 20.0  # seconds after which whoever was not interrupted goes on


@contextlib.contextmanager
def keyboard() -> Iterator[None]:
    """Let an interrupt raise KeyboardInterrupt, whatever the tests run under."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def taken() -> threading.Lock:
    """Return a lock that another thread has to release."""
    lock = threading.Lock()
    lock.acquire()
    return lock


@pytest.mark.parametrize("timeout", [None, 60.0])
def test_an_interrupt_that_wakes_nobody_ends_a_wait_of_the_main_thread(timeout: float | None) -> None:
    begun, waiter = taken(), taken()

    def wait(seconds: float) -> bool:
        if begun.locked():
            begun.release()
        return waiter.acquire(True, seconds)

    def interrupt() -> None:
        begun.acquire()
        _thread.interrupt_main()

    rescue, interrupting = threading.Timer(_RESCUE, waiter.release), threading.Thread(target=interrupt)
    rescue.start()
    interrupting.start()
    with keyboard(), pytest.raises(KeyboardInterrupt):
        wait_until(wait, timeout)
    came_in_time = not rescue.finished.is_set()
    rescue.cancel()
    interrupting.join()

    assert came_in_time


def test_whoever_is_released_after_many_slices_goes_on() -> None:
    slices: list[float] = []
    came = iter([False, False, True])

    def wait(seconds: float) -> bool:
        slices.append(seconds)
        return next(came)

    assert wait_until(wait)
    assert len(slices) == 3
    assert max(slices) < 1


@pytest.mark.parametrize("make", [taken, partial(threading.Semaphore, 0)])
@pytest.mark.parametrize("timeout", [0.0, -1.0, 0.6])
def test_a_wait_is_over_when_its_time_is(make: Callable[[], Waiter], timeout: float) -> None:
    began = time.monotonic()

    assert not wait_for(make(), timeout)
    assert time.monotonic() - began >= timeout


def test_what_is_released_already_is_not_waited_for() -> None:
    assert wait_for(threading.Lock(), 0)


def test_other_threads_wait_in_one_go() -> None:
    slices: list[float] = []

    def wait(seconds: float) -> bool:
        slices.append(seconds)
        return False

    thread = threading.Thread(target=wait_until, args=(wait,))
    thread.start()
    thread.join()

    assert slices == [threading.TIMEOUT_MAX]
