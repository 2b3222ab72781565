"""Faults and relayed connections in words, wherever they are told."""

from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration

from telesock.client.texts.event_text import EventText, event_text
from telesock.v1 import events_pb2, operations_pb2, types_pb2
from telesock.v1.faults_pb2 import DIRECTION_RECEIVE, DIRECTION_SEND

HERE = types_pb2.Endpoint(host="127.0.0.1", port=40_000)
THERE = types_pb2.Endpoint(host="::1", port=80)


def completion(completed: operations_pb2.Completion) -> EventText:
    return event_text(events_pb2.Event(completion=completed))


FIRED = events_pb2.FaultFired(fault="slow", count=1, decision=3, seed=7)
RELAYED = events_pb2.RelayConnected(downstream_socket_id=5, upstream_socket_id=6, client=HERE, upstream=THERE)
BY_FAULT = types_pb2.Cause(
    origin=types_pb2.ORIGIN_FAULT, phase=types_pb2.PHASE_CONNECT, fault_name="no", detail="the fault 'no'"
)


def fired(**fields: Any) -> events_pb2.Event:
    body = events_pb2.FaultFired()
    body.CopyFrom(FIRED)
    body.MergeFrom(events_pb2.FaultFired(**fields))
    return events_pb2.Event(fault_fired=body)


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (fired(), EventText("fault fired", "", "slow: decision 3")),
        (
            fired(direction=DIRECTION_SEND, delay=Duration(nanos=200_000_000)),
            EventText("fault fired", "", "slow: decision 3, sending, for 200 ms"),
        ),
        (
            fired(direction=DIRECTION_RECEIVE, stream_offset=1000, bytes=5, detail="ended by FIN"),
            EventText("fault fired", "", "slow: decision 3, receiving at offset 1000, 5 bytes, ended by FIN"),
        ),
        (fired(count=40), EventText("fault fired", "", "slow: 40 up to decision 3")),
        (
            events_pb2.Event(
                fault_ended=events_pb2.FaultEnded(
                    fault="slow", end=events_pb2.FAULT_END_TARGET_GONE, decisions=9, firings=2, seed=7
                )
            ),
            EventText("fault ended", "", "slow: target gone, 2 of 9 decisions fired, seed 7"),
        ),
        (
            events_pb2.Event(relay_connected=RELAYED),
            EventText("relay connected", "", "127.0.0.1:40000 → [::1]:80, socket 5, socket 6"),
        ),
        (
            events_pb2.Event(
                relay_connected=events_pb2.RelayConnected(
                    downstream_socket_id=5,
                    client=HERE,
                    status=types_pb2.STATUS_CONNECTION_REFUSED,
                    cause=BY_FAULT,
                )
            ),
            EventText(
                "relay connected",
                "CONNECTION_REFUSED",
                "127.0.0.1:40000, by the injected fault no in connect, socket 5",
            ),
        ),
        (
            events_pb2.Event(
                relay_ended=events_pb2.RelayEnded(
                    downstream_socket_id=5, upstream_socket_id=6, bytes_to_upstream=8, bytes_to_client=3
                )
            ),
            EventText("relay ended", "", "8 bytes to the upstream, 3 to the client, socket 5, socket 6"),
        ),
    ],
)
def test_faults_and_relays_tell_in_words(event: events_pb2.Event, text: EventText) -> None:
    assert event_text(event) == text


def test_a_success_names_the_faults_that_had_a_part_in_it() -> None:
    completed = operations_pb2.Completion(
        status=types_pb2.STATUS_SUCCESS, transferred_bytes=5, faults=["slow", "late"]
    )

    assert completion(completed).details == "5 bytes, faults slow, late"


def test_a_failure_names_its_fault_once() -> None:
    completed = operations_pb2.Completion(
        status=types_pb2.STATUS_CONNECTION_REFUSED, cause=BY_FAULT, faults=["no", "slow"]
    )

    assert completion(completed).details == "by the injected fault no in connect, fault slow"


def test_a_relay_is_told_by_its_totals() -> None:
    result = operations_pb2.RelayResult(connections=1, failures=2, bytes_to_upstream=5, bytes_to_client=7)

    assert completion(operations_pb2.Completion(relay=result)).details == (
        "1 connection, 2 could not be made, 5 bytes to the upstream, 7 to the client"
    )
