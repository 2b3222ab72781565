"""What a client can ask for: one value per operation kind, as the service hands it to the engine.

All are named tuples, so that a request has a hash: the ledger tells a retry from a different request by it.
Times are seconds, sizes bytes. A timeout of None means none, or the agent's default where there is one.
"""

from enum import IntEnum, IntFlag
from typing import TYPE_CHECKING, NamedTuple

from telesock.server.core.options import OptionKind, QueryKind, SetOption
from telesock.server.core.states import Category

if TYPE_CHECKING:
    from telesock.server.core.faults.values import Fault


class OperationKind(IntEnum):
    """What an operation does. Numbers as in the contract."""

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


class Family(IntEnum):
    """Address family. Numbers as in the contract; 0 means that the addresses decide."""

    ANY = 0
    IPV4 = 1
    IPV6 = 2
    UNIX = 3


class Indications(IntFlag):
    """What a socket tells without being asked."""

    NONE = 0
    DATA = 1
    DISCONNECT = 2
    CONNECTION = 4
    DATAGRAM = 8
    SEND_BACKLOG = 16


class SendLevel(IntEnum):
    """When a send counts as done: handed to the local TCP, or acknowledged by the peer's."""

    WRITTEN = 1
    ACKNOWLEDGED = 2


class Digest(IntEnum):
    """What is kept of received bytes. Numbers as in the contract."""

    NONE = 0
    COUNT = 1
    SHA256 = 2
    CRC32C = 3


class Endpoint(NamedTuple):
    """An end of a connection. The host is a literal, "unix:PATH", or in Connect.remote perhaps a name."""

    host: str
    port: int


class Callbacks(NamedTuple):
    """Indications from birth; a credit of 0 means the agent's default."""

    enable: Indications = Indications.NONE
    credit_bytes: int = 0


class CreateSocket(NamedTuple):
    """Make a socket."""

    socket_id: int
    category: Category
    family: Family
    options: tuple[SetOption, ...] = ()
    faults: tuple["Fault", ...] = ()


class Bind(NamedTuple):
    """Give a socket its local address."""

    socket_id: int
    local: Endpoint


class Connect(NamedTuple):
    """Connect a bound socket; with `make`, make, bind and connect one."""

    socket_id: int
    remote: Endpoint
    make: bool = False
    family: Family = Family.ANY
    local: Endpoint | None = None
    initial_data: bytes = b""
    timeout: float | None = None
    callbacks: Callbacks = Callbacks()
    options: tuple[SetOption, ...] = ()
    faults: tuple["Fault", ...] = ()


class Listen(NamedTuple):
    """Let a bound stream socket take connections."""

    socket_id: int


class Accept(NamedTuple):
    """Take the next connection of a listener."""

    socket_id: int
    timeout: float | None = None
    callbacks: Callbacks = Callbacks()
    faults: tuple["Fault", ...] = ()


class InspectComplete(NamedTuple):
    """Decide about a connection that a listener holds."""

    socket_id: int
    inspect_id: int
    accept: bool


class Relay(NamedTuple):
    """Forward every connection of a listener to an upstream; the timeout is for each connect to it."""

    socket_id: int
    upstream: Endpoint
    connect_timeout: float | None = None


class Pattern(NamedTuple):
    """Bytes made from a seed, from an offset on; see pattern.py."""

    seed: int
    offset: int = 0


class Send(NamedTuple):
    """Send bytes: `data`, or so many of a pattern."""

    socket_id: int
    data: bytes
    stream_offset: int | None = None
    level: SendLevel = SendLevel.WRITTEN
    timeout: float | None = None
    pattern: Pattern | None = None
    pattern_length: int = 0


class Receive(NamedTuple):
    """Receive up to `length` bytes."""

    socket_id: int
    length: int
    wait_all: bool = False
    drain: bool = False
    peek: bool = False
    timeout: float | None = None
    digest: Digest = Digest.NONE
    check: Pattern | None = None


class SendTo(NamedTuple):
    """Send datagrams, each whole; without a remote, to the socket's fixed address."""

    socket_id: int
    datagrams: tuple[bytes, ...]
    remote: Endpoint | None = None
    timeout: float | None = None


class ReceiveFrom(NamedTuple):
    """Receive one datagram, at most `length` bytes of it; 0 means all that one can have."""

    socket_id: int
    length: int = 0
    timeout: float | None = None


class Disconnect(NamedTuple):
    """End a connection, gracefully unless `abortive`."""

    socket_id: int
    abortive: bool = False
    final_data: bytes = b""
    timeout: float | None = None
    abort_on_timeout: bool = False


class Close(NamedTuple):
    """Release a socket."""

    socket_id: int
    graceful: bool = False
    timeout: float | None = None


class SetEventCallbacks(NamedTuple):
    """Change what a socket indicates, or with socket 0 all of a session's; a credit of 0 leaves it as it is."""

    socket_id: int
    enable: Indications
    disable: Indications
    credit_bytes: int = 0
    credit_connections: int = 0
    credit_datagrams: int = 0


class Control(NamedTuple):
    """Set an option, or read options (an empty tuple: all that there are), or answer queries: one of the three."""

    socket_id: int
    option: SetOption | None = None
    options: tuple[OptionKind, ...] | None = None
    queries: tuple[QueryKind, ...] = ()


class Resolve(NamedTuple):
    """Find the addresses of a name, or the name of an address: one of the two."""

    name: str = ""
    address: Endpoint | None = None
    service: str = ""
    family: Family = Family.ANY
    name_required: bool = False
    timeout: float | None = None

    @property
    def socket_id(self) -> int:
        """It is about none."""
        return 0


class Repeat(NamedTuple):
    """How often a chain is done, and how far apart; progress is told after so many rounds, 0 for never."""

    rounds: int
    interval: float | None = None
    progress_every: int = 0


class Link(NamedTuple):
    """One request of a chain; a hard one starts even when the one before it has failed."""

    request: "SocketRequest | Resolve"
    hard: bool = False


class Chain(NamedTuple):
    """Requests one after the other, not before `start_at_ns` of the monotonic clock; `timeout` is for all."""

    links: tuple[Link, ...]
    start_at_ns: int = 0
    timeout: float | None = None
    repeat: Repeat | None = None

    @property
    def socket_id(self) -> int:
        """Its links say."""
        return 0


SocketRequest = (
    CreateSocket
    | Bind
    | Listen
    | Accept
    | InspectComplete
    | Relay
    | Connect
    | Send
    | SendTo
    | Receive
    | ReceiveFrom
    | Disconnect
    | Close
    | Control
    | SetEventCallbacks
)
AnyRequest = SocketRequest | Resolve | Chain

KINDS: dict[type[AnyRequest], OperationKind] = {
    CreateSocket: OperationKind.CREATE_SOCKET,
    Bind: OperationKind.BIND,
    Connect: OperationKind.CONNECT,
    Send: OperationKind.SEND,
    Receive: OperationKind.RECEIVE,
    Disconnect: OperationKind.DISCONNECT,
    Close: OperationKind.CLOSE,
    SetEventCallbacks: OperationKind.SET_EVENT_CALLBACKS,
    Listen: OperationKind.LISTEN,
    Accept: OperationKind.ACCEPT,
    InspectComplete: OperationKind.INSPECT_COMPLETE,
    SendTo: OperationKind.SEND_TO,
    ReceiveFrom: OperationKind.RECEIVE_FROM,
    Control: OperationKind.CONTROL_SOCKET,
    Resolve: OperationKind.RESOLVE,
    Chain: OperationKind.CHAIN,
    Relay: OperationKind.RELAY,
}
