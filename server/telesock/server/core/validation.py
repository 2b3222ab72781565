"""Whether a request makes sense by itself, before any session, socket or state is looked at.

What depends on a socket's state is the business of the table (states.py), where a connection may lead of the
policy (policy.py).
"""

from collections.abc import Callable
from typing import Any

from telesock.server.core.limits import Limits
from telesock.server.core.refusal import Reason, Refused, malformed
from telesock.server.core.requests import (
    KINDS,
    AnyRequest,
    Bind,
    Close,
    Connect,
    CreateSocket,
    Disconnect,
    Endpoint,
    OperationKind,
    Receive,
    Send,
    SetEventCallbacks,
)

_LONGEST_NAME = 253  # RFC 1035, without the final dot
_LONGEST_TIMEOUT = 86_400.0 * 365


def check(request: AnyRequest, limits: Limits) -> None:
    """Refuse a request that no agent with these limits could carry out."""
    CHECKS[KINDS[type(request)]](request, limits)


def _check_nothing(request: CreateSocket, limits: Limits) -> None:
    """Every value of the fields is a socket that could be."""


def _check_bind(request: Bind, limits: Limits) -> None:
    _check_port("local.port", request.local, 0)


def _check_connect(request: Connect, limits: Limits) -> None:
    if not request.remote.host:
        raise malformed("remote.host", "an address literal or a name is needed")
    if len(request.remote.host) > _LONGEST_NAME or "\0" in request.remote.host:
        raise malformed("remote.host", f"a name has at most {_LONGEST_NAME} characters, none of them NUL")
    _check_port("remote.port", request.remote, 1)
    if request.local is not None:
        _check_local(request, request.local)
    _check_size("initial_data", request.initial_data, limits.initial_data_bytes)
    _check_timeout(request.timeout)
    _check_credit("callbacks.credit_bytes", request.callbacks.credit_bytes, limits)


def _check_local(request: Connect, local: Endpoint) -> None:
    if not request.make:
        raise malformed("local", "only a connect with `spec` takes a local address; bind the socket first")
    _check_port("local.port", local, 0)


def _check_send(request: Send, limits: Limits) -> None:
    if len(request.data) > limits.send_bytes:
        raise _too_large("data", len(request.data), limits.send_bytes)
    if request.timeout is not None:
        _check_timeout(request.timeout)


def _check_receive(request: Receive, limits: Limits) -> None:
    if request.length > limits.send_bytes:
        raise _too_large("length", request.length, limits.send_bytes)
    if request.drain and (request.length or request.wait_all or request.peek):
        raise malformed("drain", "draining needs length 0 and neither wait_all nor peek")
    if request.wait_all and request.peek:
        raise malformed("peek", "peeking cannot wait for all")
    if request.wait_all and not request.length:
        raise malformed("wait_all", "waiting for all needs a length above 0")
    _check_timeout(request.timeout)


def _check_disconnect(request: Disconnect, limits: Limits) -> None:
    if request.abortive and request.final_data:
        message = "final_data: an abortive disconnect sends nothing; leave it empty or disconnect gracefully"
        raise Refused(
            Reason.FINAL_DATA_WITH_ABORT, message, field="final_data", wsk_status="STATUS_INVALID_PARAMETER"
        )
    if request.abortive and request.timeout is not None:
        raise malformed("timeout", "an abortive disconnect completes at once and takes no timeout")
    if request.abort_on_timeout and request.timeout is None:
        raise malformed("abort_on_timeout", "it needs a timeout")
    _check_size("final_data", request.final_data, limits.send_bytes)
    _check_timeout(request.timeout)


def _check_close(request: Close, limits: Limits) -> None:
    if request.timeout is not None and not request.graceful:
        raise malformed("timeout", "only a graceful close takes one; any other completes at once")
    _check_timeout(request.timeout)


def _check_callbacks(request: SetEventCallbacks, limits: Limits) -> None:
    if request.enable & request.disable:
        raise malformed("disable", "a kind cannot be enabled and disabled in one request")
    if not (request.enable or request.disable or request.credit_bytes):
        raise malformed("enable", "nothing to change: name a kind to enable or disable, or a credit")
    _check_credit("credit_bytes", request.credit_bytes, limits)


def _check_port(field: str, endpoint: Endpoint, lowest: int) -> None:
    if not lowest <= endpoint.port <= 65_535:
        raise malformed(field, f"{endpoint.port} is not between {lowest} and 65535")


def _check_size(field: str, data: bytes, limit: int) -> None:
    if len(data) > limit:
        raise _too_large(field, len(data), limit)


def _check_credit(field: str, credit: int, limits: Limits) -> None:
    if credit > limits.maximum_credit_bytes:
        raise _too_large(field, credit, limits.maximum_credit_bytes)


def _check_timeout(timeout: float | None) -> None:
    if timeout is not None and not 0 < timeout <= _LONGEST_TIMEOUT:
        raise malformed("timeout", f"{timeout:g} s is not above 0 and at most a year")


def _too_large(field: str, size: int, limit: int) -> Refused:
    message = f"{field}: {size} bytes are more than the {limit} that one request may have"
    return Refused(
        Reason.TOO_LARGE, message, field=field, limit=str(limit), wsk_status="STATUS_BUFFER_OVERFLOW"
    )


CHECKS: dict[OperationKind, Callable[[Any, Limits], None]] = {
    OperationKind.CREATE_SOCKET: _check_nothing,
    OperationKind.BIND: _check_bind,
    OperationKind.CONNECT: _check_connect,
    OperationKind.SEND: _check_send,
    OperationKind.RECEIVE: _check_receive,
    OperationKind.DISCONNECT: _check_disconnect,
    OperationKind.CLOSE: _check_close,
    OperationKind.SET_EVENT_CALLBACKS: _check_callbacks,
}
