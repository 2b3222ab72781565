"""What can be asked of a socket beside its options: its queues, the kernel's view of it, where it came from."""

import socket
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import psutil

from telesock.server.core.events import ControlResult, InterfaceAddress, SocketQueries
from telesock.server.core.operations import Operation
from telesock.server.core.options import QueryKind
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import Endpoint
from telesock.server.core.states import Category, State
from telesock.server.core.status import Failure
from telesock.server.engine.tcp_info import (
    ideal_send_backlog,
    read_fields,
    read_tcp_info,
    unacknowledged_bytes,
    unsent_bytes,
)

if TYPE_CHECKING:
    from telesock.server.engine.sockets import Socket


def answer(target: "Socket", operation: Operation, kinds: Sequence[QueryKind]) -> None:
    """Answer queries, or refuse them where one has no answer in this state. A loss that came before fails them."""
    lost = loss(target)
    if lost is not None and not _LASTING.issuperset(kinds):
        target.accept(operation)
        target.complete(operation, failure=lost)
        return
    answers: dict[str, Any] = {}
    for kind in kinds:
        answers |= _ANSWERS[kind](target)
    target.accept(operation)
    target.complete(operation, ControlResult(queries=SocketQueries(**answers)))


def loss(target: "Socket") -> Failure | None:
    """What has ended the connection, where the network did that."""
    failure: Failure | None = getattr(target, "failure", None)
    return failure if target.state is State.RESET else None


def _receive_backlog(target: "Socket") -> Mapping[str, Any]:
    return {"receive_backlog_bytes": _connected(target).receives.waiting}


def _unsent(target: "Socket") -> Mapping[str, Any]:
    connection = _connected(target)
    kernel = 0 if connection.descriptor.family == socket.AF_UNIX else unsent_bytes(connection.descriptor)
    return {"unsent_bytes": connection.sends.unsent + kernel}


def _unacknowledged(target: "Socket") -> Mapping[str, Any]:
    descriptor = _connected(target).descriptor
    unsent = 0 if descriptor.family == socket.AF_UNIX else unsent_bytes(descriptor)
    return {"unacknowledged_bytes": max(0, unacknowledged_bytes(descriptor) - unsent)}


def _ideal_send_backlog(target: "Socket") -> Mapping[str, Any]:
    return {"ideal_send_backlog_bytes": ideal_send_backlog(_tcp(_connected(target).descriptor))}


def _tcp_info(target: "Socket") -> Mapping[str, Any]:
    if target.category is Category.DATAGRAM:
        message = "a datagram socket has no TCP_INFO"
        raise Refused(Reason.WRONG_CATEGORY, message, category=target.category.name)
    descriptor = target.descriptor
    if descriptor is None:
        raise _not_connected(target)
    _tcp(descriptor)
    return {"tcp_info": read_tcp_info(descriptor), "tcp_info_fields": read_fields(descriptor)}


def _address_list(target: "Socket") -> Mapping[str, Any]:
    found = [
        InterfaceAddress(name, Endpoint(each.address, 0))
        for name, addresses in psutil.net_if_addrs().items()
        for each in addresses
        if each.family in (socket.AF_INET, socket.AF_INET6)
    ]
    return {"addresses": tuple(found)}


def _inspect_id(target: "Socket") -> Mapping[str, Any]:
    number = target.session.inspect_ids.get(target.socket_id)
    if number is None:
        message = "the socket was not accepted from a listener with conditional_accept"
        raise Refused(
            Reason.WRONG_STATE, message, state=target.state.name, wsk_status="STATUS_INVALID_DEVICE_REQUEST"
        )
    return {"inspect_id": number}


def _connected(target: "Socket") -> Any:
    """The connection, or refuse where there is none."""
    if target.descriptor is None or target.remote is None or not hasattr(target, "sends"):
        raise _not_connected(target)
    return target


def _not_connected(target: "Socket") -> Refused:
    message = f"there is no connection to ask about; the socket is {target.state.name}"
    return Refused(
        Reason.WRONG_STATE, message, state=target.state.name, wsk_status="STATUS_INVALID_DEVICE_STATE"
    )


def _tcp(descriptor: socket.socket) -> socket.socket:
    if descriptor.family == socket.AF_UNIX:
        message = "only TCP sockets have a congestion window and TCP_INFO"
        raise Refused(Reason.NOT_AVAILABLE, message, wsk_status="STATUS_NOT_SUPPORTED")
    return descriptor


_LASTING = frozenset({QueryKind.ADDRESS_LIST, QueryKind.INSPECT_ID})
"""What does not end with a connection."""
_ANSWERS: dict[QueryKind, Callable[["Socket"], Mapping[str, Any]]] = {
    QueryKind.RECEIVE_BACKLOG: _receive_backlog,
    QueryKind.UNSENT: _unsent,
    QueryKind.UNACKNOWLEDGED: _unacknowledged,
    QueryKind.IDEAL_SEND_BACKLOG: _ideal_send_backlog,
    QueryKind.TCP_INFO: _tcp_info,
    QueryKind.ADDRESS_LIST: _address_list,
    QueryKind.INSPECT_ID: _inspect_id,
}
