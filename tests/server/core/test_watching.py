"""Onlookers: one, none, or two of whom each is told everything."""

from collections.abc import Sequence

from telesock.server.core.events import Body, Clock, Completion, Draining
from telesock.server.core.journal import Journal
from telesock.server.core.lease import Lease
from telesock.server.core.operations import Operation
from telesock.server.core.requests import OperationKind, Send
from telesock.server.core.session import Session, SessionEnd
from telesock.server.core.status import Status
from telesock.server.core.storage import Storage
from telesock.server.core.watching import joined

CLOCK = Clock(1, 2)
SENT = Completion(OperationKind.SEND, Status.SUCCESS, 5)


class Onlooker:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def batch_begins(self) -> None:
        self.told.append("batch begins")

    def batch_ends(self) -> None:
        self.told.append("batch ends")

    def entered(self, operation: Operation) -> None:
        self.told.append(("entered", operation.operation_id))

    def completed(self, session: Session, operation: Operation, completion: Completion, clock: Clock) -> None:
        self.told.append(("completed", operation.operation_id, operation.request, completion.status, clock))

    def succeeded(self, session: Session, operations: Sequence[Operation], clock: Clock) -> None:
        self.told.append(("succeeded", [(each.operation_id, each.request) for each in operations], clock))

    def appended(self, body: Body) -> None:
        self.told.append(body)

    def ended(self, end: SessionEnd) -> None:
        self.told.append(end)


def test_two_onlookers_are_told_the_same_and_of_requests_as_they_were() -> None:
    first, second = Onlooker(), Onlooker()
    both = joined(first, second)
    assert both is not None
    session = Session("s-1", "", Lease(30.0, 0.0), Journal(lambda event: b"", Storage(10**9), 10, 10**6))
    session.watcher = both
    requests = [Send(7, b"one"), Send(7, b"two")]
    operations = [
        Operation(number, OperationKind.SEND, request, number) for number, request in enumerate(requests, 1)
    ]

    both.batch_begins()
    for operation in operations:
        session.accept(operation)
    both.batch_ends()
    session.complete(operations[0], SENT, CLOCK)
    session.succeed(operations[1:], CLOCK)
    session.append(Draining(1.0), CLOCK)
    both.ended(SessionEnd.CLOSED)

    assert first.told == [
        "batch begins",
        ("entered", 1),
        ("entered", 2),
        "batch ends",
        ("completed", 1, requests[0], Status.SUCCESS, CLOCK),
        ("succeeded", [(2, requests[1])], CLOCK),
        Draining(1.0),
        SessionEnd.CLOSED,
    ]
    assert second.told == first.told


def test_one_onlooker_needs_nobody_between_and_none_is_none() -> None:
    only = Onlooker()

    assert (joined(only, None), joined(None, only), joined(None, None)) == (only, only, None)
