"""Messages of any type with anything in them that the contract can hold: strategies made of the descriptors alone.

messages(ConnectRequest)      a strategy of ConnectRequests; numbers are small ones, bounds, and what lies beyond
samples(field)                what a field that is no message can be, as the strategies have it
"""

import math
from collections.abc import Sequence
from typing import Any

import hypothesis.strategies as st
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

OURS = "ours"
"""A session id for which the test puts its own."""

_HOSTS = [
    *("", "127.0.0.1", "127.0.0.1", "::1", "localhost", "10.0.0.1", "0.0.0.0", "::", "127.1"),
    *("::ffff:127.0.0.1", "fe80::1%lo", "127.0.0.1\0", "\N{SNOWMAN}", "1.2.3.4.5", "x" * 254, "a..b"),
]
_NAMES = ["", "x", "x", "y", "latency-1", "localhost", "two words", "\0", "\N{SNOWMAN}", "x" * 65]
_PEERS = ["", "127.0.0.0/8", "[::1]:5", "127.0.0.1:5-4", "unix:*", "localhost", "*.example", "\0"]
_ERRNOS = ["", "ECONNRESET", "EPIPE", "econnreset", "ENOTHING"]
_TEXTS = ["", "x", "\0", "\N{SNOWMAN}", "two\nlines", "x" * 129]
_SIGNED = [0, 1, -1, 2**31 - 1, -(2**31)]
_UNSIGNED = [*range(6), 100, 65_535, 65_536, 2**20, 2**20 + 1]

_WORDS = {"host": _HOSTS, "name": _NAMES, "peer": _PEERS, "errno_name": _ERRNOS}
_DOUBLES = [0.0, 0.5, 1.0, 1.0, -0.5, 1.5, 5e-324, math.inf, math.nan]
_INTEGERS: dict[int, list[int]] = {
    FieldDescriptor.TYPE_UINT32: [*_UNSIGNED, 2**32 - 1],
    FieldDescriptor.TYPE_UINT64: [*_UNSIGNED, 2**32, 2**63, 2**64 - 1],
    FieldDescriptor.TYPE_FIXED64: [*_UNSIGNED, 2**32, 2**63, 2**64 - 1],
    FieldDescriptor.TYPE_INT32: _SIGNED,
    FieldDescriptor.TYPE_ENUM: [*range(10), 18, 99, -1, 2**31 - 1],
}


def messages(kind: type[Message]) -> st.SearchStrategy[Any]:
    """Return a strategy of messages of a type."""
    return _messages(kind.DESCRIPTOR)


def _messages(descriptor: Any) -> st.SearchStrategy[Any]:
    if descriptor.full_name == Duration.DESCRIPTOR.full_name:
        return st.builds(
            Duration,
            seconds=st.sampled_from([0, 0, 0, -1, 3600, 315_576_000_000]),
            nanos=st.sampled_from([0, 1, 1_000_000, 20_000_000, -1, 999_999_999]),
        )
    fields = {field.name: _field(field) for field in descriptor.fields if field.containing_oneof is None}
    alone = [{field.name: _field(field)} for oneof in descriptor.oneofs for field in oneof.fields]
    choices = (
        st.one_of(*(st.fixed_dictionaries({}, optional=each) for each in alone)) if alone else st.just({})
    )
    values = st.builds(lambda some, one: {**some, **one}, st.fixed_dictionaries({}, optional=fields), choices)
    return values.map(lambda chosen: GetMessageClass(descriptor)(**chosen))


def _field(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    one = _one(field)
    return st.lists(one, max_size=4) if field.is_repeated else one


def _one(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    if field.message_type is not None:
        return st.deferred(lambda: _messages(field.message_type))
    return st.sampled_from(samples(field))


def samples(field: FieldDescriptor) -> Sequence[Any]:
    """Return the values that are tried in a field that is no message."""
    if field.type == FieldDescriptor.TYPE_BOOL:
        return (False, True)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return (b"", b"x", bytes(100), bytes(65_535), bytes(65_536))
    if field.type == FieldDescriptor.TYPE_DOUBLE:
        return _DOUBLES
    if field.type == FieldDescriptor.TYPE_STRING:
        return (OURS, OURS, OURS, "s-0") if field.name == "session_id" else _WORDS.get(field.name, _TEXTS)
    return _INTEGERS[field.type]
