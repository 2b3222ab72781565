"""The contract's enumerations as Python's, without their prefixes.

Numbers and names are the contract's: a test compares them. A number that a newer agent sends and that is not here
stays a plain number.
"""

from enum import IntEnum


class Status(IntEnum):
    """How an operation ended; types.proto says what each means."""

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
    """What an operation was doing when it ended."""

    RESOLVE = 1
    BIND = 2
    CONNECT = 3
    SEND = 4
    RECEIVE = 5
    DISCONNECT = 6
    CLOSE = 7


class OperationKind(IntEnum):
    """What an operation does."""

    CREATE_SOCKET = 1
    BIND = 2
    CONNECT = 3
    SEND = 4
    RECEIVE = 5
    DISCONNECT = 6
    CLOSE = 7
    SET_EVENT_CALLBACKS = 8
    LISTEN = 9
    ACCEPT = 10
    INSPECT_COMPLETE = 11
    SEND_TO = 12
    RECEIVE_FROM = 13
    CONTROL_SOCKET = 14
    RESOLVE = 15
    CHAIN = 16
    RELAY = 17


class SocketCategory(IntEnum):
    """The kind of a socket."""

    BASIC = 1
    LISTENING = 2
    CONNECTION = 3
    DATAGRAM = 4
    STREAM = 5


class AddressFamily(IntEnum):
    """The address family of a socket."""

    IPV4 = 1
    IPV6 = 2
    UNIX = 3


class SendLevel(IntEnum):
    """When a send is done: taken by the local TCP (no proof of delivery), or acknowledged by the peer's."""

    WRITTEN = 1
    ACKNOWLEDGED = 2


class IndicationKind(IntEnum):
    """What a socket can tell without being asked."""

    DATA = 1
    DISCONNECT = 2
    CONNECTION = 3
    DATAGRAM = 4
    SEND_BACKLOG = 5


class Digest(IntEnum):
    """What a receive keeps of its bytes instead of the bytes."""

    COUNT = 1
    SHA256 = 2
    CRC32C = 3


class QueryKind(IntEnum):
    """What can be asked of a socket beside its options; options.proto says what each is."""

    RECEIVE_BACKLOG = 1
    UNSENT = 2
    UNACKNOWLEDGED = 3
    IDEAL_SEND_BACKLOG = 4
    TCP_INFO = 5
    ADDRESS_LIST = 6
    INSPECT_ID = 7


class EventKind(IntEnum):
    """What an event tells, for filters."""

    COMPLETION = 1
    DATA_RECEIVED = 2
    PEER_DISCONNECTED = 3
    SOCKET_CLOSED = 4
    CREDIT_STALLED = 5
    SESSION_EXPIRING = 6
    DRAINING = 7
    DATAGRAM_RECEIVED = 8
    CONNECTION_ACCEPTED = 9
    CONNECTION_INSPECT = 10
    CONNECTION_INSPECT_ABORTED = 11
    SEND_BACKLOG_CHANGED = 12
    CHAIN_PROGRESS = 13
    FAULT_FIRED = 14
    FAULT_ENDED = 15
    RELAY_CONNECTED = 16
    RELAY_ENDED = 17
    POLICY_DENIED = 18


class Retention(IntEnum):
    """What a full journal does: refuse operations until events are acknowledged, or drop the oldest events."""

    UNTIL_ACKNOWLEDGED = 1
    LATEST = 2


class CancelOutcome(IntEnum):
    """What became of a cancel."""

    CANCELLED = 1
    TOO_LATE = 2
    NOT_FOUND = 3


class Direction(IntEnum):
    """Which way bytes or datagrams go, seen from the socket."""

    SEND = 1
    RECEIVE = 2


class FaultEnd(IntEnum):
    """Why a fault ended."""

    DELETED = 1
    UPDATED = 2
    EXPIRED = 3
    TARGET_GONE = 4
    SESSION_ENDED = 5


class PolicyAction(IntEnum):
    """What a policy judges."""

    CONNECT = 1
    SEND_TO = 2
    LISTEN = 3
    RESOLVE = 4
