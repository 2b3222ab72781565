"""The decisions of a replay, and what no fault can say: each has one place, or is refused for its field."""

from typing import Any

import pytest
from tests.server.service.wire.test_faults import malformed, message

from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.values import Decision
from telesock.server.service.wire.faults import read_fault, write_fault
from telesock.v1 import faults_pb2


@pytest.mark.parametrize(
    ("kind", "lane"),
    [
        ("packet_loss", Lane.RECEIVE),
        ("reset", Lane.SEND),
        ("connect_failure", Lane.CONNECT),
        ("resolve_failure", Lane.RESOLVE),
        ("never_accept", Lane.ACCEPT),
        ("operation_hang", Lane.OPERATION),
        ("half_close", Lane.SEND),
        ("never_read", Lane.RECEIVE),
    ],
)
def test_a_decision_without_a_direction_is_of_the_only_place_where_its_effect_acts(
    kind: str, lane: Lane
) -> None:
    fault = read_fault(message(kind, replay={"decisions": [{"socket_id": 3, "number": 4}]}))

    assert fault.replay == frozenset({Decision(3, lane, 4)})
    assert read_fault(write_fault(fault)) == fault


@pytest.mark.parametrize("kind", ["stall", "datagram_loss"])
def test_a_decision_of_an_effect_with_two_directions_has_one(kind: str) -> None:
    asked = message(kind, replay={"decisions": [{"socket_id": 3, "number": 4}]})

    malformed("replay.decisions.direction", read_fault, asked)


@pytest.mark.parametrize("kind", ["connect_failure", "resolve_failure", "never_accept", "operation_hang"])
@pytest.mark.parametrize("direction", [1, 2])
def test_a_decision_of_an_effect_without_directions_has_none(kind: str, direction: int) -> None:
    asked = message(kind, replay={"decisions": [{"socket_id": 3, "direction": direction}]})

    malformed("replay.decisions.direction", read_fault, asked)


@pytest.mark.parametrize(("kind", "direction"), [("reset", 2), ("packet_loss", 1)])
def test_a_decision_about_a_whole_connection_is_of_no_direction_but_its_own(
    kind: str, direction: int
) -> None:
    asked = message(kind, replay={"decisions": [{"socket_id": 3, "direction": direction}]})

    malformed("replay.decisions.direction", read_fault, asked)


def test_decisions_are_told_back_in_one_order() -> None:
    numbers = (5, 3, 4)
    asked = message(replay={"decisions": [{"socket_id": 1, "direction": 1, "number": n} for n in numbers]})

    told = write_fault(read_fault(asked)).replay.decisions
    assert [each.number for each in told] == [3, 4, 5]


# What is not known


@pytest.mark.parametrize("number", [-(2**31), -1, 99, 2**31 - 1])
@pytest.mark.parametrize(
    ("part", "field"),
    [
        ("target", "direction"),
        ("target", "operations"),
        ("target", "phases"),
        ("target", "relay_side"),
        ("timing", "decided_per"),
        ("timing", "counted_per"),
    ],
)
def test_a_value_that_the_agent_does_not_know_is_refused_for_its_field(
    part: str, field: str, number: int
) -> None:
    asked: dict[str, Any] = {part: {field: [number] if field in ("operations", "phases") else number}}

    malformed(f"{part}.{field}", read_fault, message(**asked))


@pytest.mark.parametrize("field", ["operations", "phases"])
def test_what_is_unspecified_is_no_kind_and_no_phase(field: str) -> None:
    malformed(f"target.{field}", read_fault, message(target={field: [0]}))


def test_a_fault_without_an_effect_or_with_one_that_only_a_newer_contract_has_is_refused() -> None:
    newer = faults_pb2.Fault.FromString(b"\xa2\x06\x00")  # field 100

    malformed("effect", read_fault, faults_pb2.Fault(name="a"))
    malformed("effect", read_fault, newer)
