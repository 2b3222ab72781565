"""Socket options as values: what each is called, which sockets have it, and when it may be set.

One table decides it; the engine only carries it out (options.py there). What a kernel can do is not known here.
"""

from enum import IntEnum
from typing import NamedTuple


class OptionKind(IntEnum):
    """The options. Numbers as in the contract, which describes each."""

    KEEP_ALIVE = 1
    NO_DELAY = 2
    RECEIVE_BUFFER_BYTES = 3
    SEND_BUFFER_BYTES = 4
    LINGER = 5
    REUSE_ADDRESS = 6
    EXCLUSIVE_ADDRESS = 7
    V6_ONLY = 8
    BROADCAST = 9
    JOIN_GROUP = 10
    LEAVE_GROUP = 11
    MULTICAST_HOPS = 12
    MULTICAST_LOOPBACK = 13
    MULTICAST_INTERFACE = 14
    TYPE_OF_SERVICE = 15
    TIME_TO_LIVE = 16
    MARK = 17
    DEVICE = 18
    USER_TIMEOUT = 19
    FAST_OPEN = 20
    CONGESTION_CONTROL = 21
    QUICK_ACKNOWLEDGE = 22
    DEFER_ACCEPT = 23
    MAXIMUM_SEGMENT_BYTES = 24
    BACKLOG = 25
    CONDITIONAL_ACCEPT = 26
    FIXED_REMOTE = 27
    FIXED_SEND_TO = 28
    SILENT = 29


class QueryKind(IntEnum):
    """What can be asked beside options. Numbers as in the contract."""

    RECEIVE_BACKLOG = 1
    UNSENT = 2
    UNACKNOWLEDGED = 3
    IDEAL_SEND_BACKLOG = 4
    TCP_INFO = 5
    ADDRESS_LIST = 6
    INSPECT_ID = 7


class KeepAlive(NamedTuple):
    """Probing of an idle connection; seconds, None or 0 leave the kernel's values."""

    enabled: bool
    idle: float | None = None
    interval: float | None = None
    probes: int = 0


class Linger(NamedTuple):
    """What close(2) does with unsent data; seconds."""

    enabled: bool
    timeout: float = 0.0


class MulticastGroup(NamedTuple):
    """A group's address, and the interface's name or nothing."""

    address: str
    interface: str = ""


class Peer(NamedTuple):
    """A fixed address of a datagram socket; an empty host clears it."""

    host: str
    port: int


Value = bool | int | float | str | KeepAlive | Linger | MulticastGroup | Peer
"""Durations are seconds as float."""


class SetOption(NamedTuple):
    """An option and its value."""

    kind: OptionKind
    value: Value
