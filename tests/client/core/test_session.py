"""What a session decides by itself, message by message; how it goes on after breaks stands in test_session_resume.py."""

import pytest
from tests.client.core.model_agent import ModelAgent, sequences

from telesock.client.core import requests
from telesock.client.core.cursor import UNACKNOWLEDGED_EVENTS
from telesock.client.core.lease import Lease
from telesock.client.core.operations import BaseOperation
from telesock.client.core.session import SessionCore
from telesock.client.core.sockets import SocketRecord
from telesock.client.enumerations import CancelOutcome, OperationKind, SendLevel
from telesock.client.errors import OutcomeUnknown, SessionClosed, SessionLost
from telesock.v1.events_pb2 import CreditStalled, Event, EventBatch, Gap, SessionExpiring
from telesock.v1.operations_pb2 import CancelOperationResponse, Completion
from telesock.v1.sessions_pb2 import (
    REFUSED_PART_COMMAND,
    REFUSED_PART_RELEASE,
    AttachRequest,
    AttachResponse,
    Refusal,
)

LOST = SessionLost("gone", "LEASE_EXPIRED")


@pytest.fixture
def agent() -> ModelAgent:
    return ModelAgent()


@pytest.fixture
def core() -> SessionCore:
    return SessionCore("s-1", "boot", Lease(30.0, 0.0))


@pytest.fixture
def record(core: SessionCore) -> SocketRecord:
    return core.sockets.new()


def receive(core: SessionCore, record: SocketRecord) -> BaseOperation[bytes]:
    operation = BaseOperation(
        core, OperationKind.RECEIVE, record.socket_id, lambda completion: completion.receive.data
    )
    return core.submit(operation, requests.receive, record.socket_id, 10, False, False, False, None)


def send(core: SessionCore, record: SocketRecord, data: bytes) -> BaseOperation[int]:
    operation = BaseOperation(core, OperationKind.SEND, record.socket_id, lambda done: done.transferred_bytes)
    return core.submit_send(operation, record, data, SendLevel.WRITTEN, None)


def message(core: SessionCore, now: float = 0.0) -> AttachRequest | None:
    encoded = core.next_message(now)
    return None if encoded is None else AttachRequest.FromString(encoded)


def events(*sequences: int) -> AttachResponse:
    batch = EventBatch(events=[Event(sequence=number) for number in sequences], last_sequence=max(sequences))
    return AttachResponse(batch=batch)


def take(core: SessionCore, response: AttachResponse) -> bool:
    return core.take(response, response.ByteSize())


# Messages


def test_the_first_message_says_where_to_attach_and_carries_what_waits(
    core: SessionCore, record: SocketRecord
) -> None:
    receive(core, record)
    first = message(core)

    assert first is not None
    assert (first.session_id, first.boot_id, first.start_after, len(first.commands)) == ("s-1", "boot", 0, 1)


def test_with_nothing_to_say_there_is_no_message_until_a_mark_is_due(core: SessionCore) -> None:
    message(core)

    assert message(core, 9.9) is None
    assert message(core, 10.0) == AttachRequest()
    assert message(core, 10.0) is None


def test_acknowledgements_ride_along_with_commands(core: SessionCore, record: SocketRecord) -> None:
    message(core)
    take(core, events(1, 2, 3))
    alone = message(core)
    receive(core, record)
    along, after = message(core), message(core)

    assert (alone, after) == (None, None)
    assert along is not None
    assert along.acknowledge == 3


def test_a_new_stream_begins_behind_the_last_event_and_acknowledges_it_again(core: SessionCore) -> None:
    message(core)
    take(core, events(1, 2, 3))
    message(core, 10.0)
    core.begin()

    assert message(core, 10.0) == AttachRequest(
        session_id="s-1", boot_id="boot", start_after=3, acknowledge=3
    )


def test_many_events_are_acknowledged_by_a_message_of_their_own(core: SessionCore) -> None:
    message(core)
    take(core, events(*range(1, UNACKNOWLEDGED_EVENTS + 1)))
    before = message(core)
    take(core, events(UNACKNOWLEDGED_EVENTS + 1))
    after = message(core)

    assert before is None
    assert after == AttachRequest(acknowledge=UNACKNOWLEDGED_EVENTS + 1)


def test_many_bytes_are_acknowledged_by_a_message_of_their_own(core: SessionCore) -> None:
    message(core)
    core.take(events(1), 4 << 20)
    before = message(core)
    core.take(events(2), 1)

    assert before is None
    assert message(core) == AttachRequest(acknowledge=2)


@pytest.mark.parametrize(
    "event",
    [
        Event(sequence=1, credit_stalled=CreditStalled()),
        Event(sequence=1, session_expiring=SessionExpiring()),
    ],
    ids=["stalled", "expiring"],
)
def test_what_the_agent_waits_for_goes_out_at_once(core: SessionCore, event: Event) -> None:
    message(core)
    woken: list[bool] = []
    core.wake = lambda: woken.append(True)
    take(core, AttachResponse(batch=EventBatch(events=[event])))

    assert woken == [True]
    assert message(core) == AttachRequest(acknowledge=1)


def test_consumed_credit_rides_along_until_a_quarter_is_due(core: SessionCore, record: SocketRecord) -> None:
    message(core)
    record.expect(8)
    for sequence in (1, 2):
        event = Event(sequence=sequence, socket_id=record.socket_id)
        event.data_received.data = b"x"
        core.consume(record, event)
        if sequence == 1:
            assert message(core) is None
    due = message(core)

    assert due is not None
    assert [(each.socket_id, each.sequence) for each in due.releases] == [(record.socket_id, 2)]


def test_the_lease_counts_as_renewed_only_when_everything_was_sent_again(
    core: SessionCore, record: SocketRecord
) -> None:
    for _ in range(600):
        receive(core, record)
    core.begin()
    sent = [message(core, 5.0), message(core, 6.0)]

    assert [len(each.commands) for each in sent if each] == [512, 88]
    assert [take(core, AttachResponse(handled_requests=number)) for number in (1, 2)] == [False, True]
    assert core.lease.deadline == 36.0


# Events


def test_an_event_that_was_seen_is_dropped(core: SessionCore, record: SocketRecord) -> None:
    event = Event(sequence=1, socket_id=record.socket_id)
    event.data_received.data = b"x"
    response = AttachResponse(batch=EventBatch(events=[event], last_sequence=1))
    assert [take(core, response), take(core, response)] == [True, False]

    assert sequences(record.indications) == [1]


@pytest.mark.parametrize(
    ("response", "text"),
    [
        (events(2), "events 1 to 1 never came"),
        (events(1, 4), "events 2 to 3 never came"),
        (AttachResponse(batch=EventBatch(last_sequence=3)), "events 1 to 3 never came"),
    ],
)
def test_an_event_that_is_missing_is_told(core: SessionCore, response: AttachResponse, text: str) -> None:
    with pytest.raises(SessionLost, match=text) as raised:
        take(core, response)

    assert raised.value.cause == "EVENTS_MISSING"


def test_a_gap_is_told_and_what_it_swallowed_is_asked_for_again(
    core: SessionCore, record: SocketRecord, agent: ModelAgent
) -> None:
    record.expect(0)
    swallowed, pending = receive(core, record), receive(core, record)
    agent.requests.append(core.next_message(0.0) or b"")
    agent.handle()
    agent.complete(swallowed.operation_id)
    agent.indicate(record.socket_id)
    agent.drop_oldest(1)
    agent.respond()
    take(core, agent.responses.pop())
    agent.requests.append(core.next_message(0.0) or b"")
    agent.handle()
    agent.respond()
    take(core, agent.responses.pop())

    assert [type(each) for each in record.indications] == [Gap, Event]
    with pytest.raises(OutcomeUnknown, match="operation 1 is done, but its completion is gone"):
        swallowed.take_result()
    assert not pending.done()


def test_the_completion_of_somebody_else_s_operation_is_only_counted(core: SessionCore) -> None:
    event = Event(sequence=1, operation_id=77, completion=Completion(status=1))  # type: ignore[arg-type]  # a number
    take(core, AttachResponse(batch=EventBatch(events=[event], last_sequence=1)))

    assert core.cursor.seen == 1


# Refusals


def test_a_refusal_without_an_operation_is_found_by_its_place(
    core: SessionCore, record: SocketRecord
) -> None:
    operations = [receive(core, record) for _ in range(3)]
    core.next_message(0.0)
    refusal = Refusal(part=REFUSED_PART_COMMAND, request_number=1, position=1, reason="MALFORMED")
    take(core, AttachResponse(refusals=[refusal]))

    assert [operation.done() for operation in operations] == [False, True, False]


def test_a_refusal_of_what_has_its_answer_changes_nothing(core: SessionCore, record: SocketRecord) -> None:
    operation = receive(core, record)
    core.next_message(0.0)
    refusal = Refusal(part=REFUSED_PART_COMMAND, operation_id=1, reason="WRONG_STATE")
    take(core, AttachResponse(refusals=[refusal, refusal]))

    assert operation.outcome == refusal


def test_a_retry_that_is_retired_without_a_gap_was_refused_before(
    core: SessionCore, record: SocketRecord
) -> None:
    operation = receive(core, record)
    core.next_message(0.0)
    refusal = Refusal(part=REFUSED_PART_COMMAND, operation_id=1, reason="OPERATION_RETIRED")
    take(core, AttachResponse(refusals=[refusal]))

    assert operation.outcome == refusal


@pytest.mark.parametrize(
    ("reason", "told"), [("MALFORMED", True), ("SOCKET_CLOSED", False), ("WRONG_STATE", False)]
)
def test_a_refused_release_is_told_unless_it_only_came_too_late(
    core: SessionCore, record: SocketRecord, reason: str, told: bool
) -> None:
    core.release(record, 5)
    core.next_message(0.0)
    take(
        core,
        AttachResponse(refusals=[Refusal(part=REFUSED_PART_RELEASE, request_number=1, reason=reason)]),
    )

    assert (record.problem is not None) == told


def test_sends_behind_a_refused_one_and_after_it_name_the_offsets_that_keep_the_stream_whole(
    core: SessionCore, record: SocketRecord, agent: ModelAgent
) -> None:
    agent.refusing = 1
    chain = [send(core, record, data) for data in (b"one", b"two", b"three")]
    agent.requests.append(core.next_message(0.0) or b"")
    agent.handle()
    agent.respond()
    take(core, agent.responses.pop())
    later = [send(core, record, data) for data in (b"four", b"five")]
    agent.requests.append(core.next_message(0.0) or b"")
    agent.handle()

    assert [operation.done() for operation in (*chain, *later)] == [True, True, True, False, False]
    assert agent.streams == {record.socket_id: b"fourfive"}


def test_what_was_taken_in_is_not_sent_again(core: SessionCore, record: SocketRecord) -> None:
    core.release(record, 5)
    core.release(record, 6, accepted_bytes=1)
    message(core)
    take(core, AttachResponse(handled_requests=1))
    core.begin()
    first = message(core)

    assert first is not None
    assert (len(first.releases), core.unsettled) == (0, 0)


# Cancels


def test_a_cancel_gets_its_outcome_once(core: SessionCore, record: SocketRecord) -> None:
    operation = receive(core, record)
    answers: list[CancelOutcome | SessionLost] = []
    core.cancel(operation, answers.append)
    sent = message(core)
    outcome = CancelOperationResponse(operation_id=1, outcome=2)  # type: ignore[arg-type]  # a plain number
    take(core, AttachResponse(cancellations=[outcome, outcome]))

    assert sent is not None
    assert [cancel.operation_id for cancel in sent.cancels] == [1]
    assert answers == [CancelOutcome.TOO_LATE]


def test_a_cancel_that_came_too_late_for_another_is_told_so(core: SessionCore, record: SocketRecord) -> None:
    operation = receive(core, record)
    answers: list[CancelOutcome | SessionLost] = []
    core.cancel(operation, answers.append)
    core.next_message(0.0)
    cancelled = Event(sequence=1, operation_id=1, completion=Completion(status=2, kind=5))  # type: ignore[arg-type]  # numbers
    too_late = CancelOperationResponse(operation_id=1, outcome=2)  # type: ignore[arg-type]  # a plain number
    take(core, AttachResponse(batch=EventBatch(events=[cancelled]), cancellations=[too_late]))

    assert answers == [CancelOutcome.TOO_LATE]


def test_a_cancel_that_leaves_with_the_acknowledgement_of_what_it_would_end_came_too_late(
    core: SessionCore, record: SocketRecord
) -> None:
    operation = receive(core, record)
    core.next_message(0.0)
    answers: list[CancelOutcome | SessionLost] = []
    core.cancel(operation, answers.append)
    completed = Event(sequence=1, operation_id=1, completion=Completion(status=1, kind=5))  # type: ignore[arg-type]  # numbers
    take(core, AttachResponse(batch=EventBatch(events=[completed])))
    sent = message(core)
    forgotten = CancelOperationResponse(operation_id=1, outcome=3)  # type: ignore[arg-type]  # a plain number
    take(core, AttachResponse(cancellations=[forgotten]))

    assert sent is not None
    assert (sent.acknowledge, [cancel.operation_id for cancel in sent.cancels]) == (1, [1])
    assert answers == [CancelOutcome.TOO_LATE]


def test_a_cancel_whose_outcome_was_lost_counts_as_what_it_did(
    core: SessionCore, record: SocketRecord
) -> None:
    operation = receive(core, record)
    answers: list[CancelOutcome | SessionLost] = []
    core.cancel(operation, answers.append)
    core.next_message(0.0)
    core.begin()
    cancelled = Event(sequence=1, operation_id=1, completion=Completion(status=2, kind=5))  # type: ignore[arg-type]  # numbers
    too_late = CancelOperationResponse(operation_id=1, outcome=2)  # type: ignore[arg-type]  # a plain number
    take(core, AttachResponse(batch=EventBatch(events=[cancelled]), cancellations=[too_late]))

    assert answers == [CancelOutcome.CANCELLED]
    assert operation.done()


# The end


def test_a_loss_settles_everything_and_is_told_once(core: SessionCore, record: SocketRecord) -> None:
    told: list[SessionLost] = []
    core.when_lost = told.append
    operation = receive(core, record)
    answers: list[CancelOutcome | SessionLost] = []
    core.cancel(operation, answers.append)
    core.lose(LOST)
    core.lose(SessionClosed("later", "CLOSED"))
    late = receive(core, record)
    core.cancel(late, answers.append)

    assert (operation.outcome, late.outcome, answers, told, core.lost) == (
        LOST,
        LOST,
        [LOST, LOST],
        [LOST],
        LOST,
    )
    assert core.unsettled == 0
