"""What a lab costs as it grows: python -m tests.lab.scale [AGENTS...], by default 1 5 10 20 40.

For each number of agents a client of its own opens a lab of them, lets them start at one moment, cuts them into halves, and
sends for a while through all of them. All agents are on this host and have its clock, so that the truth is known: how far
apart they really started, and by how much the estimates of their clocks are wrong.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table
from tests.agents import PATHS, ROOT
from tests.lab.members import connected, local_members

from telesock.client import AsyncSocket, EventKind
from telesock.client.lab import AsyncLab, LabAgent, Member
from telesock.client.lab.aio.lab import CLOCK_INTERVAL
from telesock.v1.events_pb2 import Event

NUMBERS = (1, 5, 10, 20, 40)
_SECONDS = 2.0  # of sending
_IDLE = CLOCK_INTERVAL  # seconds: everything that a lab does by itself has come once
_BATCH = 32  # sends of an agent that are under way
_PAYLOAD = bytes(100)


class Measured(NamedTuple):
    """What one lab took. Times are seconds, of the client's processor where they say so."""

    agents: int
    opening: float
    opening_processor: float
    memory_mib: float
    growth_mib: float
    idle_processor: float
    clock_uncertainty_ms: float
    clock_error_ms: float
    expected_spread_ms: float
    spread_ms: float
    latest_ms: float
    cutting: float
    healing: float
    operations_per_second: float
    closing: float


async def measure(members: list[Member]) -> Measured:
    """Open a lab of agents that are there, and use it."""
    before = _memory_mib()
    began, processor = time.perf_counter(), time.process_time()
    async with AsyncLab(members) as lab:
        opening, opening_processor = time.perf_counter() - began, time.process_time() - processor
        clocks = [agent.clock for agent in lab]
        memory, idle = _memory_mib(), await _idle()
        expected, starts = await _start_together(lab)
        cutting, healing = await _cut_and_heal(lab)
        rate = await _rate(lab)
        closing = time.perf_counter()
    return Measured(
        len(members),
        opening,
        opening_processor,
        memory,
        memory - before,
        idle,
        max(clock.uncertainty_ns for clock in clocks) / 1e6,
        max(abs(clock.offset_ns) for clock in clocks) / 1e6,
        expected * 1e3,
        (max(starts) - min(starts)) / 1e6,
        max(starts) / 1e6,
        cutting,
        healing,
        rate,
        time.perf_counter() - closing,
    )


def _memory_mib() -> float:
    """Memory of this process that is resident now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


async def _idle() -> float:
    """Return the share of a processor that a lab takes while nothing is asked of it."""
    processor = time.process_time()
    await asyncio.sleep(_IDLE)
    return (time.process_time() - processor) / _IDLE


async def _start_together(lab: AsyncLab) -> tuple[float, list[int]]:
    """Return the spread that could be expected, and how long after the moment each agent had sent its datagram."""
    moment = lab.moment(after=1.0)

    async def start(agent: LabAgent) -> int:
        socket = await agent.session.datagram(agent.addresses[0])
        chain = agent.session.chain(start_at_ns=agent.start_at_ns(moment))
        sending = chain.on(socket).send_to([b"now"], (agent.addresses[0], 9))
        await chain.submit()
        async for event in agent.session.events(kinds=[EventKind.COMPLETION]):
            if isinstance(event, Event) and event.operation_id == sending.operation_id:
                return event.monotonic_ns - moment.at_ns
        raise AssertionError("the session has ended")

    return moment.uncertainty, list((await lab.all.each(start)).values())


async def _cut_and_heal(lab: AsyncLab) -> tuple[float, float]:
    """Return how long it took to cut the lab into halves, and to heal it; one agent has no halves."""
    if len(lab) < 2:
        return 0.0, 0.0
    left, right = lab.select("half=left"), lab.select("half=right")
    began = time.perf_counter()
    partition = await lab.partition(left, right)
    cut = time.perf_counter()
    await partition.heal()
    return cut - began, time.perf_counter() - cut


async def _rate(lab: AsyncLab) -> float:
    """Sends a second, through all agents together, each on a connection to itself."""

    async def connect(agent: LabAgent) -> AsyncSocket:
        here, there = await connected(agent, agent)
        there.receive(0, drain=True)
        return here

    sockets = await lab.all.each(connect)
    deadline = time.perf_counter() + _SECONDS
    began = time.perf_counter()
    sent = await asyncio.gather(*(_send(socket, deadline) for socket in sockets.values()))
    return sum(sent) / (time.perf_counter() - began)


async def _send(socket: AsyncSocket, deadline: float) -> int:
    sent = 0
    while time.perf_counter() < deadline:
        for sending in [socket.send(_PAYLOAD) for _ in range(_BATCH)]:
            await sending
        sent += _BATCH
    return sent


COLUMNS: dict[str, Callable[[Measured], str]] = {
    "agents": lambda it: str(it.agents),
    "open, s": lambda it: f"{it.opening:.2f}",
    "of it processor": lambda it: f"{it.opening_processor:.2f}",
    "client, MiB": lambda it: f"{it.memory_mib:.0f}",
    "by opening": lambda it: f"{it.growth_mib:.1f}",
    "idle, processor": lambda it: f"{it.idle_processor:.1%}",
    "clocks ±, ms": lambda it: f"{it.clock_uncertainty_ms:.2f}",
    "really off, ms": lambda it: f"{it.clock_error_ms:.2f}",
    "spread to expect, ms": lambda it: f"{it.expected_spread_ms:.2f}",
    "spread, ms": lambda it: f"{it.spread_ms:.2f}",
    "latest, ms": lambda it: f"{it.latest_ms:.2f}",
    "cut, s": lambda it: f"{it.cutting:.2f}",
    "heal, s": lambda it: f"{it.healing:.2f}",
    "operations/s": lambda it: f"{it.operations_per_second:,.0f}",
    "leave, s": lambda it: f"{it.closing:.2f}",
}


async def measure_apart(members: list[Member]) -> Measured:
    """Measure in a process of its own, whose memory nothing else has grown."""
    asked = [[member.name, member.target, dict(member.labels), member.addresses] for member in members]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.lab.scale", "--measure", json.dumps(asked)),
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *PATHS])},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    return Measured(*json.loads(output))


async def run(numbers: list[int]) -> Table:
    """Measure labs of these sizes, one after the other."""
    table = Table(box=None, pad_edge=False)
    for name in COLUMNS:
        table.add_column(name, justify="right")
    for number in numbers:
        async with local_members(number) as (inventory, _):
            measured = await measure_apart(list(inventory))
        table.add_row(*(column(measured) for column in COLUMNS.values()))
    return table


def main(arguments: list[str]) -> None:
    """Measure and print a table, or measure one lab and print that as JSON."""
    if arguments[:1] == ["--measure"]:
        members: list[Any] = json.loads(arguments[1])
        made = [Member(name, target, labels, tuple(addresses)) for name, target, labels, addresses in members]
        print(json.dumps(asyncio.run(measure(made))))
        return
    Console(width=240).print(asyncio.run(run([int(number) for number in arguments] or list(NUMBERS))))


if __name__ == "__main__":
    main(sys.argv[1:])
