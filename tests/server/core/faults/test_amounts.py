"""Bounds of amounts."""

import math

import pytest

from telesock.server.core.faults.amounts import LONGEST, between, span
from telesock.server.core.refusal import Reason, Refused


@pytest.mark.parametrize("value", [1, 2.5, 4])
def test_an_amount_may_be_between_its_bounds_and_on_them(value: float) -> None:
    between("field", value, 1, 4)


@pytest.mark.parametrize("value", [0, 0.999, 4.001, -math.inf, math.inf, math.nan])
def test_an_amount_beyond_its_bounds_is_refused(value: float) -> None:
    with pytest.raises(Refused) as refused:
        between("field", value, 1, 4)

    assert refused.value.reason is Reason.MALFORMED
    assert refused.value.message == f"field: {value:g} is not between 1 and 4"


@pytest.mark.parametrize("seconds", [None, 0, 0.5, LONGEST])
def test_a_time_may_be_unset_and_up_to_a_year(seconds: float | None) -> None:
    span("field", seconds)


@pytest.mark.parametrize("seconds", [-0.001, LONGEST + 1, math.inf, math.nan])
def test_a_time_that_is_negative_or_longer_than_a_year_is_refused(seconds: float) -> None:
    with pytest.raises(Refused) as refused:
        span("field", seconds)

    assert refused.value.message == f"field: {seconds:g} s is not between 0 and a year"


def test_whole_numbers_are_told_whole() -> None:
    with pytest.raises(Refused) as refused:
        between("field", 2**40 + 1, 0, 2**40)

    assert refused.value.message == "field: 1099511627777 is not between 0 and 1099511627776"
