"""How fast a relay is: the bytes of one connection, small round trips, new connections, beside others that do the same.

A program takes through each of them what another sends from memory, and lets the kernel throw it away: neither is what
holds the others up. The others copy chunks of up to 256 KiB, which is what the agent moves at once; all send what they
have without waiting for more, and leave the sizes of the kernel's buffers to the kernel. Where one is late, what comes
from the upstream leaves a millisecond later.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from functools import partial

from tests.benchmarks import processes, socat
from tests.benchmarks.programs.plain_relay import AT_ONCE
from tests.benchmarks.programs.relayed_client import AT_A_TIME, SMALL
from tests.benchmarks.results import Figure, Goal, Result, Scale
from tests.benchmarks.rounds import interleaved, ratio

from telesock.client import AsyncClient, Latency

MIB = 1 << 20
COUNT = 1024  # MiB
TRIPS = 10_000
LATE_TRIPS = 500
TURNS = 20  # of so many connections at a time
DELAY = 0.001  # seconds
SHARE = 0.8

NONE = "ceiling: no relay"
OURS = "agent's relay"
SOCAT = "socat"
PLAIN = "plain asyncio"
OURS_LATE = "agent's relay, a Latency of 1 ms"
PLAIN_LATE = "plain asyncio, 1 ms late"
LATE = (OURS_LATE, PLAIN_LATE)

Found = dict[str, tuple[float, ...]]


async def measure(scale: Scale) -> list[Result]:
    """Measure bytes, then round trips and connections, each through all of them in turn."""
    async with contestants("source") as ports:
        moved = await measured(scale, ports, "bytes", scale.of(COUNT) * MIB, unit=1e6)
    async with contestants("echo_peer") as ports:
        trips = await measured(scale, ports, "trips", scale.of(TRIPS), late_count=scale.of(LATE_TRIPS))
        opened = await measured(scale, ports, "connections", scale.of(TURNS) * AT_A_TIME)
    return [
        judged(f"Relay: {scale.of(COUNT):,} MiB of one connection", "MB/s", moved, "Thrown away unread."),
        judged(
            f"Relay: round trips of {len(SMALL)} bytes", "trips/s", trips, "One at a time, on one connection."
        ),
        judged(
            f"Relay: new connections, {AT_A_TIME} at a time",
            "connections/s",
            opened,
            "Each makes one round trip and is ended by the client.",
        ),
    ]


async def measured(
    scale: Scale, ports: Mapping[str, int], what: str, count: int, *, late_count: int = 0, unit: float = 1.0
) -> Found:
    """Do something through each of them in turn, less of it where it is late; return how many units a second."""
    counts = {name: late_count if late_count and name in LATE else count for name in ports}
    through = {name: partial(client, port, what, counts[name], unit) for name, port in ports.items()}
    return await interleaved(through, scale.rounds)


async def client(port: int, what: str, count: int, unit: float) -> float:
    """Run the program that does it; its first line is its figure."""

    def run() -> float:
        with processes.program("relayed_client", str(port), what, str(count)) as figure:
            return float(figure) / unit

    return await asyncio.to_thread(run)


def judged(title: str, unit: str, found: Found, note: str) -> Result:
    """Hold the agent's relay to what others do."""
    goals = [
        Goal("relay with a fault / plain asyncio", ratio(found[OURS_LATE], found[PLAIN_LATE]), SHARE, True)
    ]
    if SOCAT in found:
        goals.insert(0, Goal("relay / socat", ratio(found[OURS], found[SOCAT]), SHARE, True))
    else:
        note = f"{note} Without socat: {socat.why_not()}."
    figures = tuple(Figure(name, unit, values) for name, values in found.items())
    return Result(title, figures, tuple(goals), note)


@contextlib.asynccontextmanager
async def contestants(upstream: str) -> AsyncIterator[dict[str, int]]:
    """The ports behind which a program is, by what is between."""
    with contextlib.ExitStack() as programs:
        there = int(programs.enter_context(processes.program(upstream)))
        ports = {NONE: there}
        async with agents_relays(there) as (ours, late):
            ports[OURS] = ours
            if not socat.why_not():
                ports[SOCAT] = programs.enter_context(socat.relaying(there, AT_ONCE))
            ports[PLAIN] = plain_relay(programs, there)
            ports[OURS_LATE] = late
            ports[PLAIN_LATE] = plain_relay(programs, there, str(DELAY))
            yield ports


@contextlib.asynccontextmanager
async def agents_relays(upstream: int) -> AsyncIterator[tuple[int, int]]:
    """Two relays of one agent: the ports of one without faults, and of one with one."""
    place = ("127.0.0.1", upstream)
    with processes.agent() as (address, _):
        async with (
            AsyncClient(address) as client,
            client.session() as session,
            session.relay(place) as relay,
            session.relay(place) as late,
            late.fault(Latency(DELAY), side="upstream", direction="receive"),
        ):
            yield relay.address[1], late.address[1]


def plain_relay(programs: contextlib.ExitStack, upstream: int, *delay: str) -> int:
    """Start the plain relay; return its port."""
    return int(programs.enter_context(processes.program("plain_relay", str(upstream), *delay)))
