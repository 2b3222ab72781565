"""A moment for several agents, and how far apart they may be."""

from telesock.client.core.clocks import ClockEstimate
from telesock.client.lab.core.moments import Moment, make_moment

SECOND = 1_000_000_000


def test_the_two_clocks_that_are_known_worst_may_err_to_opposite_sides() -> None:
    clocks = [ClockEstimate(0, uncertainty, SECOND) for uncertainty in (5_000, 1_000, 3_000)]
    moment = make_moment(SECOND, clocks)

    assert moment == Moment(SECOND, 8_000)
    assert moment.uncertainty == 8e-6


def test_clocks_have_aged_until_then() -> None:
    clocks = [ClockEstimate(0, 1_000, 0, 0.0, 10.0), ClockEstimate(0, 2_000, SECOND, 0.0, 10.0)]

    assert make_moment(2 * SECOND, clocks) == Moment(2 * SECOND, 21_000 + 12_000)


def test_one_agent_cannot_be_apart_from_itself() -> None:
    """What is not known of its clock is when it starts by ours."""
    assert make_moment(0, [ClockEstimate(0, 7_000, 0)]) == Moment(0, 7_000)
