"""What fits a target."""

from ipaddress import ip_network

import pytest

from telesock.server.core.faults.matching import (
    matches_name,
    matches_operation,
    matches_peer,
    matches_socket,
)
from telesock.server.core.faults.values import Side, Target
from telesock.server.core.policy_rules import Rule, UnixRule
from telesock.server.core.requests import Endpoint, OperationKind
from telesock.server.core.status import Phase

# Socket 5 came from listener 3.


@pytest.mark.parametrize(
    ("target", "fits"),
    [
        (Target(), True),
        (Target(socket_id=5), True),
        (Target(socket_id=6), False),
        (Target(listener_id=3), True),
        (Target(listener_id=5), True),
        (Target(listener_id=4), False),
        (Target(socket_id=5, listener_id=3), True),
        (Target(socket_id=5, listener_id=4), False),
        (Target(side=Side.UPSTREAM), True),
        (Target(side=Side.DOWNSTREAM), False),
    ],
)
def test_a_socket_fits_by_its_number_its_listener_and_its_side(target: Target, fits: bool) -> None:
    assert matches_socket(target, 5, 3, Side.UPSTREAM) is fits


def test_a_socket_of_no_relay_fits_no_side() -> None:
    assert [matches_socket(Target(side=side), 5, 0, Side.ANY) for side in Side] == [True, False, False]


NETWORK = Rule(ip_network("10.0.0.0/8"), (range(80, 81), range(8000, 8100)))
SIX = Rule(ip_network("fd00::/8"), ())


@pytest.mark.parametrize(
    ("peer", "remote", "fits"),
    [
        (None, None, True),
        ("*.example", None, True),
        (NETWORK, None, False),
        (NETWORK, Endpoint("", 0), False),
        (NETWORK, Endpoint("10.1.2.3", 80), True),
        (NETWORK, Endpoint("10.1.2.3", 8099), True),
        (NETWORK, Endpoint("10.1.2.3", 81), False),
        (NETWORK, Endpoint("11.1.2.3", 80), False),
        (NETWORK, Endpoint("::ffff:10.1.2.3", 80), True),
        (NETWORK, Endpoint("unix:/run/a", 0), False),
        (SIX, Endpoint("fd00::1%eth0", 1), True),
        (SIX, Endpoint("10.1.2.3", 1), False),
        (UnixRule("/run/*"), Endpoint("unix:/run/a", 0), True),
        (UnixRule("/run/*"), Endpoint("unix:/tmp/a", 0), False),
        (UnixRule("*"), Endpoint("10.1.2.3", 80), False),
    ],
)
def test_a_peer_fits_by_its_address_and_port(
    peer: Rule | UnixRule | str | None, remote: Endpoint | None, fits: bool
) -> None:
    assert matches_peer(peer, remote) is fits


def test_a_name_fits_its_pattern_in_any_letter_case() -> None:
    patterns = [None, "*.EXAMPLE", "a.example", "b.example", "example"]

    assert [matches_name(pattern, "A.Example") for pattern in patterns] == [True, True, True, False, False]


def test_an_operation_fits_by_its_kind_and_its_phase() -> None:
    targets = [
        Target(),
        Target(operations=frozenset({OperationKind.SEND, OperationKind.CONNECT})),
        Target(operations=frozenset({OperationKind.RECEIVE})),
        Target(phases=frozenset({Phase.SEND})),
        Target(operations=frozenset({OperationKind.SEND}), phases=frozenset({Phase.RECEIVE})),
    ]

    assert [matches_operation(target, OperationKind.SEND, Phase.SEND) for target in targets] == [
        True,
        True,
        False,
        True,
        False,
    ]
