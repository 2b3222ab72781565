"""One scenario on a real lab: both kinds, how they end, and that nothing of them stays."""

import asyncio
import contextlib
import signal
import threading
import unittest
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from telesock.client import Client
from telesock.client.lab import AsyncLab, Inventory, Lab
from telesock.client.lab.local import local_inventory
from telesock.client.scenarios.finding import Scenario
from telesock.client.scenarios.outcomes import Outcome, Result
from telesock.client.scenarios.running import Interrupted, run_scenario

Run = Callable[..., Outcome]


@pytest.fixture(scope="module")
def inventory() -> Iterator[Inventory]:
    with local_inventory(["one", "two"]) as members:
        yield members


@pytest.fixture
def run(inventory: Inventory) -> Run:
    def run(function: Callable[[Any], Any], timeout: float | None = None) -> Outcome:
        scenario = Scenario("it", "Its title.", function, asyncio.iscoroutinefunction(function))
        return run_scenario(scenario, inventory, timeout)

    return run


def test_both_kinds_get_a_lab_and_end_with_all_that_they_made(run: Run, inventory: Inventory) -> None:
    seen = []

    def plain(lab: Lab) -> None:
        seen.append([agent.name for agent in lab])
        lab["one"].session.listen().result()

    async def coroutine(lab: AsyncLab) -> None:
        seen.append([agent.name for agent in lab])
        await lab["one"].session.listen()

    outcomes = [run(plain), run(coroutine)]

    assert [(each.result, each.name, each.title, each.why) for each in outcomes] == [
        (Result.PASSED, "it", "Its title.", "")
    ] * 2
    assert seen == [["one", "two"]] * 2
    for member in inventory:
        with Client(member.target) as client:
            assert client.list_sessions() == []
    for each in outcomes:
        notes = [entry.what for entry in each.timeline.entries if entry.kind == "note"]
        assert notes == ["scenario it", "✓ passed"]
        assert "listening" in each.timeline.text()


@pytest.mark.parametrize(
    ("raised", "result", "why"),
    [
        (lambda: AssertionError("not so"), Result.FAILED, "AssertionError: not so"),
        (lambda: ValueError("wrong"), Result.ERROR, "ValueError: wrong"),
        (lambda: SystemExit(3), Result.ERROR, "SystemExit: 3"),
        (asyncio.CancelledError, Result.ERROR, "CancelledError"),
        (lambda: unittest.SkipTest("not here"), Result.SKIPPED, "not here"),
    ],
)
def test_what_it_raises_is_how_it_ended(
    run: Run, raised: Callable[[], BaseException], result: Result, why: str
) -> None:
    def plain(lab: Lab) -> None:
        raise raised()

    async def coroutine(lab: AsyncLab) -> None:
        raise raised()

    for function in (plain, coroutine):
        outcome = run(function)

        assert (outcome.result, outcome.why) == (result, why)
        frames = [line for line in outcome.told.splitlines() if line.startswith("  File")]
        assert len(frames) == (result is not Result.SKIPPED)
        assert outcome.timeline.entries[-1].what.endswith(why)


def test_one_that_takes_too_long_is_stopped_where_it_waits(run: Run) -> None:
    def plain(lab: Lab) -> None:
        listener = lab["one"].session.listen().result()
        try:
            listener.accept().result()
        except Exception:
            raise AssertionError("an except of everything does not hold it up") from None

    async def coroutine(lab: AsyncLab) -> None:
        await (await lab["one"].session.listen()).accept()

    for function in (plain, coroutine):
        outcome = run(function, timeout=0.2)

        assert (outcome.result, outcome.why) == (Result.ERROR, "not over after 0.2 s")
        assert ".accept()" in outcome.told
        assert "has not ended" in outcome.timeline.text()
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_one_that_catches_its_timeout_has_not_passed(run: Run) -> None:
    def plain(lab: Lab) -> None:
        with contextlib.suppress(BaseException):
            lab["one"].session.listen().result().accept().result()

    async def coroutine(lab: AsyncLab) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await (await lab["one"].session.listen()).accept()

    for function in (plain, coroutine):
        outcome = run(function, timeout=0.2)

        assert (outcome.result, outcome.why) == (Result.ERROR, "not over after 0.2 s")


def test_a_plain_function_that_returns_a_coroutine_has_not_passed(run: Run) -> None:
    async def never(lab: Lab) -> None:
        raise AssertionError("it does not run")

    outcome = run(lambda lab: never(lab))

    assert outcome.result is Result.ERROR
    assert outcome.why.startswith("TypeError: it returned <coroutine object ")
    assert outcome.why.endswith(", which nobody awaits: make it an `async def`")


def test_one_that_cancels_itself_ends_itself_alone(run: Run) -> None:
    async def coroutine(lab: AsyncLab) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(0)

    outcome = run(coroutine)

    assert (outcome.result, outcome.why) == (Result.ERROR, "CancelledError")


def test_one_that_cancels_every_task_of_its_loop_ends_itself_alone() -> None:
    async def coroutine(lab: AsyncLab) -> None:
        for task in asyncio.all_tasks():  # the lab's own too, so that its sessions end with their leases
            task.cancel()
        await asyncio.sleep(0)

    with local_inventory(["one"]) as members:
        outcome = run_scenario(Scenario("it", "", coroutine, is_async=True), members)

    assert (outcome.result, outcome.why) == (Result.ERROR, "CancelledError")


def test_a_task_that_leaves_the_program_is_an_error_of_its_scenario(run: Run) -> None:
    async def leave() -> None:
        raise SystemExit(0)

    async def coroutine(lab: AsyncLab) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(leave())
            await (await lab["one"].session.listen()).accept()

    outcome = run(coroutine)

    assert (outcome.result, outcome.why) == (Result.ERROR, "SystemExit: 0")


def interrupt() -> None:
    """Do what Ctrl-C does."""
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


def interrupt_what_waits(inventory: Inventory) -> None:
    """Interrupt once an operation of the first agent is pending."""

    def work() -> None:
        with Client(inventory[0].target) as client:
            while not any(session.pending_operations for session in client.list_sessions()):
                pass
        interrupt()

    threading.Thread(target=work).start()


def test_an_interrupt_ends_the_run_says_where_it_came_and_leaves_nothing(
    run: Run, inventory: Inventory
) -> None:
    def plain(lab: Lab) -> None:
        listener = lab["one"].session.listen().result()
        interrupt_what_waits(inventory)
        listener.accept().result()

    async def coroutine(lab: AsyncLab) -> None:
        listener = await lab["one"].session.listen()
        interrupt_what_waits(inventory)
        await listener.accept()

    for function in (plain, coroutine):
        with pytest.raises(Interrupted) as raised:
            run(function)
        outcome = raised.value.outcome
        assert (outcome.result, outcome.why) == (Result.ERROR, "interrupted")
        assert ".accept()" in outcome.told.splitlines()[-2]
        assert outcome.told.splitlines()[-1] == "KeyboardInterrupt"
        assert "has not ended" in outcome.timeline.text()
    with Client(inventory[0].target) as client:
        assert client.list_sessions() == []


def test_a_second_interrupt_ends_one_that_does_not_end_for_the_first(run: Run) -> None:
    async def coroutine(lab: AsyncLab) -> None:
        loop = asyncio.get_running_loop()
        try:
            loop.call_soon(interrupt)
            await loop.create_future()
        finally:
            loop.call_soon(interrupt)
            await asyncio.Event().wait()

    with pytest.raises(Interrupted) as raised:
        run(coroutine)

    assert "asyncio.Event().wait()" in raised.value.outcome.told.splitlines()[-2]


def test_a_coroutine_that_catches_an_interrupt_ends_the_run_all_the_same(run: Run) -> None:
    async def coroutine(lab: AsyncLab) -> None:
        asyncio.get_running_loop().call_soon(interrupt)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()

    with pytest.raises(Interrupted) as raised:
        run(coroutine)

    assert raised.value.outcome.why == "interrupted"


def test_an_interrupt_as_the_lab_is_left_does_not_cost_how_the_scenario_ended(run: Run) -> None:
    def plain(lab: Lab) -> None:
        closing = lab.close

        def close() -> None:
            closing()
            raise KeyboardInterrupt

        lab.close = close  # type: ignore[method-assign]  # where Ctrl-C comes
        raise AssertionError("not so")

    with pytest.raises(Interrupted) as raised:
        run(plain)

    assert raised.value.outcome.why == "AssertionError: not so"


def test_a_lab_that_is_not_to_be_had_is_an_error_of_the_scenario() -> None:
    def plain(lab: Lab) -> None:
        """Never runs."""

    with local_inventory(["one"]) as members:
        pass
    outcome = run_scenario(Scenario("it", "", plain, is_async=False), members)

    assert outcome.result is Result.ERROR
    assert outcome.why.startswith("opening the lab failed on 1 agent: one: ")
    assert (outcome.told, outcome.timeline.entries) == ("", ())
