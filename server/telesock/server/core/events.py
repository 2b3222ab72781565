"""What a session's journal can say: completions, indications and notices, as values.

Numbers are those of the contract (operations.proto, events.proto). Times are nanoseconds, sizes bytes.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import NamedTuple

from telesock.server.core.faults.acting import Firing
from telesock.server.core.options import SetOption
from telesock.server.core.policy import PolicyAction
from telesock.server.core.relays import RelayConnected, RelayEnded, RelayResult
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
    """Bytes from the peer, or what is kept of them, and where they stand in its stream."""

    data: bytes
    stream_offset: int
    end_of_stream: bool
    digest: bytes = b""
    first_difference: int | None = None


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


class AcceptResult(NamedTuple):
    """A connection that came to a listener, as a socket."""

    socket_id: int
    local: Endpoint
    remote: Endpoint
    inspect_id: int = 0


class Datagram(NamedTuple):
    """A datagram that arrived."""

    data: bytes
    remote: Endpoint
    local: Endpoint
    truncated: bool = False
    broadcast: bool = False
    multicast: bool = False


class SendToResult(NamedTuple):
    """Datagrams handed to the local host."""

    datagrams: int


class ReceiveFromResult(NamedTuple):
    """The datagram; None where there is none."""

    datagram: Datagram | None


class InterfaceAddress(NamedTuple):
    """An address of the agent's host."""

    interface: str
    address: Endpoint


class SocketQueries(NamedTuple):
    """Answers; None, or empty, for what was not asked."""

    receive_backlog_bytes: int | None = None
    unsent_bytes: int | None = None
    unacknowledged_bytes: int | None = None
    ideal_send_backlog_bytes: int | None = None
    tcp_info: TcpInfo | None = None
    tcp_info_fields: Mapping[str, int] = {}
    addresses: tuple[InterfaceAddress, ...] = ()
    inspect_id: int | None = None


class ControlResult(NamedTuple):
    """Options as they hold, those that could not be read with the reason, and the answers to queries."""

    options: tuple[SetOption, ...] = ()
    unavailable: Mapping[str, str] = {}
    queries: SocketQueries | None = None


class ResolveResult(NamedTuple):
    """What a lookup found."""

    addresses: tuple[Endpoint, ...] = ()
    canonical_name: str = ""
    host_name: str = ""
    service_name: str = ""


class ChainResult(NamedTuple):
    """Rounds that ended with success, and the place of the link that failed."""

    rounds: int
    failed_link: int | None = None


Result = (
    BindResult
    | ConnectResult
    | ReceiveResult
    | DisconnectResult
    | CloseResult
    | AcceptResult
    | SendToResult
    | ReceiveFromResult
    | ControlResult
    | ResolveResult
    | ChainResult
    | RelayResult
)


class Completion(NamedTuple):
    """The one terminal result of an operation."""

    kind: OperationKind
    status: Status
    transferred_bytes: int = 0
    cause: Cause | None = None
    result: Result | None = None
    cancelled_by_operation: int = 0
    faults: tuple[str, ...] = ()


class DataReceived(NamedTuple):
    """Data that no receive was waiting for."""

    data: bytes
    stream_offset: int


class PeerDisconnected(NamedTuple):
    """The peer's end: gracefully when there is no status, otherwise of the whole connection.

    A graceful one has a cause where a fault made it.
    """

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


class DatagramReceived(NamedTuple):
    """A datagram that no receive was waiting for."""

    datagram: Datagram


class ConnectionAccepted(NamedTuple):
    """A connection that no accept was waiting for."""

    accepted: AcceptResult


class ConnectionInspect(NamedTuple):
    """A connection that is held until its owner decides."""

    inspect_id: int
    local: Endpoint
    remote: Endpoint


class ConnectionInspectAborted(NamedTuple):
    """A connection that left before a decision took effect."""

    inspect_id: int


class SendBacklogChanged(NamedTuple):
    """Bytes to keep pending for sending."""

    ideal_bytes: int


class ChainProgress(NamedTuple):
    """Rounds of a repeated chain, and the bytes moved in them."""

    rounds: int
    transferred_bytes: int


class FaultEnd(IntEnum):
    """Why a fault ended. Numbers as in the contract."""

    DELETED = 1
    UPDATED = 2
    EXPIRED = 3
    TARGET_GONE = 4
    SESSION_ENDED = 5


class FaultFired(NamedTuple):
    """What a fault did, so many times since it was told last; the firing is the last of them."""

    fault: str
    seed: int
    firing: Firing
    firings: int
    lane: int


class FaultEnded(NamedTuple):
    """A fault is no more."""

    fault: str
    seed: int
    end: FaultEnd
    decisions: int
    firings: int


class PolicyDenied(NamedTuple):
    """The policy did not allow something."""

    action: PolicyAction
    host: str
    port: int
    explanation: str


Body = (
    Completion
    | DataReceived
    | PeerDisconnected
    | SocketClosed
    | CreditStalled
    | SessionExpiring
    | Draining
    | DatagramReceived
    | ConnectionAccepted
    | ConnectionInspect
    | ConnectionInspectAborted
    | SendBacklogChanged
    | ChainProgress
    | FaultFired
    | FaultEnded
    | RelayConnected
    | RelayEnded
    | PolicyDenied
)

EVENT_KINDS: dict[type[Body], EventKind] = {
    Completion: EventKind.COMPLETION,
    DataReceived: EventKind.DATA_RECEIVED,
    PeerDisconnected: EventKind.PEER_DISCONNECTED,
    SocketClosed: EventKind.SOCKET_CLOSED,
    CreditStalled: EventKind.CREDIT_STALLED,
    SessionExpiring: EventKind.SESSION_EXPIRING,
    Draining: EventKind.DRAINING,
    DatagramReceived: EventKind.DATAGRAM_RECEIVED,
    ConnectionAccepted: EventKind.CONNECTION_ACCEPTED,
    ConnectionInspect: EventKind.CONNECTION_INSPECT,
    ConnectionInspectAborted: EventKind.CONNECTION_INSPECT_ABORTED,
    SendBacklogChanged: EventKind.SEND_BACKLOG_CHANGED,
    ChainProgress: EventKind.CHAIN_PROGRESS,
    FaultFired: EventKind.FAULT_FIRED,
    FaultEnded: EventKind.FAULT_ENDED,
    RelayConnected: EventKind.RELAY_CONNECTED,
    RelayEnded: EventKind.RELAY_ENDED,
    PolicyDenied: EventKind.POLICY_DENIED,
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
    if isinstance(body, DatagramReceived):
        return len(body.datagram.data)
    if isinstance(body, Completion):
        return _result_bytes(body.result)
    return 0


def _result_bytes(result: Result | None) -> int:
    if isinstance(result, ReceiveResult):
        return len(result.data)
    if isinstance(result, ReceiveFromResult) and result.datagram is not None:
        return len(result.datagram.data)
    return 0
