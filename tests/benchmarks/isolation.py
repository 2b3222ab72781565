"""What others do to the latency of one session's single sends: nothing while they stall, one slice while they flood.

The flood and the stalled client are processes of their own, the healthy client is this one. The measure of a flood is
the same flood of a bare gRPC server in the same run: what a stream ping-pong there has to wait for is gRPC's, not ours.
"""

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NamedTuple

import grpc
from tests.benchmarks import processes
from tests.benchmarks.failures import CannotRun
from tests.benchmarks.programs.bare import SERVICE
from tests.benchmarks.results import Figure, Goal, Result, Scale
from tests.benchmarks.waiting import within
from tests.benchmarks.workload import PAYLOAD, open_sockets

from telesock.client import AsyncClient, AsyncSocket
from telesock.server.service.slices import SHARED_SLICE
from telesock.v1.sessions_pb2 import Session

SAMPLES = 1_000
"""Of each condition and round."""
MOST_RATIO = 1.5

Ping = Callable[[], Awaitable[object]]


class Latency(NamedTuple):
    """Of one condition in one round, milliseconds."""

    p50: float
    p99: float


class Rounds:
    """What all rounds found, by condition."""

    def __init__(self) -> None:
        self.latencies: dict[str, list[Latency]] = {}
        self.flood_rates: list[float] = []

    def add(self, condition: str, latency: Latency) -> None:
        """Add one round of a condition."""
        self.latencies.setdefault(condition, []).append(latency)

    def p99(self, condition: str) -> Figure:
        """The figure of a condition."""
        return Figure(f"{condition}, p99", "ms", tuple(each.p99 for each in self.latencies[condition]))

    def figures(self) -> list[Figure]:
        """All figures, in the order of measuring."""
        found = []
        for condition, latencies in self.latencies.items():
            found += [
                Figure(f"{condition}, p50", "ms", tuple(each.p50 for each in latencies)),
                self.p99(condition),
            ]
        return found


async def measure(scale: Scale) -> list[Result]:
    """Measure all conditions, round by round."""
    rounds, samples = Rounds(), scale.of(SAMPLES)
    with processes.program("sink") as sink, processes.program("silent_peer") as silent:
        async with (
            healthy(sink) as (flooded, socket),
            healthy(sink) as (stalling, beside),
            bare_ping() as bare,
        ):
            with processes.program("stalled_client", stalling.target, sink, silent):
                for _ in range(scale.rounds):
                    rounds.add("alone", await latency(lambda: socket.send(PAYLOAD), samples))
                    rounds.add("beside a stall", await latency(lambda: beside.send(PAYLOAD), samples))
                    with processes.program("flood_client", flooded.target, sink) as name:
                        await _beside_flood(rounds, flooded, name, socket, samples)
                    await _until_forgotten(flooded, name)
                    with processes.program("flood_echo_client", bare.address):
                        rounds.add(BARE, await latency(bare.ping, samples))
    return [_result(rounds, samples)]


BARE = "bare gRPC beside a flood"


async def latency(ping: Ping, samples: int) -> Latency:
    """Ping again and again, each when the one before is answered."""
    return await within(f"{samples} pings", _latency(ping, samples), 120)


async def _latency(ping: Ping, samples: int) -> Latency:
    taken = []
    for _ in range(samples):
        start = time.perf_counter()
        await ping()
        taken.append(1e3 * (time.perf_counter() - start))
    return Latency(statistics.median(taken), statistics.quantiles(taken, n=100, method="inclusive")[98])


async def _beside_flood(
    rounds: Rounds, client: AsyncClient, name: str, socket: AsyncSocket, samples: int
) -> None:
    """Measure beside a flooding session, and how fast that one is meanwhile."""
    before, start = await _find(client, name), time.perf_counter()
    rounds.add("beside a flood", await latency(lambda: socket.send(PAYLOAD), samples))
    after, seconds = await _find(client, name), time.perf_counter() - start
    assert before is not None, "it floods"
    if after is None or not after.attached:
        raise CannotRun("the flood ended before it was measured")
    rounds.flood_rates.append((after.last_sequence - before.last_sequence) / seconds)


async def _find(client: AsyncClient, name: str) -> Session | None:
    sessions = await client.list_sessions()
    return next((session for session in sessions if session.session_id == name), None)


async def _until_forgotten(client: AsyncClient, name: str) -> None:
    """Wait until the agent has ended a session: doing so is no part of what comes next."""

    await within("forgetting a flood", _gone(client, name))


async def _gone(client: AsyncClient, name: str) -> None:
    while True:
        if await _find(client, name) is None:
            return
        await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def healthy(port: str) -> AsyncIterator[tuple[AsyncClient, AsyncSocket]]:
    """A client with one connection on an agent of its own, warmed up."""
    with processes.agent() as (address, _):
        async with AsyncClient(address) as client, client.session() as session:
            [socket] = await open_sockets(session, int(port), 1)
            await latency(lambda: socket.send(PAYLOAD), 200)
            yield client, socket


class BarePing:
    """A ping-pong on one stream of a bare server."""

    def __init__(self, address: str, call: Any) -> None:
        self.address = address
        self._call = call

    async def ping(self) -> None:
        """Send one message and wait for it to come back."""
        await self._call.write(PAYLOAD)
        await self._call.read()


@contextlib.asynccontextmanager
async def bare_ping() -> AsyncIterator[BarePing]:
    """A bare server of its own, warmed up."""
    with processes.program("echo_server") as address:
        async with grpc.aio.insecure_channel(address) as channel:
            call: Any = channel.stream_stream(f"/{SERVICE}/Stream")()
            bare = BarePing(address, call)
            await latency(bare.ping, 200)
            yield bare
            call.cancel()


def _result(rounds: Rounds, samples: int) -> Result:
    rate = Figure("completions of the flood", "sends/s", tuple(rounds.flood_rates))
    pause = Figure(
        "one slice of the flood", "ms", tuple(1e3 * SHARED_SLICE / each for each in rounds.flood_rates)
    )
    alone, stalled = rounds.p99("alone").median, rounds.p99("beside a stall").median
    flooded, bound = rounds.p99("beside a flood").median, rounds.p99(BARE).median + pause.median
    return Result(
        "Latency of single sends beside other sessions",
        (*rounds.figures(), rate, pause),
        (
            Goal("p99 beside a stalled peer and subscriber, of p99 alone", stalled / alone, MOST_RATIO),
            Goal("p99 beside a flood, of bare gRPC's p99 and one slice", flooded / bound, 1.0),
        ),
        f"{samples:,} sends of 64 bytes a round, one at a time; the flood sends batches of 1,024, "
        f"a slice is {SHARED_SLICE} of them",
    )
