"""Everything comes so much later, and in order."""

from itertools import pairwise
from statistics import fmean, pstdev

import pytest
from tests.server.core.faults.driving import Drive, driven

from telesock.server.core.faults.acting import Firing
from telesock.server.core.faults.chance import Distribution
from telesock.server.core.faults.latency import Latency
from telesock.server.core.faults.segments import BLOCK, Bytes, End
from telesock.server.core.faults.values import Scope, Timing

EACH = Timing(scope=Scope.EACH)
BLOCKS = 2000


def delays(effect: Latency) -> list[float]:
    """Those of many blocks, each of which comes long after the one before."""
    drive = Drive()
    drive.add(effect, EACH)
    for number in range(BLOCKS):
        drive.put(bytes(BLOCK), at=number * 1000.0)
    drive.run()
    return [moment - number * 1000.0 for number, (moment, _) in enumerate(drive.when)]


def test_bytes_and_the_end_come_so_much_later_than_they_would() -> None:
    drive = Drive()
    drive.add(Latency(2.0))
    drive.put(b"ab")
    drive.put(b"c", at=1.5)
    drive.end(at=5.0)
    drive.run()

    assert drive.when == [(2.0, 2), (3.5, 1), (7.0, 0)]
    assert drive.data == b"abc"


def test_it_names_itself_on_all_that_it_delayed() -> None:
    drive = driven(Latency(2.0), b"ab")

    assert [segment.faults for _, segment in drive.came] == [("f",), ("f",)]


def test_the_firing_is_told_once_with_its_delay() -> None:
    assert driven(Latency(0.2), bytes(10_000), chunk=999).told.firings == [("f", Firing(0, delay=0.2))]


def test_each_block_is_told_with_its_number_and_place_when_each_is_decided() -> None:
    drive = driven(Latency(0.2), bytes(BLOCK + 10), EACH, chunk=100)

    assert drive.told.firings == [("f", Firing(0, 0, delay=0.2)), ("f", Firing(1, BLOCK, delay=0.2))]


def test_a_block_that_would_overtake_waits_for_the_one_before() -> None:
    drive = driven(Latency(1.0, jitter=1.0), bytes(20 * BLOCK), EACH)
    told = [firing.delay or 0.0 for _, firing in drive.told.firings]
    expected = [max(told[: number + 1]) for number in range(20)]

    assert [moment for moment, size in drive.when if size] == expected
    assert len(set(told)) == 20


def test_a_block_that_is_not_chosen_comes_as_it_would_unless_one_before_it_is_late() -> None:
    drive = driven(Latency(1.0), bytes(3 * BLOCK), Timing(scope=Scope.EACH, nth=2))

    assert drive.when == [(0.0, BLOCK), (1.0, BLOCK), (1.0, BLOCK), (1.0, 0)]


def test_the_end_shares_the_decision_of_the_last_block() -> None:
    late = driven(Latency(1.0), bytes(2 * BLOCK), Timing(scope=Scope.EACH, nth=2))
    genuine = driven(Latency(1.0), bytes(2 * BLOCK), Timing(scope=Scope.EACH, nth=1))

    assert (isinstance(late.came[-1][1], End), late.came[-1][1].faults) == (True, ("f",))
    assert genuine.came[-1][1].faults == ()


def test_an_end_without_bytes_comes_late_too() -> None:
    assert driven(Latency(2.0), b"").when == [(2.0, 0)]


def test_jitter_is_the_same_for_all_bytes_of_a_block_however_they_come() -> None:
    whole = driven(Latency(1.0, jitter=0.5), bytes(BLOCK), EACH, end=False)
    parts = driven(Latency(1.0, jitter=0.5), bytes(BLOCK), EACH, chunk=7, end=False)

    assert {moment for moment, _ in parts.when} == {moment for moment, _ in whole.when}


@pytest.mark.parametrize(
    ("distribution", "deviation"),
    [(Distribution.UNIFORM, 0.3 / 3**0.5), (Distribution.NORMAL, 0.3), (Distribution.PARETO, 0.3)],
)
def test_jitter_is_spread_as_its_distribution_says(distribution: Distribution, deviation: float) -> None:
    found = delays(Latency(5.0, 0.3, distribution))

    assert fmean(found) == pytest.approx(5.0, abs=0.03)
    assert pstdev(found) == pytest.approx(deviation, rel=0.12)


def test_correlated_jitter_leans_on_the_draw_before_it_and_varies_less() -> None:
    """The variance of x(n) = (1 - c) u(n) + c x(n-1) is that of u times (1 - c) / (1 + c)."""
    found = delays(Latency(5.0, 0.3, correlation=0.6))
    mean, variance = fmean(found), pstdev(found) ** 2
    together = fmean((one - mean) * (two - mean) for one, two in pairwise(found))

    assert variance == pytest.approx(0.3**2 / 3 * 0.4 / 1.6, rel=0.15)
    assert together / variance == pytest.approx(0.6, abs=0.06)


def test_a_delay_never_is_below_0() -> None:
    assert min(delays(Latency(0.1, 0.5))) == 0.0


def test_what_is_held_leaves_when_the_conditions_about_time_end() -> None:
    drive = Drive()
    drive.add(Latency(2.0), Timing(on=3.0, off=1.0))
    drive.put(b"ab", at=2.5)
    drive.put(b"cd", at=3.5)
    drive.put(b"ef", at=4.0)
    drive.run()

    assert drive.when == [(3.0, 2), (3.5, 2), (6.0, 2)]


def test_a_fault_that_ends_lets_go_in_order_and_what_comes_later_is_not_late() -> None:
    drive = Drive()
    drive.add(Latency(2.0))
    drive.put(b"ab")
    drive.put(b"cd", at=1.0)

    drive.lift()
    drive.put(b"ef")
    drive.end()
    drive.run()

    assert drive.when == [(1.0, 2), (1.0, 2), (1.0, 2), (1.0, 0)]
    assert drive.data == b"abcdef"


def test_another_fault_in_its_place_delays_what_comes_and_not_what_the_first_held() -> None:
    drive = Drive()
    drive.add(Latency(2.0))
    drive.put(b"ab")
    drive.until(1.0)

    drive.add(Latency(5.0))
    drive.put(b"cd")
    drive.run()

    assert drive.when == [(1.0, 2), (6.0, 2)]


def test_delays_of_two_faults_add_up() -> None:
    drive = Drive()
    drive.add(Latency(2.0), name="one")
    drive.add(Latency(3.0), name="two")
    drive.put(b"ab")
    drive.run()

    assert drive.came == [(5.0, Bytes(b"ab", 0, 2, ("one", "two")))]


def test_bytes_that_came_while_it_held_name_it_also_where_they_leave_as_it_stops() -> None:
    drive = Drive()
    drive.add(Latency(2.0), Timing(on=3.0, off=1.0))
    drive.put(b"ab", at=2.5)
    drive.put(b"cd", at=2.8)
    drive.run()

    assert drive.came == [(3.0, Bytes(b"ab", 0, 2, ("f",))), (3.0, Bytes(b"cd", 2, 4, ("f",)))]
