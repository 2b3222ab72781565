"""Effects on operations as values: how they fail by default, and which failures there are."""

import pytest
from tests.server.core.faults.refusing import problem

from telesock.server.core.faults.operating import (
    OperationDelay,
    OperationFailure,
    OperationFalseFailure,
    OperationHang,
    ShortWrite,
)
from telesock.server.core.faults.values import Effect
from telesock.server.core.status import Status

RIGHT: list[Effect] = [
    OperationFailure(Status.CANCELLED, "ECONNRESET"),
    OperationHang(),
    OperationDelay(0.0, 1.0),
    OperationFalseFailure(),
    ShortWrite(0, errno_name="ENOBUFS"),
]

WRONG: list[tuple[Effect, str]] = [
    (OperationFailure(Status.SUCCESS), "operation_failure.status: SUCCESS is no failure"),
    (
        OperationFailure(errno_name="EVIL"),
        "operation_failure.errno_name: 'EVIL' is not a name such as ECONNRESET",
    ),
    (OperationFalseFailure(Status.SUCCESS), "operation_false_failure.status: SUCCESS is no failure"),
    (
        OperationFalseFailure(errno_name="econnreset"),
        "operation_false_failure.errno_name: 'econnreset' is not a name such as ECONNRESET",
    ),
    (OperationDelay(-1), "operation_delay.delay: -1 s is not between 0 and a year"),
    (OperationDelay(1, -1), "operation_delay.jitter: -1 s is not between 0 and a year"),
    (ShortWrite(-1), "short_write.bytes: -1 is not between 0 and 4611686018427387904"),
    (ShortWrite(1, Status.SUCCESS), "short_write.status: SUCCESS is no failure"),
    (ShortWrite(1, errno_name="EVIL"), "short_write.errno_name: 'EVIL' is not a name such as ECONNRESET"),
]


@pytest.mark.parametrize("effect", RIGHT)
def test_an_operation_may_fail_in_every_way_that_there_is(effect: Effect) -> None:
    assert problem(effect) == ""


@pytest.mark.parametrize(("effect", "line"), WRONG)
def test_a_failure_that_is_none_is_refused(effect: Effect, line: str) -> None:
    assert problem(effect) == line


def test_an_operation_fails_by_default_as_the_contract_says() -> None:
    assert [OperationFailure().status, OperationFalseFailure().status, ShortWrite(1).status] == [
        Status.INSUFFICIENT_RESOURCES,
        Status.UNSUCCESSFUL,
        Status.INSUFFICIENT_RESOURCES,
    ]
