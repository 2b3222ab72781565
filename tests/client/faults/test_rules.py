"""Faults as rules: where each field stands in the contract's message, and what is said of mistakes."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest

from telesock.client import Direction, OperationKind, Phase
from telesock.client.faults import (
    DatagramLoss,
    Drip,
    Fault,
    FaultDecision,
    FaultState,
    GilbertElliott,
    Latency,
    OperationHang,
    Reset,
    Rule,
    Stall,
    as_fault,
    write_faults,
)
from telesock.client.faults.places import PLACES
from telesock.v1 import faults_pb2

EVERYTHING: Rule = {
    "name": "all-1",
    "socket": 1,
    "listener": 2,
    "peer": "10.0.0.0/8",
    "direction": Direction.SEND,
    "operations": (OperationKind.SEND, OperationKind.RELAY),
    "phases": (Phase.SEND,),
    "relay_side": "upstream",
    "probability": 0.5,
    "correlation": 0.25,
    "decided_per": "each",
    "nth": 3,
    "after_bytes": 4,
    "after_decisions": 5,
    "after": 0.5,
    "times": 6,
    "window": (1.0, 2.5),
    "flapping": (0.1, 0.2),
    "counted_per": "fault",
    "seed": 1 << 63,
    "expires_after": 9.0,
    "replay": (FaultDecision(1, Direction.SEND, 7), FaultDecision(2, None, 0)),
}


WRONG: Any = "latency"


class Numbered:
    socket_id = 41


def test_no_part_of_a_target_of_a_timing_or_of_the_rule_is_missing() -> None:
    contract = faults_pb2.Fault.DESCRIPTOR
    effects = {field.name for field in contract.oneofs_by_name["effect"].fields}
    parts = {
        "target": faults_pb2.FaultTarget.DESCRIPTOR,
        "timing": faults_pb2.FaultTiming.DESCRIPTOR,
        "replay": faults_pb2.FaultReplay.DESCRIPTOR,
    }
    there = {f"{part}.{field.name}" for part, kind in parts.items() for field in kind.fields}
    there |= {field.name for field in contract.fields if field.name not in effects | set(parts)}

    assert {path for paths in PLACES.values() for path in paths} == there


def test_whatever_stands_in_the_message_is_a_field_and_can_be_named() -> None:
    named = {field.name for field in fields(Fault)} - {"effect"}

    assert named == set(PLACES) == set(Rule.__annotations__) == set(EVERYTHING) | {"burst", "peers"}


def test_a_fault_comes_back_as_it_was_written() -> None:
    everything = Fault(Latency(0.2), **EVERYTHING)
    bursting = everything.but(probability=None, burst=GilbertElliott(0.01, 0.5, fires_in_bad=0.0))
    of_many = everything.but(peer="", peers=("10.0.0.0/8", "unix:/run/*"))

    for fault in (everything, bursting, of_many, Fault(Reset())):
        assert Fault.from_message(fault.to_message()) == fault
    assert faults_pb2.Fault.FromString(everything.to_message().SerializeToString()) == everything.to_message()


def test_what_is_not_named_is_not_asked_for() -> None:
    assert Fault(DatagramLoss()).to_message() == faults_pb2.Fault(datagram_loss=faults_pb2.DatagramLoss())
    assert repr(Fault(DatagramLoss(), seed=0)) == "Fault(DatagramLoss(), seed=0)"


def test_what_is_zero_and_means_something_is_asked_for() -> None:
    fault = Fault(DatagramLoss(), probability=0, seed=0, after=0, replay=())

    assert Fault.from_message(fault.to_message()) == fault
    assert fault.to_message().timing.HasField("probability")
    assert fault.to_message().HasField("replay")


def test_one_end_of_a_window_may_be_open() -> None:
    fault = Fault(Stall(), window=(None, 5))

    assert Fault.from_message(fault.to_message()).window == (None, 5.0)


def test_sockets_are_given_as_such_or_by_number_and_names_in_any_form() -> None:
    fault = Fault(OperationHang(), socket=Numbered(), operations="send", phases=[Phase.SEND, "receive"])

    assert fault == Fault(
        OperationHang(), socket=41, operations=OperationKind.SEND, phases=(Phase.SEND, Phase.RECEIVE)
    )


def test_one_that_is_there_changes_in_what_is_named_only() -> None:
    fault = Fault(Latency(0.2), probability=0.5, seed=7)

    assert as_fault(fault, probability=0.1) == Fault(Latency(0.2), probability=0.1, seed=7)
    assert fault.but(Drip(1)) == Fault(Drip(1), probability=0.5, seed=7)
    assert as_fault(Drip(1), seed=3) == Fault(Drip(1), seed=3)


def test_what_a_socket_is_born_with_may_be_effects_and_faults() -> None:
    assert write_faults([Reset(), Fault(Reset(), after=1)]) == [
        Fault(Reset()).to_message(),
        Fault(Reset(), after=1.0).to_message(),
    ]


def test_a_state_is_read_with_all_its_counters() -> None:
    told = faults_pb2.FaultState(
        fault=Fault(Reset(), name="reset-1", seed=5).to_message(),
        decisions=9,
        firings=8,
        sockets=7,
        held_bytes=6,
        held=5,
    )
    told.age.FromMilliseconds(1500)

    assert FaultState.from_message(told) == FaultState(
        Fault(Reset(), name="reset-1", seed=5), 9, 8, 7, 6, 5, 1.5
    )


def rule(**named: Any) -> Callable[[], Fault]:
    return lambda: Fault(Reset(), **named)


@pytest.mark.parametrize(
    ("attempt", "error", "text"),
    [
        (rule(probability=1.5), ValueError, "Fault.probability is 1.5: a probability is from 0 to 1"),
        (
            rule(probability=0.5, burst=GilbertElliott(0, 1)),
            ValueError,
            "Fault takes one of probability and burst, not both",
        ),
        (rule(peer="::1", peers="::2"), ValueError, "Fault takes one of peer and peers, not both"),
        (rule(burst=0.5), TypeError, "Fault.burst is 0.5, which is no GilbertElliott"),
        (rule(direction="up"), ValueError, "Fault.direction is 'up'; there are send, receive"),
        (rule(socket="seven"), TypeError, "Fault.socket is 'seven', which is no whole number"),
        (rule(window=5), TypeError, "Fault.window is 5, which is no pair of times"),
        (rule(window=(1, 2, 3)), TypeError, "Fault.window is (1, 2, 3), which is no pair of times"),
        (rule(flapping=(1, None)), TypeError, "Fault.flapping is None, which is no number"),
        (rule(replay=[7]), TypeError, "Fault.replay is 7, which is no FaultDecision"),
        (rule(seed=-1), ValueError, f"Fault.seed is -1: it is from 0 to {(1 << 64) - 1}"),
        (rule(nht=1), TypeError, "Fault.__init__() got an unexpected keyword argument 'nht'"),
        (lambda: Fault(WRONG), TypeError, "'latency' is no effect, such as Latency(0.2)"),
        (lambda: write_faults([WRONG]), TypeError, "'latency' is no effect, such as Latency(0.2)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_mistake_is_one_line_that_names_it(
    attempt: Callable[[], object], error: type[Exception], text: str
) -> None:
    with pytest.raises(error) as raised:
        attempt()

    assert str(raised.value) == text
