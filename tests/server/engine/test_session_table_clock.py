"""Steps of the host's wall clock change the stamps of events and nothing else: leases and deadlines do not see them."""

import asyncio
import time
from collections.abc import Callable

import pytest
from tests.peers import Peer
from tests.server.engine.agents import Agent
from tests.server.engine.driver import Driver

from telesock.server.core.requests import Receive
from telesock.server.core.session import SessionEnd
from telesock.server.core.status import Status

Listen = Callable[..., Peer]

YEAR = 365 * 86_400
SHORT = 1.0  # seconds, the shortest lease


@pytest.fixture(params=[YEAR, -YEAR], ids=["a year ahead", "a year back"])
def step(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Sets the wall clock, as far as this process can see it."""
    seconds, true_time, true_nanoseconds = request.param, time.time, time.time_ns

    def set_clock() -> None:
        monkeypatch.setattr(time, "time", lambda: true_time() + seconds)
        monkeypatch.setattr(time, "time_ns", lambda: true_nanoseconds() + seconds * 10**9)

    return set_clock


async def test_a_lease_lasts_as_long_as_before(agent: Agent, step: Callable[[], None]) -> None:
    before = asyncio.get_running_loop().time()
    driver = agent.start(lease=SHORT)
    long = driver.another(lease=30.0)

    step()

    assert 29.0 < driver.engine.sessions.remaining(long.session) <= 30.0
    with driver.reading():
        await driver.until(lambda: driver.session.ended is not None)
    assert driver.session.ended is SessionEnd.LEASE_EXPIRED
    assert driver.engine.loop.time() - before >= SHORT
    assert long.session.ended is None


async def test_a_deadline_comes_when_it_would_have_come_and_only_its_stamp_tells_of_the_step(
    driver: Driver, peer: Listen, step: Callable[[], None]
) -> None:
    connection, _ = await driver.meet(peer())
    receiving, other = (driver.ask(Receive(connection, 10, timeout=timeout)) for timeout in (0.05, 30.0))

    step()

    assert (await driver.completed(receiving)).status is Status.IO_TIMEOUT
    assert other.sequence == 0
    connected, timed_out = (event.clock for event in driver.events)
    assert timed_out.monotonic_ns - connected.monotonic_ns >= 50_000_000
    assert abs(timed_out.wall_ns - connected.wall_ns) > (YEAR - 60) * 10**9
