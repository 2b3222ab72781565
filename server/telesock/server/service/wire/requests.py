"""Request messages to core requests. Refuses what has no core value; everything else is judged by the core."""

from collections.abc import Callable
from typing import Any

from google.protobuf.duration_pb2 import Duration

from telesock.server.core.events import EventKind
from telesock.server.core.filter import Filter
from telesock.server.core.journal import Retention
from telesock.server.core.refusal import malformed
from telesock.server.core.requests import (
    AnyRequest,
    Bind,
    Callbacks,
    Close,
    Connect,
    CreateSocket,
    Disconnect,
    Endpoint,
    Family,
    Indications,
    Receive,
    Send,
    SendLevel,
    SetEventCallbacks,
)
from telesock.server.core.states import Category
from telesock.server.engine.session_table import Opening
from telesock.v1 import events_pb2, sessions_pb2, sockets_pb2, types_pb2

_INDICATIONS = {
    sockets_pb2.INDICATION_KIND_DATA: Indications.DATA,
    sockets_pb2.INDICATION_KIND_DISCONNECT: Indications.DISCONNECT,
}
_LEVELS = {
    sockets_pb2.SEND_LEVEL_UNSPECIFIED: SendLevel.WRITTEN,
    sockets_pb2.SEND_LEVEL_WRITTEN: SendLevel.WRITTEN,
    sockets_pb2.SEND_LEVEL_ACKNOWLEDGED: SendLevel.ACKNOWLEDGED,
}
_ABORTIVE = {
    sockets_pb2.DISCONNECT_MODE_UNSPECIFIED: False,
    sockets_pb2.DISCONNECT_MODE_GRACEFUL: False,
    sockets_pb2.DISCONNECT_MODE_ABORTIVE: True,
}
_CATEGORIES = {types_pb2.SOCKET_CATEGORY_UNSPECIFIED: Category.CONNECTION} | {kind: kind for kind in Category}
_RETENTIONS = {sessions_pb2.RETENTION_UNSPECIFIED: Retention.UNTIL_ACKNOWLEDGED} | {
    kind: kind for kind in Retention
}
_EVENT_KINDS = {kind: kind for kind in EventKind}
_new_tuple = tuple.__new__  # makes a named tuple at half the price of its own constructor
_FAMILIES = {family: family for family in Family}


def read_command(command: sessions_pb2.Command, session_id: str) -> tuple[int, AnyRequest]:
    """Read one command of a batch: its operation id and what it asks for."""
    send = command.send
    operation_id = send.operation_id
    if operation_id:  # most commands are sends: looking is cheaper than asking which one it is
        if send.session_id:
            check_session(send, session_id)
        return operation_id, read_send(send)
    kind = command.WhichOneof("request")
    if kind is None:
        raise malformed("request", "a command has to name one; this agent may be older than its client")
    message = getattr(command, kind)
    check_session(message, session_id)
    return message.operation_id, _READERS[kind](message)


def check_session(message: Any, session_id: str) -> None:
    """Refuse a part of an attachment's message that is about another session."""
    if message.session_id and message.session_id != session_id:
        raise malformed("session_id", f"the attachment is of session {session_id!r}; leave it empty")


def read_create_socket(message: sockets_pb2.CreateSocketRequest) -> CreateSocket:
    """Read the request of this name."""
    return CreateSocket(message.socket_id, _category(message.spec), _family(message.spec))


def read_bind(message: sockets_pb2.BindRequest) -> Bind:
    """Read the request of this name."""
    return Bind(message.socket_id, _endpoint(message.local))


def read_connect(message: sockets_pb2.ConnectRequest) -> Connect:
    """Read the request of this name."""
    make = message.HasField("spec")
    if make and _category(message.spec) is not Category.CONNECTION:
        raise malformed("spec.category", "a connect makes connection sockets only")
    return Connect(
        message.socket_id,
        _endpoint(message.remote),
        make,
        _family(message.spec),
        _endpoint(message.local) if message.HasField("local") else None,
        message.initial_data,
        _seconds(message, "timeout"),
        Callbacks(_indications("callbacks.enable", message.callbacks.enable), message.callbacks.credit_bytes),
    )


def read_send(message: sockets_pb2.SendRequest) -> Send:
    """Read the request of this name. This is the one that has to be fast."""
    offset: int | None = message.stream_offset
    if not offset and not message.HasField("stream_offset"):
        offset = None
    level = _known("level", _LEVELS, message.level) if message.level else SendLevel.WRITTEN
    timeout = _seconds(message, "timeout") if message.HasField("timeout") else None
    return _new_tuple(Send, (message.socket_id, message.data, offset, level, timeout))


def read_receive(message: sockets_pb2.ReceiveRequest) -> Receive:
    """Read the request of this name."""
    return Receive(
        message.socket_id,
        message.length,
        message.wait_all,
        message.drain,
        message.peek,
        _seconds(message, "timeout"),
    )


def read_disconnect(message: sockets_pb2.DisconnectRequest) -> Disconnect:
    """Read the request of this name."""
    return Disconnect(
        message.socket_id,
        _known("mode", _ABORTIVE, message.mode),
        message.final_data,
        _seconds(message, "timeout"),
        message.abort_on_timeout,
    )


def read_close(message: sockets_pb2.CloseRequest) -> Close:
    """Read the request of this name."""
    return Close(message.socket_id, message.graceful, _seconds(message, "timeout"))


def read_set_event_callbacks(message: sockets_pb2.SetEventCallbacksRequest) -> SetEventCallbacks:
    """Read the request of this name."""
    return SetEventCallbacks(
        message.socket_id,
        _indications("enable", message.enable),
        _indications("disable", message.disable),
        message.credit_bytes,
    )


def read_opening(message: sessions_pb2.OpenSessionRequest) -> Opening:
    """Read what a client asks of a new session."""
    return Opening(
        message.request_id,
        _seconds(message, "lease_duration"),
        message.label,
        _known("retention", _RETENTIONS, message.retention),
    )


def read_filter(message: events_pb2.EventFilter) -> Filter:
    """Read which events a subscriber wants."""
    kinds = [_known("filter.kinds", _EVENT_KINDS, kind) for kind in message.kinds]
    return Filter(message.socket_ids, kinds)


def read_accepted_bytes(message: sockets_pb2.ReleaseRequest) -> int | None:
    """Read how much of an indication is accepted; None means all of it."""
    return message.accepted_bytes if message.HasField("accepted_bytes") else None


def read_page_size(wanted: int, largest: int) -> int:
    """Read how many entries a list may have."""
    if wanted > largest:
        raise malformed("page_size", f"{wanted} is more than {largest}")
    return wanted or largest


def duration_seconds(duration: Duration) -> float:
    """Read a duration, seconds."""
    return duration.seconds + duration.nanos / 1e9


def _seconds(message: Any, field: str) -> float | None:
    return duration_seconds(getattr(message, field)) if message.HasField(field) else None


def _endpoint(message: types_pb2.Endpoint) -> Endpoint:
    return Endpoint(message.host, message.port)


def _category(spec: sockets_pb2.SocketSpec) -> Category:
    category: Category = _known("spec.category", _CATEGORIES, spec.category)
    return category


def _family(spec: sockets_pb2.SocketSpec) -> Family:
    family: Family = _known("spec.family", _FAMILIES, spec.family)
    return family


def _indications(field: str, kinds: Any) -> Indications:
    chosen = Indications.NONE
    for kind in kinds:
        chosen |= _known(field, _INDICATIONS, kind)
    return chosen


def _known(field: str, values: Any, number: int) -> Any:
    """Look an enum value up; one that this agent does not know is refused, never taken for another."""
    if number not in values:
        raise malformed(field, f"{number} is not a value that this agent knows")
    return values[number]


_READERS: dict[str, Callable[[Any], AnyRequest]] = {
    "create_socket": read_create_socket,
    "bind": read_bind,
    "connect": read_connect,
    "send": read_send,
    "receive": read_receive,
    "disconnect": read_disconnect,
    "close": read_close,
    "set_event_callbacks": read_set_event_callbacks,
}
