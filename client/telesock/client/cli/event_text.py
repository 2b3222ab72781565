"""What an event says, in words for a person: its kind, how it ended, and the details worth a line.

The words are those of the contract without prefixes and underscores. Nothing here knows where they are printed.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from telesock.client.cli.output import duration_text
from telesock.client.core.options import read_options
from telesock.v1 import events_pb2, operations_pb2, types_pb2

_PREVIEW = 24  # bytes of data that are shown


class EventText(NamedTuple):
    """An event in words. `status` is empty where nothing ended."""

    kind: str
    status: str
    details: str


def event_text(event: events_pb2.Event) -> EventText:
    """Put an event into words."""
    body = event.WhichOneof("body")
    if body is None:
        return EventText("unknown", "", "this client is older than the agent")
    status, details = _BODIES[body](getattr(event, body))
    return EventText(body.replace("_", " "), status, details)


def completion_text(body: operations_pb2.Completion) -> tuple[str, str]:
    """Say how an operation ended, and the details."""
    result = body.WhichOneof("result")
    yielded = _RESULTS[result](getattr(body, result)) if result else ""
    if body.cancelled_by_operation:
        yielded = _join(yielded, f"because of operation {body.cancelled_by_operation}")
    cause = cause_text(body.cause) if body.HasField("cause") else ""
    if result == "connect":  # where to comes before what went wrong there
        return status_name(body.status), _join(yielded, cause)
    moved = _count(body.transferred_bytes, "bytes") if result != "disconnect" else ""
    return status_name(body.status), _join(cause, moved, yielded)


def operation_name(kind: int) -> str:
    """Name an operation: "connect", "set event callbacks"."""
    return _bare(operations_pb2.OperationKind, kind).lower().replace("_", " ")


def status_name(status: int) -> str:
    """Name a status as the contract does, without its prefix: "CONNECTION_REFUSED"."""
    return _bare(types_pb2.Status, status)


def wall_time(event: events_pb2.Event) -> str:
    """The agent's wall clock at an event, in local time to the millisecond."""
    return datetime.fromtimestamp(event.wall_ns / 1e9).strftime("%H:%M:%S.%f")[:-3]


def cause_text(cause: types_pb2.Cause) -> str:
    """Say who caused something, in which phase, and what the operating system called it."""
    origin = _ORIGINS.get(cause.origin, "")
    if cause.fault_name:
        origin = f"{origin} {cause.fault_name}"
    phase = _bare(types_pb2.Phase, cause.phase).lower() if cause.phase else ""
    who = " ".join(word for word in (origin, f"in {phase}" if phase else "") if word)
    return _join(who, cause.errno_name, cause.detail)


def endpoint_text(endpoint: types_pb2.Endpoint) -> str:
    """Write an address as one types it."""
    if endpoint.host.startswith("unix:"):
        return endpoint.host
    host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
    return f"{host}:{endpoint.port}"


def data_text(data: bytes) -> str:
    """Show the beginning of some bytes."""
    shown = repr(data[:_PREVIEW])[1:]
    return f"{shown}…" if len(data) > _PREVIEW else shown


_ORIGINS = {
    types_pb2.ORIGIN_PEER: "by the peer",
    types_pb2.ORIGIN_LOCAL_HOST: "by the agent's host",
    types_pb2.ORIGIN_DEADLINE: "by a deadline",
    types_pb2.ORIGIN_CANCEL: "by this side",
    types_pb2.ORIGIN_POLICY: "by the agent's policy",
    types_pb2.ORIGIN_FAULT: "by the injected fault",
}


def _bare(enumeration: Any, value: int) -> str:
    """Name an enum value without the prefix that all values share; one that is newer than this client by number."""
    if value not in enumeration.values():
        return str(value)
    prefix = enumeration.Name(0).removesuffix("UNSPECIFIED")
    return str(enumeration.Name(value)).removeprefix(prefix)


def _join(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number else ""


# Results


def _connect(result: operations_pb2.ConnectResult) -> str:
    way = (
        f"{endpoint_text(result.local)} → {endpoint_text(result.remote)}" if result.HasField("remote") else ""
    )
    if len(result.attempts) == 1:
        return way or endpoint_text(result.attempts[0].remote)
    tried = (f"{endpoint_text(each.remote)} {status_name(each.status)}" for each in result.attempts)
    return _join(way, "tried " + ", ".join(tried) if result.attempts else "")


def _receive(result: operations_pb2.ReceiveResult) -> str:
    if result.HasField("first_difference"):
        return f"differs at offset {result.first_difference}"
    if result.end_of_stream:
        return "the peer's end"
    if result.digest:
        return f"digest {result.digest.hex()}"
    return data_text(result.data) if result.data else ""


def _accept(result: operations_pb2.AcceptResult) -> str:
    inspected = f"inspection {result.inspect_id}" if result.inspect_id else ""
    way = f"{endpoint_text(result.local)} ← {endpoint_text(result.remote)}"
    return _join(f"socket {result.socket_id}", way, inspected)


def _datagram(datagram: operations_pb2.Datagram) -> str:
    return _join(
        f"from {endpoint_text(datagram.remote)}",
        data_text(datagram.data),
        "truncated" if datagram.truncated else "",
        "broadcast" if datagram.broadcast else "",
        "multicast" if datagram.multicast else "",
    )


def _control(result: operations_pb2.ControlResult) -> str:
    options = (f"{name} {value}" for name, value in read_options(result.options).items())
    queries = (field.name.replace("_", " ") for field, _ in result.queries.ListFields())
    return _join(*options, *queries)


def _resolve(result: operations_pb2.ResolveResult) -> str:
    addresses = (endpoint_text(each) if each.port else each.host for each in result.addresses)
    return _join(*addresses, result.host_name, result.service_name)


def _chain(result: operations_pb2.ChainResult) -> str:
    failed = f"link {result.failed_link} failed" if result.HasField("failed_link") else ""
    return _join(_count(result.rounds, "rounds") if result.rounds != 1 else "", failed)


def _disconnect(result: operations_pb2.DisconnectResult) -> str:
    return _join(
        _count(result.final_bytes, "bytes of final data"),
        _count(result.unsent_bytes, "bytes unsent"),
        _count(result.unacknowledged_bytes, "bytes unacknowledged"),
        tcp_info_text(result.tcp_info) if result.HasField("tcp_info") else "",
    )


def tcp_info_text(info: types_pb2.TcpInfo) -> str:
    """The parts of TCP_INFO that tell how a connection was doing."""
    return _join(
        f"TCP {info.state}",
        f"RTT {info.round_trip_time_us / 1000:.3g} ms",
        _count(info.retransmitted_segments, "segments retransmitted"),
    )


def _close(result: operations_pb2.CloseResult) -> str:
    return _join("reset" if result.aborted else "", _count(result.discarded_bytes, "bytes discarded"))


_RESULTS: dict[str, Callable[[Any], str]] = {
    "bind": lambda result: endpoint_text(result.local),
    "connect": _connect,
    "receive": _receive,
    "disconnect": _disconnect,
    "close": _close,
    "accept": _accept,
    "send_to": lambda result: _count(result.datagrams, "datagrams"),
    "receive_from": lambda result: _datagram(result.datagram) if result.HasField("datagram") else "",
    "control": _control,
    "resolve": _resolve,
    "chain": _chain,
}


# Bodies


def _data_received(body: events_pb2.DataReceived) -> tuple[str, str]:
    return "", f"{len(body.data)} bytes, {data_text(body.data)}"


def _peer_disconnected(body: events_pb2.PeerDisconnected) -> tuple[str, str]:
    if body.kind == events_pb2.PEER_DISCONNECT_KIND_GRACEFUL:
        return "", "graceful: it sends no more"
    return status_name(body.status), _join("abortive", cause_text(body.cause))


def _socket_closed(body: events_pb2.SocketClosed) -> tuple[str, str]:
    return status_name(body.status), cause_text(body.cause)


def _credit_stalled(body: events_pb2.CreditStalled) -> tuple[str, str]:
    if body.reason == events_pb2.STALL_REASON_JOURNAL:
        return "", "reading waits until events are acknowledged"
    return "", "reading waits until data is released"


def _session_expiring(body: events_pb2.SessionExpiring) -> tuple[str, str]:
    return "", f"in {duration_text(body.expires_in)}, unless its owner is heard"


def _draining(body: events_pb2.Draining) -> tuple[str, str]:
    return "", f"the agent stops; pending operations have {duration_text(body.grace_period)}"


_BODIES: dict[str, Callable[[Any], tuple[str, str]]] = {
    "completion": completion_text,
    "data_received": _data_received,
    "peer_disconnected": _peer_disconnected,
    "socket_closed": _socket_closed,
    "credit_stalled": _credit_stalled,
    "session_expiring": _session_expiring,
    "draining": _draining,
    "datagram_received": lambda body: ("", _datagram(body.datagram)),
    "connection_accepted": lambda body: ("", _accept(body.accepted)),
    "connection_inspect": lambda body: (
        "",
        f"inspection {body.inspect_id}, {endpoint_text(body.local)} ← {endpoint_text(body.remote)}",
    ),
    "connection_inspect_aborted": lambda body: ("", f"inspection {body.inspect_id}, the peer has left"),
    "send_backlog_changed": lambda body: ("", f"{body.ideal_bytes} bytes keep the connection busy"),
    "chain_progress": lambda body: ("", f"{body.rounds} rounds, {body.transferred_bytes} bytes"),
}
