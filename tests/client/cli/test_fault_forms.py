"""Faults written as one types them: what is written is read as the same again."""

import dataclasses
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor
from hypothesis import given
from hypothesis import strategies as st

from telesock.client.cli.fault_fields import COUNTED_FROM_ONE, choices, contract
from telesock.client.cli.fault_forms import effect_form, target_form, timing_form
from telesock.client.cli.fault_specs import parse_fault
from telesock.client.faults import (
    EFFECTS,
    Corruption,
    Effect,
    Fault,
    GilbertElliott,
    Latency,
    Limit,
    Reset,
    Stall,
)
from telesock.client.faults.effects import UnknownEffect
from telesock.client.faults.fields import described
from telesock.client.faults.value import message_of

NUMBERS = {FieldDescriptor.TYPE_UINT32: 32, FieldDescriptor.TYPE_UINT64: 64}


def values(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    if field.is_repeated:
        return st.lists(value(field), max_size=3).map(tuple)
    return value(field)


def value(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    if field.enum_type is not None:
        return st.sampled_from([contract(each) for each in choices(field.enum_type)])
    if field.message_type is not None:
        return st.integers(0, 10**12).map(lambda microseconds: microseconds / 1e6)
    if field.type == FieldDescriptor.TYPE_DOUBLE:
        return st.integers(0, 1000).map(lambda thousandths: thousandths / 1000)
    if field.type == FieldDescriptor.TYPE_STRING:
        return st.from_regex(r"[A-Z,@]{0,9}", fullmatch=True)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return st.binary(max_size=20)
    return st.integers(int(field.name in COUNTED_FROM_ONE), (1 << NUMBERS[field.type]) - 1)


@st.composite
def effects(draw: st.DrawFn) -> Effect:
    kind = draw(st.sampled_from(list(EFFECTS.values())))
    fields = described(message_of(kind.__name__)).fields_by_name
    drawn = {
        each.name: draw(values(fields[each.name]))
        for each in dataclasses.fields(kind)
        if each.default is dataclasses.MISSING or draw(st.booleans())
    }
    if kind is Limit:
        drawn.pop("duration" if "bytes" in drawn else "bytes", None)
        drawn = {"bytes": 1000} | drawn if "duration" not in drawn else drawn
    if kind is Corruption and not drawn.get("offsets"):
        drawn = {"per_million": 10} | drawn
    return kind(**drawn)


@given(effects())
def test_every_effect_is_read_again_as_it_was_written(effect: Effect) -> None:
    assert parse_fault(effect_form(effect)).effect.to_message() == effect.to_message()


@pytest.mark.parametrize(
    ("effect", "form"),
    [
        (Latency(0.2, 0.05, "normal"), "latency=200ms,jitter=50ms,distribution=normal"),
        (Limit(1000, end="reset"), "limit=1KB,end=reset"),
        (Limit(duration=5.0), "limit=5s"),
        (Corruption(per_million=10), "corruption=10/million"),
        (Corruption((0, 7), pattern=b"a\x00"), r"corruption,offsets=0/7,pattern=a\x00"),
        (Stall(), "stall"),
        (Reset(), "reset"),
        (UnknownEffect(), "unknown: this client is older than the agent"),
    ],
)
def test_what_is_as_it_is_by_default_is_left_out(effect: Effect, form: str) -> None:
    assert effect_form(effect) == form


def test_targets_and_timing_are_written_as_they_are_typed() -> None:
    fault = Fault(
        Latency(0.2),
        name="slow",
        socket=3,
        direction="send",
        operations=["send", "receive"],
        burst=GilbertElliott(0.1, 0.3),
        window=(2.0, None),
        flapping=(1.0, 0.5),
        decided_per="each",
        times=3,
        seed=7,
        expires_after=60.0,
    )

    assert target_form(fault) == "socket=3, direction=send, operations=send/receive"
    assert timing_form(fault) == (
        "decided-per=each, times=3, burst=bad=0.1/good=0.3/fires-in-good=0/fires-in-bad=1, window=2s.., "
        "flapping=1s/500ms"
    )


def test_a_fault_on_everything_that_always_fires_says_neither() -> None:
    assert (target_form(Fault(Stall())), timing_form(Fault(Stall()))) == ("", "")


def test_a_probability_of_nothing_is_told() -> None:
    assert timing_form(Fault(Stall(), probability=0.0)) == "probability=0"
