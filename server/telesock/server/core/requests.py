"""What a client can ask for: one value per operation kind, as the service hands it to the engine.

All are named tuples, so that a request has a hash: the ledger tells a retry from a different request by it.
Times are seconds, sizes bytes. A timeout of None means none, or the agent's default where there is one.
"""

from enum import IntEnum, IntFlag
from typing import NamedTuple

from telesock.server.core.states import Category


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


class Family(IntEnum):
    """Address family. Numbers as in the contract; 0 means that the addresses decide."""

    ANY = 0
    IPV4 = 1
    IPV6 = 2


class Indications(IntFlag):
    """What a socket tells without being asked."""

    NONE = 0
    DATA = 1
    DISCONNECT = 2


class SendLevel(IntEnum):
    """When a send counts as done: handed to the local TCP, or acknowledged by the peer's."""

    WRITTEN = 1
    ACKNOWLEDGED = 2


class Endpoint(NamedTuple):
    """An end of a connection. The host is a literal, or in Connect.remote perhaps a name."""

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


class Send(NamedTuple):
    """Send bytes."""

    socket_id: int
    data: bytes
    stream_offset: int | None = None
    level: SendLevel = SendLevel.WRITTEN
    timeout: float | None = None


class Receive(NamedTuple):
    """Receive up to `length` bytes."""

    socket_id: int
    length: int
    wait_all: bool = False
    drain: bool = False
    peek: bool = False
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
    """Change what a socket indicates; a credit of 0 leaves it as it is."""

    socket_id: int
    enable: Indications
    disable: Indications
    credit_bytes: int = 0


AnyRequest = CreateSocket | Bind | Connect | Send | Receive | Disconnect | Close | SetEventCallbacks

KINDS: dict[type[AnyRequest], OperationKind] = {
    CreateSocket: OperationKind.CREATE_SOCKET,
    Bind: OperationKind.BIND,
    Connect: OperationKind.CONNECT,
    Send: OperationKind.SEND,
    Receive: OperationKind.RECEIVE,
    Disconnect: OperationKind.DISCONNECT,
    Close: OperationKind.CLOSE,
    SetEventCallbacks: OperationKind.SET_EVENT_CALLBACKS,
}
