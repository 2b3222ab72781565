"""All 36 cells of who may share an address with whom."""

import pytest

from telesock.server.core.address_sharing import SHARING, Claim, Mode, Outcome

FIRST = [Claim(mode, wildcard) for mode in Mode for wildcard in (True, False)]
OK, IN_USE, DENIED = Outcome.GRANTED, Outcome.IN_USE, Outcome.DENIED
# The rows of the reference, in the order of its columns; where it asks a security descriptor, the default's answer.
REFERENCE = {
    Claim(Mode.DEFAULT, True): (IN_USE, OK, IN_USE, OK, IN_USE, OK),
    Claim(Mode.DEFAULT, False): (DENIED, IN_USE, DENIED, DENIED, DENIED, IN_USE),
    Claim(Mode.REUSE, True): (DENIED, OK, OK, OK, DENIED, OK),
    Claim(Mode.REUSE, False): (DENIED, DENIED, OK, OK, DENIED, DENIED),
    Claim(Mode.EXCLUSIVE, True): (IN_USE,) * 6,
    Claim(Mode.EXCLUSIVE, False): (DENIED, IN_USE, DENIED, IN_USE, DENIED, IN_USE),
}


@pytest.mark.parametrize("second", REFERENCE)
def test_a_second_claim_gets_what_the_reference_says_against_each_first_one(second: Claim) -> None:
    assert tuple(SHARING[second][first] for first in FIRST) == REFERENCE[second]


def test_there_is_a_cell_for_every_pair_of_claims() -> None:
    assert {(second, first) for second, row in SHARING.items() for first in row} == {
        (second, first) for second in FIRST for first in FIRST
    }
