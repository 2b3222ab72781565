"""The client of Telesock: real sockets on another host, as operations that complete.

`AsyncClient` is for asyncio programs; everything that a program names is here. Messages of the contract (`Event`,
`Completion`, …) come as they are, from `telesock.v1`.
"""

from telesock.client.aio.chains import Chain
from telesock.client.aio.client import AsyncClient
from telesock.client.aio.datagrams import AsyncDatagramSocket
from telesock.client.aio.events import EventStream
from telesock.client.aio.indications import Indications
from telesock.client.aio.listeners import AsyncListener, AsyncStreamSocket
from telesock.client.aio.operations import Operation
from telesock.client.aio.options import Options
from telesock.client.aio.session import AsyncSession
from telesock.client.aio.sockets import AsyncSocket, Received
from telesock.client.core.chains import Repeat
from telesock.client.core.options import KeepAlive, Linger, MulticastGroup
from telesock.client.core.pattern import Pattern, pattern
from telesock.client.enumerations import (
    AddressFamily,
    CancelOutcome,
    Digest,
    EventKind,
    IndicationKind,
    OperationKind,
    Origin,
    Phase,
    QueryKind,
    Retention,
    SendLevel,
    SocketCategory,
    Status,
)
from telesock.client.errors import (
    AccessDenied,
    AddressAlreadyExists,
    AgentUnavailable,
    BufferOverflow,
    Cancelled,
    ConnectionAborted,
    ConnectionDisconnected,
    ConnectionRefused,
    ConnectionReset,
    FileForcedClosed,
    HostUnreachable,
    InsufficientResources,
    InvalidDeviceState,
    InvalidParameter,
    NameNotResolved,
    NetworkUnreachable,
    NotSupported,
    OperationFailed,
    OperationTimedOut,
    OutcomeUnknown,
    Rejected,
    RequestNotAccepted,
    SessionClosed,
    SessionLost,
    SessionReplaced,
    TelesockError,
    Unsuccessful,
)

__all__ = [
    "AccessDenied",
    "AddressAlreadyExists",
    "AddressFamily",
    "AgentUnavailable",
    "AsyncClient",
    "AsyncDatagramSocket",
    "AsyncListener",
    "AsyncSession",
    "AsyncSocket",
    "AsyncStreamSocket",
    "BufferOverflow",
    "CancelOutcome",
    "Cancelled",
    "Chain",
    "ConnectionAborted",
    "ConnectionDisconnected",
    "ConnectionRefused",
    "ConnectionReset",
    "Digest",
    "EventKind",
    "EventStream",
    "FileForcedClosed",
    "HostUnreachable",
    "IndicationKind",
    "Indications",
    "InsufficientResources",
    "InvalidDeviceState",
    "InvalidParameter",
    "KeepAlive",
    "Linger",
    "MulticastGroup",
    "NameNotResolved",
    "NetworkUnreachable",
    "NotSupported",
    "Operation",
    "OperationFailed",
    "OperationKind",
    "OperationTimedOut",
    "Options",
    "Origin",
    "OutcomeUnknown",
    "Pattern",
    "Phase",
    "QueryKind",
    "Received",
    "Rejected",
    "Repeat",
    "RequestNotAccepted",
    "Retention",
    "SendLevel",
    "SessionClosed",
    "SessionLost",
    "SessionReplaced",
    "SocketCategory",
    "Status",
    "TelesockError",
    "Unsuccessful",
    "pattern",
]
