"""What fits a target."""

import pytest

from telesock.server.core.faults.matching import matches_operation, matches_socket
from telesock.server.core.faults.values import Side, Target
from telesock.server.core.requests import OperationKind
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
