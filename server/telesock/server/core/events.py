"""What a session's journal can say: completions, indications and notices, as values.

Numbers are those of the contract (operations.proto, events.proto). Times are nanoseconds, sizes bytes.
"""

from enum import IntEnum
from typing import NamedTuple

from telesock.server.core.requests import Endpoint, OperationKind
from telesock.server.core.status import Cause, Status


class EventKind(IntEnum):
    """Which body an event has."""

    COMPLETION = 1
    DATA_RECEIVED = 2
    PEER_DISCONNECTED = 3
    SOCKET_CLOSED = 4
    CREDIT_STALLED = 5
    SESSION_EXPIRING = 6
    DRAINING = 7


class StallReason(IntEnum):
    """What a socket that stopped reading waits for."""

    CREDIT = 1
    JOURNAL = 2


class TcpInfo(NamedTuple):
    """A snapshot of the kernel's view of a connection; see the message of the same name."""

    state: str
    round_trip_time_us: int
    round_trip_variation_us: int
    send_segment_bytes: int
    congestion_window: int
    unacknowledged_segments: int
    retransmitted_segments: int
    acknowledged_bytes: int
    received_bytes: int
    unsent_bytes: int


class BindResult(NamedTuple):
    """The local address that was assigned."""

    local: Endpoint


class ConnectAttempt(NamedTuple):
    """One address that a connect tried or passed over."""

    remote: Endpoint
    status: Status
    cause: Cause | None = None


class ConnectResult(NamedTuple):
    """The two ends, unless the connect failed, and every attempt."""

    local: Endpoint | None
    remote: Endpoint | None
    attempts: tuple[ConnectAttempt, ...]


class ReceiveResult(NamedTuple):
    """Bytes from the peer and where they stand in its stream."""

    data: bytes
    stream_offset: int
    end_of_stream: bool


class DisconnectResult(NamedTuple):
    """The connection as the disconnect left it."""

    tcp_info: TcpInfo | None
    final_bytes: int
    unsent_bytes: int
    unacknowledged_bytes: int


class CloseResult(NamedTuple):
    """Whether the connection was reset, and what nobody received."""

    aborted: bool
    discarded_bytes: int


Result = BindResult | ConnectResult | ReceiveResult | DisconnectResult | CloseResult


class Completion(NamedTuple):
    """The one terminal result of an operation."""

    kind: OperationKind
    status: Status
    transferred_bytes: int = 0
    cause: Cause | None = None
    result: Result | None = None


class DataReceived(NamedTuple):
    """Data that no receive was waiting for."""

    data: bytes
    stream_offset: int


class PeerDisconnected(NamedTuple):
    """The peer's end: gracefully when there is no status, otherwise of the whole connection."""

    status: Status | None = None
    cause: Cause | None = None


class SocketClosed(NamedTuple):
    """A socket went away and no close had been asked for."""

    status: Status
    cause: Cause


class CreditStalled(NamedTuple):
    """Data waits and is not read."""

    reason: StallReason


class SessionExpiring(NamedTuple):
    """The lease ends in so many seconds."""

    expires_in: float


class Draining(NamedTuple):
    """The agent stops after so many seconds."""

    grace_period: float


Body = (
    Completion | DataReceived | PeerDisconnected | SocketClosed | CreditStalled | SessionExpiring | Draining
)

EVENT_KINDS: dict[type[Body], EventKind] = {
    Completion: EventKind.COMPLETION,
    DataReceived: EventKind.DATA_RECEIVED,
    PeerDisconnected: EventKind.PEER_DISCONNECTED,
    SocketClosed: EventKind.SOCKET_CLOSED,
    CreditStalled: EventKind.CREDIT_STALLED,
    SessionExpiring: EventKind.SESSION_EXPIRING,
    Draining: EventKind.DRAINING,
}


class Clock(NamedTuple):
    """One reading of both clocks, nanoseconds."""

    monotonic_ns: int
    wall_ns: int


class Event(NamedTuple):
    """One entry of the journal, before it is encoded."""

    sequence: int
    clock: Clock
    socket_id: int
    operation_id: int
    body: Body


def payload_bytes(body: Body) -> int:
    """Bytes of user data in an event: what counts against the journal beside a fixed cost."""
    if isinstance(body, DataReceived):
        return len(body.data)
    if isinstance(body, Completion) and isinstance(body.result, ReceiveResult):
        return len(body.result.data)
    return 0
