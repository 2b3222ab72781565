"""What is counted: each thing once, under what it is, and durations by how long they were."""

from itertools import count

from telesock.server.core.events import Clock, Completion, CreditStalled, Draining, EventKind, StallReason
from telesock.server.core.journal import Journal
from telesock.server.core.lease import Lease
from telesock.server.core.operations import Operation
from telesock.server.core.policy import PolicyAction
from telesock.server.core.refusal import Reason
from telesock.server.core.requests import Close, OperationKind, Send
from telesock.server.core.session import Session, SessionEnd
from telesock.server.core.statistics import BOUNDS, Durations, Histogram, Statistics
from telesock.server.core.status import Cause, Origin, Phase, Status
from telesock.server.core.storage import Storage

SECOND = 1_000_000_000
RESET = Cause(Origin.PEER, Phase.SEND, "ECONNRESET")


class Counted:
    """A session whose statistics read a clock that the test sets."""

    def __init__(self) -> None:
        self.now = SECOND
        self.statistics = Statistics(lambda: self.now)
        journal = Journal(lambda event: b"encoded", Storage(10**9), 100, 10**6)
        self.session = Session("s-1", "", Lease(30.0, 0.0), journal)
        self.session.watcher = self.statistics
        self._numbers = count(1)

    def enter(self, kind: OperationKind = OperationKind.SEND) -> Operation:
        number = next(self._numbers)
        request = Close(7) if kind is OperationKind.CLOSE else Send(7, b"hello")
        operation = Operation(number, kind, request, number)
        self.session.accept(operation)
        return operation

    def after(self, seconds: float) -> Clock:
        self.now += round(seconds * SECOND)
        return Clock(self.now, 0)


def lasted(*seconds: float) -> Durations:
    """What a histogram has of so many durations."""
    bounds = (*BOUNDS, float("inf"))
    return Durations(tuple(sum(each <= bound for each in seconds) for bound in bounds), sum(seconds))


def test_a_new_agent_has_done_nothing() -> None:
    statistics = Statistics(lambda: 0)

    assert (statistics.operations(), statistics.durations()) == ({}, {})


def test_a_completion_is_counted_with_its_kind_its_status_and_its_duration() -> None:
    counted = Counted()
    operation = counted.enter()

    failed = Completion(OperationKind.SEND, Status.CONNECTION_RESET, 0, RESET)
    counted.session.complete(operation, failed, counted.after(0.5))

    assert counted.statistics.operations() == {(OperationKind.SEND, Status.CONNECTION_RESET): 1}
    assert counted.statistics.durations() == {OperationKind.SEND: lasted(0.5)}


def test_successes_at_one_moment_are_counted_each_with_its_own_kind_and_duration() -> None:
    counted = Counted()
    early = [counted.enter(), counted.enter()]
    counted.after(0.25)
    late = [counted.enter(), counted.enter(OperationKind.CLOSE), counted.enter()]

    counted.session.succeed([*early, *late], counted.after(0.5))

    success = Status.SUCCESS
    assert counted.statistics.operations() == {
        (OperationKind.SEND, success): 4,
        (OperationKind.CLOSE, success): 1,
    }
    assert counted.statistics.durations() == {
        OperationKind.SEND: lasted(0.75, 0.75, 0.5, 0.5),
        OperationKind.CLOSE: lasted(0.5),
    }


def test_successes_that_must_be_told_singly_are_counted_once() -> None:
    counted = Counted()
    operations = [counted.enter(), counted.enter()]
    operations[1].faults = ("slow",)

    counted.session.succeed(operations, counted.after(1.0))

    assert counted.statistics.operations() == {(OperationKind.SEND, Status.SUCCESS): 2}
    assert counted.statistics.durations() == {OperationKind.SEND: lasted(1.0, 1.0)}


def test_what_comes_in_one_batch_begins_at_one_moment_and_what_comes_later_at_its_own() -> None:
    counted = Counted()
    counted.statistics.batch_begins()
    counted.after(1.0)
    together = [counted.enter(), counted.enter()]
    counted.statistics.batch_ends()
    alone = counted.enter()

    counted.session.succeed([*together, alone], counted.after(0.5))

    assert counted.statistics.durations() == {OperationKind.SEND: lasted(1.5, 1.5, 0.5)}


def test_a_duration_is_in_the_first_bucket_that_reaches_so_far_and_the_longest_in_the_last() -> None:
    histogram = Histogram((10, 20))

    for took in (0, 10, 11, 20, 21):
        histogram.add(took)

    assert histogram.buckets == [2, 2, 1]
    assert histogram.read() == Durations((2, 4, 5), 62 / SECOND)


def test_events_that_are_no_completions_are_counted_by_kind_and_stalls_by_reason() -> None:
    counted = Counted()

    for body in (Draining(1.0), CreditStalled(StallReason.CREDIT), CreditStalled(StallReason.JOURNAL)):
        counted.session.append(body, counted.after(0))

    assert counted.statistics.events == {EventKind.DRAINING: 1, EventKind.CREDIT_STALLED: 2}
    assert counted.statistics.stalls == {StallReason.CREDIT: 1, StallReason.JOURNAL: 1}


def test_what_others_tell_is_added_up() -> None:
    statistics = Statistics(lambda: 0)

    for _ in range(2):
        statistics.refused(Reason.JOURNAL_FULL)
        statistics.denied(PolicyAction.CONNECT)
        statistics.fault_ended("latency", 3)
        statistics.ended(SessionEnd.CLOSED)
        statistics.authentication_failed("CREDENTIALS_UNKNOWN")

    assert statistics.refusals == {Reason.JOURNAL_FULL: 2}
    assert statistics.denials == {PolicyAction.CONNECT: 2}
    assert statistics.faults_fired == {"latency": 6}
    assert statistics.session_ends == {SessionEnd.CLOSED: 2}
    assert statistics.authentication_failures == {"CREDENTIALS_MISSING": 0, "CREDENTIALS_UNKNOWN": 2}
