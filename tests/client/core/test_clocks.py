"""Clocks of agents: estimates that hold whatever the network does, and moments that go there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telesock.client.core.clocks import DRIFT_LIMIT_PPM, ClockEstimate, ClockSample, estimate_clock

SECOND = 1_000_000_000


def test_one_sample_is_right_within_half_its_round_trip() -> None:
    """Where in the round trip the agent looked at its clock is not known."""
    estimate = estimate_clock([ClockSample(1000, 51_500, 2000)])

    assert estimate == ClockEstimate(50_000, 500, 2000, 0.0, DRIFT_LIMIT_PPM)


def test_samples_narrow_each_other_from_both_sides() -> None:
    """A slow way there bounds from one side, a slow way back from the other: together they know it exactly."""
    slow_way_there = ClockSample(0, 100_900, 900)
    slow_way_back = ClockSample(900, 100_900, 1800)

    estimate = estimate_clock([slow_way_there, slow_way_back])

    assert estimate == ClockEstimate(100_000, 0, 1800)


def test_samples_that_contradict_each_other_leave_the_quickest() -> None:
    """A clock that was set in between."""
    estimate = estimate_clock([ClockSample(0, 5000, 100), ClockSample(100, 9105, 110)])

    assert estimate == ClockEstimate(9000, 5, 110)


def test_an_estimate_ages_by_what_clocks_may_drift() -> None:
    """To both sides of the moment it was made at."""
    estimate = ClockEstimate(0, 1000, 10 * SECOND)

    assert estimate.uncertainty_at(11 * SECOND) == estimate.uncertainty_at(9 * SECOND) == 1000 + 100_000


def test_a_second_estimate_tells_the_drift() -> None:
    """Ten seconds later the agent's clock is 200 µs ahead of where it was: 20 ppm."""
    earlier = ClockEstimate(0, 0, 0)

    estimate = estimate_clock([ClockSample(10 * SECOND, 10 * SECOND + 200_000, 10 * SECOND)], earlier)

    assert estimate == ClockEstimate(200_000, 0, 10 * SECOND, 20.0, estimate.drift_uncertainty_ppm)
    assert 1.0 < estimate.drift_uncertainty_ppm < 1.001
    assert estimate.to_agent(20 * SECOND) == 20 * SECOND + 400_000


def test_a_host_that_has_started_again_tells_no_drift() -> None:
    """Its clock began anew: that is no rate."""
    earlier = ClockEstimate(100 * SECOND, 1000, 0)

    estimate = estimate_clock([ClockSample(SECOND, 5, SECOND)], earlier)

    assert estimate == ClockEstimate(5 - SECOND, 0, SECOND, 0.0, DRIFT_LIMIT_PPM)


def test_no_samples_are_no_estimate() -> None:
    """It says what is missing."""
    with pytest.raises(ValueError, match="take one at least"):
        estimate_clock([])


def test_an_answer_before_its_question_is_no_sample() -> None:
    """It names both moments."""
    with pytest.raises(ValueError, match="received at 4 ns, before it was sent: 5"):
        ClockSample(5, 0, 4)


_NETWORK = st.tuples(st.integers(0, 50_000_000), st.integers(0, 50_000_000), st.integers(0, 20_000_000))


def _sampled(start: int, offset: int, ppm: float, ways: list[tuple[int, int, int]]) -> list[ClockSample]:
    """What a network gives: the way there and the way back, and a pause before it."""
    samples = []
    for there, back, pause in ways:
        sent = start + pause
        looked = sent + there
        samples.append(ClockSample(sent, looked + offset + round(looked * ppm / 1_000_000), looked + back))
        start = looked + back
    return samples


@given(
    offset=st.integers(-(10**15), 10**15),
    ppm=st.floats(-50, 50),
    first=st.lists(_NETWORK, min_size=1, max_size=8),
    second=st.lists(_NETWORK, min_size=1, max_size=8),
    gap=st.integers(0, 60 * SECOND),
    later=st.integers(0, 60 * SECOND),
)
def test_the_true_clock_is_within_the_bounds(
    offset: int,
    ppm: float,
    first: list[tuple[int, int, int]],
    second: list[tuple[int, int, int]],
    gap: int,
    later: int,
) -> None:
    """Whatever the ways cost, with one estimate and with one before it, now and a minute later."""
    earlier = estimate_clock(_sampled(0, offset, ppm, first))
    estimate = estimate_clock(_sampled(earlier.at_ns + gap, offset, ppm, second), earlier)

    for one in (earlier, estimate):
        moment = one.at_ns + later
        truth = moment + offset + round(moment * ppm / 1_000_000)
        assert abs(one.to_agent(moment) - truth) <= one.uncertainty_at(moment) + 3


@given(
    offset=st.integers(-(10**18), 10**18),
    at=st.integers(0, 10**18),
    ppm=st.floats(-100, 100),
    age=st.integers(-(10**12), 10**12),
)
def test_moments_go_there_and_back(offset: int, at: int, ppm: float, age: int) -> None:
    """To the nanosecond or two that rounding costs."""
    estimate = ClockEstimate(offset, 0, at, ppm)

    assert abs(estimate.to_ours(estimate.to_agent(at + age)) - (at + age)) <= 2
