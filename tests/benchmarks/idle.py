"""What a connected socket costs while nothing happens on it: memory, processor time, and the rate of opening.

The memory is the agent's own (PSS): what the kernel holds for a connection is left out.
"""

import asyncio
import os
import time
from pathlib import Path

from tests.benchmarks import processes
from tests.benchmarks.results import Figure, Goal, Result, Scale
from tests.benchmarks.workload import CONNECTS, acknowledge_all, open_sockets

from telesock.client import AsyncClient, AsyncSession

IDLE_SOCKETS = 10_000
WATCHED = 5.0
"""Seconds in which the processor time of one round is counted."""
SHORTEST = 1.5  # seconds: the kernel counts in hundredths
MOST_BYTES = 2_048
MOST_PERCENT = 1.0

_TICKS = os.sysconf("SC_CLK_TCK")


async def measure(scale: Scale) -> list[Result]:
    """Open the sockets in as many parts as there are rounds, then look at them doing nothing."""
    count = scale.of(IDLE_SOCKETS)
    with processes.agent() as (address, pid), processes.program("silent_peer") as port:
        async with AsyncClient(address) as client, client.session() as session:
            [first] = await open_sockets(session, int(port), 1)
            empty = processes.own_memory(pid)
            rates = await opening_rates(session, int(port), count, scale.rounds)
            await acknowledge_all(session, first)
            each = (processes.own_memory(pid) - empty) / count
            idle = [
                await processor_percent(pid, max(SHORTEST, WATCHED * scale.share))
                for _ in range(scale.rounds)
            ]
    return [_result(count, rates, each, idle)]


async def opening_rates(session: AsyncSession, port: int, count: int, rounds: int) -> list[float]:
    """Open `count` sockets in parts; return how many a second each part opened."""
    rates = []
    for number in range(rounds):
        part = count * (number + 1) // rounds - count * number // rounds
        start = time.perf_counter()
        await open_sockets(session, port, part)
        rates.append(part / (time.perf_counter() - start))
    return rates


async def processor_percent(pid: int, seconds: float) -> float:
    """Return how much of one processor a process uses for some seconds, in percent."""
    before, start = _ticks(pid), time.perf_counter()
    await asyncio.sleep(seconds)
    return 100 * (_ticks(pid) - before) / _TICKS / (time.perf_counter() - start)


def _ticks(pid: int) -> int:
    """User and system time of all threads, proc(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _result(count: int, rates: list[float], each: float, idle: list[float]) -> Result:
    memory = Figure("memory of the agent, each", "bytes", (each,))
    percent = Figure("processor time while idle", "% of one", tuple(idle))
    return Result(
        f"{count:,} connected sockets, idle",
        (Figure(f"opening, {CONNECTS} at a time", "sockets/s", tuple(rates)), memory, percent),
        (
            Goal("bytes of memory each", memory.median, MOST_BYTES),
            Goal("% of one processor while idle", percent.median, MOST_PERCENT),
        ),
        "PSS of the agent above one that has a single socket, all but the last event acknowledged; it includes the "
        "events retained for replay and leaves out what the kernel holds",
    )
