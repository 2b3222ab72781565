"""What faults cost where they do nothing, what each adds to a round trip, and how exactly they do what they are asked for.

The first compares sends in sessions that differ in their faults only. The second has connections with none, one and
several faults, both ways, that change nothing: what they add is the price of looking.
"""

import contextlib
import statistics
from collections.abc import AsyncIterator
from functools import partial

from tests.benchmarks import processes
from tests.benchmarks.counts import agent_calls
from tests.benchmarks.exactness import exactness
from tests.benchmarks.programs.sink import SELDOM
from tests.benchmarks.results import Figure, Goal, Result, Scale
from tests.benchmarks.round_trips import OPERATIONS, RoundTrip, one_round
from tests.benchmarks.rounds import interleaved, ratio
from tests.benchmarks.workload import HOST, PAYLOAD, SOCKETS, open_sockets, send_many

from telesock.client import (
    AsyncClient,
    AsyncSession,
    AsyncSocket,
    Bandwidth,
    Fault,
    Latency,
    OperationFailure,
    Slices,
)

SENDS = 4_096  # of a block
SEND_BLOCKS = 15
TRIP_BLOCKS = 8
LEAST_BLOCKS = 3
SHARE, MOST_FUNCTIONS = 0.95, 1.05

NEVER = "sends, never a fault"
DELETED = "sends, a fault that was deleted"
OTHER = "sends, a fault of another socket"

NONE = "echo, no fault"
MOST = 5  # faults at a time
KINDS = {
    "Latency of 0": Fault(Latency(0)),
    "Slices that are larger": Fault(Slices(65_536)),
    "Bandwidth of 1 TB/s": Fault(Bandwidth(10**12)),
    "operation's, does not fire": Fault(OperationFailure(), operations=("send", "receive"), probability=0.0),
}


async def measure(scale: Scale) -> list[Result]:
    """Measure one after the other, each on an agent of its own; what is counted first."""
    found = [await idle_functions(scale)]
    for each in (idle, added, exactness):
        with processes.agent() as (address, _):
            async with AsyncClient(address) as client:
                found.append(await each(scale, client))
    return found


# Where none acts


async def idle(scale: Scale, client: AsyncClient) -> Result:
    """Measure the rate of sends, block by block."""
    with processes.program("sink", SELDOM) as sink:
        async with sessions(client, int(sink)) as contestants:
            blocks = {name: partial(send_many, sockets, SENDS) for name, sockets in contestants.items()}
            count = max(LEAST_BLOCKS, scale.of(SEND_BLOCKS))
            rounds = [await interleaved(blocks, count) for _ in range(scale.rounds)]
    found = {name: tuple(statistics.median(each[name]) for each in rounds) for name in blocks}
    return Result(
        f"Faults: {len(PAYLOAD)}-byte sends over {SOCKETS} sockets where none acts",
        tuple(Figure(name, "sends/s", values) for name, values in found.items()),
        (
            Goal("a deleted fault / never one", ratio(found[DELETED], found[NEVER]), SHARE, True),
            Goal("a fault of another socket / never one", ratio(found[OTHER], found[NEVER]), SHARE, True),
        ),
        f"Sessions of one agent, in turns, in blocks of {SENDS:,}.",
    )


async def idle_functions(scale: Scale) -> Result:
    """Count the Python functions of the agent for the same sends, on which no machine has an influence."""
    with processes.program("counted_agent") as said, processes.program("sink", SELDOM) as sink:
        address, _, port = said.partition(" ")
        async with AsyncClient(address) as client, sessions(client, int(sink)) as contestants:
            counting = {name: partial(functions, port, sockets) for name, sockets in contestants.items()}
            found = await interleaved(counting, scale.rounds)
    return Result(
        "Faults: Python functions of the agent for one send where none acts",
        tuple(Figure(name, "a send", values) for name, values in found.items()),
        (
            Goal("a deleted fault / never one", ratio(found[DELETED], found[NEVER]), MOST_FUNCTIONS),
            Goal("a fault of another socket / never one", ratio(found[OTHER], found[NEVER]), MOST_FUNCTIONS),
        ),
        f"Counted over {SENDS:,} sends of the same sessions on an agent of their own.",
    )


async def functions(port: str, sockets: list[AsyncSocket]) -> float:
    """How many functions the agent calls for a send."""
    before = await agent_calls(port)
    await send_many(sockets, SENDS)
    return (await agent_calls(port) - before) / SENDS


@contextlib.asynccontextmanager
async def sessions(client: AsyncClient, port: int) -> AsyncIterator[dict[str, list[AsyncSocket]]]:
    """Sockets of three sessions that differ in their faults only."""
    async with (
        never_faulted(client, port) as never,
        once_faulted(client, port) as deleted,
        faulted_elsewhere(client, port) as other,
    ):
        yield {NEVER: never, DELETED: deleted, OTHER: other}


@contextlib.asynccontextmanager
async def never_faulted(client: AsyncClient, port: int) -> AsyncIterator[list[AsyncSocket]]:
    """Sockets of a session that never had a fault."""
    async with client.session() as session:
        sockets = await open_sockets(session, port, SOCKETS)
        await send_many(sockets, SENDS)
        yield sockets


@contextlib.asynccontextmanager
async def once_faulted(client: AsyncClient, port: int) -> AsyncIterator[list[AsyncSocket]]:
    """Sockets all of which had a fault, that is deleted."""
    async with client.session() as session:
        sockets = await open_sockets(session, port, SOCKETS)
        async with session.fault(Latency(0)):
            await send_many(sockets, SENDS)
        yield sockets


@contextlib.asynccontextmanager
async def faulted_elsewhere(client: AsyncClient, port: int) -> AsyncIterator[list[AsyncSocket]]:
    """Sockets of a session in which one more has a fault."""
    async with client.session() as session:
        *sockets, other = await open_sockets(session, port, SOCKETS + 1)
        async with other.fault(Latency(0)):
            await send_many(sockets, SENDS)
            yield sockets


# Where they act, and change nothing


async def added(scale: Scale, client: AsyncClient) -> Result:
    """Measure the round trip of an echo with none, one and several faults of each kind."""
    with processes.program("echo_peer") as echo:
        async with client.session() as session:
            trips = {NONE: await echoing(session, int(echo), [])}
            for kind, fault in KINDS.items():
                for count in (1, MOST):
                    trips[named(kind, count)] = await echoing(session, int(echo), [fault] * count)
            rounds = [
                await one_round(trips, max(LEAST_BLOCKS, scale.of(TRIP_BLOCKS))) for _ in range(scale.rounds)
            ]
    found = {name: tuple(each[name] for each in rounds) for name in trips}
    prices = [figure for kind in KINDS for figure in priced(found, kind)]
    return Result(
        f"Faults: echo of {len(PAYLOAD)} bytes with faults that change nothing (p50)",
        (*(Figure(name, "µs", values) for name, values in found.items()), *prices),
        (),
        f"A send and a receive on one connection, blocks of {OPERATIONS}. Each fault acts both ways.",
    )


def named(kind: str, count: int) -> str:
    """Name the figure of some faults of a kind."""
    return f"echo, {count} x {kind}"


def priced(found: dict[str, tuple[float, ...]], kind: str) -> tuple[Figure, Figure]:
    """What the first fault has added, and what each further one has, round by round."""
    one, several = found[named(kind, 1)], found[named(kind, MOST)]
    first = tuple(after - before for after, before in zip(one, found[NONE], strict=True))
    further = tuple((after - before) / (MOST - 1) for after, before in zip(several, one, strict=True))
    return Figure(f"the first {kind}", "µs a fault", first), Figure(f"further {kind}", "µs a fault", further)


async def echoing(session: AsyncSession, port: int, faults: list[Fault]) -> RoundTrip:
    """Connect to a peer that echoes."""
    connection = await session.connect(HOST, port, faults=faults)

    async def echo() -> None:
        receiving = connection.receive(len(PAYLOAD), wait_all=True)
        connection.send(PAYLOAD)
        await receiving

    return echo
