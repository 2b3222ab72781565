"""How things end: the status vocabulary and what each operating system error means in it.

Status names are those of NTSTATUS without the prefix, as the Winsock Kernel uses them. The numbers are
those of the contract (types.proto); a test compares the two. Nothing here decides *when* something ends.
"""

import errno
from enum import IntEnum
from typing import NamedTuple


class Status(IntEnum):
    """How an operation ended."""

    SUCCESS = 1
    CANCELLED = 2
    CONNECTION_REFUSED = 3
    CONNECTION_RESET = 4
    CONNECTION_ABORTED = 5
    CONNECTION_DISCONNECTED = 6
    IO_TIMEOUT = 7
    HOST_UNREACHABLE = 8
    NETWORK_UNREACHABLE = 9
    ADDRESS_ALREADY_EXISTS = 10
    ACCESS_DENIED = 11
    INSUFFICIENT_RESOURCES = 12
    FILE_FORCED_CLOSED = 13
    NO_MATCH = 14
    INVALID_PARAMETER = 15
    NOT_SUPPORTED = 16
    INVALID_DEVICE_STATE = 17
    BUFFER_OVERFLOW = 18
    REQUEST_NOT_ACCEPTED = 19
    UNSUCCESSFUL = 20


class Origin(IntEnum):
    """Who made an operation end as it did."""

    PEER = 1
    LOCAL_HOST = 2
    DEADLINE = 3
    CANCEL = 4
    POLICY = 5
    FAULT = 6


class Phase(IntEnum):
    """What was going on when it ended."""

    RESOLVE = 1
    BIND = 2
    CONNECT = 3
    SEND = 4
    RECEIVE = 5
    DISCONNECT = 6
    CLOSE = 7


class Cause(NamedTuple):
    """Why something ended otherwise than with success."""

    origin: Origin
    phase: Phase
    errno_name: str = ""
    fault_name: str = ""
    detail: str = ""


class Failure(NamedTuple):
    """A status that is not success, with its cause."""

    status: Status
    cause: Cause


_PEER = {
    errno.ECONNREFUSED: Status.CONNECTION_REFUSED,
    errno.ECONNRESET: Status.CONNECTION_RESET,
    errno.EPIPE: Status.CONNECTION_RESET,
    errno.ETIMEDOUT: Status.IO_TIMEOUT,
    errno.EHOSTUNREACH: Status.HOST_UNREACHABLE,
    errno.EHOSTDOWN: Status.HOST_UNREACHABLE,
    errno.ENETUNREACH: Status.NETWORK_UNREACHABLE,
}
_LOCAL = {
    errno.ENETDOWN: Status.NETWORK_UNREACHABLE,
    errno.ECONNABORTED: Status.CONNECTION_ABORTED,
    errno.EADDRINUSE: Status.ADDRESS_ALREADY_EXISTS,
    errno.EACCES: Status.ACCESS_DENIED,
    errno.EPERM: Status.ACCESS_DENIED,
    errno.EMFILE: Status.INSUFFICIENT_RESOURCES,
    errno.ENFILE: Status.INSUFFICIENT_RESOURCES,
    errno.ENOBUFS: Status.INSUFFICIENT_RESOURCES,
    errno.ENOSPC: Status.INSUFFICIENT_RESOURCES,
    errno.ENOMEM: Status.INSUFFICIENT_RESOURCES,
    errno.EAGAIN: Status.INSUFFICIENT_RESOURCES,
    errno.EADDRNOTAVAIL: Status.INVALID_PARAMETER,
    errno.EINVAL: Status.INVALID_PARAMETER,
    errno.EOPNOTSUPP: Status.NOT_SUPPORTED,
    errno.EAFNOSUPPORT: Status.NOT_SUPPORTED,
    errno.EPROTOTYPE: Status.NOT_SUPPORTED,  # a Unix-domain path where no streams are spoken
    errno.ENOENT: Status.NO_MATCH,  # a Unix-domain path has no file, or no directory on the way to it
    errno.ENOTDIR: Status.NO_MATCH,
    errno.EROFS: Status.ACCESS_DENIED,
    errno.ENOTCONN: Status.CONNECTION_DISCONNECTED,
    errno.EMSGSIZE: Status.BUFFER_OVERFLOW,
}
# Python gives the one number of both as ENOTSUP; what sockets report is EOPNOTSUPP.
_NAMES = {**errno.errorcode, errno.EOPNOTSUPP: "EOPNOTSUPP"}
ERRNO_NAMES = frozenset(_NAMES.values())
"""Every name that an error of this host can have."""
_TYPICAL = {
    status: number for number, status in reversed([*_PEER.items(), *_LOCAL.items()])
}  # the first of each: ECONNRESET before EPIPE


def errno_name_of(status: Status) -> str:
    """The name that a status has where it is the operating system's; empty where it has none."""
    number = _TYPICAL.get(status)
    return "" if number is None else _NAMES[number]


def failure_from_errno(number: int, phase: Phase, detail: str = "") -> Failure:
    """Read an operating system error: who caused it and what it is called here."""
    name = _NAMES.get(number, f"E{number}")
    if number in _PEER:
        return Failure(_PEER[number], Cause(Origin.PEER, phase, name, detail=detail))
    status = _LOCAL.get(number, Status.UNSUCCESSFUL)
    return Failure(status, Cause(Origin.LOCAL_HOST, phase, name, detail=detail))
