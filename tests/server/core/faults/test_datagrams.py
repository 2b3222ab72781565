"""Datagrams that are lost, come twice, out of order, late, cut short or changed."""

from statistics import fmean, pstdev

import pytest
from tests.server.core.faults.passing import OnDatagrams, Passage, passed
from tests.server.core.faults.refusing import problem

from telesock.server.core.faults.acting import Firing
from telesock.server.core.faults.chance import Distribution
from telesock.server.core.faults.datagrams import (
    DatagramCorruption,
    DatagramDelay,
    DatagramDuplication,
    DatagramLoss,
    DatagramReordering,
    DatagramTruncation,
)
from telesock.server.core.faults.mangling import Unit
from telesock.server.core.faults.values import Timing

NUMBERED = [number.to_bytes(2, "big") for number in range(1000)]

# Promises, as the draws are in test_chance.py.
GOLDEN_LOST = [6, 8, 14, 27, 28, 32, 37, 38]
GOLDEN_CORRUPTED = [b"ab\xe6d", b"\xcff\xb5h"]


def test_a_lost_datagram_does_not_come_and_its_size_is_told() -> None:
    passage = passed(DatagramLoss(), b"abc", b"de", b"f", timing=Timing(nth=2))

    assert passage.data == [b"abc", b"f"]
    assert passage.told.firings == [("f", Firing(1, size=2))]


def test_so_many_are_lost_as_the_probability_says() -> None:
    # 300, give or take 4 standard deviations.
    assert len(passed(DatagramLoss(), *NUMBERED, timing=Timing(probability=0.3)).data) == pytest.approx(
        700, abs=58
    )


def test_lost_datagrams_are_those_of_all_versions() -> None:
    passage = passed(DatagramLoss(), *NUMBERED[:40], timing=Timing(probability=0.2))

    assert [firing.decision for _, firing in passage.told.firings] == GOLDEN_LOST


def test_a_duplicated_datagram_comes_so_many_more_times() -> None:
    passage = passed(DatagramDuplication(2), b"abc", b"de", timing=Timing(nth=1))

    assert passage.data == [b"abc", b"abc", b"abc", b"de"]
    assert {packet.number for _, packet in passage.came[:3]} == {0}
    assert passage.told.firings == [("f", Firing(0, size=6))]


@pytest.mark.parametrize(("displacement", "order"), [(1, b"bacde"), (2, b"bcade"), (4, b"bcdea")])
def test_a_reordered_datagram_comes_behind_so_many_later_ones(displacement: int, order: bytes) -> None:
    datagrams = [b"a", b"b", b"c", b"d", b"e"]

    passage = passed(DatagramReordering(displacement), *datagrams, timing=Timing(nth=1))

    assert passage.when == [(0.0, bytes([each])) for each in order]
    assert passage.told.firings == [("f", Firing(0, detail=f"behind the next {displacement}"))]


def test_a_reordered_datagram_leaves_with_the_last_that_overtakes_it() -> None:
    passage = Passage()
    passage.add(DatagramReordering(2, longest_wait=9.0), Timing(nth=1))
    passage.put(b"a")
    passage.put(b"b", at=1.0)
    passage.put(b"c", at=2.0)
    passage.run()

    assert passage.when == [(1.0, b"b"), (2.0, b"c"), (2.0, b"a")]


def test_a_reordered_datagram_waits_no_longer_than_it_may() -> None:
    passage = Passage()
    passage.add(DatagramReordering(2, longest_wait=3.0), Timing(nth=1))
    passage.put(b"a")
    passage.put(b"b", at=1.0)
    passage.put(b"c", b"d", at=5.0)
    passage.run()

    assert passage.when == [(1.0, b"b"), (3.0, b"a"), (5.0, b"c"), (5.0, b"d")]
    assert passage.pipe.held_bytes == 0


def test_who_oversleeps_its_longest_wait_gets_it_before_what_came_later() -> None:
    passage = Passage()
    passage.add(DatagramReordering(1, longest_wait=3.0), Timing(nth=1))
    passage.put(b"a")
    passage.now = 5.0
    passage.put(b"b")
    passage.run()

    assert passage.data == [b"a", b"b"]


def test_a_delayed_datagram_comes_so_much_later() -> None:
    passage = Passage()
    passage.add(DatagramDelay(2.0))
    passage.put(b"a")
    passage.put(b"b", at=1.5)
    passage.run()

    assert passage.when == [(2.0, b"a"), (3.5, b"b")]
    assert passage.told.firings == [("f", Firing(0, delay=2.0)), ("f", Firing(1, delay=2.0))]


def test_a_datagram_that_is_not_delayed_overtakes_one_that_is() -> None:
    assert passed(DatagramDelay(2.0), b"a", b"b", timing=Timing(nth=1)).when == [(0.0, b"b"), (2.0, b"a")]


@pytest.mark.parametrize(
    ("distribution", "deviation"),
    [(Distribution.UNIFORM, 0.3 / 3**0.5), (Distribution.NORMAL, 0.3), (Distribution.PARETO, 0.3)],
)
def test_jitter_is_spread_as_its_distribution_says_and_lets_datagrams_overtake(
    distribution: Distribution, deviation: float
) -> None:
    passage = passed(DatagramDelay(5.0, 0.3, distribution), *NUMBERED)
    delays = [moment for moment, _ in passage.came]

    assert fmean(delays) == pytest.approx(5.0, abs=0.04)
    assert pstdev(delays) == pytest.approx(deviation, rel=0.15)
    assert passage.data != NUMBERED
    assert sorted(passage.data) == NUMBERED


def test_of_a_truncated_datagram_only_the_first_bytes_come() -> None:
    passage = passed(DatagramTruncation(2), b"abcde", b"ab", b"")

    assert passage.data == [b"ab", b"ab", b""]
    assert passage.told.firings == [("f", Firing(0, size=3))]


@pytest.mark.parametrize("unit", Unit)
def test_bytes_of_a_corrupted_datagram_change_at_drawn_places(unit: Unit) -> None:
    passage = passed(DatagramCorruption(3, unit), *[bytes(1000)] * 20)
    changed = [[byte for byte in data if byte] for data in passage.data]

    # Two draws of one place are one change: that none of 60 pairs meets is what this seed makes likely.
    assert [len(each) for each in changed] == [firing.size for _, firing in passage.told.firings]
    assert sum(map(len, changed)) >= 58
    assert all(byte.bit_count() == 1 for each in changed for byte in each) is (unit is Unit.BIT)


def test_corrupted_datagrams_are_those_of_all_versions() -> None:
    assert passed(DatagramCorruption(2, Unit.BYTE), b"abcd", b"efgh").data == GOLDEN_CORRUPTED


def test_a_datagram_of_one_byte_changes_once_and_an_empty_one_not() -> None:
    passage = passed(DatagramCorruption(64), b"a", b"")

    assert passage.data[0] != b"a"
    assert passage.data[1] == b""
    assert passage.told.firings == [("f", Firing(0, size=1))]


# Of all

ALL: list[OnDatagrams] = [
    DatagramLoss(),
    DatagramDuplication(16),
    DatagramReordering(64, 0.0),
    DatagramDelay(0.0, 1.0),
    DatagramTruncation(0),
    DatagramCorruption(64),
]


@pytest.mark.parametrize("effect", ALL)
def test_a_probability_of_0_changes_nothing(effect: OnDatagrams) -> None:
    passage = passed(effect, b"a", b"b", b"c", timing=Timing(probability=0.0))

    assert (passage.when, passage.told) == ([(0.0, b"a"), (0.0, b"b"), (0.0, b"c")], [])
    assert {packet.faults for _, packet in passage.came} == {()}


@pytest.mark.parametrize("effect", ALL)
def test_an_effect_on_datagrams_may_go_to_its_bounds(effect: OnDatagrams) -> None:
    assert problem(effect) == ""


WRONG: list[tuple[OnDatagrams, str]] = [
    (DatagramDuplication(0), "datagram_duplication.copies: 0 is not between 1 and 16"),
    (DatagramDuplication(17), "datagram_duplication.copies: 17 is not between 1 and 16"),
    (DatagramReordering(0), "datagram_reordering.displacement: 0 is not between 1 and 64"),
    (DatagramReordering(65), "datagram_reordering.displacement: 65 is not between 1 and 64"),
    (DatagramReordering(1, -1), "datagram_reordering.longest_wait: -1 s is not between 0 and a year"),
    (DatagramDelay(-1), "datagram_delay.delay: -1 s is not between 0 and a year"),
    (DatagramDelay(1, -1), "datagram_delay.jitter: -1 s is not between 0 and a year"),
    (DatagramDelay(1, 1, correlation=2), "datagram_delay.correlation: 2 is not between 0 and 1"),
    (DatagramTruncation(65_536), "datagram_truncation.length: 65536 is not between 0 and 65535"),
    (DatagramCorruption(0), "datagram_corruption.places: 0 is not between 1 and 64"),
    (DatagramCorruption(65), "datagram_corruption.places: 65 is not between 1 and 64"),
]


@pytest.mark.parametrize(("effect", "line"), WRONG)
def test_an_effect_on_datagrams_beyond_its_bounds_is_refused(effect: OnDatagrams, line: str) -> None:
    assert problem(effect) == line
