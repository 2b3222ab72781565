"""Nothing moves, for a time or as long as the fault holds."""

from tests.server.core.faults.driving import Drive, driven

from telesock.server.core.faults.acting import Firing
from telesock.server.core.faults.segments import BLOCK
from telesock.server.core.faults.stalling import Stall
from telesock.server.core.faults.values import Scope, Timing


def test_a_stall_of_some_length_begins_with_the_first_byte_and_comes_once() -> None:
    drive = Drive()
    drive.add(Stall(2.0))
    drive.put(b"ab", at=1.0)
    drive.put(b"cd", at=2.0)
    drive.put(b"ef", at=5.0)
    drive.end(at=6.0)
    drive.run()

    assert drive.when == [(3.0, 2), (3.0, 2), (5.0, 2), (6.0, 0)]
    assert drive.told.firings == [("f", Firing(0, delay=2.0))]


def test_a_stall_holds_an_end_without_bytes_too() -> None:
    assert driven(Stall(2.0), b"").when == [(2.0, 0)]


def test_a_stall_without_a_length_holds_until_the_fault_ends_and_then_all_leaves_in_order() -> None:
    drive = driven(Stall(), b"abcdef", chunk=2)
    drive.until(1000.0)
    before = (drive.data, drive.pipe.held_bytes, drive.pipe.ended)

    drive.lift()
    drive.run()

    assert before == (b"", 6, True)
    assert drive.when == [(1000.0, 2), (1000.0, 2), (1000.0, 2), (1000.0, 0)]
    assert drive.told.firings == [("f", Firing(0))]


def test_a_stall_without_a_length_ends_with_its_conditions_about_time() -> None:
    drive = driven(Stall(), b"abcdef", Timing(window_end=3.0))

    assert drive.when == [(3.0, 6), (3.0, 0)]


def test_a_stall_that_flaps_lets_everything_out_between() -> None:
    drive = Drive()
    drive.add(Stall(), Timing(on=2.0, off=1.0))
    for moment in range(7):
        drive.put(b"x", at=float(moment))
    drive.run()

    assert [moment for moment, _ in drive.when] == [2.0, 2.0, 2.0, 5.0, 5.0, 5.0, 8.0]


def test_a_stall_begins_where_so_many_bytes_have_passed() -> None:
    drive = driven(Stall(2.0), bytes(100), Timing(after_bytes=30), chunk=20)

    assert drive.when == [(0.0, 20), (0.0, 10), (2.0, 10), (2.0, 20), (2.0, 20), (2.0, 20), (2.0, 0)]
    assert drive.told.firings == [("f", Firing(0, 30, delay=2.0))]


def test_a_stall_may_come_with_each_block() -> None:
    drive = driven(Stall(2.0), bytes(2 * BLOCK), Timing(scope=Scope.EACH))

    assert drive.when == [(2.0, BLOCK), (4.0, BLOCK), (4.0, 0)]
    assert drive.told.firings == [("f", Firing(0, 0, delay=2.0)), ("f", Firing(1, BLOCK, delay=2.0))]


def test_a_probability_of_0_changes_nothing() -> None:
    drive = driven(Stall(), b"abc", Timing(probability=0.0))

    assert (drive.when, drive.told) == ([(0.0, 3), (0.0, 0)], [])
