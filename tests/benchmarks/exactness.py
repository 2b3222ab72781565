"""How exactly faults do what they were asked for: each is measured from outside, and held to that within a tenth.

Programs see it so: the times are those from the request of a send to the peer that has read it, from the peer's write to
the completion of a receive, and the way through client, agent and kernel is in them. What does not disturb one another
runs at once: short delays, then long ones, then jitters, gaps, rates and losses.
"""

import asyncio
import contextlib
import itertools
import random
import socket
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from functools import partial
from typing import Literal, NamedTuple

from tests.benchmarks.fault_traces import listening
from tests.benchmarks.results import Figure, Goal, Result, Scale
from tests.benchmarks.rounds import interleaved

from telesock.client import (
    AsyncClient,
    AsyncSession,
    AsyncSocket,
    Bandwidth,
    ConnectDelay,
    DatagramDelay,
    DatagramLoss,
    Digest,
    Drip,
    Effect,
    Fault,
    Latency,
    OperationDelay,
    Pattern,
    Slices,
    Stall,
)

HOST = "127.0.0.1"
AT_ONCE = 1 << 18
PIECE = 64
BLOCK = 4_096  # bytes that have one draw
SHORT, DELAY, LONG = 0.02, 0.05, 0.1  # seconds
SPREAD, JITTER = 0.1, {"uniform": 0.04, "normal": 0.02}
LINES, DRAWS = 32, 12  # connections, and draws on each of them
GAP, GAPS, SLICE = 0.01, 50, 1_000
STALL = 0.2
DATAGRAMS, AT_A_TIME, LOSS = 5_000, 50, 0.2
TIMES = 5
SETTLING = 0.05  # seconds in which those that run at once are connected, and again in which they begin
RATES = (1_000_000, 10_000_000)
LEAST_SECONDS = 0.3  # of a rate
LOWEST, HIGHEST = 0.9, 1.1

MS = 1e3
Direction = Literal["send", "receive"]
DIRECTIONS: tuple[tuple[Direction, str], ...] = (("send", "sent"), ("receive", "received"))


class Reading(NamedTuple):
    """What was asked for, 0 for nothing, and what was measured."""

    name: str
    unit: str
    asked: float
    value: float


Case = Callable[[], Awaitable[Sequence[Reading]]]


async def exactness(scale: Scale, client: AsyncClient) -> Result:
    """Measure all effects, group by group."""
    async with client.session() as session:
        groups: dict[str, list[Case]] = {
            "short": short(session),
            "delays": delays(session),
            "jitters": [partial(jittered, session, "uniform"), partial(jittered, session, "normal")],
            "gaps": gaps(session),
            "rates": rates(session, max(LEAST_SECONDS, scale.share)),
            "losses": [partial(lost, session)],
        }
        together = {name: partial(at_once, cases) for name, cases in groups.items()}
        found = await interleaved(together, scale.rounds)
    return judged([rounds for readings in found.values() for rounds in zip(*readings, strict=True)])


async def at_once(cases: Sequence[Case]) -> list[Reading]:
    """Run some cases at a time."""
    return list(itertools.chain(*await asyncio.gather(*(case() for case in cases))))


def judged(found: list[tuple[Reading, ...]]) -> Result:
    """Hold each to what was asked for."""
    figures = tuple(
        Figure(rounds[0].name, rounds[0].unit, tuple(each.value for each in rounds)) for rounds in found
    )
    goals = tuple(
        Goal(f"{figure.name}: measured / asked", figure.median / rounds[0].asked, LOWEST, True, HIGHEST)
        for figure, rounds in zip(figures, found, strict=True)
        if rounds[0].asked
    )
    note = f"{LINES * DRAWS} draws of each jitter and {DATAGRAMS:,} datagrams a round; gaps: {GAPS - 1} of {GAP * MS:g} ms."
    return Result("Faults: what was asked for, as measured", figures, goals, note)


def short(session: AsyncSession) -> list[Case]:
    """What the way takes by itself, and a time against which that counts."""
    cases: list[Case] = []
    for direction, text in DIRECTIONS:
        cases.append(partial(late, session, f"no fault, {text}", None, direction, 0.0))
        name = f"Latency {SHORT * MS:g} ms, {text}"
        cases.append(partial(late, session, name, Latency(SHORT), direction, SHORT))
    return cases


def delays(session: AsyncSession) -> list[Case]:
    """Everything else that is one time."""
    cases: list[Case] = [partial(connects_late, session), partial(completes_late, session)]
    cases.append(partial(datagram_late, session))
    for direction, text in DIRECTIONS:
        name = f"Latency {LONG * MS:g} ms, {text}"
        cases.append(partial(late, session, name, Latency(LONG), direction, LONG))
        name = f"Stall {STALL * MS:g} ms, {text}"
        cases.append(partial(late, session, name, Stall(STALL), direction, STALL, 1))
    return cases


def gaps(session: AsyncSession) -> list[Case]:
    """Everything that comes in pieces."""
    cases: list[Case] = []
    for direction, text in DIRECTIONS:
        slices, drip = Slices(SLICE, gap=GAP), Drip(GAP)
        cases.append(partial(spread, session, f"Slices, gaps, {text}", slices, direction, SLICE * GAPS))
        cases.append(partial(spread, session, f"Drip, gaps, {text}", drip, direction, GAPS))
    return cases


def rates(session: AsyncSession, seconds: float) -> list[Case]:
    """Everything that is bytes a second."""
    return [
        partial(limited, session, rate, direction, text, seconds)
        for rate in RATES
        for direction, text in DIRECTIONS
    ]


# One time


async def late(
    session: AsyncSession,
    name: str,
    effect: Effect | None,
    direction: Direction,
    asked: float,
    times: int = TIMES,
) -> list[Reading]:
    """How long small messages are on their way, one after the other."""
    async with connected(session, effect, direction) as (near, peer):
        taken = [await passes(near, peer, direction, PIECE) for _ in range(times)]
    return [Reading(name, "ms", asked * MS, statistics.median(taken) * MS)]


async def passes(near: AsyncSocket, peer: socket.socket, direction: Direction, size: int) -> float:
    """Let a message pass; return the seconds that takes."""
    data, begin = bytes(size), time.perf_counter()
    if direction == "send":
        near.send(data)
        await read(peer, size)
    else:
        receiving = near.receive(size, wait_all=True)
        await asyncio.get_running_loop().sock_sendall(peer, data)
        await receiving
    return time.perf_counter() - begin


async def connects_late(session: AsyncSession) -> list[Reading]:
    """How long connects take."""
    taken = []
    with listening() as (_, place):
        for _ in range(TIMES):
            begin = time.perf_counter()
            connection = await session.connect(*place, faults=[ConnectDelay(DELAY)])
            taken.append(time.perf_counter() - begin)
            await connection.close()
    return [Reading(f"ConnectDelay {DELAY * MS:g} ms", "ms", DELAY * MS, statistics.median(taken) * MS)]


async def completes_late(session: AsyncSession) -> list[Reading]:
    """How long sends take to complete."""
    taken = []
    async with connected(session) as (near, _), near.fault(OperationDelay(DELAY), operations="send"):
        for _ in range(TIMES):
            begin = time.perf_counter()
            await near.send(bytes(PIECE))
            taken.append(time.perf_counter() - begin)
    return [Reading(f"OperationDelay {DELAY * MS:g} ms", "ms", DELAY * MS, statistics.median(taken) * MS)]


async def datagram_late(session: AsyncSession) -> list[Reading]:
    """How long datagrams are on their way."""
    taken = []
    with datagram_peer() as peer:
        remote, faults = peer.getsockname(), [Fault(DatagramDelay(DELAY), direction="send")]
        async with await session.datagram(HOST, remote=remote, faults=faults) as near:
            for _ in range(TIMES):
                begin = time.perf_counter()
                near.send_to([bytes(PIECE)])
                await asyncio.get_running_loop().sock_recv(peer, PIECE)
                taken.append(time.perf_counter() - begin)
    return [Reading(f"DatagramDelay {DELAY * MS:g} ms", "ms", DELAY * MS, statistics.median(taken) * MS)]


# Many times


async def jittered(session: AsyncSession, distribution: Literal["uniform", "normal"]) -> list[Reading]:
    """How times spread that are drawn, each for a block that has its connection for itself."""
    jitter = JITTER[distribution]
    deviation = jitter if distribution == "normal" else jitter / 3**0.5
    effect = Latency(SPREAD, jitter, distribution)
    lines = await asyncio.gather(*(draws(session, effect, number) for number in range(LINES)))
    taken = list(itertools.chain(*lines))
    name = f"Latency {SPREAD * MS:g} ms, {distribution} jitter {jitter * MS:g} ms"
    return [
        Reading(f"{name}: mean", "ms", SPREAD * MS, statistics.mean(taken) * MS),
        Reading(f"{name}: deviation", "ms", deviation * MS, statistics.stdev(taken) * MS),
    ]


async def draws(session: AsyncSession, effect: Effect, number: int) -> list[float]:
    """Let blocks pass, one after the other; each of the connections begins at another moment."""
    async with connected(session, effect, "send") as (near, peer):
        await asyncio.sleep(SPREAD * number / LINES)
        return [await passes(near, peer, "send", BLOCK) for _ in range(DRAWS)]


# From the first byte to the last


async def spread(
    session: AsyncSession, name: str, effect: Effect, direction: Direction, size: int
) -> list[Reading]:
    """How long all gaps take together; the first piece leaves at once."""
    async with connected(session, effect, direction) as (near, peer):
        found = await flow(near, peer, direction, size)
    return [Reading(name, "ms", GAP * (GAPS - 1) * MS, found.last * MS)]


async def limited(
    session: AsyncSession, rate: int, direction: Direction, text: str, seconds: float
) -> list[Reading]:
    """How fast bytes come, once the first have."""
    async with connected(session, Bandwidth(rate), direction) as (near, peer):
        found = await flow(near, peer, direction, round(rate * seconds))
    reached = found.behind / (found.last - found.first)
    return [Reading(f"Bandwidth {rate / 1e6:g} MB/s, {text}", "MB/s", rate / 1e6, reached / 1e6)]


class Flow(NamedTuple):
    """How many bytes came behind those that came first; when these were there, and when all, in seconds."""

    behind: int
    first: float
    last: float


async def flow(near: AsyncSocket, peer: socket.socket, direction: Direction, size: int) -> Flow:
    """Let bytes flow."""
    begin = time.perf_counter()
    if direction == "send":
        near.send_pattern(size, Pattern(1))
        behind = size - await read(peer, 1, AT_ONCE)
        first = time.perf_counter() - begin
        await read(peer, behind)
        return Flow(behind, first, time.perf_counter() - begin)
    writing = asyncio.ensure_future(asyncio.get_running_loop().sock_sendall(peer, bytes(size)))
    behind = size - len(await near.receive(AT_ONCE))
    first = time.perf_counter() - begin
    await near.receive_digest(behind, Digest.CRC32C)
    last = time.perf_counter() - begin
    await writing
    return Flow(behind, first, last)


# Shares


async def lost(session: AsyncSession) -> list[Reading]:
    """How many datagrams do not come; what the agent's host has taken is there at once on loopback."""
    came = 0
    with datagram_peer() as peer:
        remote, faults = peer.getsockname(), [Fault(DatagramLoss(), direction="send", probability=LOSS)]
        async with await session.datagram(HOST, remote=remote, faults=faults) as near:
            for _ in range(DATAGRAMS // AT_A_TIME):
                await near.send_to([bytes(PIECE)] * AT_A_TIME)
                came += waiting(peer)
    return [Reading(f"DatagramLoss {LOSS:.0%}", "%", 100 * LOSS, 100 * (1 - came / DATAGRAMS))]


def waiting(peer: socket.socket) -> int:
    """Take the datagrams that are there; return how many."""
    for count in itertools.count():
        try:
            peer.recv(PIECE)
        except BlockingIOError:
            return count
    raise AssertionError("counting does not end")


# The other end


@contextlib.asynccontextmanager
async def connected(
    session: AsyncSession, effect: Effect | None = None, direction: Direction = "send"
) -> AsyncIterator[tuple[AsyncSocket, socket.socket]]:
    """A connection that was born with a fault, and its other end in this process."""
    faults = [] if effect is None else [Fault(effect, direction=direction)]
    with listening() as (listener, place):
        accepting = asyncio.ensure_future(asyncio.get_running_loop().sock_accept(listener))
        near = await session.connect(*place, faults=faults)
        peer, _ = await accepting
    with peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.sleep(random.uniform(SETTLING, 2 * SETTLING))
        yield near, peer
        await near.close()


async def read(peer: socket.socket, least: int, most: int = 0) -> int:
    """Read at least so many bytes, and no more than that or than `most`; return how many."""
    count = 0
    while count < least:
        data = await asyncio.get_running_loop().sock_recv(peer, min(AT_ONCE, max(least, most) - count))
        assert data, "the stream does not end"
        count += len(data)
    return count


@contextlib.contextmanager
def datagram_peer() -> Iterator[socket.socket]:
    """Where datagrams go."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind((HOST, 0))
        peer.setblocking(False)
        yield peer
