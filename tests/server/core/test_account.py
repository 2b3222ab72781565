"""Quotas: what an identity's sessions may use together, what one session may use, and what is never asked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from telesock.server.core.account import Account
from telesock.server.core.identity import Identity, Quotas
from telesock.server.core.limits import Limits
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.storage import Share, Storage

WHOLE = Storage(1 << 20)


@dataclass
class Session:
    """What a session says of itself."""

    socket_count: int = 0
    pending_operations: int = 0
    pending_send_bytes: int = 0
    counts_operations: bool = False
    fault_held_bytes: int = 0

    def forget_acknowledged(self) -> None:
        """It has nothing."""


def account(*sessions: Session, limits: Limits | None = None, **quotas: Any) -> Account:
    made = Account(Identity("team-a", quotas=Quotas(**quotas)), limits or Limits(), WHOLE, now=0.0)
    made.sessions += sessions
    return made


def refused(ask: Callable[[], None]) -> tuple[Reason, str, str]:
    with pytest.raises(Refused) as info:
        ask()
    return info.value.reason, info.value.message, info.value.metadata["limit"]


def test_an_identity_without_quotas_may_use_what_the_agent_has() -> None:
    session = Session(1000, 1000, 1000)
    unbounded = account(session)

    unbounded.check_session()
    unbounded.check_sockets(session)
    unbounded.check_operation(session, None, 0.0)
    unbounded.check_bytes(session, 1000)
    assert unbounded.counts_operations is False
    assert unbounded.storage is WHOLE


def test_sessions_are_counted_for_the_identity() -> None:
    assert refused(account(Session(), Session(), sessions=2).check_session) == (
        Reason.TOO_MANY_SESSIONS,
        "the identity 'team-a' has 2 sessions, of at most 2 in all its sessions",
        "2",
    )


def test_sockets_of_all_its_sessions_count() -> None:
    mine, other = Session(socket_count=1), Session(socket_count=2)
    full = account(mine, other, sockets=3)

    assert refused(lambda: full.check_sockets(mine)) == (
        Reason.TOO_MANY_SOCKETS,
        "the identity 'team-a' has 3 sockets, of at most 3 in all its sessions",
        "3",
    )
    assert [account(mine, other, sockets=5).has_sockets(mine, more) for more in (2, 3)] == [True, False]


def test_one_session_has_a_bound_of_its_own_for_sockets() -> None:
    mine = Session(socket_count=4)

    assert refused(lambda: account(mine, limits=Limits(session_sockets=4)).check_sockets(mine)) == (
        Reason.TOO_MANY_SOCKETS,
        "the session has 4 sockets, of at most 4",
        "4",
    )


def test_pending_operations_of_all_its_sessions_count() -> None:
    mine, other = Session(pending_operations=1), Session(pending_operations=2)
    full = account(mine, other, pending_operations=4)

    full.check_operation(mine, None, 0.0)
    assert refused(lambda: full.check_operation(mine, None, 0.0, count=2)) == (
        Reason.TOO_MANY_OPERATIONS,
        "the identity 'team-a' has 3 pending operations, of at most 4 in all its sessions",
        "4",
    )


def test_one_session_has_a_bound_of_its_own_for_pending_operations() -> None:
    mine = Session(pending_operations=5)
    full = account(mine, limits=Limits(session_pending_operations=5))

    assert full.counts_operations is True
    assert refused(lambda: full.check_operation(mine, None, 0.0)) == (
        Reason.TOO_MANY_OPERATIONS,
        "the session has 5 pending operations, of at most 5",
        "5",
    )


def test_operations_in_a_second_are_counted_for_the_session_and_for_the_identity() -> None:
    session, other = Session(), Session()
    limits = Limits(session_operations_per_second=2.0)
    paced = account(session, other, limits=limits, operations_per_second=3.0)
    rate, another = paced.new_rate(0.0), paced.new_rate(0.0)
    for _ in range(2):
        paced.check_operation(session, rate, 0.0)

    assert refused(lambda: paced.check_operation(session, rate, 0.0)) == (
        Reason.TOO_MANY_OPERATIONS_PER_SECOND,
        "a session may begin 2 operations a second; try again in 0.500 s",
        "2",
    )
    paced.check_operation(other, another, 0.0)
    assert refused(lambda: paced.check_operation(other, another, 0.0)) == (
        Reason.TOO_MANY_OPERATIONS_PER_SECOND,
        "the identity 'team-a' may begin 3 operations a second; try again in 0.333 s",
        "3",
    )


def test_bytes_that_wait_count_for_the_session_and_for_the_identity() -> None:
    mine, other = Session(pending_send_bytes=10), Session(pending_send_bytes=20)

    assert refused(lambda: account(mine, other, pending_send_bytes=40).check_bytes(mine, 11)) == (
        Reason.TOO_MANY_PENDING_BYTES,
        "the identity 'team-a' has 30 bytes that wait to be sent, of at most 40 in all its sessions",
        "40",
    )
    assert refused(
        lambda: account(mine, limits=Limits(session_pending_send_bytes=20)).check_bytes(mine, 11)
    ) == (
        Reason.TOO_MANY_PENDING_BYTES,
        "the session has 10 bytes that wait to be sent, of at most 20",
        "20",
    )


def test_quotas_that_have_changed_hold_for_the_sessions_that_are_open() -> None:
    mine = Session()
    changed = account(mine, journal_bytes=1000)
    changed.become(Identity("team-a", quotas=Quotas(pending_operations=1, journal_bytes=500)), 0.0)

    assert isinstance(changed.storage, Share)
    assert (mine.counts_operations, changed.storage.limit) == (True, 500)
    changed.check_operation(mine, None, 0.0)
    assert refused(lambda: changed.check_operation(mine, None, 0.0, count=2)) == (
        Reason.TOO_MANY_OPERATIONS,
        "the identity 'team-a' has 0 pending operations, of at most 1 in all its sessions",
        "1",
    )


def test_an_identity_that_comes_again_with_the_same_rate_has_no_burst_again() -> None:
    session = Session()
    paced = account(session, operations_per_second=1.0)
    paced.check_operation(session, None, 0.0)

    paced.become(Identity("team-a", quotas=Quotas(operations_per_second=1.0)), 0.0)
    with pytest.raises(Refused):
        paced.check_operation(session, None, 0.0)
    paced.become(Identity("team-a", quotas=Quotas(operations_per_second=2.0)), 0.0)
    paced.check_operation(session, None, 0.0)


def test_what_the_identity_is_refused_costs_its_session_nothing() -> None:
    session = Session()
    paced = account(session, limits=Limits(session_operations_per_second=1.0), operations_per_second=0.5)
    rate = paced.new_rate(0.0)
    assert rate is not None
    paced.check_operation(session, None, 0.0)

    assert (
        refused(lambda: paced.check_operation(session, rate, 0.0))[0] is Reason.TOO_MANY_OPERATIONS_PER_SECOND
    )
    assert rate.take(0.0)


def test_what_faults_hold_for_all_its_sessions_counts_against_its_bytes_in_flight() -> None:
    mine, other = Session(fault_held_bytes=100), Session(fault_held_bytes=200)

    assert account(mine, other, pending_send_bytes=1000).fault_room() == 700
    assert account(mine, other).fault_room() is None
