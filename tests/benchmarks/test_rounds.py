"""Who is measured when."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from tests.benchmarks.failures import CannotRun
from tests.benchmarks.rounds import interleaved, rate, ratio


def counting(name: str, seen: list[str]) -> Callable[[], Awaitable[float]]:
    async def run() -> float:
        seen.append(name)
        return float(len(seen))

    return run


async def test_every_contestant_runs_once_a_round_in_the_order_given() -> None:
    seen: list[str] = []

    found = await interleaved({name: counting(name, seen) for name in "bac"}, rounds=3)

    assert "".join(seen) == "bacbacbac"
    assert found == {"b": (1.0, 4.0, 7.0), "a": (2.0, 5.0, 8.0), "c": (3.0, 6.0, 9.0)}


async def test_one_that_hangs_is_named_instead_of_waited_for() -> None:
    with pytest.raises(CannotRun, match=r"^stuck: not done within 0.01 s$"):
        await interleaved({"stuck": asyncio.Event().wait}, rounds=1, timeout=0.01)


async def test_an_operation_that_times_out_by_itself_is_not_taken_for_one_that_hangs() -> None:
    async def run() -> None:
        raise TimeoutError("of its own")

    with pytest.raises(TimeoutError, match="of its own"):
        await interleaved({"failing": run}, rounds=1)


async def test_a_rate_grows_with_what_was_done_in_the_same_time() -> None:
    few, many = await rate(1, asyncio.sleep(0.01)), await rate(1_000, asyncio.sleep(0.01))

    assert few <= 100 < many


def test_a_ratio_is_that_of_medians_so_that_one_bad_round_is_nothing() -> None:
    assert ratio((4.0, 100.0, 2.0), (2.0, 0.001, 2.0)) == 2.0
