"""Steps in a second: a bucket that a second fills."""

import hypothesis.strategies as st
from hypothesis import given

from telesock.server.core.rate import Rate


def test_as_many_steps_as_a_second_gives_may_be_taken_at_once_and_no_more() -> None:
    rate = Rate(3.0, now=10.0)

    assert [rate.take(10.0) for _ in range(4)] == [True, True, True, False]


def test_what_was_not_taken_says_how_long_to_wait_for_it() -> None:
    rate = Rate(4.0, now=0.0)
    rate.take(0.0, 4)

    assert (rate.take(0.0), rate.wait(), rate.take(0.25)) == (False, 0.25, True)


def test_a_rate_below_one_a_second_lets_one_step_through_and_the_next_after_its_time() -> None:
    rate = Rate(0.5, now=0.0)

    assert [rate.take(0.0), rate.take(1.9), rate.take(2.0)] == [True, False, True]


def test_more_steps_than_a_second_gives_are_taken_from_a_full_bucket_and_paid_for_afterwards() -> None:
    rate = Rate(2.0, now=0.0)

    assert [rate.take(0.0, 6), rate.take(2.0), rate.take(2.5)] == [True, False, True]


@given(
    per_second=st.floats(0.1, 1000.0),
    gaps=st.lists(st.floats(0.0, 5.0), min_size=1, max_size=50),
)
def test_over_any_time_no_more_is_taken_than_the_rate_gives_and_one_burst(
    per_second: float, gaps: list[float]
) -> None:
    rate, now, taken = Rate(per_second, now=0.0), 0.0, 0
    for gap in gaps:
        now += gap
        taken += rate.take(now)

    assert taken <= now * per_second + rate.burst + 1e-6


def test_steps_that_are_reserved_are_there_later_and_nobody_takes_them_meanwhile() -> None:
    rate = Rate(2.0, now=0.0)

    assert [rate.reserve(0.0, 2), rate.reserve(0.0, 2), rate.take(0.9)] == [0.0, 1.0, False]
    rate.give_back(2)
    assert rate.take(0.9)
