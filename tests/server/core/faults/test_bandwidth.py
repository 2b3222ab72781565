"""So many bytes a second, as a token bucket has it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.server.core.faults.driving import Drive, driven

from telesock.server.core.faults.acting import Firing
from telesock.server.core.faults.bandwidth import Bandwidth
from telesock.server.core.faults.values import Timing


def test_bytes_leave_as_fast_as_the_rate_says_and_the_end_behind_them() -> None:
    drive = driven(Bandwidth(4), b"abcde")

    assert drive.when == [(0.0, 1), (0.25, 1), (0.5, 1), (0.75, 1), (1.0, 1), (1.0, 0)]
    assert drive.data == b"abcde"


def test_without_a_burst_a_hundredth_of_a_second_leaves_at_once() -> None:
    drive = driven(Bandwidth(1000), bytes(30), end=False)

    assert drive.when == [(0.0, 10), (pytest.approx(0.01), 10), (pytest.approx(0.02), 10)]


def test_a_burst_leaves_at_once_and_then_the_rate_is_kept() -> None:
    drive = driven(Bandwidth(4, burst_bytes=3), b"abcdef", end=False)

    assert drive.when == [(0.0, 1), (0.0, 1), (0.0, 1), (0.25, 1), (0.5, 1), (0.75, 1)]


def test_a_pause_saves_up_no_more_than_the_burst() -> None:
    drive = driven(Bandwidth(4, burst_bytes=2), b"ab", end=False)

    drive.put(b"cdef", at=100.0)
    drive.run()

    assert drive.when[2:] == [(100.0, 1), (100.0, 1), (100.25, 1), (100.5, 1)]


def test_a_short_pause_saves_up_its_part_of_the_burst() -> None:
    drive = driven(Bandwidth(4, burst_bytes=2), b"ab", end=False)

    drive.put(b"cd", at=0.25)
    drive.run()

    assert drive.when[2:] == [(0.25, 1), (0.5, 1)]


def test_the_firing_is_told_once_for_the_connection() -> None:
    assert driven(Bandwidth(1000), bytes(9000), chunk=100).told.firings == [("f", Firing(0))]


def test_a_probability_of_0_changes_nothing() -> None:
    drive = driven(Bandwidth(1), bytes(5000), Timing(probability=0.0))

    assert drive.when == [(0.0, 4096), (0.0, 904), (0.0, 0)]
    assert drive.told == []


def test_what_is_held_leaves_when_the_conditions_about_time_end() -> None:
    drive = driven(Bandwidth(1), b"abcdef", Timing(window_end=2.5))

    assert drive.when == [(0.0, 1), (1.0, 1), (2.0, 1), (2.5, 1), (2.5, 2), (2.5, 0)]


def test_what_is_held_leaves_at_once_when_the_fault_ends() -> None:
    drive = driven(Bandwidth(1), b"", end=False)
    drive.put(b"abcdef")
    drive.until(1.5)

    drive.lift()
    drive.run()

    assert drive.when == [(0.0, 1), (1.0, 1), (1.5, 4)]
    assert drive.data == b"abcdef"


@given(
    st.integers(1, 10_000),
    st.integers(0, 500),
    st.lists(st.tuples(st.sampled_from([0.0, 0.003, 0.1, 2.0]), st.integers(1, 300)), max_size=8),
)
@settings(derandomize=True, deadline=None)
def test_in_no_time_more_leaves_than_the_rate_and_the_burst_allow(
    rate: int, burst: int, puts: list[tuple[float, int]]
) -> None:
    drive = Drive()
    drive.add(Bandwidth(rate, burst))
    for pause, size in puts:
        drive.put(bytes(size), drive.now + pause)
    drive.run()

    bucket = burst or max(1, rate // 100)
    left = drive.when
    for first, (begin, _) in enumerate(left):
        moved = 0
        for moment, size in left[first:]:
            moved += size
            assert moved <= bucket + rate * (moment - begin) + max(1, rate // 100) + 1e-6
