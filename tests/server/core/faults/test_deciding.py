"""When a fault fires: draws, counts, conditions about time, replay."""

import math
from itertools import groupby
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.server.core.faults.driving import decider
from tests.server.core.faults.stories import timed

from telesock.server.core.faults.chance import Lane, draw
from telesock.server.core.faults.connecting import AcceptDelay, ConnectDelay, ResolveDelay
from telesock.server.core.faults.datagrams import DatagramLoss
from telesock.server.core.faults.deciding import Counts, Decider
from telesock.server.core.faults.latency import Latency
from telesock.server.core.faults.operating import OperationHang
from telesock.server.core.faults.resetting import Reset
from telesock.server.core.faults.values import Counting, Decision, Effect, GilbertElliott, Scope, Timing

MANY = 20_000

# Promises, as the draws are in test_chance.py.
GOLDEN_PROBABILITY = [4, 6, 8, 10, 11, 14]
GOLDEN_BURST = [0, 1, 3, 9, 10, 11, 12, 13, 14, 18, 22, 23, 27, 28, 29]
GOLDEN_CORRELATION = [6, 8, 9, 10, 11, 14, 15]


def fired(timing: Timing, count: int = 10, now: float = 0.0) -> list[int]:
    """Those of the first decisions that fire."""
    deciding = decider(timing)
    return [number for number in range(count) if deciding.decide(number, now)]


def runs(numbers: list[int]) -> list[int]:
    """How long the runs of neighbours among some numbers are."""
    return [len(list(run)) for _, run in groupby(enumerate(numbers), lambda each: each[1] - each[0])]


# Draws


def test_without_a_timing_every_decision_fires() -> None:
    assert fired(Timing()) == [*range(10)]


def test_a_probability_of_0_never_fires_and_one_of_1_always_does() -> None:
    assert (fired(Timing(probability=0.0), 1000), fired(Timing(probability=1.0), 1000)) == (
        [],
        [*range(1000)],
    )


def test_decisions_with_a_probability_are_those_of_all_versions() -> None:
    assert fired(Timing(probability=0.3), 20) == GOLDEN_PROBABILITY


def test_decisions_in_bursts_are_those_of_all_versions() -> None:
    assert fired(Timing(burst=GilbertElliott(0.2, 0.4)), 30) == GOLDEN_BURST


def test_correlated_decisions_are_those_of_all_versions() -> None:
    assert fired(Timing(probability=0.4, correlation=0.5), 20) == GOLDEN_CORRELATION


@pytest.mark.parametrize("probability", [0.01, 0.3, 0.9])
def test_a_probability_is_that_part_of_all_decisions(probability: float) -> None:
    deviation = math.sqrt(probability * (1 - probability) / MANY)

    part = len(fired(Timing(probability=probability), MANY)) / MANY

    assert part == pytest.approx(probability, abs=4 * deviation)


def test_decisions_do_not_lean_on_each_other() -> None:
    """A run of what fires with 0.3 is on average 1 / 0.7 long."""
    assert fmean(runs(fired(Timing(probability=0.3), MANY))) == pytest.approx(1 / 0.7, abs=0.03)


def test_a_correlated_draw_leans_on_the_one_before_it_as_netem_has_it() -> None:
    correlation, probability = 0.6, 0.4
    key, before = decider(Timing()).key, None
    expected = []
    for number in range(200):
        drawn = draw(key, number)
        before = drawn if before is None else (1 - correlation) * drawn + correlation * before
        if before < probability:
            expected.append(number)

    assert fired(Timing(probability=probability, correlation=correlation), 200) == expected


def test_correlated_decisions_come_in_longer_runs() -> None:
    correlated = runs(fired(Timing(probability=0.5, correlation=0.8), MANY))

    assert fmean(correlated) > 2 * fmean(runs(fired(Timing(probability=0.5), MANY)))


def test_bursts_are_as_long_and_as_frequent_as_their_chain_says() -> None:
    bursts = runs(fired(Timing(burst=GilbertElliott(bad=0.02, good=0.25)), MANY))

    assert fmean(bursts) == pytest.approx(1 / 0.25, rel=0.1)
    assert sum(bursts) / MANY == pytest.approx(0.02 / (0.02 + 0.25), rel=0.1)


def test_both_states_of_a_chain_fire_as_often_as_they_say() -> None:
    chain = GilbertElliott(bad=0.1, good=0.3, fires_in_good=0.2, fires_in_bad=0.6)

    part = len(fired(Timing(burst=chain), MANY)) / MANY

    assert part == pytest.approx(0.75 * 0.2 + 0.25 * 0.6, abs=0.015)


def test_a_chain_that_never_turns_bad_never_fires_and_one_that_never_turns_good_always_does() -> None:
    good, bad = GilbertElliott(bad=0.0, good=1.0), GilbertElliott(bad=1.0, good=0.0)

    assert (fired(Timing(burst=good), 100), fired(Timing(burst=bad), 100)) == ([], [*range(100)])


def test_other_seeds_sockets_and_lanes_decide_otherwise() -> None:
    timing = Timing(probability=0.5)
    deciders = [
        decider(timing),
        decider(timing, seed=8),
        decider(timing, socket_id=2),
        decider(timing, lane=Lane.RECEIVE),
    ]
    decided = {tuple(each.decide(number, 0.0) for number in range(64)) for each in deciders}

    assert len(decided) == len(deciders)


def test_the_same_decisions_are_made_whatever_other_sockets_do() -> None:
    timing, total = Timing(probability=0.5), Counts()
    one, other = decider(timing, total=total), decider(timing, total=total, socket_id=2)
    beside = []

    for number in range(50):
        other.decide(number, 0.0)
        if one.decide(number, 0.0):
            beside.append(number)

    assert beside == fired(timing, 50)


# Counts


def test_nth_is_only_the_nth_that_would_fire() -> None:
    would = fired(Timing(probability=0.3), 100)

    assert fired(Timing(probability=0.3, nth=4), 100) == [would[3]]


def test_times_are_the_most_that_fire() -> None:
    would = fired(Timing(probability=0.3), 100)

    assert fired(Timing(probability=0.3, times=4), 100) == would[:4]


def test_the_first_decisions_do_not_fire_after_decisions() -> None:
    assert fired(Timing(after_decisions=7)) == [7, 8, 9]


def test_all_counts_together_hold() -> None:
    assert fired(Timing(after_decisions=2, nth=3, times=5)) == [4]


def test_bytes_have_to_have_moved_first_and_what_came_before_is_not_counted() -> None:
    deciding = decider(Timing(after_bytes=100, after_decisions=1))

    assert [deciding.decide(number, 0.0, 50 * number) for number in range(5)] == [
        False,
        False,
        False,
        True,
        True,
    ]


def test_what_time_forbids_is_decided_but_not_counted() -> None:
    total = Counts()
    deciding = decider(Timing(window_start=1.0, nth=2), total=total)

    decided = [deciding.decide(number, now) for number, now in enumerate([0.0, 0.5, 1.0, 1.5, 2.0])]

    assert decided == [False, False, False, True, False]
    assert total.decisions == 5


COUNTED: list[tuple[Effect, Lane, bool]] = [
    (Latency(1.0), Lane.SEND, False),
    (DatagramLoss(), Lane.RECEIVE, False),
    (OperationHang(), Lane.OPERATION, False),
    (ConnectDelay(1.0), Lane.CONNECT, True),
    (ResolveDelay(1.0), Lane.RESOLVE, True),
    (AcceptDelay(1.0), Lane.ACCEPT, True),
]


def once_on_each_of_two_sockets(effect: Effect, lane: Lane, counting: Counting) -> list[bool]:
    total, timing = Counts(), Timing(times=1, counting=counting)
    deciders = [
        decider(timing, effect=effect, lane=lane, total=total, socket_id=socket_id) for socket_id in (1, 2)
    ]
    return [each.decide(0, 0.0) for each in deciders]


@pytest.mark.parametrize(("effect", "lane", "together"), COUNTED)
def test_decisions_are_counted_as_the_effect_has_it_unless_a_timing_says_otherwise(
    effect: Effect, lane: Lane, together: bool
) -> None:
    counted = [once_on_each_of_two_sockets(effect, lane, counting) for counting in Counting]

    assert counted == [[True, not together], [True, True], [True, False]]


SCOPES: list[tuple[Effect, Lane, bool]] = [
    *((effect, lane, lane is Lane.SEND) for effect, lane, _ in COUNTED),
    (Reset(), Lane.SEND, True),
]


@pytest.mark.parametrize(("effect", "lane", "once"), SCOPES)
def test_one_decision_is_for_what_the_effect_has_it_for_unless_a_timing_says_otherwise(
    effect: Effect, lane: Lane, once: bool
) -> None:
    decided = [decider(Timing(scope=scope), effect=effect, lane=lane).once for scope in Scope]

    assert decided == [once, True, False]


# Once for a connection


def test_the_decision_for_a_connection_is_made_once_and_holds() -> None:
    total = Counts()
    deciding = decider(Timing(times=1), total=total)

    assert [deciding.decide_once(now, 0) for now in (0.0, 1.0, 2.0)] == [True, True, True]
    assert total.decisions == 1


def test_the_decision_for_a_connection_is_made_when_its_conditions_hold_and_counts_while_they_do() -> None:
    total = Counts()
    deciding = decider(Timing(after_bytes=10, window_end=3.0), total=total)

    made = [
        (deciding.decide_once(now, moved), total.decisions)
        for now, moved in [(0, 9), (1, 10), (2, 5), (3, 20)]
    ]

    assert made == [(False, 0), (True, 1), (False, 1), (False, 1)]


# Time


def held(deciding: Decider, *moments: float) -> list[bool]:
    return [deciding.holds(moment) for moment in moments]


def test_after_runs_from_when_the_fault_came_to_the_socket() -> None:
    deciding = decider(Timing(after=2.0), created=10.0, begun=15.0)

    assert held(deciding, 15.0, 16.9, 17.0) == [False, False, True]


def test_a_window_runs_from_the_making_of_the_fault_and_its_end_is_outside() -> None:
    deciding = decider(Timing(window_start=1.0, window_end=3.0), created=10.0, begun=10.0)

    assert held(deciding, 10.9, 11.0, 12.9, 13.0) == [False, True, True, False]


def test_flapping_is_on_first_and_then_off_and_so_on() -> None:
    deciding = decider(Timing(on=2.0, off=1.0), created=10.0)

    assert held(deciding, 10.0, 11.9, 12.0, 12.9, 13.0, 14.9, 15.0) == [
        True,
        True,
        False,
        False,
        True,
        True,
        False,
    ]


def test_who_asks_is_told_until_when_it_holds() -> None:
    timing = Timing(window_end=4.0, on=2.0, off=1.0)

    assert [decider(timing).holds_until(now) for now in (0.0, 1.5, 3.5)] == [2.0, 2.0, 4.0]
    assert decider(Timing()).holds_until(5.0) == math.inf


def test_who_asks_is_told_when_it_holds_next() -> None:
    timing = Timing(after=0.5, window_end=4.0, on=2.0, off=1.0)

    assert [decider(timing).next_hold(now) for now in (0.0, 2.5, 5.0)] == [0.5, 3.0, math.inf]


@given(timed(), st.sampled_from([0.0, 0.1, 86_400.3, 1_234_567.891]), st.floats(0, 10))
@settings(derandomize=True, max_examples=300)
def test_moments_that_are_told_are_those_at_which_it_turns(
    timing: Timing, created: float, passed: float
) -> None:
    deciding, now = decider(timing, created=created, begun=created), created + passed
    if deciding.holds(now):
        until = deciding.holds_until(now)
        assert until > now
        assert until == math.inf or not deciding.holds(until)
    else:
        following = deciding.next_hold(now)
        assert following == math.inf or (following > now and deciding.holds(following))


# Replay


def test_a_replay_fires_exactly_at_its_decisions_whatever_the_timing_says() -> None:
    replay = frozenset({Decision(1, Lane.SEND, 2), Decision(1, Lane.RECEIVE, 3), Decision(2, Lane.SEND, 4)})
    deciding = decider(Timing(probability=0.0, window_start=9.0, after_bytes=5, nth=7), replay=replay)

    assert [number for number in range(6) if deciding.decide(number, 0.0)] == [2]
    assert (deciding.stands(0.0), deciding.holds_until(0.0)) == (True, math.inf)


def test_a_replay_of_what_fired_fires_the_same() -> None:
    timing = Timing(burst=GilbertElliott(0.1, 0.3), times=20)
    recorded = fired(timing, 200)
    deciding = decider(Timing(), replay=frozenset(Decision(1, Lane.SEND, number) for number in recorded))

    assert [number for number in range(200) if deciding.decide(number, 0.0)] == recorded


def test_a_replay_decides_once_for_a_connection_by_its_decision_0() -> None:
    decisions = [frozenset({Decision(1, Lane.SEND, 0)}), frozenset({Decision(1, Lane.SEND, 1)})]

    assert [decider(Timing(), replay=each).decide_once(0.0, 0) for each in decisions] == [True, False]
