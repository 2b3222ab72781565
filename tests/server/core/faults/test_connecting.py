"""Effects on connects, names and accepts as values."""

import errno

import pytest
from tests.server.core.faults.refusing import problem

from telesock.server.core.faults.connecting import (
    ERRORS,
    AcceptDelay,
    AcceptReset,
    ConnectDelay,
    ConnectFailure,
    NeverAccept,
    Outcome,
    ResolveDelay,
    ResolveFailure,
)
from telesock.server.core.faults.values import Effect

RIGHT: list[Effect] = [
    *(ConnectFailure(outcome, 1.0) for outcome in Outcome),
    ConnectDelay(0.0, 1.0),
    ResolveFailure(1.0),
    ResolveDelay(0.0, 1.0),
    AcceptDelay(0.0, 1.0),
    NeverAccept(),
    AcceptReset(),
]

WRONG: list[tuple[Effect, str]] = [
    (ConnectFailure(delay=-1), "connect_failure.delay"),
    (ConnectDelay(-1), "connect_delay.delay"),
    (ConnectDelay(1, -1), "connect_delay.jitter"),
    (ResolveFailure(-1), "resolve_failure.delay"),
    (ResolveDelay(-1), "resolve_delay.delay"),
    (ResolveDelay(1, -1), "resolve_delay.jitter"),
    (AcceptDelay(-1), "accept_delay.delay"),
    (AcceptDelay(1, -1), "accept_delay.jitter"),
]


@pytest.mark.parametrize("effect", RIGHT)
def test_every_outcome_and_every_time_of_up_to_a_year_can_be_asked_for(effect: Effect) -> None:
    assert problem(effect) == ""


@pytest.mark.parametrize(("effect", "field"), WRONG)
def test_negative_times_are_refused(effect: Effect, field: str) -> None:
    assert problem(effect) == f"{field}: -1 s is not between 0 and a year"


def test_a_connect_fails_with_what_the_host_would_have_said_and_a_blackhole_says_nothing() -> None:
    assert {outcome: ERRORS.get(outcome) for outcome in Outcome} == {
        Outcome.REFUSED: errno.ECONNREFUSED,
        Outcome.BLACKHOLE: None,
        Outcome.HOST_UNREACHABLE: errno.EHOSTUNREACH,
        Outcome.NETWORK_UNREACHABLE: errno.ENETUNREACH,
        Outcome.RESET: errno.ECONNRESET,
    }
