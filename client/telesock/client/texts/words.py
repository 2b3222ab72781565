"""Words that everything said about sockets shares: statuses, causes, addresses, a little data.

They are those of the contract without prefixes and underscores. Nothing here knows where they are printed.
"""

from functools import lru_cache
from typing import Any

from telesock.v1 import operations_pb2, types_pb2

_PREVIEW = 24  # bytes of data that are shown
_AGENT_MADE = 1 << 63  # from here on the agent chooses the numbers of sockets (sockets.proto)


def operation_name(kind: int) -> str:
    """Name an operation: "connect", "set event callbacks"."""
    return bare_name(operations_pb2.OperationKind, kind).lower().replace("_", " ")


def status_name(status: int) -> str:
    """Name a status as the contract does, without its prefix: "CONNECTION_REFUSED"."""
    return bare_name(types_pb2.Status, status)


def cause_text(cause: types_pb2.Cause) -> str:
    """Say who caused something, in which phase, and what the operating system called it."""
    origin = _ORIGINS.get(cause.origin, "")
    if cause.fault_name:
        origin = f"{origin} {cause.fault_name}"
    phase = bare_name(types_pb2.Phase, cause.phase).lower() if cause.phase else ""
    who = " ".join(word for word in (origin, f"in {phase}" if phase else "") if word)
    detail = "" if cause.fault_name and cause.detail == f"the fault {cause.fault_name!r}" else cause.detail
    return join(who, cause.errno_name, detail)


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


@lru_cache(maxsize=1024)  # of values that this client does not know there could be any number
def bare_name(enumeration: Any, value: int) -> str:
    """Name an enum value without the prefix that all values share; one that is newer than this client by number."""
    if value not in enumeration.values():
        return str(value)
    prefix = enumeration.Name(0).removesuffix("UNSPECIFIED")
    return str(enumeration.Name(value)).removeprefix(prefix)


def join(*parts: str) -> str:
    """Put what is not empty into one line."""
    return ", ".join(part for part in parts if part)


def count(number: int, what: str) -> str:
    """Say a number of something, nothing where there is none."""
    return f"{number} {what}" if number else ""


def socket_text(socket_id: int) -> str:
    """Number a socket: "3", "~0" for the first of those that the agent has numbered itself; nothing for none."""
    if not socket_id:
        return ""
    return f"~{socket_id - _AGENT_MADE}" if socket_id >= _AGENT_MADE else str(socket_id)
