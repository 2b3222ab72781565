"""Messages read back to the values of the core they were written from: the other way of wire/events.py."""

from typing import Any

from google.protobuf.duration_pb2 import Duration

from telesock.server.core import events
from telesock.server.core.events import Body, Clock, Event, Result, StallReason, TcpInfo
from telesock.server.core.requests import Endpoint, OperationKind
from telesock.server.core.status import Cause, Origin, Phase, Status
from telesock.v1 import events_pb2, operations_pb2, types_pb2


def read_event(message: events_pb2.Event) -> Event:
    """Read an event."""
    kind = message.WhichOneof("body")
    assert kind is not None
    body: Body = _BODIES[kind](getattr(message, kind))
    clock = Clock(message.monotonic_ns, message.wall_ns)
    return Event(message.sequence, clock, message.socket_id, message.operation_id, body)


def read_completion(message: operations_pb2.Completion) -> events.Completion:
    """Read a completion."""
    kind = message.WhichOneof("result")
    result: Result | None = None if kind is None else _RESULTS[kind](getattr(message, kind))
    return events.Completion(
        OperationKind(message.kind),
        Status(message.status),
        message.transferred_bytes,
        _cause(message),
        result,
    )


def _cause(message: Any) -> Cause | None:
    if not message.HasField("cause"):
        return None
    cause = message.cause
    return Cause(Origin(cause.origin), Phase(cause.phase), cause.errno_name, cause.fault_name, cause.detail)


def _endpoint(message: Any, field: str) -> Endpoint | None:
    if not message.HasField(field):
        return None
    endpoint: types_pb2.Endpoint = getattr(message, field)
    return Endpoint(endpoint.host, endpoint.port)


def _seconds(duration: Duration) -> float:
    return duration.ToNanoseconds() / 1e9


def _data_received(message: events_pb2.DataReceived) -> Body:
    return events.DataReceived(message.data, message.stream_offset)


def _peer_disconnected(message: events_pb2.PeerDisconnected) -> Body:
    if message.kind == events_pb2.PEER_DISCONNECT_KIND_GRACEFUL:
        assert not message.status
        return events.PeerDisconnected()
    assert message.kind == events_pb2.PEER_DISCONNECT_KIND_ABORTIVE
    return events.PeerDisconnected(Status(message.status), _cause(message))


def _socket_closed(message: events_pb2.SocketClosed) -> Body:
    cause = _cause(message)
    assert cause is not None
    return events.SocketClosed(Status(message.status), cause)


_BODIES: dict[str, Any] = {
    "completion": read_completion,
    "data_received": _data_received,
    "peer_disconnected": _peer_disconnected,
    "socket_closed": _socket_closed,
    "credit_stalled": lambda message: events.CreditStalled(StallReason(message.reason)),
    "session_expiring": lambda message: events.SessionExpiring(_seconds(message.expires_in)),
    "draining": lambda message: events.Draining(_seconds(message.grace_period)),
}


def _bind(message: operations_pb2.BindResult) -> Result:
    local = _endpoint(message, "local")
    assert local is not None
    return events.BindResult(local)


def _connect(message: operations_pb2.ConnectResult) -> Result:
    attempts = tuple(
        events.ConnectAttempt(
            Endpoint(attempt.remote.host, attempt.remote.port), Status(attempt.status), _cause(attempt)
        )
        for attempt in message.attempts
    )
    return events.ConnectResult(_endpoint(message, "local"), _endpoint(message, "remote"), attempts)


def _receive(message: operations_pb2.ReceiveResult) -> Result:
    return events.ReceiveResult(message.data, message.stream_offset, message.end_of_stream)


def _disconnect(message: operations_pb2.DisconnectResult) -> Result:
    info = message.tcp_info
    values = {field: getattr(info, field) for field in TcpInfo._fields}
    return events.DisconnectResult(
        TcpInfo(**values) if message.HasField("tcp_info") else None,
        message.final_bytes,
        message.unsent_bytes,
        message.unacknowledged_bytes,
    )


def _close(message: operations_pb2.CloseResult) -> Result:
    return events.CloseResult(message.aborted, message.discarded_bytes)


_RESULTS: dict[str, Any] = {
    "bind": _bind,
    "connect": _connect,
    "receive": _receive,
    "disconnect": _disconnect,
    "close": _close,
}
