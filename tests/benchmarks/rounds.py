"""How contestants are measured: in turn, round by round, so that the machine's mood meets them all alike.

A contestant that does not end in time fails the benchmark (CannotRun); it never hangs.
"""

import asyncio
import gc
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from tests.benchmarks.failures import CannotRun

TIMEOUT = 60.0
"""Seconds that one contestant has for one round."""

Found = TypeVar("Found")


async def interleaved(
    contestants: Mapping[str, Callable[[], Awaitable[Found]]], rounds: int, timeout: float = TIMEOUT
) -> dict[str, tuple[Found, ...]]:
    """Run every contestant once a round, in turn; return what each found, round by round."""
    found: dict[str, list[Found]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            found[name].append(await _within(timeout, name, run()))
    return {name: tuple(values) for name, values in found.items()}


async def _within(timeout: float, name: str, work: Awaitable[Found]) -> Found:
    limit = asyncio.timeout(timeout)
    try:
        async with limit:
            return await work
    except TimeoutError:
        if not limit.expired():  # an operation of the work has timed out by itself
            raise
        raise CannotRun(f"{name}: not done within {timeout:g} s") from None


async def rate(count: float, work: Awaitable[object]) -> float:
    """Do work that does `count` of something; return how many a second."""
    gc.collect()  # what the one before has left is not this one's to clear away
    start = time.perf_counter()
    await work
    return count / (time.perf_counter() - start)


def ratio(over: Sequence[float], under: Sequence[float]) -> float:
    """The median of the one over the median of the other."""
    return statistics.median(over) / statistics.median(under)
