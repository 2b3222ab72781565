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
from telesock.client.findings import Finding, find, last_cause

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


def error_of_call(end: CallEnd, target: str, *, encrypted: bool = False) -> TelesockError:
    """Return the exception for a call that failed, on a channel with TLS or without."""
    if end.reason in _SESSION_ENDS:
        return _session_error(end)
    if end.reason:
        return Rejected(end.details, end.reason, end.code, end.metadata)
    if end.code in _UNAVAILABLE:
        return _unavailable(end, target, encrypted)
    return _unexplained(end, target)


def cause_of(end: CallEnd) -> str:
    """Return why a stream ended, in words that stand at the end of a line."""
    found = find(end.details)
    return last_cause(end.details or end.code.name) if found is None else found.words


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
    return SessionLost(f"{message}: {cause_of(end)}", "LEASE_EXPIRED")


def _session_error(end: CallEnd) -> SessionLost:
    kind = _SESSION_ENDS[end.reason]
    cause = end.metadata.get("cause", end.reason)
    return (SessionClosed if cause == "CLOSED" else kind)(end.details, cause)


_SESSION_ENDS: Mapping[str, type[SessionLost]] = {
    "SESSION_LOST": SessionLost,
    "SESSION_UNKNOWN": SessionLost,
    "ATTACHMENT_REPLACED": SessionReplaced,
}


def _unavailable(end: CallEnd, target: str, encrypted: bool) -> AgentUnavailable:
    if end.code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return AgentUnavailable(_OVERDUE.line(target))
    found = find(end.details, encrypted=encrypted) or Finding(last_cause(end.details))
    return (AgentUntrusted if found.untrusted else AgentUnavailable)(found.line(target))


def _unexplained(end: CallEnd, target: str) -> Rejected:
    """Whoever has ended the call has given no reason, as an agent does."""
    found = find(end.details)
    if found is None and end.code is grpc.StatusCode.UNIMPLEMENTED:
        found = Finding(f"{_UNKNOWN_METHOD} ({end.code.name}: {end.details})", other=True)
    told = f"{target} answered {end.code.name}: {end.details}" if found is None else found.line(target)
    return Rejected(told, end.code.name, end.code)


_OVERDUE = Finding("the time for an answer is over: it hangs, cannot be reached, or is no Telesock agent")
_UNKNOWN_METHOD = "it is another gRPC server, or an agent too old for what was asked"
