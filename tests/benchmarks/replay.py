"""How fast retained events reach a client that comes back, beside the rate at which they come about."""

import time

from tests.benchmarks import processes
from tests.benchmarks.results import Figure, Goal, Result, Scale
from tests.benchmarks.waiting import until, within
from tests.benchmarks.workload import SOCKETS, acknowledge_all, open_sockets, send_many

from telesock.client import AsyncClient, AsyncSession

RETAINED_EVENTS = 60_000
LIVE_SENDS = 30_000
LEASE = 600.0
"""Seconds that the session outlives its first owner."""
LEAST_RATIO = 1.0


async def measure(scale: Scale) -> list[Result]:
    """Let a session fill its journal, then replay it in turns with live sends of another one."""
    live, attached, streamed = [], [], []
    with processes.agent() as (address, _), processes.program("sink") as sink:
        async with (
            AsyncClient(address) as client,
            client.session() as other,
            client.session(lease=LEASE) as session,
        ):
            sockets = await open_sockets(other, int(sink), SOCKETS)
            count = await fill(session, int(sink), scale.of(RETAINED_EVENTS))
            await send_many(sockets, scale.of(LIVE_SENDS))  # to warm up
            for _ in range(scale.rounds):
                live.append(await send_many(sockets, scale.of(LIVE_SENDS)))
                attached.append(await replay_by_attaching(address, session, count))
                streamed.append(await replay_by_streaming(address, session, count))
    return [_result(count, live, attached, streamed)]


async def fill(session: AsyncSession, port: int, count: int) -> int:
    """Let a session have at least so many events, all of them retained; return how many."""
    sockets = await open_sockets(session, port, SOCKETS)
    await send_many(sockets, count)
    await acknowledge_all(session, sockets[0])
    found = await session.get_session()
    assert found.first_retained_sequence == 1, "nothing needed their room"
    return found.last_sequence


async def replay_by_attaching(address: str, session: AsyncSession, count: int) -> float:
    """Take the session up from its beginning; return events a second."""
    async with AsyncClient(address) as client:
        start = time.perf_counter()
        taken = client.attach_session(session.session_id, session.session_token, session.boot_id, 0)
        async with taken:
            await until("a replay", lambda: taken.last_sequence >= count)
            return count / (time.perf_counter() - start)


async def replay_by_streaming(address: str, session: AsyncSession, count: int) -> float:
    """Iterate over all events from the beginning; return events a second."""
    async with AsyncClient(address) as client:
        taken = client.attach_session(session.session_id, session.session_token, session.boot_id)
        async with taken:
            start = time.perf_counter()
            await within("a replay", _read(taken, count))
            return count / (time.perf_counter() - start)


async def _read(session: AsyncSession, count: int) -> None:
    events = session.events(start_after=0)
    for _ in range(count):
        await anext(events)
    await events.aclose()


def _result(count: int, live: list[float], attached: list[float], streamed: list[float]) -> Result:
    rate = Figure("live completions of sends", "events/s", tuple(live))
    by_attaching = Figure("replayed by attach_session", "events/s", tuple(attached))
    by_streaming = Figure("replayed by session.events", "events/s", tuple(streamed))
    return Result(
        f"Replay of {count:,} events",
        (rate, by_attaching, by_streaming),
        (
            Goal(
                "replay by attach_session, of the live rate",
                by_attaching.median / rate.median,
                LEAST_RATIO,
                True,
            ),
            Goal(
                "replay by session.events, of the live rate",
                by_streaming.median / rate.median,
                LEAST_RATIO,
                True,
            ),
        ),
        "from the call that attaches to the arrival of the last event, in a client of its own",
    )
