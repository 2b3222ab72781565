"""Core events to bytes: each is encoded once, framed as it stands in an EventBatch, and never again.

A batch is then no more than its events' bytes in a row, so a thousand subscribers and replays cost no encoding.
The framing is protobuf's: field number and wire type, length, content (protobuf.dev, "Encoding").
"""

import struct
from collections.abc import Callable, Sequence
from typing import Any

from google.protobuf.duration_pb2 import Duration

from telesock.server.core.events import (
    BindResult,
    Body,
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
from telesock.server.core.journal import Entry, Gap
from telesock.server.core.requests import Endpoint
from telesock.server.core.status import Cause
from telesock.v1 import events_pb2, operations_pb2, sessions_pb2, types_pb2

_FIELD_1_BYTES = b"\x0a"  # EventBatch.events, AttachResponse.batch, StreamEventsResponse.batch
_FIELD_2_FIXED64 = struct.Struct("<BQ")  # EventBatch.last_sequence
_FIELD_2_TAG = 0x11


def encode_event(event: Event) -> bytes:
    """Encode an event as an element of EventBatch.events."""
    message = events_pb2.Event(
        sequence=event.sequence,
        monotonic_ns=event.clock.monotonic_ns,
        wall_ns=event.clock.wall_ns,
        socket_id=event.socket_id,
        operation_id=event.operation_id,
    )
    _WRITERS[type(event.body)](message, event.body)
    return _frame(message.SerializeToString())


def encode_batch(entries: Sequence[Entry], last_sequence: int, gap: Gap | None = None) -> bytes:
    """Encode an EventBatch as the first field of a response."""
    parts = [entry.encoded for entry in entries]
    parts.append(_FIELD_2_FIXED64.pack(_FIELD_2_TAG, last_sequence))
    if gap is not None:
        missing = events_pb2.Gap(first_sequence=gap.first_sequence, last_sequence=gap.last_sequence)
        parts.append(events_pb2.EventBatch(gap=missing).SerializeToString())
    return _frame(b"".join(parts))


def decode_completion(entry: Entry) -> operations_pb2.Completion:
    """Read the completion back out of the event that holds it."""
    return events_pb2.EventBatch.FromString(entry.encoded).events[0].completion


def encode_attach_response(batch: bytes, rest: sessions_pb2.AttachResponse) -> bytes:
    """Join an encoded batch with the other fields of an AttachResponse."""
    return batch + rest.SerializeToString()


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


def _frame(content: bytes) -> bytes:
    return b"".join((_FIELD_1_BYTES, _varint(len(content)), content))


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


# Bodies


def _completion(message: events_pb2.Event, body: Completion) -> None:
    message.completion.CopyFrom(write_completion(body))


def _data_received(message: events_pb2.Event, body: DataReceived) -> None:
    message.data_received.data = body.data
    message.data_received.stream_offset = body.stream_offset


def _peer_disconnected(message: events_pb2.Event, body: PeerDisconnected) -> None:
    target = message.peer_disconnected
    if body.status is None:
        target.kind = events_pb2.PEER_DISCONNECT_KIND_GRACEFUL
        return
    target.kind = events_pb2.PEER_DISCONNECT_KIND_ABORTIVE
    target.status = body.status  # type: ignore[assignment]  # the numbers are the contract's
    if body.cause is not None:
        target.cause.CopyFrom(write_cause(body.cause))


def _socket_closed(message: events_pb2.Event, body: SocketClosed) -> None:
    message.socket_closed.status = body.status  # type: ignore[assignment]  # the numbers are the contract's
    message.socket_closed.cause.CopyFrom(write_cause(body.cause))


def _credit_stalled(message: events_pb2.Event, body: CreditStalled) -> None:
    message.credit_stalled.reason = body.reason  # type: ignore[assignment]  # the numbers are the contract's


def _session_expiring(message: events_pb2.Event, body: SessionExpiring) -> None:
    message.session_expiring.expires_in.CopyFrom(write_duration(body.expires_in))


def _draining(message: events_pb2.Event, body: Draining) -> None:
    message.draining.grace_period.CopyFrom(write_duration(body.grace_period))


_WRITERS: dict[type[Body], Callable[[events_pb2.Event, Any], None]] = {
    Completion: _completion,
    DataReceived: _data_received,
    PeerDisconnected: _peer_disconnected,
    SocketClosed: _socket_closed,
    CreditStalled: _credit_stalled,
    SessionExpiring: _session_expiring,
    Draining: _draining,
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
