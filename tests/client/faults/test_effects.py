"""Effects by the contract's names: none is missing, each comes back as it was written, mistakes are said at once."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor

from telesock.client import Direction, Status
from telesock.client.faults import (
    EFFECTS,
    Bandwidth,
    ConnectFailure,
    Corruption,
    DatagramReordering,
    Effect,
    Fault,
    FaultDecision,
    GilbertElliott,
    InsertBytes,
    Latency,
    Limit,
    OperationFailure,
    Reset,
    ShortWrite,
    UnknownEffect,
    name_of_effect,
)
from telesock.client.faults.fields import described
from telesock.client.faults.value import Value
from telesock.v1 import faults_pb2

VALUES: list[type[Value]] = [*EFFECTS.values(), GilbertElliott, FaultDecision]
SAMPLES = {
    FieldDescriptor.TYPE_DOUBLE: 0.25,
    FieldDescriptor.TYPE_MESSAGE: 1.5,
    FieldDescriptor.TYPE_UINT32: 3,
    FieldDescriptor.TYPE_UINT64: 1 << 40,
    FieldDescriptor.TYPE_STRING: "ENOBUFS",
    FieldDescriptor.TYPE_BYTES: b"\x00x",
}


def contract_of(kind: type[Value]) -> dict[str, Any]:
    return dict(described(getattr(faults_pb2, kind.__name__)).fields_by_name)


def sample(field: FieldDescriptor) -> object:
    if field.enum_type is not None:
        return field.enum_type.values[-1].number
    return (1, 2) if field.is_repeated else SAMPLES[field.type]


def filled(kind: type[Value]) -> Value:
    """One with all that it can be told, of alternatives the first."""
    told: dict[str, Any] = {}
    for name, field in contract_of(kind).items():
        alternatives = field.containing_oneof
        if alternatives is None or alternatives.fields[0].name == name:
            told[name] = sample(field)
    return kind(**told)


def test_no_effect_of_the_contract_is_missing() -> None:
    contract = faults_pb2.Fault.DESCRIPTOR.oneofs_by_name["effect"].fields
    named = {field.name: field.message_type.name for field in contract if field.message_type is not None}

    assert {name: effect.__name__ for name, effect in EFFECTS.items()} == named
    assert {name: name_of_effect(effect) for name, effect in EFFECTS.items()} == {
        name: name for name in named
    }


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
def test_each_has_all_that_the_contract_lets_it_be_told(kind: type[Value]) -> None:
    assert {field.name for field in fields(kind)} == set(contract_of(kind))


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
def test_each_comes_back_as_it_was_written(kind: type[Value]) -> None:
    written = filled(kind)

    assert kind.from_message(written.to_message()) == written


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
def test_each_is_read_from_a_message_in_which_nothing_is_set(kind: type[Value]) -> None:
    assert isinstance(kind.from_message(getattr(faults_pb2, kind.__name__)()), kind)


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
def test_each_says_what_it_is_for(kind: type[Value]) -> None:
    assert kind.__doc__ is not None
    assert not kind.__doc__.startswith(f"{kind.__name__}(")


def test_effects_are_written_as_the_contract_has_them() -> None:
    latency = Latency(0.2, jitter=0.05, distribution="normal").to_message()
    limit = Limit(bytes=0, end="reset").to_message()

    assert latency == faults_pb2.Latency(
        delay={"nanos": 200_000_000},
        jitter={"nanos": 50_000_000},
        distribution=faults_pb2.DISTRIBUTION_NORMAL,
    )
    assert limit == faults_pb2.Limit(bytes=0, end=faults_pb2.LIMIT_END_RESET)
    assert limit.HasField("bytes")
    assert Corruption(offsets=[1, 5]) == Corruption(offsets=(1, 5))  # type: ignore[arg-type]  # any iterable does


def test_a_name_may_be_short_or_the_client_s_own() -> None:
    assert OperationFailure("connection_reset") == OperationFailure(Status.CONNECTION_RESET)
    assert FaultDecision(1, "send", 3) == FaultDecision(1, Direction.SEND, 3)
    assert ConnectFailure("blackhole").outcome == "blackhole"
    assert Reset().moment == "now"


def test_a_name_that_a_newer_agent_has_stays_a_number() -> None:
    message = faults_pb2.Reset(moment=99)  # type: ignore[arg-type]  # unknown to this contract

    assert Reset.from_message(message).to_message() == message


def test_an_effect_that_only_a_newer_agent_has_is_said_to_be_unknown_and_cannot_be_asked_for() -> None:
    told = Fault.from_message(faults_pb2.Fault(name="odd-1"))

    assert told == Fault(UnknownEffect(), name="odd-1")
    with pytest.raises(TypeError, match="UnknownEffect is no effect of the contract; there are latency, "):
        told.to_message()


def made(kind: Any, *arguments: Any, **named: Any) -> Callable[[], Effect]:
    """Make one later, wrongly."""
    return lambda: kind(*arguments, **named)


@pytest.mark.parametrize(
    ("attempt", "error", "text"),
    [
        (made(Latency, "soon"), TypeError, "Latency.delay is 'soon', which is no number"),
        (made(Latency, True), TypeError, "Latency.delay is True, which is no number"),
        (made(Latency, -0.1), ValueError, "Latency.delay is -0.1: a time is not negative, and finite"),
        (
            made(Latency, float("nan")),
            ValueError,
            "Latency.delay is nan: a time is not negative, and finite",
        ),
        (made(Latency, 1e300), ValueError, "Latency.delay is 1e+300: a time is not negative, and finite"),
        (
            made(Latency, 1, correlation=2),
            ValueError,
            "Latency.correlation is 2: a probability is from 0 to 1",
        ),
        (
            made(Latency, 1, distribution="gauss"),
            ValueError,
            "Latency.distribution is 'gauss'; there are uniform, normal, pareto",
        ),
        (
            made(Latency, 1, distribution=1.5),
            TypeError,
            "Latency.distribution is 1.5, which is no name; there are uniform, normal, pareto",
        ),
        (made(Bandwidth, 1.5), TypeError, "Bandwidth.bytes_per_second is 1.5, which is no whole number"),
        (
            made(Bandwidth, 1 << 64),
            ValueError,
            f"Bandwidth.bytes_per_second is {1 << 64}: it is from 0 to {(1 << 64) - 1}",
        ),
        (
            made(DatagramReordering, -1),
            ValueError,
            f"DatagramReordering.displacement is -1: it is from 0 to {(1 << 32) - 1}",
        ),
        (made(InsertBytes, 0, "text"), TypeError, "InsertBytes.data is 'text', which is no bytes"),
        (made(ShortWrite, 1, errno_name=5), TypeError, "ShortWrite.errno_name is 5, which is no str"),
        (made(Limit, 1, 2.0), ValueError, "Limit takes one of bytes and duration, not both"),
        (
            made(Latency, 0.1, jiter=0.1),
            TypeError,
            "Latency.__init__() got an unexpected keyword argument 'jiter'",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_mistake_is_one_line_that_names_it(
    attempt: Callable[[], Effect], error: type[Exception], text: str
) -> None:
    with pytest.raises(error) as raised:
        attempt()

    assert str(raised.value) == text
