"""One fault at work: its decisions, its draws, and what is told of it."""

import pytest
from tests.server.core.faults.driving import LATE, Told, acting, decider, made

from telesock.server.core.faults.acting import Acting, Firing
from telesock.server.core.faults.chance import Distribution, Lane, delayed, draw, draw_integer
from telesock.server.core.faults.deciding import Counts
from telesock.server.core.faults.operating import OperationDelay
from telesock.server.core.faults.values import Scope, Timing

EACH = Timing(scope=Scope.EACH)


def at_work(timing: Timing = EACH, told: Told | None = None, counts: Counts | None = None) -> Acting:
    return acting(made(LATE, timing), Told() if told is None else told, counts=counts)


# Decisions


def test_a_decision_is_made_once_however_often_it_is_asked_for() -> None:
    counts = Counts()
    acts = at_work(EACH._replace(times=1), counts=counts)

    assert [acts.fires(number, 0.0) for number in (0, 0, 0, 1, 1)] == [True, True, True, False, False]
    assert counts.decisions == 2


def test_a_decision_that_fired_does_not_fire_when_time_forbids_it_and_does_again_when_it_allows_it() -> None:
    acts = at_work(EACH._replace(on=1.0, off=1.0))

    assert [acts.fires(0, now) for now in (0.0, 1.0, 2.0)] == [True, False, True]


def test_a_decision_that_time_forbade_stays_as_it_was_made() -> None:
    acts = at_work(EACH._replace(window_start=1.0))

    assert [acts.fires(number, now) for number, now in ((0, 0.0), (0, 1.0), (1, 1.0))] == [False, False, True]


def test_decisions_of_each_have_their_numbers_and_one_for_a_connection_is_number_0() -> None:
    assert [at_work(Timing(scope=scope)).number(7) for scope in (Scope.EACH, Scope.CONNECTION)] == [7, 0]


def test_what_is_not_numbered_otherwise_is_numbered_from_0() -> None:
    acts = acting(made(OperationDelay(1.0)), Told(), lane=Lane.OPERATION)
    numbers = []
    for _ in range(3):
        numbers.append(acts.next_number())
        acts.fires(acts.next_number(), 0.0)

    assert (numbers, acts.last_number) == ([0, 1, 2], 2)


# Draws


def test_draws_are_those_of_its_key() -> None:
    key = decider(EACH).key

    drawn = at_work().draw(3, "delay"), at_work().draw_integer(3, "size")

    assert drawn == (draw(key, 3, "delay"), draw_integer(key, 3, "size"))


def test_a_delay_without_jitter_is_the_delay() -> None:
    assert at_work().delay(0, 0.123456789, 0.0) == 0.123456789


def test_a_delay_with_jitter_is_that_of_its_draw() -> None:
    drawn = draw(decider(EACH).key, 3, "delay")

    assert at_work().delay(3, 1.0, 0.5, Distribution.NORMAL) == delayed(1.0, Distribution.NORMAL, 0.5, drawn)


def test_a_correlated_delay_leans_on_the_draw_before_it() -> None:
    first, second = (draw(decider(EACH).key, number, "delay") for number in range(2))
    acts = at_work()

    delays = [acts.delay(number, 1.0, 0.5, correlation=0.75) for number in range(2)]

    assert delays == [
        delayed(1.0, Distribution.UNIFORM, 0.5, first),
        delayed(1.0, Distribution.UNIFORM, 0.5, 0.25 * second + 0.75 * first),
    ]


# Telling


def told_of(firings: int) -> tuple[Told, Acting, Counts]:
    told, counts = Told(), Counts()
    acts = at_work(told=told, counts=counts)
    for number in range(firings):
        acts.tell(Firing(number))
    return told, acts, counts


def test_the_first_64_firings_are_told_one_by_one() -> None:
    assert told_of(64)[0] == [("f", Firing(number), 1) for number in range(64)]


def test_later_ones_are_told_together_with_the_last_and_their_count() -> None:
    told, _, counts = told_of(300)

    assert told[64:] == [("f", Firing(127), 64), ("f", Firing(255), 128)]
    assert counts.firings == 300


def test_the_rest_is_told_in_the_end_and_all_counts_together_are_exact() -> None:
    told, acts, _ = told_of(300)

    acts.tell_rest()
    acts.tell_rest()

    assert told[66:] == [("f", Firing(299), 44)]
    assert sum(count for _, _, count in told) == 300


@pytest.mark.parametrize("firings", [65_536, 65_537, 200_000])
def test_counts_are_exact_also_where_firings_are_many(firings: int) -> None:
    told, acts, counts = told_of(firings)
    acts.tell_rest()

    assert sum(count for _, _, count in told) == counts.firings == firings
    assert max(count for _, _, count in told) <= 65_536


def test_what_could_not_be_told_is_told_with_what_comes_next() -> None:
    listening, heard = [False, False, True, True], []

    def tell(firing: Firing, count: int) -> bool:
        if not listening.pop(0):
            return False
        heard.append((firing, count))
        return True

    acts = Acting(made(LATE, EACH), decider(EACH), Counts(), tell)
    for number in range(4):
        acts.tell(Firing(number))

    assert heard == [(Firing(2), 3), (Firing(3), 1)]
