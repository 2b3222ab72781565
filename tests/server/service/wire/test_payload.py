"""Observers who were not granted payload see everything of an event or operation but the bytes from a peer."""

from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from hypothesis import given, settings
from tests.server.service.anything import messages

from telesock.server.service.wire.payload import remove_payload, without_payload
from telesock.v1.events_pb2 import Event, EventBatch
from telesock.v1.operations_pb2 import Operation

fuzzed = settings(derandomize=True, deadline=None, max_examples=200)


def bytes_fields(descriptor: Any, seen: frozenset[str] = frozenset()) -> set[str]:
    """The names of all fields of bytes that a message can have, however deep."""
    if descriptor.full_name in seen:
        return set()
    found = {field.full_name for field in descriptor.fields if field.type == FieldDescriptor.TYPE_BYTES}
    for field in descriptor.fields:
        if field.message_type is not None:
            found |= bytes_fields(field.message_type, seen | {descriptor.full_name})
    return found


def _is_map(field: Any) -> bool:
    return bool(field.message_type.GetOptions().map_entry)


def bytes_in(message: Message) -> Iterator[bytes]:
    """All bytes that a message has."""
    for field, value in message.ListFields():
        values = value if field.is_repeated else (value,)
        if field.type == FieldDescriptor.TYPE_BYTES:
            yield from values
        elif field.type == FieldDescriptor.TYPE_MESSAGE and not _is_map(field):
            for each in values:
                yield from bytes_in(each)


def without(value: Any) -> Any:
    """JSON without what stands under a name of payload."""
    if isinstance(value, dict):
        return {key: without(each) for key, each in value.items() if key not in ("data", "digest")}
    return [without(each) for each in value] if isinstance(value, list) else value


def as_json(message: Message) -> Any:
    return MessageToDict(message, preserving_proto_field_name=True)


def test_all_bytes_in_an_event_or_operation_are_payload_and_a_new_field_of_bytes_has_to_be_decided() -> None:
    assert bytes_fields(Event.DESCRIPTOR) | bytes_fields(Operation.DESCRIPTOR) == {
        "telesock.v1.DataReceived.data",
        "telesock.v1.Datagram.data",
        "telesock.v1.ReceiveResult.data",
        "telesock.v1.ReceiveResult.digest",
    }


@fuzzed
@given(messages(EventBatch))
def test_of_events_nothing_but_the_payload_is_gone(batch: EventBatch) -> None:
    read = EventBatch.FromString(without_payload(batch.SerializeToString()))

    assert list(bytes_in(read)) == []
    assert as_json(read) == without(as_json(batch))


@fuzzed
@given(messages(Operation))
def test_of_operations_nothing_but_the_payload_is_gone(operation: Operation) -> None:
    before = as_json(operation)
    remove_payload(operation)

    assert list(bytes_in(operation)) == []
    assert as_json(operation) == without(before)


def test_what_has_no_payload_stays_as_it_is() -> None:
    batch = EventBatch(events=[Event(sequence=1, socket_id=2)], last_sequence=1)

    assert EventBatch.FromString(without_payload(batch.SerializeToString())) == batch
