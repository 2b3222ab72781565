"""One scenario, on a lab of its own sessions: however it ends, what it made on the agents ends with it.

A plain function runs on the main thread, where a timeout or Ctrl-C reaches it wherever it waits; a coroutine on a new event
loop, where it is cancelled. A timeout is an error of the scenario; Ctrl-C ends the run, once the lab has been left.
"""

import asyncio
import contextlib
import inspect
import math
import signal
import time
import unittest
from collections.abc import Iterator
from types import FrameType
from typing import Any

from telesock.client.errors import TelesockError
from telesock.client.lab import AsyncLab, Inventory, Lab
from telesock.client.scenarios.failures import failure_line, failure_text
from telesock.client.scenarios.finding import Scenario
from telesock.client.scenarios.outcomes import Outcome, Result
from telesock.client.timeline import Timeline

_BEAT = 0.25  # seconds


class TimedOut(BaseException):
    """Raised where a scenario waits when its time is over. No Exception: whoever tries again on any must not go on."""

    def __init__(self, seconds: float | None) -> None:
        super().__init__(f"not over after {seconds:g} s")


class _Ended(Exception):
    """The scenario has ended with this."""

    def __init__(self, error: BaseException, timeline: Timeline) -> None:
        self.error = error
        self.timeline = timeline


def run_scenario(scenario: Scenario, inventory: Inventory, timeout: float | None = None) -> Outcome:
    """Run it and return how it ended. `timeout` in seconds, None for ever. Raises KeyboardInterrupt."""
    began = time.monotonic()
    timeline = Timeline()
    result, why, told = Result.PASSED, "", ""
    try:
        run = _run_async if scenario.is_async else _run_sync
        timeline = run(scenario, inventory, timeout)
    except _Ended as ended:
        timeline = ended.timeline
        result, why, told = _judged(ended.error)
    except SystemExit as error:  # of a task that a scenario has begun: it ends the event loop
        result, why, told = _judged(error)
    except (TelesockError, OSError) as error:  # of the lab, before or after the scenario
        result, why = Result.ERROR, str(error)
    return Outcome(scenario.name, scenario.title, result, time.monotonic() - began, why, told, timeline)


def _judged(error: BaseException) -> tuple[Result, str, str]:
    if isinstance(error, unittest.SkipTest):
        return Result.SKIPPED, str(error), ""
    if isinstance(error, TimedOut):
        return Result.ERROR, str(error), failure_text(error)
    result = Result.FAILED if isinstance(error, AssertionError) else Result.ERROR
    return result, failure_line(error), failure_text(error)


# Those with threads


def _run_sync(scenario: Scenario, inventory: Inventory, timeout: float | None) -> Timeline:
    with Lab(inventory) as lab:
        lab.note(f"scenario {scenario.name}")
        try:
            with _alarm(timeout):
                _refuse_unawaited(scenario, scenario.function(lab))
        except BaseException as error:
            if _is_interrupt(error):
                raise KeyboardInterrupt from None
            raise _Ended(error, _noted(lab, error)) from None
        return _noted(lab, None)


def _is_interrupt(error: BaseException) -> bool:
    """Whether it is Ctrl-C, also where that came while gRPC let go of a lock, which it then could not do again."""
    while_unlocking = isinstance(error, RuntimeError) and isinstance(error.__context__, KeyboardInterrupt)
    return isinstance(error, KeyboardInterrupt) or while_unlocking


@contextlib.contextmanager
def _alarm(timeout: float | None) -> Iterator[None]:
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


def _refuse_unawaited(scenario: Scenario, returned: object) -> None:
    """Raise TypeError where a plain function has only made a coroutine: nothing of it would ever run."""
    if inspect.iscoroutine(returned):
        returned.close()
    if inspect.isawaitable(returned):
        raise TypeError(f"{scenario.name} returned {returned!r}, which nobody awaits: make it an `async def`")


# Those for asyncio


def _run_async(scenario: Scenario, inventory: Inventory, timeout: float | None) -> Timeline:
    with asyncio.Runner() as runner:
        running = runner.get_loop().create_task(_coroutine(scenario, inventory, timeout))
        try:
            outcome = runner.run(_outcome(running))
        except (
            SystemExit,
            asyncio.CancelledError,
        ) as left:  # a task of the scenario stops the loop, or cancels all
            running.cancel()
            outcome = runner.run(_outcome(running)) or _Ended(left, Timeline())
        if isinstance(outcome, Timeline):
            return outcome
        raise outcome or _Ended(asyncio.CancelledError(), Timeline())


async def _outcome(running: asyncio.Task[Timeline]) -> Timeline | _Ended | None:
    """Wait for it, with the lab left; None where it was cancelled from outside, and tells nothing."""
    try:
        return await running
    except _Ended as ended:
        return ended
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise  # Ctrl-C, which the runner makes of it
        return None


async def _coroutine(scenario: Scenario, inventory: Inventory, timeout: float | None) -> Timeline:
    async with AsyncLab(inventory) as lab:
        lab.note(f"scenario {scenario.name}")
        limit = asyncio.timeout(timeout)
        try:
            async with limit:
                left = await asyncio.create_task(_awaited(scenario, lab))  # its own: it may cancel that
            if left is not None:
                raise left
            if limit.expired():  # and the scenario has caught it
                raise TimedOut(timeout)
        except BaseException as error:
            if _is_cancelled_by_interrupt(error):
                raise
            ended = TimedOut(timeout).with_traceback(_deepest(error)) if limit.expired() else error
            raise _Ended(ended, _noted(lab, ended)) from None
        return _noted(lab, None)


async def _awaited(scenario: Scenario, lab: AsyncLab) -> SystemExit | None:
    """Run it; return what it leaves with: a task that raises that ends the loop, and the lab with it."""
    running = scenario.function(lab)
    assert running is not None, "a coroutine function"
    try:
        await running
    except SystemExit as left:
        return left
    return None


def _is_cancelled_by_interrupt(error: BaseException) -> bool:
    """Whether it is Ctrl-C that cancels, and nothing of the scenario's own."""
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0


def _deepest(error: BaseException) -> Any:
    """Where a cancelled scenario stood: asyncio's TimeoutError was raised from that."""
    return (error.__cause__ or error).__traceback__


def _noted(lab: Lab | AsyncLab, error: BaseException | None) -> Timeline:
    """Return what happened, with how it ended as its last words."""
    skipped = isinstance(error, unittest.SkipTest)
    lab.note("✓ passed" if error is None else f"{'skipped' if skipped else '✗'} {failure_line(error)}")
    return lab.timeline()
