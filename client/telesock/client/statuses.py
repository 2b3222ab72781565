"""How a gRPC call ended, as one of the client's exceptions, and whether it is worth trying again."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import grpc
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from telesock.client.errors import (
    AgentUnavailable,
    AgentUntrusted,
    Rejected,
    SessionClosed,
    SessionLost,
    SessionReplaced,
    TelesockError,
)

_DETAILS_KEY = "grpc-status-details-bin"
_UNAVAILABLE = frozenset(
    {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED}
)
# What a stream can break with although the agent and the session are well.
_BROKEN = _UNAVAILABLE | {
    grpc.StatusCode.OK,
    grpc.StatusCode.UNKNOWN,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.ABORTED,
}


class CallEnd(NamedTuple):
    """How a call ended: its status, and the agent's reason where it was the agent that ended it."""

    code: grpc.StatusCode
    details: str
    reason: str = ""
    metadata: Mapping[str, str] = {}


def read_call_end(
    code: grpc.StatusCode, details: str | None, trailers: Iterable[tuple[str, str | bytes]] | None
) -> CallEnd:
    """Read the end of a call; without ErrorInfo of the agent's there is no reason."""
    for key, value in trailers or ():
        if key == _DETAILS_KEY and isinstance(value, bytes):
            for detail in Status.FromString(value).details:
                info = ErrorInfo()
                if detail.Unpack(info) and info.domain == "telesock":
                    return CallEnd(code, details or "", info.reason, dict(info.metadata))
    return CallEnd(code, details or "")


def error_of_call(end: CallEnd, target: str) -> TelesockError:
    """Return the exception for a call that failed."""
    if end.reason in _SESSION_ENDS:
        return _session_error(end)
    if end.reason:
        return Rejected(end.details, end.reason, end.code, end.metadata)
    if end.code in _UNAVAILABLE:
        return _unavailable(end.details, target)
    return Rejected(f"{target} answered {end.code.name}: {end.details}", end.code.name, end.code)


def loss_of_stream(end: CallEnd) -> SessionLost | None:
    """Return why a session's stream cannot be taken up again, or None when it is worth trying."""
    if end.reason in _SESSION_ENDS:
        return _session_error(end)
    if not end.reason and end.code in _BROKEN:
        return None
    return SessionLost(f"the agent refused the session's stream: {end.details}", end.reason or end.code.name)


def expired(end: CallEnd, target: str, lease: float) -> SessionLost:
    """Return that a whole lease has passed since the last sign of the agent; `end` is how the last stream ended."""
    message = f"nothing was heard from the agent at {target} for a whole lease of {lease:g} s"
    return SessionLost(f"{message}: {end.details or end.code.name}", "LEASE_EXPIRED")


def _session_error(end: CallEnd) -> SessionLost:
    kind = _SESSION_ENDS[end.reason]
    cause = end.metadata.get("cause", end.reason)
    return (SessionClosed if cause == "CLOSED" else kind)(end.details, cause)


_SESSION_ENDS: Mapping[str, type[SessionLost]] = {
    "SESSION_LOST": SessionLost,
    "SESSION_UNKNOWN": SessionLost,
    "ATTACHMENT_REPLACED": SessionReplaced,
}


_TLS_FAILURES = {
    "certificate has expired": "its certificate has expired",
    "certificate is not yet valid": "the time of its certificate has not come",
    "CERTIFICATE_VERIFY_FAILED": "its certificate is not signed by any that is trusted here",
    "Hostname Verification Check failed": "its certificate is for another name",
    "WRONG_VERSION_NUMBER": "it does not speak TLS",
    "CERTIFICATE_REQUIRED": "it wants a certificate of the client",
    "Failed to create security handshaker": "of the files given here for TLS one is no PEM, or certificate and key are "
    "not a pair",
}
_CLOSED = "Socket closed"


def _unavailable(details: str, target: str) -> AgentUnavailable:
    for mark, meaning in _TLS_FAILURES.items():
        if mark in details:
            return AgentUntrusted(f"no answer from an agent at {target}: {meaning}")
    return AgentUnavailable(f"no answer from an agent at {target}: {_last_part(details)}")


def _last_part(details: str) -> str:
    """Of the chain of causes that gRPC tells, return the last: the one that a person can use."""
    if _CLOSED in details:
        return "it closed the connection; perhaps it wants TLS, or a certificate of the client"
    return details.rpartition(": ")[2].strip() or "no reason given"
