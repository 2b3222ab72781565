"""So many bytes, or so long, and then exactly one end."""

import pytest
from tests.server.core.faults.driving import Drive, driven

from telesock.server.core.faults.acting import Firing
from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.latency import Latency
from telesock.server.core.faults.limiting import HalfClose, Limit
from telesock.server.core.faults.segments import End, How
from telesock.server.core.faults.values import Decision, Timing

OURS = End(How.FIN, ("f",), "f")


def ending(place: int, how: How = How.FIN) -> tuple[str, Firing]:
    return "f", Firing(0, place, detail=f"ended by {how.name}")


@pytest.mark.parametrize("how", [How.FIN, How.RESET])
@pytest.mark.parametrize("chunk", [1, 3, 100])
def test_exactly_so_many_bytes_pass_and_then_one_end(how: How, chunk: int) -> None:
    drive = driven(Limit(4, end=how), b"abcdefgh", chunk=chunk)

    assert (drive.data, drive.ends) == (b"abcd", [End(how, ("f",), "f")])
    assert drive.told.firings == [ending(4, how)]
    assert (drive.pipe.empty, drive.pipe.held_bytes) == (True, 0)


def test_the_end_comes_with_the_last_byte_that_passes_and_not_with_the_next() -> None:
    assert driven(Limit(4), b"abcd", end=False).when == [(0.0, 4), (0.0, 0)]


def test_fewer_bytes_pass_and_end_as_they_would() -> None:
    drive = driven(Limit(4), b"abc")

    assert (drive.data, drive.ends, drive.told) == (b"abc", [End(How.FIN)], [])


def test_where_a_genuine_end_is_behind_the_last_byte_there_is_no_second() -> None:
    drive = driven(Limit(4), b"abcd")

    assert (drive.data, drive.ends) == (b"abcd", [OURS])
    assert (drive.pipe.due, drive.pipe.empty) == (float("inf"), True)


def test_after_a_genuine_end_nothing_is_reached_any_more() -> None:
    drive = Drive()
    drive.add(Limit(duration=2.0))
    drive.put(b"ab")
    drive.end(at=1.0)
    drive.until(10.0)

    assert (drive.when, drive.ends, drive.told) == ([(0.0, 2), (1.0, 0)], [End(How.FIN)], [])
    assert drive.pipe.due == float("inf")


def test_after_a_genuine_end_a_decision_that_waited_for_its_time_is_not_made() -> None:
    drive = Drive()
    drive.add(Limit(2), Timing(window_start=5.0))
    drive.put(b"ab")
    drive.end(at=1.0)
    drive.until(10.0)

    assert (drive.when, drive.ends, drive.told) == ([(0.0, 2), (1.0, 0)], [End(How.FIN)], [])


def test_a_limit_of_nothing_ends_as_soon_as_the_fault_comes() -> None:
    drive = Drive(now=3.0)
    drive.add(Limit(0))
    drive.put(b"abc")
    drive.run()

    assert drive.came == [(3.0, OURS)]


def test_a_limit_of_time_ends_when_it_is_over_whether_bytes_come_or_not() -> None:
    drive = Drive(now=1.0)
    drive.add(Limit(duration=2.0))
    drive.put(b"ab", at=2.5)
    drive.put(b"cd", at=3.5)
    drive.run()

    assert drive.came[1:] == [(3.0, OURS)]
    assert (drive.when, drive.data) == ([(2.5, 2), (3.0, 0)], b"ab")
    assert drive.told.firings == [ending(2)]


def test_who_oversleeps_the_limit_still_gets_no_byte_from_behind_it() -> None:
    drive = Drive()
    drive.add(Limit(duration=2.0))
    drive.put(b"ab", at=1.0)
    drive.now = 5.0
    drive.put(b"cd")
    drive.run()

    assert (drive.data, drive.ends) == (b"ab", [OURS])


def test_a_stall_at_the_limit_holds_what_is_behind_it_until_the_fault_ends() -> None:
    drive = driven(Limit(4, end=How.STALL), b"abcdefgh")
    before = (drive.data, drive.pipe.held_bytes, drive.pipe.ended)

    drive.lift()
    drive.run()

    assert before == (b"abcd", 4, True)
    assert (drive.data, drive.ends) == (b"abcdefgh", [End(How.FIN, ("f",))])
    assert drive.told.firings == [ending(4, How.STALL)]


def test_a_fault_that_ends_after_its_limit_has_done_what_it_did() -> None:
    drive = driven(Limit(4), b"abcdefgh")

    drive.lift()
    drive.put(b"ijkl")
    drive.run()

    assert (drive.data, drive.ends, drive.pipe.empty) == (b"abcd", [OURS], True)


def test_a_probability_of_0_never_ends() -> None:
    drive = driven(Limit(4), b"abcdefgh", Timing(probability=0.0))

    assert (drive.data, drive.ends, drive.told) == (b"abcdefgh", [End(How.FIN)], [])


def test_where_time_forbids_it_the_limit_is_reached_when_it_allows_it() -> None:
    drive = Drive()
    drive.add(Limit(4), Timing(window_start=2.0))
    drive.put(b"abcdef", at=1.0)
    drive.put(b"gh", at=3.0)
    drive.run()

    assert (drive.when, drive.data) == ([(1.0, 4), (1.0, 2), (2.0, 0)], b"abcdef")


def test_where_the_window_is_over_the_limit_is_never_reached() -> None:
    drive = Drive()
    drive.add(Limit(4), Timing(window_end=1.0))
    drive.put(b"abcdef", at=1.0)
    drive.end()
    drive.run()

    assert (drive.data, drive.ends) == (b"abcdef", [End(How.FIN)])


def test_bytes_that_have_to_pass_first_move_the_limit() -> None:
    assert driven(Limit(2), b"abcdefgh", Timing(after_bytes=5)).data == b"abcde"


def test_a_replay_ends_at_its_limit_whatever_the_timing_says() -> None:
    drive = Drive()
    drive.add(Limit(2), Timing(probability=0.0), replay=frozenset({Decision(1, Lane.SEND, 0)}))
    drive.put(b"abc")
    drive.run()

    assert (drive.data, drive.ends) == (b"ab", [OURS])


def test_what_an_earlier_fault_holds_is_not_counted_until_it_passes() -> None:
    drive = Drive()
    drive.add(Latency(3.0), name="late")
    drive.add(Limit(2))
    drive.put(b"abcd")
    drive.run()

    assert drive.when == [(3.0, 2), (3.0, 0)]


def test_two_limits_make_one_end() -> None:
    drive = Drive()
    drive.add(Limit(4), name="one")
    drive.add(Limit(4), name="two")
    drive.put(b"abcdefgh")
    drive.end()
    drive.run()

    assert (drive.data, len(drive.ends), drive.pipe.empty) == (b"abcd", 1, True)


def test_a_half_close_ends_at_once_and_nothing_comes_behind_it() -> None:
    drive = Drive(now=1.0)
    drive.add(HalfClose())
    drive.put(b"abc", at=2.0)
    drive.end()
    drive.run()

    assert drive.came == [(1.0, OURS)]
    assert drive.told.firings == [ending(0)]


def test_a_half_close_comes_when_its_time_has_come() -> None:
    drive = Drive()
    drive.add(HalfClose(), Timing(after=2.0))
    drive.put(b"abc", at=1.0)
    drive.run()

    assert drive.when == [(1.0, 3), (2.0, 0)]
