"""The faults of one direction, one behind the other, while they come and go."""

import math

from tests.server.core.faults.driving import Drive

from telesock.server.core.faults.bandwidth import Bandwidth
from telesock.server.core.faults.closing import SlowClose
from telesock.server.core.faults.corruption import Corruption
from telesock.server.core.faults.latency import Latency
from telesock.server.core.faults.limiting import Limit
from telesock.server.core.faults.never_reading import NeverRead
from telesock.server.core.faults.pipe import Pipe
from telesock.server.core.faults.segments import Bytes, End, How
from telesock.server.core.faults.stalling import Stall


def test_without_faults_everything_leaves_at_once_as_it_came() -> None:
    drive = Drive()
    drive.put(b"ab")
    drive.end()
    before = (drive.pipe.due, drive.pipe.held_bytes, drive.pipe.empty, drive.pipe.ended)
    drive.run()

    assert before == (-math.inf, 2, False, True)
    assert drive.came == [(0.0, Bytes(b"ab", 0, 2)), (0.0, End(How.FIN))]
    assert (drive.pipe.due, drive.pipe.empty, drive.pipe.ended) == (math.inf, True, False)


def test_each_fault_sees_what_the_one_before_lets_out() -> None:
    drive = Drive()
    drive.add(Limit(2), name="limit")
    drive.add(Stall(), name="stall")
    drive.put(b"abcd")
    drive.run()
    behind = drive.when[:]

    drive = Drive()
    drive.add(Stall(), name="stall")
    drive.add(Limit(duration=1.0), name="limit")
    drive.put(b"abcd")
    drive.run()

    assert (behind, drive.when) == ([], [(1.0, 0)])


def test_a_fault_that_ends_hands_what_it_held_to_the_ones_behind_it() -> None:
    drive = Drive()
    drive.add(Stall(), name="stall")
    drive.add(Corruption((1,), pattern=b"X"), name="corrupt")
    drive.add(Latency(2.0), name="late")
    drive.put(b"abc")
    drive.until(1.0)

    drive.lift("stall")
    drive.run()

    assert drive.came == [(3.0, Bytes(b"aXc", 0, 3, ("stall", "corrupt", "late")))]


def test_faults_that_end_together_let_go_in_the_order_in_which_bytes_came() -> None:
    drive = Drive()
    drive.add(Latency(9.0), name="one")
    drive.add(Bandwidth(1), name="two")
    drive.add(Stall(), name="three")
    for moment in range(5):
        drive.put(bytes([moment]) * 3, at=moment * 4.0)
    drive.end()

    drive.stages.clear()
    drive.pipe.change((), drive.now)
    drive.run()

    assert drive.data == b"".join(bytes([number]) * 3 for number in range(5))
    assert [end.how for end in drive.ends] == [How.FIN]
    assert (drive.now, drive.pipe.empty) == (16.0, True)


def test_what_comes_after_a_change_does_not_overtake_what_was_let_go() -> None:
    drive = Drive()
    drive.add(Stall())
    drive.put(b"ab")
    drive.lift()
    drive.put(b"cd")
    drive.run()

    assert drive.data == b"abcd"


def test_a_fault_that_comes_acts_on_what_earlier_ones_still_hold() -> None:
    drive = Drive()
    drive.add(Latency(2.0), name="one")
    drive.put(b"ab")
    drive.until(1.0)
    drive.add(Latency(3.0), name="two")
    drive.run()

    assert drive.when == [(5.0, 2)]


def test_behind_an_end_nothing_comes_and_there_is_no_second_end() -> None:
    pipe = Pipe()
    for segment in (End(How.FIN), Bytes(b"ab", 0, 2), End(How.RESET)):
        pipe.put(0.0, segment)

    assert [pipe.take(0.0), pipe.take(0.0), pipe.held_bytes, pipe.empty] == [End(How.FIN), None, 0, True]


def test_what_is_given_back_is_the_next_again_also_where_it_is_an_end() -> None:
    pipe, found = Pipe(), []
    pipe.put(0.0, Bytes(b"ab", 0, 2))
    pipe.put(0.0, End(How.FIN))
    for _ in range(2):
        segment = pipe.take(0.0)
        assert segment is not None
        pipe.give_back(segment)
        found += [pipe.take(0.0)]

    assert found == [Bytes(b"ab", 0, 2), End(How.FIN)]
    assert pipe.take(0.0) is None


def test_it_reads_only_where_all_its_faults_do() -> None:
    drive = Drive()
    drive.add(Latency(1.0), name="late")
    before = drive.pipe.reads(0.0)
    drive.add(NeverRead(), name="never")

    assert (before, drive.pipe.reads(0.0)) == (True, False)


def test_all_that_is_inside_can_be_taken_out_in_order() -> None:
    drive = Drive()
    drive.add(Latency(2.0), name="late")
    drive.add(SlowClose(), name="slow")
    drive.put(b"ab")
    drive.end()
    drive.until(2.0)
    drive.put(b"cd")

    assert drive.pipe.drain() == [End(How.FIN, ("late", "slow")), Bytes(b"cd", 2, 4)]
    assert (drive.data, drive.pipe.empty) == (b"ab", True)
