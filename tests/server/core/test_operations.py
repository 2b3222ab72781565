"""Which ids are new, retried, taken, retired or unknown, and how long an operation is remembered."""

import pytest

from telesock.server.core.operations import OPERATION_TRANSITIONS, Ledger, Operation, OperationState
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import Close, OperationKind, Send
from telesock.server.core.slots import Slot


def sending(operation_id: int, data: bytes = b"hello") -> Operation:
    request = Send(7, data)
    return Operation(operation_id, OperationKind.SEND, request, hash(request))


def ledger_with(*operations: Operation) -> Ledger:
    ledger = Ledger()
    for operation in operations:
        ledger.accept(operation)
    return ledger


def test_a_new_operation_is_pending_and_knows_what_it_was_asked() -> None:
    operation = sending(9)

    assert (operation.operation_id, operation.kind, operation.request, operation.socket_id) == (
        9,
        OperationKind.SEND,
        Send(7, b"hello"),
        7,
    )
    assert (operation.state, operation.slot, operation.moved, operation.timer, operation.sequence) == (
        OperationState.PENDING,
        Slot.RESERVED,
        0,
        None,
        0,
    )


def test_a_completed_operation_knows_its_event_and_has_let_go_of_its_request() -> None:
    operation = sending(9)
    ledger = ledger_with(operation)

    ledger.complete([operation], 4)

    assert (operation.state, operation.sequence, operation.request, operation.socket_id) == (
        OperationState.COMPLETED,
        4,
        Close(0),
        7,
    )


def test_an_operation_can_only_complete_and_a_completed_one_can_do_nothing() -> None:
    assert {
        OperationState.PENDING: {OperationState.COMPLETED},
        OperationState.COMPLETED: set(),
    } == OPERATION_TRANSITIONS


# Ids


def test_the_agent_chooses_the_id_above_the_highest() -> None:
    ledger = Ledger()
    first = ledger.next_id()
    ledger.accept(sending(41))

    assert (first, ledger.next_id(), ledger.highest_id) == (1, 42, 41)


def test_the_agent_has_no_id_to_choose_above_the_highest_that_there_is() -> None:
    ledger = ledger_with(sending(2**64 - 2))
    last = ledger.next_id()
    ledger.accept(sending(last))

    with pytest.raises(Refused) as caught:
        ledger.next_id()

    assert (last, caught.value.reason, caught.value.message) == (
        2**64 - 1,
        Reason.MALFORMED,
        "operation_id: none is left above 18446744073709551615; open another session",
    )


def test_an_id_above_all_others_is_new() -> None:
    assert ledger_with(sending(5)).retried(6, 0) is None


def test_the_same_id_with_the_same_request_is_the_operation_that_exists() -> None:
    operation = sending(5)
    ledger = ledger_with(operation, sending(6))

    assert ledger.retried(5, sending(5).fingerprint) is operation


def test_a_completed_operation_is_still_found_by_its_retry() -> None:
    operation = sending(5)
    ledger = ledger_with(operation)
    ledger.complete([operation], 1)

    assert ledger.retried(5, sending(5).fingerprint) is operation


def test_the_same_id_with_another_request_is_refused() -> None:
    ledger = ledger_with(sending(5), sending(8))

    with pytest.raises(Refused) as caught:
        ledger.retried(5, sending(5, b"other").fingerprint)

    assert (caught.value.reason, caught.value.message, caught.value.metadata) == (
        Reason.OPERATION_ID_REUSED,
        "operation 5 exists with another request; use an id above 8",
        {"operation_id": "5"},
    )


RETIRED = (
    Reason.OPERATION_RETIRED,
    "operation 4 is retired: its id was used or passed over; use one above 5",
    {"operation_id": "4", "highest_operation_id": "5"},
)


def test_an_id_that_was_passed_over_is_retired_for_a_request_and_for_a_question() -> None:
    ledger = ledger_with(sending(5))

    with pytest.raises(Refused) as request:
        ledger.retried(4, sending(4).fingerprint)
    with pytest.raises(Refused) as question:
        ledger.find(4)

    refusals = [request.value, question.value]
    assert [(refused.reason, refused.message, refused.metadata) for refused in refusals] == [RETIRED] * 2


def test_an_operation_is_found_by_its_id_pending_and_completed() -> None:
    pending, completed = sending(5), sending(6)
    ledger = ledger_with(pending, completed)
    ledger.complete([completed], 1)

    assert (ledger.find(5), ledger.find(6)) == (pending, completed)


@pytest.mark.parametrize("operation_id", [0, 6])
def test_an_id_that_was_never_used_is_unknown(operation_id: int) -> None:
    with pytest.raises(Refused) as caught:
        ledger_with(sending(5)).find(operation_id)

    assert (caught.value.reason, caught.value.message, caught.value.metadata) == (
        Reason.OPERATION_UNKNOWN,
        f"operation {operation_id} was never used; the highest id is 5",
        {"operation_id": str(operation_id)},
    )


# Memory


def test_operations_are_listed_by_id_and_those_that_are_pending_counted() -> None:
    first, second, third = sending(2), sending(3), sending(9)
    ledger = ledger_with(first, second, third)

    ledger.complete([second], 1)

    assert (list(ledger), ledger.pending) == ([first, second, third], 2)


def test_an_operation_is_forgotten_once_its_completion_is_acknowledged() -> None:
    first, second, third, pending = (sending(number) for number in (1, 2, 3, 4))
    ledger = ledger_with(first, second, third, pending)
    for operation, sequence in ((second, 10), (first, 11), (third, 15)):
        ledger.complete([operation], sequence)

    ledger.retire(11)

    assert list(ledger) == [third, pending]


def test_a_pending_operation_is_never_forgotten() -> None:
    operation = sending(1)
    ledger = ledger_with(operation)

    ledger.retire(1000)

    assert (list(ledger), ledger.pending) == ([operation], 1)


def test_an_operation_that_was_forgotten_is_retired() -> None:
    first, second = sending(4), sending(5)
    ledger = ledger_with(first, second)
    ledger.complete([first], 1)
    ledger.retire(1)

    with pytest.raises(Refused) as caught:
        ledger.retried(4, first.fingerprint)

    assert (caught.value.reason, caught.value.message, caught.value.metadata) == RETIRED


def test_the_highest_operation_is_retired_too_once_it_was_forgotten() -> None:
    operation = sending(1)
    ledger = ledger_with(operation)
    ledger.complete([operation], 1)
    ledger.retire(1)

    with pytest.raises(Refused) as request:
        ledger.retried(1, operation.fingerprint)
    with pytest.raises(Refused) as question:
        ledger.find(1)

    assert [request.value.reason, question.value.reason] == [Reason.OPERATION_RETIRED] * 2


def test_ids_for_links_are_refused_where_there_are_too_few_left() -> None:
    ledger = Ledger()
    ledger.check_following(2**64 - 3, 2)

    with pytest.raises(Refused) as caught:
        ledger.check_following(2**64 - 3, 3)

    assert (caught.value.reason, caught.value.metadata["field"]) == (Reason.MALFORMED, "operation_id")


def test_of_some_operations_those_are_known_that_are_not_forgotten() -> None:
    first, second = sending(4), sending(5)
    ledger = ledger_with(first, second)
    ledger.complete([first], 1)
    ledger.retire(1)

    assert ledger.known(range(4, 7)) == [second]
