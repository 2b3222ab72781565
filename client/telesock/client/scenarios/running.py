"""One scenario, on a lab of its own sessions: however it ends, what it made on the agents ends with it.

A plain function runs on the main thread, where a timeout or Ctrl-C reaches it wherever it waits; a coroutine on a new event
loop, where it is cancelled. A timeout is an error of the scenario. So is Ctrl-C, which says as well where the scenario stood, and
ends the run, once the lab has been left.
"""

import asyncio
import inspect
import time
import unittest

from telesock.client.errors import TelesockError
from telesock.client.lab import AsyncLab, Inventory, Lab
from telesock.client.scenarios.failures import failure_line, failure_text
from telesock.client.scenarios.finding import Scenario
from telesock.client.scenarios.outcomes import Outcome, Result
from telesock.client.scenarios.stopping import (
    Interrupts,
    TimedOut,
    alarm,
    interrupted_at,
    is_cancelled_from_outside,
    is_interrupted_unlocking,
    timed_out_at,
)
from telesock.client.timeline import Timeline


class Interrupted(KeyboardInterrupt):
    """Ctrl-C has ended a scenario; `outcome` is how that stood."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


class _Ended(Exception):
    """The scenario has ended with this."""

    def __init__(self, error: BaseException, timeline: Timeline) -> None:
        self.error = error
        self.timeline = timeline


def run_scenario(scenario: Scenario, inventory: Inventory, timeout: float | None = None) -> Outcome:
    """Run it and return how it ended. `timeout` in seconds, None for ever.

    Raises Interrupted, or a plain KeyboardInterrupt where the scenario has not begun, or has passed.
    """
    began = time.monotonic()
    timeline, ends, is_interrupted = Timeline(), list[_Ended](), False
    result, why, told = Result.PASSED, "", ""
    try:
        run = _run_async if scenario.is_async else _run_sync
        timeline = run(scenario, inventory, timeout, ends)
    except (_Ended, KeyboardInterrupt) as left:
        if not ends:
            raise
        timeline = ends[0].timeline
        result, why, told = _judged(ends[0].error)
        is_interrupted = isinstance(left, KeyboardInterrupt) or isinstance(ends[0].error, KeyboardInterrupt)
    except SystemExit as error:  # of a task that a scenario has begun: it ends the event loop
        result, why, told = _judged(error)
    except (TelesockError, OSError) as error:  # of the lab, before or after the scenario
        result, why = Result.ERROR, str(error)
    seconds = time.monotonic() - began
    outcome = Outcome(scenario.name, scenario.title, result, seconds, why, told, timeline)
    if is_interrupted:
        raise Interrupted(outcome)
    return outcome


def _judged(error: BaseException) -> tuple[Result, str, str]:
    if isinstance(error, unittest.SkipTest):
        return Result.SKIPPED, str(error), ""
    if isinstance(error, TimedOut):
        return Result.ERROR, str(error), failure_text(error)
    if isinstance(error, KeyboardInterrupt):
        return Result.ERROR, "interrupted", failure_text(error)
    result = Result.FAILED if isinstance(error, AssertionError) else Result.ERROR
    return result, failure_line(error), failure_text(error)


# Those with threads


def _run_sync(
    scenario: Scenario, inventory: Inventory, timeout: float | None, ends: list[_Ended]
) -> Timeline:
    with Lab(inventory) as lab:
        lab.note(f"scenario {scenario.name}")
        try:
            with alarm(timeout):
                _refuse_unawaited(scenario, scenario.function(lab))
        except BaseException as error:
            ended = interrupted_at(error) if is_interrupted_unlocking(error) else error
            raise _kept(ends, lab, ended) from None
        return _noted(lab, None)


def _refuse_unawaited(scenario: Scenario, returned: object) -> None:
    """Raise TypeError where a plain function has only made a coroutine: nothing of it would ever run."""
    if inspect.iscoroutine(returned):
        returned.close()
    if inspect.isawaitable(returned):
        raise TypeError(f"{scenario.name} returned {returned!r}, which nobody awaits: make it an `async def`")


# Those for asyncio


def _run_async(
    scenario: Scenario, inventory: Inventory, timeout: float | None, ends: list[_Ended]
) -> Timeline:
    with asyncio.Runner() as runner:
        running = runner.get_loop().create_task(_coroutine(scenario, inventory, timeout, ends))
        try:
            outcome = runner.run(_outcome(running))
        except KeyboardInterrupt:  # what it cancelled takes too long for whoever waits
            running.cancel()
            runner.run(_outcome(running))
            raise
        except (
            SystemExit,
            asyncio.CancelledError,
        ) as left:  # a task of the scenario stops the loop, or cancels all
            running.cancel()
            outcome = runner.run(_outcome(running)) or _Ended(left, Timeline())
        if isinstance(outcome, Timeline):
            return outcome
        ends.append(outcome or _Ended(asyncio.CancelledError(), Timeline()))
        raise ends[0]


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


async def _coroutine(
    scenario: Scenario, inventory: Inventory, timeout: float | None, ends: list[_Ended]
) -> Timeline:
    async with AsyncLab(inventory) as lab:
        lab.note(f"scenario {scenario.name}")
        limit, interrupts = asyncio.timeout(timeout), Interrupts()
        try:
            with interrupts:
                async with limit:
                    left = await asyncio.create_task(_awaited(scenario, lab))  # its own: it may cancel that
            if left is not None:
                raise left
            if limit.expired():  # and the scenario has caught it
                raise TimedOut(timeout)
            if interrupts.came:
                raise KeyboardInterrupt
        except BaseException as error:
            if interrupts.came:
                raise _kept(ends, lab, interrupted_at(error)) from None
            if is_cancelled_from_outside(error):
                raise
            ended = timed_out_at(error, timeout) if limit.expired() else error
            raise _kept(ends, lab, ended) from None
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


def _kept(ends: list[_Ended], lab: Lab | AsyncLab, error: BaseException) -> _Ended:
    """Return how the scenario ended; it is kept, too, in case leaving the lab is interrupted."""
    ends.append(_Ended(error, _noted(lab, error)))
    return ends[-1]


def _noted(lab: Lab | AsyncLab, error: BaseException | None) -> Timeline:
    """Return what happened, with how it ended as its last words."""
    skipped = isinstance(error, unittest.SkipTest)
    lab.note("✓ passed" if error is None else f"{'skipped' if skipped else '✗'} {failure_line(error)}")
    return lab.timeline()
