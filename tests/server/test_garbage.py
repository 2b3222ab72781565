"""Full collections happen by the clock and only when there may be something to collect."""

import asyncio
import gc
import weakref
from collections.abc import Callable, Iterator
from typing import cast

import pytest

from telesock.server.garbage import INTERVAL, SeldomCollections


class Clock:
    """The part of an event loop that is asked for timers: they ring when the test says so."""

    def __init__(self) -> None:
        self.timers: list[Timer] = []

    def call_later(self, delay: float, callback: Callable[[], None]) -> "Timer":
        self.timers.append(Timer(delay, callback))
        return self.timers[-1]

    def ring(self) -> None:
        self.timers.pop(0).callback()


class Timer:
    def __init__(self, delay: float, callback: Callable[[], None]) -> None:
        self.delay, self.callback, self.cancelled = delay, callback, False

    def cancel(self) -> None:
        self.cancelled = True


class Cycle:
    """What goes only when the collector finds it."""

    def __init__(self) -> None:
        self.itself = self


def outlived() -> "weakref.ref[Cycle]":
    """Make a cycle that outlives two partial collections and is garbage from then on."""
    cycle = Cycle()
    gc.collect(0)
    gc.collect(1)
    return weakref.ref(cycle)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def collections(clock: Clock) -> Iterator[SeldomCollections]:
    made = SeldomCollections(cast(asyncio.AbstractEventLoop, clock))
    yield made
    made.stop()


def test_what_has_outlived_the_partial_collections_goes_when_the_time_has_come(
    clock: Clock, collections: SeldomCollections
) -> None:
    collections.start()
    garbage = outlived()
    gc.collect(1)

    kept = garbage() is not None
    clock.ring()

    assert (kept, garbage() is None, [timer.delay for timer in clock.timers]) == (True, True, [INTERVAL])


def test_an_idle_agent_looks_at_the_young_alone(clock: Clock, collections: SeldomCollections) -> None:
    collections.start()
    gc.disable()
    before = gc.get_stats()[2]["collections"]
    garbage = weakref.ref(Cycle())

    try:
        clock.ring()
    finally:
        gc.enable()

    assert garbage() is None
    assert gc.get_stats()[2]["collections"] == before


def test_what_the_start_has_left_is_left_out_until_the_end(collections: SeldomCollections) -> None:
    before = (gc.get_freeze_count(), gc.get_threshold())

    collections.start()
    frozen, (_, _, oldest) = gc.get_freeze_count(), gc.get_threshold()
    collections.stop()

    assert frozen > before[0]
    assert oldest > 10**6
    assert (gc.get_freeze_count(), gc.get_threshold()) == (0, before[1])
