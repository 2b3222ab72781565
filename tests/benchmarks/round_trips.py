"""How long round trips take: the median of many, in short blocks in turn, because what disturbs a machine lasts longer."""

import itertools
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from tests.benchmarks.rounds import interleaved

OPERATIONS = 50
"""Round trips of a block."""

RoundTrip = Callable[[], Awaitable[object]]


async def one_round(trips: Mapping[str, RoundTrip], blocks: int) -> dict[str, float]:
    """Return the median of each contestant's round trips, in microseconds."""
    found = await interleaved({name: partial(block, trip) for name, trip in trips.items()}, blocks)
    return {name: statistics.median(itertools.chain(*parts)) for name, parts in found.items()}


async def block(trip: RoundTrip) -> list[float]:
    """Return how long each of some round trips took, in microseconds."""
    times = [time.perf_counter()]
    for _ in range(OPERATIONS):
        await trip()
        times.append(time.perf_counter())
    return [(after - before) * 1e6 for before, after in itertools.pairwise(times)]
