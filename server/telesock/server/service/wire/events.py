"""Core events to bytes: each is encoded once, framed as it stands in an EventBatch, and never again.

A batch is then no more than its events' bytes in a row, so a thousand subscribers and replays cost no encoding.
The framing is protobuf's: field number and wire type, length, content (protobuf.dev, "Encoding").
"""

import functools
import struct
from collections.abc import Callable, Sequence
from typing import Any

from google.protobuf.duration_pb2 import Duration

from telesock.server.core.entries import Entry
from telesock.server.core.events import (
    BindResult,
    Body,
    Clock,
    CloseResult,
    Completion,
    ConnectResult,
    CreditStalled,
    DataReceived,
    DisconnectResult,
    Draining,
    Event,
    PeerDisconnected,
    ReceiveResult,
    SessionExpiring,
    SocketClosed,
    TcpInfo,
)
from telesock.server.core.journal import Gap
from telesock.server.core.operations import Operation
from telesock.server.core.requests import Endpoint, OperationKind
from telesock.server.core.status import Cause, Status
from telesock.v1 import events_pb2, operations_pb2, types_pb2

_FIELD_1_BYTES = b"\x0a"  # EventBatch.events, AttachResponse.batch, StreamEventsResponse.batch
_FIELD_2_FIXED64 = struct.Struct("<BQ")  # EventBatch.last_sequence, AttachResponse.handled_requests
_FIELD_2_TAG = 0x11
_EVENT_FIELDS = struct.Struct("<BQBQBQBQBQ")  # tag and value of the five fixed64 fields that every event has
# The same split into what differs between operations that succeed at one moment (with the frame around it), and what
# does not: protobuf lets fields stand in any order.
_SUCCESS_HEAD = struct.Struct("<BBBQBQBQ")
_MOMENT_FIELDS = struct.Struct("<BQBQ")
_SUCCESS_FIELDS = (
    _SUCCESS_HEAD.size - 2 + _MOMENT_FIELDS.size
)  # without the frame: a tag and a length of one byte


def encode_event(event: Event) -> bytes:
    """Encode an event as an element of EventBatch.events."""
    sequence, clock, socket_id, operation_id, body = event
    tag, write = _BODIES[type(body)]
    content = write(body)
    fields = _EVENT_FIELDS.pack(
        *(0x09, sequence),
        *(0x11, clock.monotonic_ns),
        *(0x19, clock.wall_ns),
        *(0x21, socket_id),
        *(0x29, operation_id),
    )
    size = _varint(len(content))
    length = _varint(len(fields) + len(tag) + len(size) + len(content))
    return b"".join((_FIELD_1_BYTES, length, fields, tag, size, content))


def encode_successes(first_sequence: int, clock: Clock, operations: Sequence[Operation]) -> list[bytes]:
    """Encode the completions of operations that have succeeded, as `encode_event` would."""
    pack = _SUCCESS_HEAD.pack
    moment = _MOMENT_FIELDS.pack(0x11, clock.monotonic_ns, 0x19, clock.wall_ns)
    encoded = []
    for sequence, operation in enumerate(operations, first_sequence):
        size, body = _success(operation.kind, operation.moved)
        head = pack(0x0A, size, 0x09, sequence, 0x21, operation.socket_id, 0x29, operation.operation_id)
        encoded.append(head + moment + body)
    return encoded


@functools.lru_cache(4096)
def _success(kind: OperationKind, moved: int) -> tuple[int, bytes]:
    """The size of an event that tells of a success, below 128, and its body: most of them are alike."""
    tag, write = _BODIES[Completion]
    content = write(Completion(kind, Status.SUCCESS, moved))
    body = b"".join((tag, _varint(len(content)), content))
    return _SUCCESS_FIELDS + len(body), body


def encode_batch(
    encoded: Sequence[bytes], last_sequence: int, gap: Gap | None = None, rest: bytes = b""
) -> bytes:
    """Join encoded events to an EventBatch, as the first field of a response, and that with the `rest` of it.

    In one go: with events of full size every copy counts.
    """
    mark = _FIELD_2_FIXED64.pack(_FIELD_2_TAG, last_sequence)
    if gap is not None:
        missing = events_pb2.Gap(first_sequence=gap.first_sequence, last_sequence=gap.last_sequence)
        mark += events_pb2.EventBatch(gap=missing).SerializeToString()
    size = sum(map(len, encoded)) + len(mark)
    return b"".join((_FIELD_1_BYTES, _varint(size), *encoded, mark, rest))


def decode_completion(entry: Entry) -> operations_pb2.Completion:
    """Read the completion back out of the event that holds it."""
    return events_pb2.EventBatch.FromString(entry.encoded).events[0].completion


def encode_handled(handled_requests: int) -> bytes:
    """Encode AttachResponse.handled_requests, which every answer has."""
    return _FIELD_2_FIXED64.pack(_FIELD_2_TAG, handled_requests)


def write_completion(completion: Completion) -> operations_pb2.Completion:
    """Write a completion."""
    message = operations_pb2.Completion(
        status=completion.status,  # type: ignore[arg-type]  # the numbers are the contract's
        kind=completion.kind,  # type: ignore[arg-type]  # the numbers are the contract's
        transferred_bytes=completion.transferred_bytes,
    )
    if completion.cause is not None:
        message.cause.CopyFrom(write_cause(completion.cause))
    if completion.result is not None:
        _RESULTS[type(completion.result)](message, completion.result)
    return message


def write_cause(cause: Cause) -> types_pb2.Cause:
    """Write a cause."""
    return types_pb2.Cause(
        origin=cause.origin,  # type: ignore[arg-type]  # the numbers are the contract's
        phase=cause.phase,  # type: ignore[arg-type]  # the numbers are the contract's
        errno_name=cause.errno_name,
        fault_name=cause.fault_name,
        detail=cause.detail,
    )


def write_endpoint(endpoint: Endpoint | None) -> types_pb2.Endpoint | None:
    """Write an end of a connection, if there is one."""
    return None if endpoint is None else types_pb2.Endpoint(host=endpoint.host, port=endpoint.port)


def write_duration(seconds: float) -> Duration:
    """Write a time span."""
    duration = Duration()
    duration.FromNanoseconds(round(seconds * 1e9))
    return duration


def _varint(number: int) -> bytes:
    if number < 0x80:
        return number.to_bytes(1, "little")
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


# Bodies: the content of each field of Event.body


def _completion(body: Completion) -> bytes:
    return write_completion(body).SerializeToString()


def _data_received(body: DataReceived) -> bytes:
    """The data is not put through a message: copying it there costs more than all the rest."""
    offset = events_pb2.DataReceived(stream_offset=body.stream_offset).SerializeToString()
    return b"".join((_FIELD_1_BYTES, _varint(len(body.data)), body.data, offset))


def _peer_disconnected(body: PeerDisconnected) -> bytes:
    if body.status is None:
        kind = events_pb2.PEER_DISCONNECT_KIND_GRACEFUL
        return events_pb2.PeerDisconnected(kind=kind).SerializeToString()
    return events_pb2.PeerDisconnected(
        kind=events_pb2.PEER_DISCONNECT_KIND_ABORTIVE,
        status=body.status,  # type: ignore[arg-type]  # the numbers are the contract's
        cause=None if body.cause is None else write_cause(body.cause),
    ).SerializeToString()


def _socket_closed(body: SocketClosed) -> bytes:
    status = body.status
    return events_pb2.SocketClosed(
        status=status,  # type: ignore[arg-type]  # the numbers are the contract's
        cause=write_cause(body.cause),
    ).SerializeToString()


def _credit_stalled(body: CreditStalled) -> bytes:
    reason = body.reason
    return events_pb2.CreditStalled(reason=reason).SerializeToString()  # type: ignore[arg-type]  # as above


def _session_expiring(body: SessionExpiring) -> bytes:
    return events_pb2.SessionExpiring(expires_in=write_duration(body.expires_in)).SerializeToString()


def _draining(body: Draining) -> bytes:
    return events_pb2.Draining(grace_period=write_duration(body.grace_period)).SerializeToString()


def _tag(field: str) -> bytes:
    return bytes((events_pb2.Event.DESCRIPTOR.fields_by_name[field].number << 3 | 2,))


_BODIES: dict[type[Body], tuple[bytes, Callable[[Any], bytes]]] = {
    Completion: (_tag("completion"), _completion),
    DataReceived: (_tag("data_received"), _data_received),
    PeerDisconnected: (_tag("peer_disconnected"), _peer_disconnected),
    SocketClosed: (_tag("socket_closed"), _socket_closed),
    CreditStalled: (_tag("credit_stalled"), _credit_stalled),
    SessionExpiring: (_tag("session_expiring"), _session_expiring),
    Draining: (_tag("draining"), _draining),
}


# Results


def _bind(message: operations_pb2.Completion, result: BindResult) -> None:
    message.bind.local.CopyFrom(types_pb2.Endpoint(host=result.local.host, port=result.local.port))


def _connect(message: operations_pb2.Completion, result: ConnectResult) -> None:
    message.connect.CopyFrom(
        operations_pb2.ConnectResult(
            local=write_endpoint(result.local),
            remote=write_endpoint(result.remote),
            attempts=[
                operations_pb2.ConnectAttempt(
                    remote=write_endpoint(attempt.remote),
                    status=attempt.status,  # type: ignore[arg-type]  # the numbers are the contract's
                    cause=None if attempt.cause is None else write_cause(attempt.cause),
                )
                for attempt in result.attempts
            ],
        )
    )


def _receive(message: operations_pb2.Completion, result: ReceiveResult) -> None:
    message.receive.data = result.data
    message.receive.stream_offset = result.stream_offset
    message.receive.end_of_stream = result.end_of_stream


def _disconnect(message: operations_pb2.Completion, result: DisconnectResult) -> None:
    target = message.disconnect
    target.SetInParent()
    if result.tcp_info is not None:
        target.tcp_info.CopyFrom(_tcp_info(result.tcp_info))
    target.final_bytes = result.final_bytes
    target.unsent_bytes = result.unsent_bytes
    target.unacknowledged_bytes = result.unacknowledged_bytes


def _tcp_info(info: TcpInfo) -> types_pb2.TcpInfo:
    return types_pb2.TcpInfo(**info._asdict())


def _close(message: operations_pb2.Completion, result: CloseResult) -> None:
    message.close.SetInParent()
    message.close.aborted = result.aborted
    message.close.discarded_bytes = result.discarded_bytes


_RESULTS: dict[type[Any], Callable[[operations_pb2.Completion, Any], None]] = {
    BindResult: _bind,
    ConnectResult: _connect,
    ReceiveResult: _receive,
    DisconnectResult: _disconnect,
    CloseResult: _close,
}
