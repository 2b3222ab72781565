"""Small writes with gaps between them."""

from collections import Counter

from tests.server.core.faults.driving import Drive, driven

from telesock.server.core.faults.acting import Firing
from telesock.server.core.faults.segments import BLOCK, Bytes
from telesock.server.core.faults.slicing import Drip, Slices
from telesock.server.core.faults.values import Scope, Timing

GOLDEN_SIZES = [19, 12, 19, 6, 4]  # a promise, as in test_chance.py


def sizes(drive: Drive) -> list[int]:
    return [size for _, size in drive.when if size]


def test_slices_leave_with_a_gap_between_them_and_the_end_behind_the_last() -> None:
    drive = driven(Slices(3, gap=0.5), b"abcdefgh")

    assert drive.when == [(0.0, 3), (0.5, 3), (1.0, 2), (1.0, 0)]
    assert drive.data == b"abcdefgh"


def test_each_slice_is_written_alone_and_names_the_fault() -> None:
    drive = driven(Slices(2), b"abc", end=False)

    assert [segment for _, segment in drive.came] == [
        Bytes(b"ab", 0, 2, ("f",), alone=True),
        Bytes(b"c", 2, 3, ("f",), alone=True),
    ]


def test_sizes_vary_evenly_by_as_much_as_asked_and_not_more() -> None:
    found = Counter(sizes(driven(Slices(10, variation=2), bytes(20_000), end=False))[:-1])

    assert set(found) == {8, 9, 10, 11, 12}
    assert all(320 < count < 480 for count in found.values())


def test_sizes_are_those_of_all_versions() -> None:
    assert sizes(driven(Slices(10, variation=9), bytes(60), end=False)) == GOLDEN_SIZES


def test_a_slice_that_comes_in_parts_leaves_in_parts_with_no_gap_inside_it() -> None:
    drive = Drive()
    drive.add(Slices(4, gap=1.0))
    drive.put(b"abc")
    drive.put(b"def", at=0.25)
    drive.run()

    assert drive.when == [(0.0, 3), (0.25, 1), (1.0, 2)]


def test_slices_end_at_the_same_offsets_however_bytes_come() -> None:
    def ends(chunk: int) -> set[float]:
        drive = driven(Slices(10, variation=9, gap=1.0), bytes(500), chunk=chunk, end=False)
        return {moment for moment, _ in drive.when}

    assert ends(1) == ends(7) == ends(500)


def test_after_a_pause_longer_than_the_gap_a_slice_leaves_at_once() -> None:
    drive = driven(Slices(4, gap=1.0), b"abcd", end=False)

    drive.put(b"efgh", at=0.5)
    drive.put(b"ijkl", at=10.0)
    drive.run()

    assert drive.when == [(0.0, 4), (1.0, 4), (10.0, 4)]


def test_a_slice_may_be_larger_than_a_block() -> None:
    assert sizes(driven(Slices(10_000), bytes(20_000), end=False)) == [10_000, 10_000]


def test_the_firing_is_told_once_with_the_size() -> None:
    assert driven(Slices(3), bytes(9000)).told.firings == [("f", Firing(0, size=3))]


def test_blocks_that_are_not_chosen_are_not_sliced() -> None:
    drive = driven(Slices(2048, gap=1.0), bytes(3 * BLOCK), Timing(scope=Scope.EACH, nth=2))

    assert drive.when == [(0.0, BLOCK), (0.0, 2048), (1.0, 2048), (1.0, BLOCK), (1.0, 0)]
    assert drive.told.firings == [("f", Firing(1, BLOCK, size=2048))]


def test_a_drip_lets_bytes_out_one_by_one() -> None:
    drive = driven(Drip(0.5), b"abc")

    assert drive.when == [(0.0, 1), (0.5, 1), (1.0, 1), (1.0, 0)]
    assert drive.told.firings == [("f", Firing(0, size=1))]


def test_what_is_left_leaves_when_the_fault_ends() -> None:
    drive = Drive()
    drive.add(Drip(1.0))
    drive.put(b"abcdef")
    drive.until(1.5)

    drive.lift()
    drive.run()

    assert (drive.data, {moment for moment, _ in drive.when}) == (b"abcdef", {0.0, 1.0, 1.5})
    assert {segment.faults for _, segment in drive.came} == {("f",)}


def test_after_bytes_that_are_not_sliced_a_slice_begins_anew() -> None:
    drive = Drive()
    drive.add(Slices(3), Timing(on=1.0, off=1.0))
    drive.put(b"abcde")
    drive.put(b"fghi", at=1.0)
    drive.put(b"jkl", at=2.0)
    drive.run()

    assert drive.when == [(0.0, 3), (0.0, 2), (1.0, 4), (2.0, 3)]
