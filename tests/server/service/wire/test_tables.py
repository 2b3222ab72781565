"""Tables with the contract's names become its messages; what does not fit is told with its place."""

import re
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration

from telesock.server.service.wire.tables import fill
from telesock.v1 import faults_pb2, operations_pb2

Fault = faults_pb2.Fault


def filled(table: dict[str, Any]) -> Fault:
    message = Fault()
    fill(message, table)
    return message


TABLES: list[tuple[dict[str, Any], Fault]] = [
    ({}, Fault()),
    ({"name": "a", "seed": 2**64 - 1}, Fault(name="a", seed=2**64 - 1)),
    ({"stall": {}}, Fault(stall=faults_pb2.Stall())),
    ({"drip": {"gap": 1.5}}, Fault(drip={"gap": Duration(seconds=1, nanos=500_000_000)})),
    ({"expires_after": 2}, Fault(expires_after=Duration(seconds=2))),
    (
        {"reset": {"moment": "next_operation"}},
        Fault(reset={"moment": faults_pb2.RESET_MOMENT_NEXT_OPERATION}),
    ),
    (
        {"reset": {"moment": "NEXT-OPERATION"}},
        Fault(reset={"moment": faults_pb2.RESET_MOMENT_NEXT_OPERATION}),
    ),
    (
        {"target": {"operations": ["send", "receive"]}},
        Fault(
            target={"operations": [operations_pb2.OPERATION_KIND_SEND, operations_pb2.OPERATION_KIND_RECEIVE]}
        ),
    ),
    ({"insert_bytes": {"data": "hé"}}, Fault(insert_bytes={"data": "hé".encode()})),
    ({"corruption": {"offsets": [1, 2]}}, Fault(corruption={"offsets": [1, 2]})),
    (
        {"timing": {"probability": 1, "correlation": 0.5}},
        Fault(timing={"probability": 1.0, "correlation": 0.5}),
    ),
    (
        {"replay": {"decisions": [{"socket_id": 1, "number": 2}, {"socket_id": 3}]}},
        Fault(replay={"decisions": [{"socket_id": 1, "number": 2}, {"socket_id": 3}]}),
    ),
]


@pytest.mark.parametrize(("table", "message"), TABLES, ids=lambda each: str(each)[:40])
def test_a_table_becomes_a_message(table: dict[str, Any], message: Fault) -> None:
    assert filled(table) == message


WRONG: list[tuple[dict[str, Any], str]] = [
    (
        {"nam": "a"},
        "nam: there is no such field; there is name, target, timing, seed, expires_after, replay, …",
    ),
    ({"drip": {"gaps": 1}}, "drip.gaps: there is no such field; there is gap"),
    ({"drip": 1}, "drip: 1 is not a table"),
    ({"drip": {"gap": "1s"}}, "drip.gap: '1s' is not a number of seconds"),
    ({"drip": {"gap": True}}, "drip.gap: True is not a number of seconds"),
    ({"name": 1}, "name: 1 is not a text"),
    ({"seed": 1.5}, "seed: 1.5 is not a whole number"),
    ({"seed": -1}, "seed: -1 is not between 0 and 18446744073709551615"),
    ({"slices": {"size_bytes": 2**32}}, "slices.size_bytes: 4294967296 is not between 0 and 4294967295"),
    ({"timing": {"probability": "half"}}, "timing.probability: 'half' is not a number"),
    ({"target": {"direction": "up"}}, "target.direction: 'up' is none of send, receive"),
    ({"target": {"operations": "send"}}, "target.operations: 'send' is no list"),
    (
        {"corruption": {"offsets": [0, -1]}},
        "corruption.offsets[1]: -1 is not between 0 and 18446744073709551615",
    ),
    ({"insert_bytes": {"data": 5}}, "insert_bytes.data: 5 is not a text"),
    ({"stall": {}, "drip": {}}, "drip: stall is there already, and only one of them may be"),
]


@pytest.mark.parametrize(("table", "message"), WRONG, ids=lambda each: str(each)[:40])
def test_what_does_not_fit_is_told_with_its_place(table: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        filled(table)
