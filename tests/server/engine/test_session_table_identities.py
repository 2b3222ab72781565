"""Sessions follow what becomes of their identities, and an identity without sessions leaves nothing but its rate."""

from typing import Any

import pytest
from tests.server.engine.driver import Driver

from telesock.server.core.identity import ANYBODY, Identity, Quotas, Role
from telesock.server.core.policy import Policy
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.session import SessionEnd
from telesock.server.engine.session_table import Opening, SessionTable
from telesock.server.engine.sessions import HeldSession

ANN, BOB = Identity("ann"), Identity("bob")
HURRIED = Identity("ann", quotas=Quotas(operations_per_second=0.001))


@pytest.fixture
def table(driver: Driver) -> SessionTable:
    return driver.engine.sessions


def opened(driver: Driver, identity: Identity) -> HeldSession:
    return driver.engine.open_session(Opening(), identity)


def told(table: SessionTable, *arguments: Any) -> tuple[Reason, str | None]:
    with pytest.raises(Refused) as refused:
        table.find(*arguments)
    return refused.value.reason, refused.value.metadata.get("cause")


async def test_a_session_ends_with_its_identity_or_when_that_may_only_observe(
    driver: Driver, table: SessionTable
) -> None:
    sessions = [opened(driver, identity) for identity in (ANN, BOB, ANYBODY)]
    own = driver.engine.open_own_session()

    table.identities_changed({"ann": ANN}.get)
    first = [session.ended for session in (*sessions, own)]
    table.identities_changed({"ann": Identity("ann", Role.OBSERVER)}.get)

    assert first == [None, SessionEnd.CLOSED, None, None]
    assert [session.ended for session in (*sessions, own)] == [
        SessionEnd.CLOSED,
        SessionEnd.CLOSED,
        None,
        None,
    ]


async def test_a_session_has_the_policy_and_quotas_that_its_identity_has_now(
    driver: Driver, table: SessionTable
) -> None:
    session = opened(driver, ANN)
    before, policy = session.policy, Policy(["10.0.0.0/8"])
    newer = Identity("ann", Role.ADMINISTRATOR, Quotas(sockets=1), policy)

    table.identities_changed({"ann": newer}.get)
    assert (session.identity, session.policy, session.account.identity) == (newer, policy, newer)

    table.identities_changed({"ann": ANN}.get)
    assert (session.identity, session.policy) == (ANN, before)


async def test_a_file_that_says_the_same_of_an_identity_gives_it_no_second_burst(
    driver: Driver, table: SessionTable
) -> None:
    session = opened(driver, HURRIED)
    now = driver.engine.loop.time()
    session.account.check_operation(session, None, now)

    table.identities_changed({"ann": HURRIED}.get)

    with pytest.raises(Refused):
        session.account.check_operation(session, None, now)


async def test_a_rate_outlasts_the_sessions_and_goes_with_the_identity(
    driver: Driver, table: SessionTable
) -> None:
    for identity in (HURRIED, BOB):
        table.end(opened(driver, identity), SessionEnd.CLOSED)
    kept = table.account_of(HURRIED)
    assert table.account_of(HURRIED) is kept
    assert table.account_of(BOB) is not table.account_of(BOB)

    table.identities_changed(lambda name: None)

    assert table.account_of(HURRIED) is not kept


async def test_how_a_session_ended_is_told_to_nobody_but_the_identity_that_had_it(
    driver: Driver, table: SessionTable
) -> None:
    sessions = [opened(driver, ANN), driver.engine.open_own_session()]
    for session in sessions:
        table.end(session, SessionEnd.CLOSED)

    found = {
        identity.name: [told(table, session.session_id, session.token, identity) for session in sessions]
        for identity in (ANN, BOB)
    }
    lost, unknown = (Reason.SESSION_LOST, "CLOSED"), (Reason.SESSION_UNKNOWN, None)
    assert found == {"ann": [lost, lost], "bob": [unknown, lost]}
    assert told(table, sessions[0].session_id, "", ANN) == unknown
