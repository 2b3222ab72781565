"""How a session joins operations to events: neither is entered without the other."""

import pytest

from telesock.server.core.events import Clock, Completion, DataReceived, Draining, Event
from telesock.server.core.journal import Journal, Retention
from telesock.server.core.lease import Lease
from telesock.server.core.operations import AlreadyCompleted, Operation
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import OperationKind, Send
from telesock.server.core.session import Session
from telesock.server.core.slots import Slot
from telesock.server.core.status import Status
from telesock.server.core.storage import Storage

CLOCK = Clock(1, 2)
SENT = Completion(OperationKind.SEND, Status.SUCCESS, 5)
KEEP, LATEST = Retention.UNTIL_ACKNOWLEDGED, Retention.LATEST


def session(most_events: int = 10, retention: Retention = KEEP) -> Session:
    journal = Journal(lambda event: b"encoded", Storage(10**9), most_events, 10**6, retention)
    return Session("s-1", "a label", Lease(30.0, 0.0), journal)


def sending(operation_id: int) -> Operation:
    return Operation(operation_id, OperationKind.SEND, Send(7, b"hello"), operation_id)


def accepted(session: Session, *operation_ids: int) -> list[Operation]:
    operations = [sending(operation_id) for operation_id in operation_ids]
    for operation in operations:
        session.accept(operation)
    return operations


def test_a_new_session_has_its_names_its_lease_and_no_history() -> None:
    lease = Lease(30.0, 0.0)
    journal = Journal(lambda event: b"encoded", Storage(10**9), 10, 10**6)

    new = Session("s-1", "a label", lease, journal)

    assert (new.session_id, new.label, new.lease, new.journal) == ("s-1", "a label", lease, journal)
    assert (new.ended, new.highest_socket_id, new.sleeping, list(new.ledger)) == (None, 0, [], [])


# Operations and events


def test_accepting_an_operation_reserves_the_slot_of_its_completion() -> None:
    open_session = session()

    (operation,) = accepted(open_session, 1)

    assert (list(open_session.ledger), open_session.journal.reserved, operation.slot) == (
        [operation],
        1,
        Slot.RESERVED,
    )


def test_an_operation_without_room_for_its_completion_is_refused_and_leaves_no_trace() -> None:
    full = session(most_events=1)
    (first,) = accepted(full, 1)

    with pytest.raises(Refused) as caught:
        accepted(full, 2)

    assert caught.value.reason is Reason.JOURNAL_FULL
    assert (list(full.ledger), full.ledger.highest_id, full.journal.reserved) == ([first], 1, 1)


def test_an_operation_with_a_guaranteed_slot_is_accepted_even_without_room() -> None:
    full = session(most_events=1)
    (first,) = accepted(full, 1)
    full.journal.guarantee(1)
    freeing = sending(2)

    full.accept(freeing, Slot.GUARANTEED)
    full.complete(freeing, SENT, CLOCK)

    assert (list(full.ledger), full.journal.reserved, full.journal.guaranteed) == ([first, freeing], 1, 0)
    assert freeing.sequence == 1


def test_completing_appends_the_completion_under_the_operation_and_its_socket() -> None:
    events: list[Event] = []

    def encode(event: Event) -> bytes:
        events.append(event)
        return b"encoded"

    journal = Journal(encode, Storage(10**9), 10, 10**6)
    open_session = Session("s-1", "", Lease(30.0, 0.0), journal)
    (operation,) = accepted(open_session, 3)

    open_session.complete(operation, SENT, CLOCK)

    assert events == [Event(1, CLOCK, 7, 3, SENT)]
    assert (operation.sequence, journal.reserved, open_session.ledger.pending) == (1, 0, 0)


def test_a_second_completion_is_a_bug_and_writes_nothing() -> None:
    open_session = session()
    (operation,) = accepted(open_session, 3)
    open_session.complete(operation, SENT, CLOCK)

    with pytest.raises(AlreadyCompleted, match=r"^operation 3 of s-1$"):
        open_session.complete(operation, SENT, CLOCK)

    assert (open_session.journal.last_sequence, open_session.ledger.pending) == (1, 0)


def test_an_indication_is_appended_under_its_socket_and_a_notice_under_none() -> None:
    open_session = session()

    sequences = [
        open_session.append(DataReceived(b"abc", 0), CLOCK, socket_id=7),
        open_session.append(Draining(10.0), CLOCK),
    ]

    kept = open_session.journal.after(0, 10, 100)
    assert (sequences, [entry.socket_id for entry in kept]) == ([1, 2], [7, 0])


def test_an_indication_can_take_a_guaranteed_slot() -> None:
    open_session = session()
    open_session.journal.guarantee(1)

    open_session.append(Draining(10.0), CLOCK, Slot.GUARANTEED)

    assert open_session.journal.guaranteed == 0


def test_acknowledging_a_completion_forgets_its_operation() -> None:
    open_session = session()
    first, second = accepted(open_session, 1, 2)
    open_session.complete(first, SENT, CLOCK)
    open_session.complete(second, SENT, CLOCK)

    open_session.acknowledge(1)

    assert (list(open_session.ledger), open_session.journal.acknowledged_sequence) == ([second], 1)


def test_a_session_of_the_latest_forgets_operations_with_their_completions() -> None:
    latest = session(most_events=2, retention=LATEST)
    (operation,) = accepted(latest, 1)
    latest.complete(operation, SENT, CLOCK)
    before = list(latest.ledger)

    for _ in range(2):
        latest.append(Draining(10.0), CLOCK)

    assert (before, list(latest.ledger)) == ([operation], [])


def test_a_session_that_waits_for_acknowledgements_forgets_nothing_by_itself() -> None:
    open_session = session(most_events=2)
    (operation,) = accepted(open_session, 1)
    open_session.complete(operation, SENT, CLOCK)

    open_session.append(Draining(10.0), CLOCK)

    assert list(open_session.ledger) == [operation]


def test_everything_that_is_appended_wakes_each_sleeper_once() -> None:
    open_session = session()
    (operation,) = accepted(open_session, 1)
    woken: list[str] = []
    open_session.sleeping += [lambda: woken.append("first"), lambda: woken.append("second")]

    open_session.complete(operation, SENT, CLOCK)
    open_session.append(Draining(10.0), CLOCK)

    assert (woken, open_session.sleeping) == (["first", "second"], [])


def test_a_sleeper_may_fall_asleep_again_while_it_is_woken() -> None:
    open_session = session()
    woken: list[int] = []

    def sleeper() -> None:
        woken.append(open_session.journal.last_sequence)
        open_session.sleeping.append(sleeper)

    open_session.sleeping.append(sleeper)

    open_session.append(Draining(10.0), CLOCK)
    open_session.append(Draining(10.0), CLOCK)

    assert woken == [1, 2]
