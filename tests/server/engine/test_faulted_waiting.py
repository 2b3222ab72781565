"""Faults hold one behind the other, each for its own time, and no longer than it lasts."""

import asyncio
from collections.abc import Sequence
from typing import cast

import pytest

from telesock.server.core.faults.connecting import ConnectDelay
from telesock.server.core.faults.values import Fault
from telesock.server.engine.faulted_waiting import Waiting
from telesock.server.engine.faults import ActiveFault


class Timer:
    def __init__(self, clock: "Clock") -> None:
        self._clock = clock

    def cancel(self) -> None:
        self._clock.due = None


class Clock:
    """Time that passes when it is told to, with room for one timer."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.due: float | None = None

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: object) -> Timer:
        self.due = self.now + delay
        return Timer(self)


def held(clock: Clock, delays: Sequence[float | None]) -> tuple[list[ActiveFault], list[float]]:
    """Something that waits for faults with these delays: the faults, and when it goes on."""
    faults = [ActiveFault(Fault(f"delay-{place}", ConnectDelay(1.0)), 0.0) for place in range(len(delays))]
    gone: list[float] = []
    Waiting(
        cast(asyncio.AbstractEventLoop, clock),
        zip(faults, delays, strict=True),
        lambda: gone.append(clock.now),
    )
    return faults, gone


@pytest.mark.parametrize(
    ("delays", "passed", "ended", "due"),
    [
        ((5.0, 7.0), 0.0, 0, 1007.0),
        ((5.0, 7.0), 0.0, 1, 1005.0),
        ((5.0, 7.0), 2.0, 0, 1009.0),
        ((5.0, 7.0), 2.0, 1, 1005.0),
        ((5.0, 7.0), 6.0, 0, 1012.0),
        ((5.0, None), 2.0, 0, None),
        ((5.0, None), 2.0, 1, 1005.0),
    ],
)
def test_a_fault_that_ends_takes_its_own_time_out_and_the_others_keep_theirs(
    delays: tuple[float | None, ...], passed: float, ended: int, due: float | None
) -> None:
    clock = Clock()
    faults, gone = held(clock, delays)

    clock.now += passed
    faults[ended].let_go()

    assert (gone, clock.due, len(faults[1 - ended].held)) == ([], due, 1)


@pytest.mark.parametrize(
    ("delays", "passed", "ended"), [((5.0,), 2.0, 0), ((5.0, 7.0), 6.0, 1), ((5.0, 0.0), 2.0, 0)]
)
def test_where_no_other_holds_it_it_goes_on_at_once(
    delays: tuple[float, ...], passed: float, ended: int
) -> None:
    clock = Clock()
    faults, gone = held(clock, delays)

    clock.now += passed
    faults[ended].let_go()

    assert (gone, clock.due, [len(each.held) for each in faults]) == ([clock.now], None, [0] * len(faults))
