"""Nothing is let in while the fault holds."""

from tests.server.core.faults.driving import ALWAYS, Drive

from telesock.server.core.faults.acting import Firing
from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.never_reading import NeverRead
from telesock.server.core.faults.values import Timing


def never_reading(timing: Timing = ALWAYS) -> Drive:
    drive = Drive(lane=Lane.RECEIVE)
    drive.add(NeverRead(), timing)
    return drive


def test_nothing_is_read_and_that_is_told_once() -> None:
    drive = never_reading()

    assert [drive.pipe.reads(now) for now in (0.0, 1.0, 2.0)] == [False, False, False]
    assert drive.told.firings == [("f", Firing(0))]
    assert drive.pipe.due == float("inf")


def test_what_is_there_passes() -> None:
    drive = never_reading()
    drive.put(b"abc")
    drive.end()

    assert drive.run() == drive.came
    assert drive.when == [(0.0, 3), (0.0, 0)]


def test_reading_goes_on_when_the_fault_ends() -> None:
    drive = never_reading()
    before = drive.pipe.reads(1.0)

    drive.lift()

    assert (before, drive.pipe.reads(1.0)) == (False, True)


def test_reading_goes_on_when_its_time_is_over_and_the_pipe_is_due_then() -> None:
    drive = never_reading(Timing(window_end=3.0))
    before = (drive.pipe.reads(1.0), drive.pipe.due)

    drive.run(3.0)

    assert before == (False, 3.0)
    assert (drive.now, drive.pipe.reads(3.0), drive.pipe.due) == (3.0, True, float("inf"))


def test_each_time_that_reading_stops_is_told() -> None:
    drive = never_reading(Timing(on=1.0, off=1.0))

    assert [drive.pipe.reads(now) for now in (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)] == [
        False,
        False,
        True,
        True,
        False,
        True,
    ]
    assert drive.told.firings == [("f", Firing(0)), ("f", Firing(0))]


def test_a_probability_of_0_reads_as_ever() -> None:
    drive = never_reading(Timing(probability=0.0))

    assert (drive.pipe.reads(0.0), drive.told) == (True, [])
