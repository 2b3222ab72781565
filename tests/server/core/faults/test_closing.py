"""An end that comes late, or not at all."""

from tests.server.core.faults.driving import Drive, driven

from telesock.server.core.faults.acting import Firing
from telesock.server.core.faults.closing import SlowClose
from telesock.server.core.faults.segments import End, How
from telesock.server.core.faults.values import Scope, Timing


def test_bytes_pass_and_the_end_comes_so_much_later() -> None:
    drive = driven(SlowClose(2.0), b"abc")

    assert drive.when == [(0.0, 3), (2.0, 0)]
    assert drive.ends == [End(How.FIN, ("f",))]
    assert drive.told.firings == [("f", Firing(0, 3, delay=2.0))]


def test_an_end_that_is_withheld_comes_when_the_fault_ends() -> None:
    drive = driven(SlowClose(), b"abc")
    before = drive.when[:]
    drive.until(50.0)

    drive.lift()
    drive.run()

    assert (before, drive.when[1:]) == ([(0.0, 3)], [(50.0, 0)])
    assert drive.told.firings == [("f", Firing(0, 3))]


def test_an_end_that_is_withheld_comes_when_the_conditions_about_time_end() -> None:
    assert driven(SlowClose(), b"", Timing(window_end=4.0)).when == [(4.0, 0)]


def test_a_reset_is_no_close() -> None:
    drive = Drive()
    drive.add(SlowClose())
    drive.end(at=1.0, how=How.RESET)
    drive.run()

    assert (drive.when, drive.ends, drive.told) == ([(1.0, 0)], [End(How.RESET)], [])


def test_the_decision_is_number_0_also_where_each_is_decided() -> None:
    drive = driven(SlowClose(2.0), bytes(10_000), Timing(scope=Scope.EACH))

    assert drive.told.firings == [("f", Firing(0, 10_000, delay=2.0))]


def test_a_probability_of_0_changes_nothing() -> None:
    drive = driven(SlowClose(), b"abc", Timing(probability=0.0))

    assert (drive.when, drive.ends, drive.told) == ([(0.0, 3), (0.0, 0)], [End(How.FIN)], [])
