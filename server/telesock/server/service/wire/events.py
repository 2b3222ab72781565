"""Core events to bytes: each is encoded once, framed as it stands in an EventBatch, and never again.

A batch is then no more than its events' bytes in a row, so a thousand subscribers and replays cost no encoding.
The framing is protobuf's: field number and wire type, length, content (protobuf.dev, "Encoding").
"""

import functools
import struct
from collections.abc import Callable, Sequence
from typing import Any

from google.protobuf.duration_pb2 import Duration

from telesock.server.core.events import (
    Body,
    ChainProgress,
    Clock,
    Completion,
    ConnectionAccepted,
    ConnectionInspect,
    ConnectionInspectAborted,
    CreditStalled,
    DatagramReceived,
    DataReceived,
    Draining,
    Event,
    FaultEnded,
    FaultFired,
    PeerDisconnected,
    PolicyDenied,
    SendBacklogChanged,
    SessionExpiring,
    SocketClosed,
)
from telesock.server.core.faults.chance import Lane
from telesock.server.core.journal import Gap
from telesock.server.core.operations import Operation
from telesock.server.core.relays import RelayConnected, RelayEnded
from telesock.server.core.requests import OperationKind
from telesock.server.core.status import Status
from telesock.server.service.wire.completions import (
    encode_completion,
    write_accepted,
    write_cause,
    write_datagram,
    write_endpoint,
)
from telesock.server.service.wire.framing import Parts, varint
from telesock.server.service.wire.relays import write_relay_connected, write_relay_ended
from telesock.v1 import events_pb2

_FIELD_1_BYTES = (
    b"\x0a"  # EventBatch.events, AttachResponse.batch, StreamEventsResponse.batch, DataReceived.data
)
_FIELD_2_FIXED64 = struct.Struct("<BQ")  # EventBatch.last_sequence, AttachResponse.handled_requests
_FIELD_2_TAG = 0x11
_EVENT_FIELDS = struct.Struct("<BQBQBQBQBQ")  # tag and value of the five fixed64 fields that every event has
# The same split into what differs between operations that succeed at one moment (with the frame around it), and what
# does not: protobuf lets fields stand in any order.
_DIRECTIONS = (Lane.SEND, Lane.RECEIVE)
_SUCCESS_HEAD = struct.Struct("<BBBQBQBQ")
_MOMENT_FIELDS = struct.Struct("<BQBQ")
_SUCCESS_FIELDS = _SUCCESS_HEAD.size - 2 + _MOMENT_FIELDS.size
"""Bytes of both, without the frame: a tag and a length of one byte."""


def encode_event(event: Event) -> bytes:
    """Encode an event as an element of EventBatch.events."""
    sequence, clock, socket_id, operation_id, body = event
    tag, write = _BODIES[type(body)]
    content = write(body)
    size = sum(map(len, content))
    fields = _EVENT_FIELDS.pack(
        *(0x09, sequence),
        *(0x11, clock.monotonic_ns),
        *(0x19, clock.wall_ns),
        *(0x21, socket_id),
        *(0x29, operation_id),
    )
    head = fields + tag + varint(size)
    return b"".join((_FIELD_1_BYTES, varint(len(head) + size), head, *content))


def encode_successes(first_sequence: int, clock: Clock, operations: Sequence[Operation]) -> list[bytes]:
    """Encode the completions of operations that have succeeded, as `encode_event` would."""
    pack = _SUCCESS_HEAD.pack
    moment = _MOMENT_FIELDS.pack(0x11, clock.monotonic_ns, 0x19, clock.wall_ns)
    encoded = []
    kind, moved, size, tail = None, -1, 0, b""
    for sequence, operation in enumerate(operations, first_sequence):
        if operation.moved != moved or operation.kind is not kind:  # mostly they are alike
            kind, moved = operation.kind, operation.moved
            size, body = _success(kind, moved)
            tail = moment + body
        head = pack(0x0A, size, 0x09, sequence, 0x21, operation.socket_id, 0x29, operation.operation_id)
        encoded.append(head + tail)
    return encoded


@functools.lru_cache(4096)
def _success(kind: OperationKind, moved: int) -> tuple[int, bytes]:
    """The size of an event that tells of a success, below 128, and its body: most of them are alike."""
    tag, write = _BODIES[Completion]
    content = b"".join(write(Completion(kind, Status.SUCCESS, moved)))
    body = tag + varint(len(content)) + content
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
    return b"".join((_FIELD_1_BYTES, varint(size), *encoded, mark, rest))


def encode_handled(handled_requests: int) -> bytes:
    """Encode AttachResponse.handled_requests, which every answer has."""
    return _FIELD_2_FIXED64.pack(_FIELD_2_TAG, handled_requests)


def write_duration(seconds: float) -> Duration:
    """Write a time span."""
    duration = Duration()
    duration.FromNanoseconds(round(seconds * 1e9))
    return duration


# Bodies: the content of each field of Event.body, in parts, so that large ones are copied once


def _data_received(body: DataReceived) -> Parts:
    """The data is not put through a message: copying it there costs more than all the rest."""
    offset = events_pb2.DataReceived(stream_offset=body.stream_offset).SerializeToString()
    return _FIELD_1_BYTES, varint(len(body.data)), body.data, offset


def _peer_disconnected(body: PeerDisconnected) -> Parts:
    message = events_pb2.PeerDisconnected(
        kind=events_pb2.PEER_DISCONNECT_KIND_GRACEFUL,
        cause=None if body.cause is None else write_cause(body.cause),
    )
    if body.status is not None:
        message = events_pb2.PeerDisconnected(
            kind=events_pb2.PEER_DISCONNECT_KIND_ABORTIVE,
            status=body.status,  # type: ignore[arg-type]  # the numbers are the contract's
            cause=None if body.cause is None else write_cause(body.cause),
        )
    return (message.SerializeToString(),)


def _fault_fired(body: FaultFired) -> Parts:
    firing = body.firing
    message = events_pb2.FaultFired(
        fault=body.fault,
        decision=firing.decision,
        count=body.firings,
        direction=body.lane if body.lane in _DIRECTIONS else 0,  # type: ignore[arg-type]  # the contract's numbers
        stream_offset=firing.stream_offset,
        delay=None if firing.delay is None else write_duration(firing.delay),
        bytes=firing.size,
        detail=firing.detail,
        seed=body.seed,
    )
    return (message.SerializeToString(),)


def _fault_ended(body: FaultEnded) -> Parts:
    message = events_pb2.FaultEnded(**body._asdict())
    return (message.SerializeToString(),)


def _socket_closed(body: SocketClosed) -> Parts:
    message = events_pb2.SocketClosed(
        status=body.status,  # type: ignore[arg-type]  # the numbers are the contract's
        cause=write_cause(body.cause),
    )
    return (message.SerializeToString(),)


def _credit_stalled(body: CreditStalled) -> Parts:
    reason = body.reason
    return (events_pb2.CreditStalled(reason=reason).SerializeToString(),)  # type: ignore[arg-type]  # as above


def _session_expiring(body: SessionExpiring) -> Parts:
    return (events_pb2.SessionExpiring(expires_in=write_duration(body.expires_in)).SerializeToString(),)


def _draining(body: Draining) -> Parts:
    return (events_pb2.Draining(grace_period=write_duration(body.grace_period)).SerializeToString(),)


def _datagram_received(body: DatagramReceived) -> Parts:
    return (events_pb2.DatagramReceived(datagram=write_datagram(body.datagram)).SerializeToString(),)


def _connection_accepted(body: ConnectionAccepted) -> Parts:
    return (events_pb2.ConnectionAccepted(accepted=write_accepted(body.accepted)).SerializeToString(),)


def _connection_inspect(body: ConnectionInspect) -> Parts:
    message = events_pb2.ConnectionInspect(
        inspect_id=body.inspect_id, local=write_endpoint(body.local), remote=write_endpoint(body.remote)
    )
    return (message.SerializeToString(),)


def _connection_inspect_aborted(body: ConnectionInspectAborted) -> Parts:
    return (events_pb2.ConnectionInspectAborted(inspect_id=body.inspect_id).SerializeToString(),)


def _send_backlog_changed(body: SendBacklogChanged) -> Parts:
    return (events_pb2.SendBacklogChanged(ideal_bytes=body.ideal_bytes).SerializeToString(),)


def _chain_progress(body: ChainProgress) -> Parts:
    message = events_pb2.ChainProgress(rounds=body.rounds, transferred_bytes=body.transferred_bytes)
    return (message.SerializeToString(),)


def _relay_connected(body: RelayConnected) -> Parts:
    return (write_relay_connected(body).SerializeToString(),)


def _relay_ended(body: RelayEnded) -> Parts:
    return (write_relay_ended(body).SerializeToString(),)


def _policy_denied(body: PolicyDenied) -> Parts:
    return (events_pb2.PolicyDenied(**body._asdict()).SerializeToString(),)


def _tag(field: str) -> bytes:
    return varint(events_pb2.Event.DESCRIPTOR.fields_by_name[field].number << 3 | 2)


_BODIES: dict[type[Body], tuple[bytes, Callable[[Any], Parts]]] = {
    Completion: (_tag("completion"), encode_completion),
    DataReceived: (_tag("data_received"), _data_received),
    PeerDisconnected: (_tag("peer_disconnected"), _peer_disconnected),
    SocketClosed: (_tag("socket_closed"), _socket_closed),
    CreditStalled: (_tag("credit_stalled"), _credit_stalled),
    SessionExpiring: (_tag("session_expiring"), _session_expiring),
    Draining: (_tag("draining"), _draining),
    DatagramReceived: (_tag("datagram_received"), _datagram_received),
    ConnectionAccepted: (_tag("connection_accepted"), _connection_accepted),
    ConnectionInspect: (_tag("connection_inspect"), _connection_inspect),
    ConnectionInspectAborted: (_tag("connection_inspect_aborted"), _connection_inspect_aborted),
    SendBacklogChanged: (_tag("send_backlog_changed"), _send_backlog_changed),
    ChainProgress: (_tag("chain_progress"), _chain_progress),
    RelayConnected: (_tag("relay_connected"), _relay_connected),
    RelayEnded: (_tag("relay_ended"), _relay_ended),
    FaultFired: (_tag("fault_fired"), _fault_fired),
    FaultEnded: (_tag("fault_ended"), _fault_ended),
    PolicyDenied: (_tag("policy_denied"), _policy_denied),
}
