"""Whoever proves nothing is answered ever later and logged ever more rarely; the memory of it is bounded."""

import asyncio

import pytest
from structlog.testing import capture_logs

from telesock.server.core.refusal import Reason
from telesock.server.service import attempts as module
from telesock.server.service.attempts import FailedAttempts, wait_after

PEER = "ipv4:10.0.0.1"


class Clock:
    """Stands in for the loop's time and sleep, so that minutes pass at once."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.held: asyncio.Event | None = None
        """While it is there, nobody wakes before it is set."""

    def time(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if self.held is not None:
            await self.held.wait()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()

    class Asyncio:
        sleep = clock.sleep

        @staticmethod
        def get_running_loop() -> Clock:
            return clock

    monkeypatch.setattr(module, "asyncio", Asyncio)
    return clock


async def fail(attempts: FailedAttempts, peer: str = PEER, times: int = 1) -> None:
    for _ in range(times):
        await attempts.note(peer, Reason.CREDENTIALS_UNKNOWN, "/telesock.v1.AgentService/GetAgent")


def test_waits_double_and_stay_below_a_bound() -> None:
    assert [wait_after(failures) for failures in (1, 2, 3, 4, 5, 6, 7, 10**6)] == [
        *(0.1, 0.2, 0.4, 0.8, 1.6, 3.0, 3.0, 3.0)
    ]


async def test_each_failure_of_a_peer_waits_longer_than_the_one_before_and_no_other_peer_does(
    clock: Clock,
) -> None:
    attempts = FailedAttempts()
    await fail(attempts, times=3)
    await fail(attempts, "ipv4:10.0.0.2")

    assert clock.slept == [0.1, 0.2, 0.4, 0.1]


async def test_a_peer_that_has_failed_long_ago_begins_anew(clock: Clock) -> None:
    attempts = FailedAttempts()
    await fail(attempts, times=4)
    clock.now += 60.0
    await fail(attempts)
    clock.now += 60.1
    await fail(attempts)

    assert clock.slept[4:] == [1.6, 0.1]


async def test_every_failure_is_counted_by_its_reason(clock: Clock) -> None:
    told: list[Reason] = []
    attempts = FailedAttempts(told.append)
    await attempts.note(PEER, Reason.CREDENTIALS_MISSING, "/x/y")
    await fail(attempts, times=2)

    assert told == [Reason.CREDENTIALS_MISSING, Reason.CREDENTIALS_UNKNOWN, Reason.CREDENTIALS_UNKNOWN]


async def test_failures_are_logged_at_powers_of_two(clock: Clock) -> None:
    with capture_logs() as logs:
        await fail(FailedAttempts(), times=20)

    assert logs == [
        {
            "event": "authentication_failed",
            "log_level": "warning",
            "peer": PEER,
            "reason": "CREDENTIALS_UNKNOWN",
            "method": "/telesock.v1.AgentService/GetAgent",
            "failures": failures,
        }
        for failures in (1, 2, 4, 8, 16)
    ]


async def test_the_peers_that_are_remembered_are_bounded_and_the_longest_silent_is_forgotten(
    clock: Clock,
) -> None:
    attempts = FailedAttempts()
    await fail(attempts, times=3)
    for number in range(1024):
        await fail(attempts, f"ipv4:10.1.{number // 256}.{number % 256}")
    clock.slept.clear()
    await fail(attempts, "ipv4:10.1.0.1")
    await fail(attempts)

    assert len(attempts._failures) == 1024
    assert clock.slept == [0.2, 0.1]


async def test_a_peer_that_goes_on_failing_is_not_forgotten_for_others(clock: Clock) -> None:
    attempts = FailedAttempts()
    for number in range(2000):
        await fail(attempts, f"ipv6:{number:x}::1")
        await fail(attempts)

    assert attempts._failures[PEER][0] == 2000


async def test_of_many_failures_at_once_only_so_many_wait_and_the_others_are_answered_at_once(
    clock: Clock,
) -> None:
    attempts = FailedAttempts()
    clock.held = asyncio.Event()
    waiting = [asyncio.create_task(fail(attempts)) for _ in range(64)]
    await asyncio.sleep(0)
    assert len(clock.slept) == 64

    await fail(attempts)

    assert not any(task.done() for task in waiting)
    clock.held.set()
    await asyncio.gather(*waiting)
    await fail(attempts)
    assert len(clock.slept) == 65


async def test_a_caller_that_leaves_makes_room_for_another_to_wait(clock: Clock) -> None:
    attempts = FailedAttempts()
    clock.held = asyncio.Event()
    waiting = [asyncio.create_task(fail(attempts)) for _ in range(64)]
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    clock.held = None
    await fail(attempts)

    assert len(clock.slept) == 65
