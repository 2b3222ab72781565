"""How much all faults of a session may be."""

import pytest

from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.peers import Peers
from telesock.server.core.faults.room import Size, check_room, size_of
from telesock.server.core.faults.stalling import Stall
from telesock.server.core.faults.values import Decision, Fault, Target
from telesock.server.core.refusal import Reason, Refused

TWO = Fault("two", Stall(), target=Target(peers=Peers("a", "b")))
ONE = Fault("one", Stall(), replay=frozenset({Decision(1, Lane.SEND, 0)}))


def test_faults_are_as_many_as_they_are_with_their_peers_and_decisions() -> None:
    assert size_of([]) == Size(0, 0, 0)
    assert size_of([TWO, ONE, TWO]) == Size(3, 4, 1)
    assert size_of([TWO]).plus(size_of([ONE]), -1) == Size(0, 2, -1)


@pytest.mark.parametrize("more", [Size(6, 0, 0), Size(1, 384, 0), Size(1, 0, 36), Size(6, 384, 36)])
def test_what_fits_is_not_refused(more: Size) -> None:
    check_room(Size(250, 16_000, 65_500), more, 256)


@pytest.mark.parametrize(
    ("more", "limit", "line"),
    [
        (Size(7), 256, "the session has 250 faults, of at most 256, and no room for 7 more; delete some"),
        (
            Size(1, 385),
            16_384,
            "the session has 16000 peers in its faults, of at most 16384, and no room for 385 more; delete some",
        ),
        (
            Size(1, 0, 37),
            65_536,
            "the session has 65500 decisions to repeat in its faults, of at most 65536, and no room for 37 more; "
            "delete some",
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_what_there_is_too_much_of(more: Size, limit: int, line: str) -> None:
    with pytest.raises(Refused) as refused:
        check_room(Size(250, 16_000, 65_500), more, 256)

    assert (refused.value.reason, str(refused.value)) == (Reason.TOO_MANY_FAULTS, line)
    assert refused.value.metadata == {"limit": str(limit)}


def test_where_there_is_too_much_already_what_adds_nothing_to_it_is_not_refused() -> None:
    check_room(Size(1, 16_385, 0), Size(1), 256)
