"""Core events to bytes: each parses back to the same facts, and a batch of them is a batch of the contract's."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.server.service.wire.bodies import BODIES

from telesock.server.core.entries import Entry
from telesock.server.core.events import (
    EVENT_KINDS,
    Body,
    Clock,
    DataReceived,
    Draining,
    Event,
    EventKind,
)
from telesock.server.core.journal import Gap, one_by_one
from telesock.server.core.operations import Operation
from telesock.server.core.requests import OperationKind, Send
from telesock.server.service.wire.events import (
    encode_batch,
    encode_event,
    encode_handled,
    encode_successes,
    write_duration,
)
from telesock.v1 import events_pb2, sessions_pb2

CLOCK = Clock(1, 2)


def entry(body: Body, sequence: int = 1) -> Entry:
    encoded = encode_event(Event(sequence, CLOCK, 7, 0, body))
    return Entry(sequence, EVENT_KINDS[type(body)], 7, 512, True, encoded)


def test_every_body_has_an_example() -> None:
    assert {type(body) for body, _ in BODIES} == set(EVENT_KINDS)


@pytest.mark.parametrize(("body", "message"), BODIES)
def test_an_event_parses_back_as_the_element_of_a_batch_with_the_same_facts(
    body: Body, message: dict[str, Any]
) -> None:
    encoded = encode_event(Event(2**64 - 1, Clock(3, 4), 5, 6, body))

    expected = events_pb2.Event(
        sequence=2**64 - 1, monotonic_ns=3, wall_ns=4, socket_id=5, operation_id=6, **message
    )
    assert events_pb2.EventBatch.FromString(encoded) == events_pb2.EventBatch(events=[expected])


@settings(derandomize=True, deadline=None)
@given(*[st.integers(0, 2**64 - 1)] * 5, st.binary(max_size=70_000), st.integers(0, 2**64 - 1))
def test_whatever_the_numbers_and_however_much_data_an_event_parses_back(
    sequence: int, monotonic: int, wall: int, socket: int, operation: int, data: bytes, offset: int
) -> None:
    clock = Clock(monotonic, wall)
    encoded = encode_event(Event(sequence, clock, socket, operation, DataReceived(data, offset)))

    expected = events_pb2.Event(
        sequence=sequence,
        monotonic_ns=monotonic,
        wall_ns=wall,
        socket_id=socket,
        operation_id=operation,
        data_received=events_pb2.DataReceived(data=data, stream_offset=offset),
    )
    assert events_pb2.EventBatch.FromString(encoded) == events_pb2.EventBatch(events=[expected])


@pytest.mark.parametrize("gap", [None, Gap(1, 2**64 - 3)])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_batch_is_its_events_in_a_row_its_mark_and_its_gap(count: int, gap: Gap | None) -> None:
    entries = [entry(Draining(1.0), number) for number in range(1, count + 1)]

    encoded = encode_batch([each.encoded for each in entries], 2**64 - 1, gap)

    batch = sessions_pb2.StreamEventsResponse.FromString(encoded).batch
    events = [events_pb2.EventBatch.FromString(each.encoded).events[0] for each in entries]
    missing = None if gap is None else events_pb2.Gap(**gap._asdict())
    assert batch == events_pb2.EventBatch(events=events, last_sequence=2**64 - 1, gap=missing)


def test_an_attachments_answer_is_a_batch_joined_with_the_rest() -> None:
    rest = sessions_pb2.AttachResponse(refusals=[sessions_pb2.Refusal(position=1)]).SerializeToString()

    encoded = encode_batch([entry(Draining(1.0)).encoded], 1, rest=encode_handled(3) + rest)

    answer = sessions_pb2.AttachResponse.FromString(encoded)
    assert [event.sequence for event in answer.batch.events] == [1]
    assert (answer.handled_requests, [each.position for each in answer.refusals]) == (3, [1])


def test_many_successes_are_encoded_as_each_would_be_alone() -> None:
    kinds = (OperationKind.SEND, OperationKind.SET_EVENT_CALLBACKS)
    operations = [
        Operation(number, kinds[number % 2], Send(2**64 - number, b""), 0) for number in (1, 2, 2**64 - 1)
    ]
    for operation, moved in zip(operations, (64, 0, 2**63), strict=True):
        operation.moved = moved

    together = encode_successes(2**40, Clock(3, 2**63), operations)

    assert [events_pb2.EventBatch.FromString(encoded) for encoded in together] == [
        events_pb2.EventBatch.FromString(encoded)
        for encoded in one_by_one(encode_event)(2**40, Clock(3, 2**63), operations)
    ]


@settings(derandomize=True, deadline=None)
@given(st.integers(0, 10**9))
def test_a_duration_is_told_to_the_millisecond_and_better(milliseconds: int) -> None:
    assert write_duration(milliseconds / 1000).ToMilliseconds() == milliseconds


def test_event_kinds_are_numbered_as_the_bodies_stand_in_the_contract() -> None:
    fields = events_pb2.Event.DESCRIPTOR.oneofs_by_name["body"].fields

    assert [field.name.upper() for field in fields] == [kind.name for kind in EventKind]
