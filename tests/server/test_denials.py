"""What policy has denied is in the log with who was denied, and a flood of it is counted."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from telesock.server.core.events import PolicyDenied
from telesock.server.core.identity import Identity
from telesock.server.core.policy import PolicyAction
from telesock.server.denials import DenialLog
from telesock.server.engine.engine import Engine
from telesock.server.engine.session_table import Opening
from telesock.server.engine.sessions import HeldSession

DENIAL = PolicyDenied(PolicyAction.CONNECT, "10.0.0.1", 80, "why")
NEVER = 3600.0  # seconds


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    engine = Engine(lambda event: b"")
    yield engine
    engine.close()


def session_of(engine: Engine, name: str) -> HeldSession:
    return engine.open_session(Opening(), Identity(name))


def line(session: HeldSession) -> dict[str, object]:
    return {
        "event": "policy_denied",
        "log_level": "warning",
        "identity": session.identity.name,
        "session_id": session.session_id,
        "action": "CONNECT",
        "host": "10.0.0.1",
        "port": 80,
        "explanation": "why",
    }


def rest(session: HeldSession, count: int) -> dict[str, object]:
    return {
        "event": "policy_denied_more",
        "log_level": "warning",
        "identity": session.identity.name,
        "session_id": session.session_id,
        "count": count,
    }


async def test_a_denial_is_one_line_with_who_was_denied_what(engine: Engine) -> None:
    session = session_of(engine, "ada")
    denials = DenialLog(engine.loop, NEVER)

    with capture_logs() as logs:
        denials.denied(session, DENIAL)
        denials.close()

    assert logs == [line(session)]


async def test_after_ten_lines_of_a_session_the_rest_is_counted_and_others_are_still_told(
    engine: Engine,
) -> None:
    loud, quiet = session_of(engine, "loud"), session_of(engine, "quiet")
    denials = DenialLog(engine.loop, NEVER)

    with capture_logs() as logs:
        for _ in range(1_000):
            denials.denied(loud, DENIAL)
        denials.denied(quiet, DENIAL)
        denials.close()

    assert logs == [*[line(loud)] * 10, line(quiet), rest(loud, 990)]


async def test_the_rest_is_told_when_the_time_is_over_and_counting_begins_anew(engine: Engine) -> None:
    session = session_of(engine, "ada")
    denials = DenialLog(engine.loop, 0.001)

    with capture_logs() as logs:
        for _ in range(11):
            denials.denied(session, DENIAL)
        while len(logs) < 11:  # noqa: ASYNC110 - no line is announced
            await asyncio.sleep(0)
        denials.denied(session, DENIAL)
        denials.close()

    assert logs == [*[line(session)] * 10, rest(session, 1), line(session)]
