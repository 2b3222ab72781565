"""Events and operations without what was received: for observers who were not granted to see it."""

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from telesock.v1 import events_pb2

_PAYLOAD = frozenset(
    {"data", "digest"}
)  # what the contract calls bytes from a peer, and what tells few of them


def without_payload(encoded: bytes) -> bytes:
    """Take the payload out of events, encoded as an EventBatch."""
    batch = events_pb2.EventBatch.FromString(encoded)
    remove_payload(batch)
    return batch.SerializeToString()


def remove_payload(message: Message) -> None:
    """Take the payload out of a message, however deep it stands there."""
    for field, value in message.ListFields():
        if field.type == FieldDescriptor.TYPE_BYTES and field.name in _PAYLOAD:
            message.ClearField(field.name)
        elif field.type == FieldDescriptor.TYPE_MESSAGE and not _is_map(field):
            for each in value if field.is_repeated else (value,):
                remove_payload(each)


def _is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and field.message_type.GetOptions().map_entry
