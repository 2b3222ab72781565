"""Sessions are opened, found by their owner only, kept by their lease, and remembered for a while."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from tests.peers import Peer
from tests.server.engine.agents import Agent
from tests.server.engine.driver import Driver

from telesock.server.core.journal import Retention
from telesock.server.core.limits import Limits
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.session import SessionEnd
from telesock.server.engine.session_table import Opening
from telesock.server.engine.sessions import HeldSession

Listen = Callable[..., Peer]

SHORT = 1.0  # seconds, the shortest lease


class Told(NamedTuple):
    reason: Reason
    cause: str | None


def refused_opening(driver: Driver, opening: Opening) -> Reason:
    with pytest.raises(Refused) as refused:
        driver.engine.open_session(opening)
    return refused.value.reason


def looked_for(driver: Driver, session_id: str, token: str) -> Told:
    """Look for a session that cannot be found; return what is said of it."""
    with pytest.raises(Refused) as refused:
        driver.engine.sessions.find(session_id, token)
    assert refused.value.metadata["session_id"] == session_id
    return Told(refused.value.reason, refused.value.metadata.get("cause"))


def end(driver: Driver, session: HeldSession, why: SessionEnd = SessionEnd.CLOSED) -> None:
    driver.engine.sessions.end(session, why)


# Opening


async def test_a_session_has_a_name_and_a_secret_of_its_own(driver: Driver) -> None:
    sessions = [driver.engine.open_session(Opening(label="mine")) for _ in range(2)]

    assert len({session.session_id for session in sessions} | {session.token for session in sessions}) == 4
    assert [session.label for session in sessions] == ["mine", "mine"]


async def test_an_opening_asked_for_again_is_the_session_that_it_opened(driver: Driver) -> None:
    opening = Opening(request_id="once", lease=5.0, label="mine", retention=Retention.LATEST)

    first = driver.engine.open_session(opening)

    assert driver.engine.open_session(opening) is first
    assert len(driver.engine.sessions) == 2  # the driver's own, and this one


@pytest.mark.parametrize(
    "other", [{"lease": 6.0}, {"label": "theirs"}, {"retention": Retention.LATEST}, {"lease": None}]
)
async def test_a_request_id_opens_no_other_session(driver: Driver, other: dict[str, Any]) -> None:
    opening = Opening(request_id="once", lease=5.0)
    driver.engine.open_session(opening)

    assert refused_opening(driver, opening._replace(**other)) is Reason.OPERATION_ID_REUSED


async def test_a_request_id_opens_a_new_session_when_its_first_one_has_ended(driver: Driver) -> None:
    opening = Opening(request_id="once")
    first = driver.engine.open_session(opening)
    end(driver, first)

    assert driver.engine.open_session(opening) is not first


async def test_openings_without_a_request_id_are_all_different(driver: Driver) -> None:
    assert driver.engine.open_session(Opening()) is not driver.engine.open_session(Opening())


@pytest.mark.parametrize(
    "opening",
    [
        Opening(lease=0.999),
        Opening(lease=86_401.0),
        Opening(lease=-1.0),
        Opening(label="x" * 129),
        Opening(label="two\nlines"),
        Opening(request_id="x" * 129),
        Opening(request_id="\x1b[31m"),
    ],
)
async def test_an_opening_that_no_agent_would_grant_is_refused(driver: Driver, opening: Opening) -> None:
    assert refused_opening(driver, opening) is Reason.MALFORMED


@pytest.mark.parametrize("lease", [1.0, 86_400.0])
async def test_leases_at_the_bounds_are_granted(driver: Driver, lease: float) -> None:
    assert driver.engine.open_session(Opening(lease=lease)).lease.duration == lease


async def test_a_full_agent_opens_no_session_until_one_ends_but_repeats_an_opening(agent: Agent) -> None:
    driver = agent.start(Limits(sessions=2))
    second = driver.engine.open_session(Opening(request_id="second"))

    assert refused_opening(driver, Opening()) is Reason.TOO_MANY_SESSIONS
    assert driver.engine.open_session(Opening(request_id="second")) is second
    end(driver, second)
    driver.engine.open_session(Opening())


# Finding


async def test_only_the_token_finds_a_session(driver: Driver) -> None:
    session = driver.session
    other = driver.another().session

    assert driver.engine.sessions.find(session.session_id, session.token) is session
    for token in ("", "wrong", other.token, session.token[:-1], "\N{SNOWMAN}"):
        assert looked_for(driver, session.session_id, token) == (Reason.SESSION_UNKNOWN, None)


@pytest.mark.parametrize("why", [SessionEnd.LEASE_EXPIRED, SessionEnd.CLOSED, SessionEnd.AGENT_DRAINED])
async def test_the_owner_of_an_ended_session_is_told_why_and_nobody_else(
    driver: Driver, why: SessionEnd
) -> None:
    session = driver.session
    end(driver, session, why)

    assert looked_for(driver, session.session_id, session.token) == (Reason.SESSION_LOST, why.name)
    assert looked_for(driver, session.session_id, "wrong") == (Reason.SESSION_UNKNOWN, None)


async def test_old_sessions_are_forgotten_one_day(driver: Driver) -> None:
    sessions = [driver.engine.open_session(Opening()) for _ in range(2)]
    for session in sessions:
        end(driver, session)
    for _ in range(1023):
        end(driver, driver.engine.open_session(Opening()))

    told = [looked_for(driver, session.session_id, session.token).reason for session in sessions]
    assert told == [Reason.SESSION_UNKNOWN, Reason.SESSION_LOST]
