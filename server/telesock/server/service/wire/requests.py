"""Request messages to core requests. Refuses what has no core value; everything else is judged by the core."""

from collections.abc import Callable
from typing import Any

from telesock.server.core.options import OptionKind, QueryKind
from telesock.server.core.refusal import malformed
from telesock.server.core.requests import (
    Accept,
    AnyRequest,
    Bind,
    Chain,
    Close,
    Connect,
    Control,
    CreateSocket,
    Digest,
    Disconnect,
    InspectComplete,
    Link,
    Listen,
    Receive,
    ReceiveFrom,
    Relay,
    Repeat,
    Resolve,
    Send,
    SendLevel,
    SendTo,
    SetEventCallbacks,
)
from telesock.server.core.states import Category
from telesock.server.service.wire.faults import read_faults
from telesock.server.service.wire.fields import (
    callbacks,
    category,
    endpoint,
    family,
    indications,
    known,
    pattern,
    seconds,
)
from telesock.server.service.wire.options import read_option, read_options
from telesock.v1 import sessions_pb2, sockets_pb2

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
_DIGESTS = {digest: digest for digest in Digest}
_OPTION_KINDS = {kind: kind for kind in OptionKind}
_QUERY_KINDS = {kind: kind for kind in QueryKind}
_new_tuple = tuple.__new__  # makes a named tuple at half the price of its own constructor


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
    return CreateSocket(
        message.socket_id,
        category(message.spec),
        family("spec.family", message.spec.family),
        read_options(message.spec.options),
        read_faults(message.faults) if message.faults else (),
    )


def read_bind(message: sockets_pb2.BindRequest) -> Bind:
    """Read the request of this name."""
    return Bind(message.socket_id, endpoint(message.local))


def read_connect(message: sockets_pb2.ConnectRequest) -> Connect:
    """Read the request of this name."""
    make = message.HasField("spec")
    if make and category(message.spec) is not Category.CONNECTION:
        raise malformed("spec.category", "a connect makes connection sockets only")
    return Connect(
        message.socket_id,
        endpoint(message.remote),
        make,
        family("spec.family", message.spec.family),
        endpoint(message.local) if message.HasField("local") else None,
        message.initial_data,
        seconds(message, "timeout"),
        callbacks(message.callbacks),
        read_options(message.spec.options),
        read_faults(message.faults) if message.faults else (),
    )


def read_send(message: sockets_pb2.SendRequest) -> Send:
    """Read the request of this name. This is the one that has to be fast."""
    offset: int | None = message.stream_offset
    if not offset and not message.HasField("stream_offset"):
        offset = None
    level = known("level", _LEVELS, message.level) if message.level else SendLevel.WRITTEN
    timeout = seconds(message, "timeout") if message.HasField("timeout") else None
    made, length = None, message.pattern_length
    if length or message.HasField("pattern"):
        made = pattern(message.pattern) if message.HasField("pattern") else None
    return _new_tuple(Send, (message.socket_id, message.data, offset, level, timeout, made, length))


def read_receive(message: sockets_pb2.ReceiveRequest) -> Receive:
    """Read the request of this name."""
    return Receive(
        message.socket_id,
        message.length,
        message.wait_all,
        message.drain,
        message.peek,
        seconds(message, "timeout"),
        known("digest", _DIGESTS, message.digest),
        pattern(message.check) if message.HasField("check") else None,
    )


def read_disconnect(message: sockets_pb2.DisconnectRequest) -> Disconnect:
    """Read the request of this name."""
    return Disconnect(
        message.socket_id,
        known("mode", _ABORTIVE, message.mode),
        message.final_data,
        seconds(message, "timeout"),
        message.abort_on_timeout,
    )


def read_close(message: sockets_pb2.CloseRequest) -> Close:
    """Read the request of this name."""
    return Close(message.socket_id, message.graceful, seconds(message, "timeout"))


def read_set_event_callbacks(message: sockets_pb2.SetEventCallbacksRequest) -> SetEventCallbacks:
    """Read the request of this name."""
    return SetEventCallbacks(
        message.socket_id,
        indications("enable", message.enable),
        indications("disable", message.disable),
        message.credit_bytes,
        message.credit_connections,
        message.credit_datagrams,
    )


def read_listen(message: sockets_pb2.ListenRequest) -> Listen:
    """Read the request of this name."""
    return Listen(message.socket_id)


def read_accept(message: sockets_pb2.AcceptRequest) -> Accept:
    """Read the request of this name."""
    faults = read_faults(message.faults) if message.faults else ()
    return Accept(message.socket_id, seconds(message, "timeout"), callbacks(message.callbacks), faults)


def read_inspect_complete(message: sockets_pb2.InspectCompleteRequest) -> InspectComplete:
    """Read the request of this name."""
    return InspectComplete(message.socket_id, message.inspect_id, message.accept)


def read_relay(message: sockets_pb2.RelayRequest) -> Relay:
    """Read the request of this name."""
    return Relay(message.socket_id, endpoint(message.upstream), seconds(message, "connect_timeout"))


def read_send_to(message: sockets_pb2.SendToRequest) -> SendTo:
    """Read the request of this name."""
    remote = endpoint(message.remote) if message.HasField("remote") else None
    return SendTo(message.socket_id, tuple(message.datagrams), remote, seconds(message, "timeout"))


def read_receive_from(message: sockets_pb2.ReceiveFromRequest) -> ReceiveFrom:
    """Read the request of this name."""
    return ReceiveFrom(message.socket_id, message.length, seconds(message, "timeout"))


def read_control(message: sockets_pb2.ControlSocketRequest) -> Control:
    """Read the request of this name."""
    action = message.WhichOneof("action")
    if action == "set":
        return Control(message.socket_id, option=read_option("set", message.set))
    if action == "get":
        kinds = tuple(known("get.kinds", _OPTION_KINDS, kind) for kind in message.get.kinds)
        return Control(message.socket_id, options=kinds)
    queries = tuple(known("query.kinds", _QUERY_KINDS, kind) for kind in message.query.kinds)
    return Control(message.socket_id, queries=queries)


def read_resolve(message: sockets_pb2.ResolveRequest) -> Resolve:
    """Read the request of this name."""
    return Resolve(
        message.name,
        endpoint(message.address) if message.HasField("address") else None,
        message.service,
        family("family", message.family),
        message.name_required,
        seconds(message, "timeout"),
    )


def read_chain(message: sessions_pb2.SubmitChainRequest) -> Chain:
    """Read the request of this name."""
    repeat = message.repeat
    return Chain(
        tuple(_link(place, link, message.session_id) for place, link in enumerate(message.links)),
        message.start_at_ns,
        seconds(message, "timeout"),
        Repeat(repeat.count, seconds(repeat, "interval"), repeat.progress_every)
        if message.HasField("repeat")
        else None,
    )


def _link(place: int, link: sessions_pb2.ChainLink, session_id: str) -> Link:
    kind = link.command.WhichOneof("request")
    if kind is None or kind == "chain":
        raise malformed(f"links[{place}].command", "a link has to name one request, and not a chain")
    operation_id, request = read_command(link.command, session_id)
    if operation_id:
        raise malformed(f"links[{place}].operation_id", "the links' numbers follow the chain's; leave it 0")
    assert not isinstance(request, Chain), "a chain was refused above"
    return Link(request, link.hard)


def read_accepted_bytes(message: sockets_pb2.ReleaseRequest) -> int | None:
    """Read how much of an indication is accepted; None means all of it."""
    return message.accepted_bytes if message.HasField("accepted_bytes") else None


_READERS: dict[str, Callable[[Any], AnyRequest]] = {
    "create_socket": read_create_socket,
    "bind": read_bind,
    "connect": read_connect,
    "send": read_send,
    "receive": read_receive,
    "disconnect": read_disconnect,
    "close": read_close,
    "set_event_callbacks": read_set_event_callbacks,
    "listen": read_listen,
    "accept": read_accept,
    "inspect_complete": read_inspect_complete,
    "relay": read_relay,
    "send_to": read_send_to,
    "receive_from": read_receive_from,
    "control_socket": read_control,
    "resolve": read_resolve,
    "chain": read_chain,
}
