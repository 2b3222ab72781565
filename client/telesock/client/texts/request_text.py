"""What was asked for, in words: where to, how much, how. What a request leaves to its defaults is not said."""

from collections.abc import Callable, Iterator
from typing import Any

from telesock.client.enumerations import OperationKind
from telesock.client.texts.words import bare_name, count, data_text, endpoint_text, join
from telesock.v1 import sessions_pb2, sockets_pb2, types_pb2


def request_text(command: sessions_pb2.Command) -> str:
    """Put what a command asks for into words; empty where its kind says it all, or it is newer than this client."""
    kind = command.WhichOneof("request")
    return _REQUESTS[kind](getattr(command, kind)) if kind in _REQUESTS else ""


def link_texts(command: sessions_pb2.Command) -> Iterator[str]:
    """Put the links of a chain into words, one after the other."""
    return (request_text(link.command) for link in command.chain.links)


def _payload(data: bytes) -> str:
    return f"{len(data)} bytes, {data_text(data)}" if data else ""


def _connect(request: sockets_pb2.ConnectRequest) -> str:
    return join(f"to {endpoint_text(request.remote)}", _payload(request.initial_data))


def _send(request: sockets_pb2.SendRequest) -> str:
    if request.HasField("pattern"):
        return f"{request.pattern_length} bytes of pattern {request.pattern.seed}"
    return _payload(request.data)


def _receive(request: sockets_pb2.ReceiveRequest) -> str:
    bound = "" if request.wait_all else "up to "
    return join(
        "whatever comes" if request.drain else f"{bound}{request.length} bytes",
        "to be looked at only" if request.peek else "",
    )


def _disconnect(request: sockets_pb2.DisconnectRequest) -> str:
    abortive = request.mode == sockets_pb2.DISCONNECT_MODE_ABORTIVE
    return join("abortive" if abortive else "graceful", _payload(request.final_data))


def _send_to(request: sockets_pb2.SendToRequest) -> str:
    where = f"to {endpoint_text(request.remote)}" if request.remote.host else ""
    first = data_text(request.datagrams[0]) if request.datagrams else ""
    return join(where, count(len(request.datagrams), "datagrams"), first)


def _resolve(request: sockets_pb2.ResolveRequest) -> str:
    return join(request.name or request.address.host, request.service)


def _create(request: sockets_pb2.CreateSocketRequest) -> str:
    return bare_name(types_pb2.SocketCategory, request.spec.category).lower()


_REQUESTS: dict[str, Callable[[Any], str]] = {
    "create_socket": _create,
    "bind": lambda request: endpoint_text(request.local),
    "connect": _connect,
    "send": _send,
    "receive": _receive,
    "disconnect": _disconnect,
    "close": lambda request: "graceful" if request.graceful else "",
    "send_to": _send_to,
    "receive_from": lambda request: count(request.length, "bytes at most"),
    "inspect_complete": lambda request: (
        f"inspection {request.inspect_id}, {'accept' if request.accept else 'reject'}"
    ),
    "resolve": _resolve,
    "relay": lambda request: f"to {endpoint_text(request.upstream)}",
    "chain": lambda request: join(
        count(len(request.links), "links"),
        f"{request.repeat.count} times" if request.HasField("repeat") else "",
    ),
}


def kind_text(kind: OperationKind) -> str:
    """Name an operation as its completion does: "connect", "set event callbacks"."""
    return kind.name.lower().replace("_", " ")
