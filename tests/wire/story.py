"""Reading what a session tells: events and completions as short values that a test can compare whole."""

from collections.abc import Iterable

from telesock.v1 import events_pb2, operations_pb2, types_pb2

Operation = operations_pb2.Operation
Completion = operations_pb2.Completion
Event = events_pb2.Event


def status_of(completion: Completion | operations_pb2.ConnectAttempt) -> str:
    """How an operation or an attempt ended, by its short name."""
    return _status(completion.status)


def cause_of(completion: Completion) -> tuple[str, str, str]:
    """Why: origin, phase and errno by their short names."""
    cause = completion.cause
    origin = types_pb2.Origin.Name(cause.origin).removeprefix("ORIGIN_")
    phase = types_pb2.Phase.Name(cause.phase).removeprefix("PHASE_")
    return origin, phase, cause.errno_name


def told(events: Iterable[Event], socket_id: int) -> list[str]:
    """The story of one socket: "SEND 4 SUCCESS", "DATA hello", "PEER GRACEFUL", …"""
    return [_told(event) for event in events if event.socket_id == socket_id]


def completions(events: Iterable[Event], *operations: Operation) -> list[tuple[int, str]]:
    """The completions of these operations, (operation id, status), in the order in which they came."""
    wanted = {operation.operation_id for operation in operations}
    return [
        (event.operation_id, status_of(event.completion))
        for event in events
        if event.operation_id in wanted and event.HasField("completion")
    ]


def _status(number: types_pb2.Status) -> str:
    return types_pb2.Status.Name(number).removeprefix("STATUS_")


def _told(event: Event) -> str:
    body = event.WhichOneof("body")
    if body == "completion":
        kind = operations_pb2.OperationKind.Name(event.completion.kind).removeprefix("OPERATION_KIND_")
        return f"{kind} {event.operation_id} {status_of(event.completion)}"
    if body == "data_received":
        return f"DATA {event.data_received.data.decode()}"
    if body == "peer_disconnected":
        kind = events_pb2.PeerDisconnectKind.Name(event.peer_disconnected.kind)
        return f"PEER {kind.removeprefix('PEER_DISCONNECT_KIND_')}"
    if body == "datagram_received":
        return f"DATAGRAM {event.datagram_received.datagram.data.decode()}"
    if body == "connection_accepted":
        return f"ACCEPTED {event.connection_accepted.accepted.remote.port}"
    if body == "connection_inspect":
        return f"INSPECT {event.connection_inspect.inspect_id}"
    if body == "connection_inspect_aborted":
        return f"INSPECT ABORTED {event.connection_inspect_aborted.inspect_id}"
    if body == "credit_stalled":
        return f"STALLED {events_pb2.StallReason.Name(event.credit_stalled.reason)}"
    return body.upper() if body else "NOTHING"
