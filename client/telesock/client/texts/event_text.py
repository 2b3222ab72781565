"""What an event says, in words for a person: its kind, how it ended, and the details worth a line.

Nothing here knows where they are printed.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from google.protobuf.unknown_fields import UnknownFieldSet

from telesock.client.texts.durations import duration_text
from telesock.client.texts.fault_text import fault_ended, fault_fired, relay_connected, relay_ended
from telesock.client.texts.result_text import accept_text, completion_text, datagram_text
from telesock.client.texts.words import cause_text, data_text, endpoint_text, join, status_name
from telesock.v1 import events_pb2


class EventText(NamedTuple):
    """An event in words. `status` is empty where nothing ended."""

    kind: str
    status: str
    details: str


def event_text(event: events_pb2.Event) -> EventText:
    """Put an event into words."""
    body = event.WhichOneof("body")
    if body is None:
        return EventText(
            "unknown kind", "", f"{_newer(unknown_kind(event))}this client is older than the agent"
        )
    status, details = _BODIES[body](getattr(event, body))
    return EventText(body.replace("_", " "), status, details)


def unknown_kind(event: events_pb2.Event) -> int:
    """The field of Event in which a newer agent tells what happened; 0 where there is none."""
    fields = UnknownFieldSet(event)
    return fields[0].field_number if len(fields) and event.WhichOneof("body") is None else 0


def _newer(number: int) -> str:
    return f"number {number}; " if number else ""


def wall_time(event: events_pb2.Event) -> str:
    """The agent's wall clock at an event, in local time to the millisecond."""
    return datetime.fromtimestamp(event.wall_ns / 1e9).strftime("%H:%M:%S.%f")[:-3]


def _data_received(body: events_pb2.DataReceived) -> tuple[str, str]:
    return "", f"{len(body.data)} bytes, {data_text(body.data)}"


def _peer_disconnected(body: events_pb2.PeerDisconnected) -> tuple[str, str]:
    if body.kind == events_pb2.PEER_DISCONNECT_KIND_GRACEFUL:
        return "", join("graceful: it sends no more", cause_text(body.cause))
    return status_name(body.status), join("abortive", cause_text(body.cause))


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
    "datagram_received": lambda body: ("", datagram_text(body.datagram)),
    "connection_accepted": lambda body: ("", accept_text(body.accepted)),
    "connection_inspect": lambda body: (
        "",
        f"inspection {body.inspect_id}, {endpoint_text(body.local)} ← {endpoint_text(body.remote)}",
    ),
    "connection_inspect_aborted": lambda body: ("", f"inspection {body.inspect_id}, the peer has left"),
    "send_backlog_changed": lambda body: ("", f"{body.ideal_bytes} bytes keep the connection busy"),
    "chain_progress": lambda body: ("", f"{body.rounds} rounds, {body.transferred_bytes} bytes"),
    "fault_fired": fault_fired,
    "fault_ended": fault_ended,
    "relay_connected": relay_connected,
    "relay_ended": relay_ended,
    "policy_denied": lambda body: ("", body.explanation),
}
