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
    Endpoint,
    InspectComplete,
    Listen,
    OperationKind,
    Receive,
    ReceiveFrom,
    Relay,
    Repeat,
    Resolve,
    Send,
    SendTo,
    SetEventCallbacks,
)

_LONGEST_NAME = 253  # RFC 1035, without the final dot
_LONGEST_TIMEOUT = 86_400.0 * 365
_LONGEST_PATTERN = 2**62
_HIGHEST_PORT = 65_535
_LARGEST_DATAGRAM = 65_535
_NOT_REPEATABLE = (
    "only sends without stream_offset, receives with a digest or a check, datagrams sent and options set "
    "can be repeated"
)


def check(request: AnyRequest, limits: Limits) -> None:
    """Refuse a request that no agent with these limits could carry out."""
    CHECKS[KINDS[type(request)]](request, limits)


def _check_nothing(request: CreateSocket | Listen | InspectComplete, limits: Limits) -> None:
    """Every value of the fields is a socket that could be."""


def _check_bind(request: Bind, limits: Limits) -> None:
    _check_port("local.port", request.local, 0)


def _check_connect(request: Connect, limits: Limits) -> None:
    _check_destination("remote", request.remote)
    if request.local is not None:
        _check_local(request, request.local)
    _check_size("initial_data", request.initial_data, limits.initial_data_bytes)
    _check_timeout(request.timeout)
    _check_credit("callbacks.credit_bytes", request.callbacks.credit_bytes, limits)


def _check_destination(field: str, remote: Endpoint) -> None:
    if not remote.host:
        raise malformed(f"{field}.host", "an address literal or a name is needed")
    if len(remote.host) > _LONGEST_NAME or "\0" in remote.host:
        raise malformed(f"{field}.host", f"a name has at most {_LONGEST_NAME} characters, none of them NUL")
    _check_port(f"{field}.port", remote, 0 if remote.host.startswith("unix:") else 1)


def _check_local(request: Connect, local: Endpoint) -> None:
    if not request.make:
        raise malformed("local", "only a connect with `spec` takes a local address; bind the socket first")
    _check_port("local.port", local, 0)


def _check_send(request: Send, limits: Limits) -> None:
    if len(request.data) > limits.send_bytes:
        raise _too_large("data", len(request.data), limits.send_bytes)
    if request.pattern is not None or request.pattern_length:
        _check_pattern(request)
    if request.timeout is not None:
        _check_timeout(request.timeout)


def _check_pattern(request: Send) -> None:
    if request.pattern is None:
        raise malformed("pattern_length", "it needs a pattern")
    if request.data:
        raise malformed("data", "a send has data or a pattern, not both")
    if request.pattern_length > _LONGEST_PATTERN:
        raise malformed("pattern_length", f"{request.pattern_length} is more than {_LONGEST_PATTERN}")


def _check_receive(request: Receive, limits: Limits) -> None:
    if request.digest or request.check is not None:
        _check_digest(request)
    elif request.length > limits.send_bytes:
        raise _too_large("length", request.length, limits.send_bytes)
    if request.drain and (request.length or request.wait_all or request.peek):
        raise malformed("drain", "draining needs length 0 and neither wait_all nor peek")
    if request.wait_all and request.peek:
        raise malformed("peek", "peeking cannot wait for all")
    if request.wait_all and not request.length:
        raise malformed("wait_all", "waiting for all needs a length above 0")
    _check_timeout(request.timeout)


def _check_digest(request: Receive) -> None:
    if request.drain or request.peek:
        raise malformed("digest", "a receive that drains or peeks keeps no digest and checks nothing")
    if request.length > _LONGEST_PATTERN:
        raise malformed("length", f"{request.length} is more than {_LONGEST_PATTERN}")


def _check_accept(request: Accept, limits: Limits) -> None:
    _check_timeout(request.timeout)
    _check_credit("callbacks.credit_bytes", request.callbacks.credit_bytes, limits)


def _check_relay(request: Relay, limits: Limits) -> None:
    _check_destination("upstream", request.upstream)
    _check_timeout(request.connect_timeout, "connect_timeout")


def _check_send_to(request: SendTo, limits: Limits) -> None:
    count, size = len(request.datagrams), sum(map(len, request.datagrams))
    if not 1 <= count <= limits.send_datagrams:
        raise malformed("datagrams", f"{count} are not between 1 and {limits.send_datagrams}")
    if size > limits.send_bytes:
        raise _too_large("datagrams", size, limits.send_bytes)
    if request.remote is not None:
        _check_port("remote.port", request.remote, 1)
    _check_timeout(request.timeout)


def _check_receive_from(request: ReceiveFrom, limits: Limits) -> None:
    if request.length > _LARGEST_DATAGRAM:
        raise malformed("length", f"{request.length} is more than {_LARGEST_DATAGRAM}")
    _check_timeout(request.timeout)


def _check_control(request: Control, limits: Limits) -> None:
    if (request.option is not None) + (request.options is not None) + bool(request.queries) != 1:
        raise malformed("action", "set an option, read options or ask queries: one of the three")


def _check_resolve(request: Resolve, limits: Limits) -> None:
    if bool(request.name) == (request.address is not None):
        raise malformed("subject", "a name or an address is needed")
    if len(request.name) > _LONGEST_NAME or "\0" in request.name:
        raise malformed("name", f"a name has at most {_LONGEST_NAME} characters, none of them NUL")
    if len(request.service) > _LONGEST_NAME or "\0" in request.service:
        raise malformed("service", f"at most {_LONGEST_NAME} characters, none of them NUL")
    _check_service(request.service)
    if request.address is not None:
        _check_port("address.port", request.address, 0)
    _check_timeout(request.timeout)


def _check_service(service: str) -> None:
    """The system would take a number out of range for another one."""
    number = service.isascii() and service.isdecimal() and int(service) <= _HIGHEST_PORT
    if service and not number and not any(map(str.isalpha, service)):
        raise malformed("service", f"{service!r} is neither a name nor a number up to {_HIGHEST_PORT}")


def _check_chain(request: Chain, limits: Limits) -> None:
    if not 1 <= len(request.links) <= limits.chain_links:
        raise malformed("links", f"{len(request.links)} are not between 1 and {limits.chain_links}")
    _check_timeout(request.timeout)
    if request.repeat is not None:
        _check_repeat(request, request.repeat)
    for place, link in enumerate(request.links):
        try:
            check(link.request, limits)
        except Refused as refused:
            refused.metadata["link"] = str(place)
            raise


def _check_repeat(request: Chain, repeat: Repeat) -> None:
    if not 1 <= repeat.rounds < 2**32:
        raise malformed("repeat.count", f"{repeat.rounds} is not between 1 and {2**32 - 1}")
    if repeat.interval is not None and not 0 <= repeat.interval <= _LONGEST_TIMEOUT:
        raise malformed("repeat.interval", f"{repeat.interval:g} s is not between 0 and a year")
    for place, link in enumerate(request.links):
        if not _repeatable(link.request):
            raise malformed(f"links[{place}]", _NOT_REPEATABLE)


def _repeatable(request: AnyRequest) -> bool:
    if isinstance(request, Send):
        return request.stream_offset is None
    if isinstance(request, Receive):
        return request.digest is not Digest.NONE or request.check is not None
    return isinstance(request, SendTo) or (isinstance(request, Control) and request.option is not None)


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
    credits = (request.credit_bytes, request.credit_connections, request.credit_datagrams)
    if not (request.enable or request.disable or any(credits)):
        raise malformed("enable", "nothing to change: name a kind to enable or disable, or a credit")
    _check_credit("credit_bytes", request.credit_bytes, limits)
    for field, most in (
        ("credit_connections", limits.maximum_credit_connections),
        ("credit_datagrams", limits.maximum_credit_datagrams),
    ):
        if getattr(request, field) > most:
            raise malformed(field, f"{getattr(request, field)} is more than {most}")


def _check_port(field: str, endpoint: Endpoint, lowest: int) -> None:
    if not lowest <= endpoint.port <= 65_535:
        raise malformed(field, f"{endpoint.port} is not between {lowest} and 65535")


def _check_size(field: str, data: bytes, limit: int) -> None:
    if len(data) > limit:
        raise _too_large(field, len(data), limit)


def _check_credit(field: str, credit: int, limits: Limits) -> None:
    if credit > limits.maximum_credit_bytes:
        raise _too_large(field, credit, limits.maximum_credit_bytes)


def _check_timeout(timeout: float | None, field: str = "timeout") -> None:
    if timeout is not None and not 0 < timeout <= _LONGEST_TIMEOUT:
        raise malformed(field, f"{timeout:g} s is not above 0 and at most a year")


def _too_large(field: str, size: int, limit: int) -> Refused:
    message = f"{field}: {size} bytes are more than the {limit} that one request may have"
    return Refused(
        Reason.TOO_LARGE, message, field=field, limit=str(limit), wsk_status="STATUS_BUFFER_OVERFLOW"
    )


CHECKS: dict[OperationKind, Callable[[Any, Limits], None]] = {
    OperationKind.CREATE_SOCKET: _check_nothing,
    OperationKind.LISTEN: _check_nothing,
    OperationKind.ACCEPT: _check_accept,
    OperationKind.INSPECT_COMPLETE: _check_nothing,
    OperationKind.SEND_TO: _check_send_to,
    OperationKind.RECEIVE_FROM: _check_receive_from,
    OperationKind.CONTROL_SOCKET: _check_control,
    OperationKind.RESOLVE: _check_resolve,
    OperationKind.CHAIN: _check_chain,
    OperationKind.RELAY: _check_relay,
    OperationKind.BIND: _check_bind,
    OperationKind.CONNECT: _check_connect,
    OperationKind.SEND: _check_send,
    OperationKind.RECEIVE: _check_receive,
    OperationKind.DISCONNECT: _check_disconnect,
    OperationKind.CLOSE: _check_close,
    OperationKind.SET_EVENT_CALLBACKS: _check_callbacks,
}
