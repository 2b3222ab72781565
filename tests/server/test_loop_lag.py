"""How late the loop is: measured by the clock, told once it was too late, and again when it has been calm for long."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, cast

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from structlog.testing import capture_logs
from tests.agents import RunningAgent

from telesock.server.core.statistics import Durations
from telesock.server.loop_lag import STEP, LoopLag

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
Start = Callable[..., Awaitable[RunningAgent]]


class Loop:
    """The part of an event loop that is asked for the time and for timers: both are as the test says."""

    def __init__(self) -> None:
        self.now = 100.0
        self.timer: Timer | None = None

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[[], None]) -> "Timer":
        self.timer = Timer(when, callback)
        return self.timer

    def turn(self, late: float = 0.0) -> None:
        """Ring the timer, so late."""
        assert self.timer is not None, "there is one"
        self.now = self.timer.when + late
        self.timer.callback()


class Timer:
    def __init__(self, when: float, callback: Callable[[], None]) -> None:
        self.when, self.callback, self.cancelled = when, callback, False

    def cancel(self) -> None:
        self.cancelled = True


def measured() -> tuple[Loop, LoopLag, list[bool]]:
    loop, told = Loop(), list[bool]()
    lag = LoopLag(cast(asyncio.AbstractEventLoop, loop), told.append, stall=1.0, calm=5.0)
    lag.start()
    return loop, lag, told


def test_a_loop_that_is_a_little_late_is_measured_and_nothing_is_told() -> None:
    loop, lag, told = measured()

    for late in (0.25, 1.0, 0.5):
        loop.turn(late)

    assert (told, lag.current()) == ([], 0.5)
    assert lag.histogram.read() == Durations((0,) * 10 + (1, 2) + (3,) * 5, 1.75)


def test_a_stall_is_told_and_logged_and_the_calm_after_it_once_it_has_lasted() -> None:
    loop, _, told = measured()

    with capture_logs() as logs:
        loop.turn(1.5)
    assert told == [False]
    assert logs == [{"event": "event_loop_stalled", "lag_seconds": 1.5, "log_level": "warning"}]
    stalled = loop.now
    while loop.now < stalled + 5.0 - STEP:
        loop.turn()
    assert told == [False]
    loop.turn(STEP)
    assert told == [False, True]
    loop.turn()
    assert told == [False, True]


def test_another_stall_makes_the_calm_begin_anew() -> None:
    loop, _, told = measured()

    loop.turn(1.5)
    loop.turn(1.5)
    second = loop.now
    while loop.now < second + 4.5:
        loop.turn()

    assert told == [False, False]


def test_a_lag_that_is_not_over_is_seen_from_outside_of_the_loop() -> None:
    loop, lag, _ = measured()
    loop.turn(0.25)

    loop.now += STEP + 3.0

    assert round(lag.current(), 6) == 3.0


def test_nothing_is_measured_any_more_once_it_has_stopped() -> None:
    loop, lag, _ = measured()
    assert loop.timer is not None

    lag.stop()
    loop.now += 60.0

    assert (loop.timer.cancelled, lag.current()) == (True, 0.0)


async def test_whoever_watches_the_health_is_told_of_a_stall_and_of_its_end(agent: RunningAgent) -> None:
    lag = LoopLag(asyncio.get_running_loop(), agent.server.show_health, stall=0.2, calm=0.2)
    lag.start()
    async with grpc.aio.insecure_channel(agent.address) as channel:
        health: Any = health_pb2_grpc.HealthStub(channel)
        watch = health.Watch(health_pb2.HealthCheckRequest())
        told = [(await watch.read()).status]

        time.sleep(0.5)  # noqa: ASYNC251 - this is the stall
        told += [(await watch.read()).status for _ in range(2)]
        watch.cancel()
    lag.stop()

    assert told == [SERVING, NOT_SERVING, SERVING]
