"""Which ends of which sessions are recorded, and with what in their journals."""

from collections.abc import Callable

import pytest
from tests.peers import Peer
from tests.server.engine.agents import Agent
from tests.server.engine.driver import Driver

from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import Receive
from telesock.server.core.session import SessionEnd
from telesock.server.engine.session_table import Opening
from telesock.server.engine.sessions import HeldSession

Listen = Callable[..., Peer]


@pytest.fixture
def records(driver: Driver) -> list[tuple[HeldSession, SessionEnd, int]]:
    """The sessions that were recorded, why, and how many events there were."""
    taken: list[tuple[HeldSession, SessionEnd, int]] = []

    def take(session: HeldSession, end: SessionEnd) -> None:
        taken.append((session, end, len(session.journal.read(0, 1 << 20, 1 << 40))))

    driver.engine.sessions.record = take
    return taken


async def test_where_nothing_is_recorded_a_session_that_asks_for_it_is_refused(driver: Driver) -> None:
    with pytest.raises(Refused) as caught:
        driver.engine.open_session(Opening(recorded=True))

    assert caught.value.reason is Reason.NOT_AVAILABLE
    assert len(driver.engine.sessions) == 1


@pytest.mark.parametrize("end", [SessionEnd.LEASE_EXPIRED, SessionEnd.AGENT_DRAINED, SessionEnd.CLOSED])
async def test_a_recorded_session_that_its_owner_has_not_ended_is_recorded_with_all_that_its_end_completes(
    end: SessionEnd, driver: Driver, peer: Listen, records: list[tuple[HeldSession, SessionEnd, int]]
) -> None:
    recorded = driver.another(recorded=True)
    connection, _ = await recorded.meet(peer())
    recorded.ask(Receive(connection, 10))

    driver.engine.sessions.end(recorded.session, end, by_owner=False)

    # the connect, the receive that the end completed, and the end of the socket
    assert records == [(recorded.session, end, 3)]


async def test_what_its_owner_closes_and_what_did_not_ask_is_not_recorded(
    driver: Driver, records: list[tuple[HeldSession, SessionEnd, int]]
) -> None:
    closed, silent = driver.another(recorded=True), driver.another()

    driver.engine.sessions.end(closed.session, SessionEnd.CLOSED)
    driver.engine.sessions.end(silent.session, SessionEnd.LEASE_EXPIRED)

    assert records == []


async def test_a_recorder_with_a_bug_keeps_no_session_alive(agent: Agent) -> None:
    driver = agent.start()
    bug = RuntimeError("a bug")

    def fail(session: HeldSession, end: SessionEnd) -> None:
        raise bug

    driver.engine.sessions.record = fail
    recorded = driver.another(recorded=True)

    driver.engine.sessions.end(recorded.session, SessionEnd.LEASE_EXPIRED)

    assert recorded.session.ended is SessionEnd.LEASE_EXPIRED
    assert agent.bugs == [bug]
    agent.bugs.clear()
