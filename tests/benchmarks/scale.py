"""Whether sends stay as fast beside many idle sockets, and behind many events that the journal retains.

Each is compared with an agent that has none of it, part by part in turns, in this process and on the same peer. Few
retained events means a new session for every round.
"""

import contextlib
from collections.abc import AsyncIterator

from tests.benchmarks import processes
from tests.benchmarks.results import Figure, Goal, Result, Scale
from tests.benchmarks.workload import IN_FLIGHT, SOCKETS, acknowledge_all, open_sockets, send_many

from telesock.client import AsyncClient, AsyncSession, AsyncSocket

IDLE_SOCKETS = 10_000
RETAINED_EVENTS = 60_000
BLOCKS = 6
"""Of IN_FLIGHT sends each, in one round on one agent: few, lest the few retained events become many."""
LEAST_RATIO = 0.9

Rates = tuple[float, float]


async def measure(scale: Scale) -> list[Result]:
    """Measure both."""
    return [await beside_idle_sockets(scale), await behind_retained_events(scale)]


async def beside_idle_sockets(scale: Scale) -> Result:
    """Sends beside idle sockets of the same session, against sends beside none."""
    count, blocks = scale.of(IDLE_SOCKETS), scale.of(BLOCKS) + 1
    with processes.program("sink") as sink, processes.program("silent_peer") as silent:
        async with agent_session() as crowded, agent_session() as alone:
            await open_sockets(crowded, int(silent), count)
            busy = await open_sockets(crowded, int(sink), SOCKETS)
            free = await open_sockets(alone, int(sink), SOCKETS)
            await in_turns(busy, free, 1)
            rates = [await in_turns(busy, free, blocks) for _ in range(scale.rounds)]
    return _result(f"Sends beside {count:,} idle sockets", "beside none", rates)


async def behind_retained_events(scale: Scale) -> Result:
    """Sends in a session whose journal is nearly full of acknowledged events, against sends in new sessions."""
    count, blocks = scale.of(RETAINED_EVENTS), scale.of(BLOCKS) + 1
    with processes.program("sink") as sink:
        async with agent_session() as full, client() as fresh:
            sockets = await open_sockets(full, int(sink), SOCKETS)
            await send_many(sockets, count)
            await acknowledge_all(full, sockets[0])
            found = await full.get_session()
            assert found.first_retained_sequence == 1, "nothing needed their room"
            await beside_new_session(fresh, int(sink), sockets, 1)
            rates = [await beside_new_session(fresh, int(sink), sockets, blocks) for _ in range(scale.rounds)]
    return _result(f"Sends behind {count:,} retained events", "behind few", rates)


async def beside_new_session(agent: AsyncClient, port: int, full: list[AsyncSocket], blocks: int) -> Rates:
    """Send on sockets of a full session, in turns with a session that has just been opened."""
    async with agent.session() as session:
        return await in_turns(full, await open_sockets(session, port, SOCKETS), blocks)


async def in_turns(one: list[AsyncSocket], other: list[AsyncSocket], blocks: int) -> Rates:
    """Send block by block, each side first in every other block; return how many a second on each side."""
    seconds = [0.0, 0.0]
    sides = [(0, one), (1, other)]
    for _ in range(blocks):
        for number, sockets in sides:
            seconds[number] += IN_FLIGHT / await send_many(sockets, IN_FLIGHT)
        sides.reverse()
    return blocks * IN_FLIGHT / seconds[0], blocks * IN_FLIGHT / seconds[1]


@contextlib.asynccontextmanager
async def client() -> AsyncIterator[AsyncClient]:
    """A client of an agent of its own."""
    with processes.agent() as (address, _):
        async with AsyncClient(address) as connected:
            yield connected


@contextlib.asynccontextmanager
async def agent_session() -> AsyncIterator[AsyncSession]:
    """A session on an agent of its own."""
    async with client() as connected, connected.session() as session:
        yield session


def _result(title: str, other: str, rates: list[Rates]) -> Result:
    loaded = Figure(title, "sends/s", tuple(one for one, _ in rates))
    free = Figure(f"sends {other}", "sends/s", tuple(without for _, without in rates))
    goal = Goal(f"of the rate {other}", loaded.median / free.median, LEAST_RATIO, at_least=True)
    note = f"64 bytes, {SOCKETS} sockets, {IN_FLIGHT:,} under way; blocks of {IN_FLIGHT:,} in turns"
    return Result(title, (loaded, free), (goal,), note)
