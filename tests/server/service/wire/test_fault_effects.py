"""Effects both ways: every field of every message is read, told back, and never taken for another."""

from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor
from tests.server.service.wire.effects import BARE, FULL

from telesock.server.core.faults.limiting import Limit
from telesock.server.core.faults.segments import How
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.status import Status
from telesock.server.service.wire.fault_effects import read_effect, write_effect
from telesock.v1 import faults_pb2

_EFFECTS: list[Any] = list(faults_pb2.Fault.DESCRIPTOR.oneofs_by_name["effect"].fields)
KINDS = [field.name for field in _EFFECTS]
EITHER_OR = {("limit", "duration"), ("corruption", "per_million")}
"""Fields that exclude one that FULL has; BARE has them."""


def fault(kind: str, fields: dict[str, Any]) -> faults_pb2.Fault:
    """A fault with nothing but an effect, which may have no field set."""
    chosen: dict[str, Any] = {kind: fields}
    return faults_pb2.Fault(**chosen)


def read(kind: str, fields: dict[str, Any]) -> Any:
    return read_effect(kind, getattr(fault(kind, fields), kind))


def written(effect: Any) -> faults_pb2.Fault:
    message = faults_pb2.Fault()
    write_effect(message, effect)
    return message


def test_every_effect_of_the_contract_has_both_examples() -> None:
    assert len(KINDS) == 32
    assert list(FULL) == list(BARE) == KINDS


def test_the_full_examples_set_every_field() -> None:
    fields = {(effect.name, field.name) for effect in _EFFECTS for field in effect.message_type.fields}
    told = {(kind, name) for kind, (message, _) in FULL.items() for name in message}

    assert fields - told == EITHER_OR


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_read(kind: str) -> None:
    fields, effect = FULL[kind]

    assert read(kind, fields) == effect


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_told_back(kind: str) -> None:
    fields, effect = FULL[kind]

    assert written(effect) == fault(kind, fields)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_unset_means_what_the_contract_says(kind: str) -> None:
    fields, effect, _ = BARE[kind]

    assert read(kind, fields) == effect


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_unset_is_told_back_as_what_it_means(kind: str) -> None:
    _, effect, told = BARE[kind]

    assert written(effect) == fault(kind, told)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_told_back_can_be_asked_for_again(kind: str) -> None:
    for effect in (FULL[kind][1], BARE[kind][1]):
        message = written(effect)
        assert read_effect(kind, getattr(message, kind)) == effect


@pytest.mark.parametrize("kind", KINDS)
def test_an_effect_is_called_in_the_core_as_in_the_contract(kind: str) -> None:
    assert FULL[kind][1].kind == kind.replace("_", "-")


ENUMERATIONS = [
    (effect.name, field.name, field.enum_type)
    for effect in _EFFECTS
    for field in effect.message_type.fields
    if field.type == FieldDescriptor.TYPE_ENUM
]


@pytest.mark.parametrize(("kind", "field", "enumeration"), ENUMERATIONS)
def test_every_value_of_an_enumeration_comes_back_as_itself(kind: str, field: str, enumeration: Any) -> None:
    fields = FULL[kind][0]

    for value in enumeration.values[1:]:
        asked = {**fields, field: value.number}
        assert written(read(kind, asked)) == fault(kind, asked)


@pytest.mark.parametrize("number", [-(2**31), -1, 99, 2**31 - 1])
@pytest.mark.parametrize(("kind", "field", "enumeration"), ENUMERATIONS)
def test_a_value_that_the_agent_does_not_know_is_refused_for_its_field(
    kind: str, field: str, enumeration: Any, number: int
) -> None:
    assert number not in enumeration.values_by_number

    with pytest.raises(Refused) as caught:
        read(kind, {**FULL[kind][0], field: number})

    assert (caught.value.reason, caught.value.metadata["field"]) == (Reason.MALFORMED, f"{kind}.{field}")


def test_a_status_is_any_that_an_operation_can_have() -> None:
    assert [read("operation_failure", {"status": status.value}).status for status in Status] == list(Status)


def test_a_limit_of_nothing_is_a_limit_and_no_limit_is_told_from_it() -> None:
    assert read("limit", {"bytes": 0, "end": 3}) == Limit(0, None, How.STALL)
    assert read("limit", {"duration": {}}) == Limit(None, 0.0)
    assert read("limit", {}) == Limit(None, None)
    assert written(Limit(0)).limit.WhichOneof("amount") == "bytes"


@pytest.mark.parametrize(("kind", "field"), [("stall", "duration"), ("slow_close", "delay")])
def test_no_time_at_all_is_told_from_as_long_as_the_fault_holds(kind: str, field: str) -> None:
    assert getattr(read(kind, {field: {}}), field) == 0.0
    assert getattr(read(kind, {}), field) is None
    assert getattr(written(read(kind, {field: {}})), kind).HasField(field)
    assert not getattr(written(read(kind, {})), kind).HasField(field)


def test_a_wait_of_no_length_is_told_from_the_usual_one() -> None:
    assert read("datagram_reordering", {"longest_wait": {}}).longest_wait == 0.0
