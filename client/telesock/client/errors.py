"""What the client raises, one tree, named by what happened. Decides which exception a status becomes.

    TelesockError
    ├── AgentUnavailable (ConnectionError)          the agent cannot be reached, or does not answer
    │   └── AgentUntrusted                          … because of TLS
    ├── Rejected                                    a request was refused and had no effect
    ├── SessionLost                                 the session is no more, with all that was in it
    │   ├── SessionClosed                           … because its owner closed it
    │   └── SessionReplaced                         … for this program: a newer one has taken it up
    ├── EventExpected (AssertionError)              an event that a test expects did not come
    ├── OutcomeUnknown                              the completion is gone (Retention.LATEST), or was never to be (Repeat)
    └── OperationFailed                             an operation ended otherwise than with success
        ├── Cancelled
        ├── ConnectionRefused (ConnectionRefusedError), ConnectionReset (ConnectionResetError),
        │   ConnectionAborted (ConnectionAbortedError), ConnectionDisconnected (ConnectionError)
        ├── OperationTimedOut (TimeoutError), AccessDenied (PermissionError)
        ├── HostUnreachable, NetworkUnreachable, NameNotResolved, AddressAlreadyExists, InvalidParameter,
        │   InsufficientResources, NotSupported, BufferOverflow, FileForcedClosed, Unsuccessful (all OSError)
        └── InvalidDeviceState, RequestNotAccepted

Those in parentheses are bases too, so `except ConnectionResetError` works as with any socket. `str()` of each is one
line, but that of EventExpected, which shows what came instead.
"""

import errno
from collections.abc import Mapping
from enum import IntEnum

import grpc

from telesock.client.enumerations import OperationKind, Origin, Phase, Status
from telesock.v1.events_pb2 import Event
from telesock.v1.operations_pb2 import Completion
from telesock.v1.sessions_pb2 import Refusal
from telesock.v1.types_pb2 import Cause


class TelesockError(Exception):
    """Everything that the client raises on its own account."""


class AgentUnavailable(TelesockError, ConnectionError):
    """The agent cannot be reached, or does not answer in time."""


class AgentUntrusted(AgentUnavailable):
    """Client and agent do not come to terms about TLS: one of them does not use it, or a certificate is not accepted."""


class Rejected(TelesockError):
    """A request was refused: no operation was made and nothing has changed.

    `code` is the gRPC status, `reason` says why in UPPER_SNAKE ("WRONG_STATE"), `metadata` has the details for
    programs.
    """

    def __init__(
        self, message: str, reason: str, code: grpc.StatusCode, metadata: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.code = code
        self.metadata = dict(metadata or {})


class SessionLost(TelesockError):
    """The session is no more: its operations have ended unseen, its sockets are gone.

    `cause` is the agent's word for it (LEASE_EXPIRED, CLOSED, AGENT_RESTARTED, AGENT_DRAINED, SESSION_UNKNOWN) or what
    made this side give up.
    """

    def __init__(self, message: str, cause: str) -> None:
        super().__init__(message)
        self.cause = cause

    def again(self) -> "SessionLost":
        """Return one like this, to be raised in another place."""
        return type(self)(str(self), self.cause)


class SessionClosed(SessionLost):
    """The session was closed, by this program or by another that owns it."""


class SessionReplaced(SessionLost):
    """A newer attachment has taken the session up; it goes on there."""


class EventExpected(TelesockError, AssertionError):
    """An event that was expected did not come in time, or can no longer come: a test has failed.

    The text says what was wanted, what was nearly it, and what came instead; `nearly` and `recent` are the events that it
    shows. Where the session was lost meanwhile, that is its `__cause__`.
    """

    def __init__(self, message: str, nearly: tuple[Event, ...] = (), recent: tuple[Event, ...] = ()) -> None:
        super().__init__(message)
        self.nearly = nearly
        self.recent = recent


class OutcomeUnknown(TelesockError):
    """An operation has ended, but how is not known: its completion is among the events that the agent had to drop.

    Or it is a link of a repeated chain, which has no completion but the chain's.
    """


class OperationFailed(TelesockError):
    """An operation ended otherwise than with success.

    `status` is how (a number for one that this client does not know), `cause` why and through whom, `completion`
    everything that the agent told, `operation_id` which operation. Where it is an OSError too, `errno` is that of the
    agent's operating system, None when it had none.
    """

    def __init__(self, completion: Completion, operation_id: int) -> None:
        message = _message(completion, operation_id)
        super().__init__(message)
        self.completion = completion
        self.operation_id = operation_id
        self.status: Status | int = _known(completion.status)
        self._message = message

    @property
    def cause(self) -> Cause:
        """Who caused it, in which phase, with which error of the operating system."""
        return self.completion.cause

    @property
    def injected(self) -> bool:
        """Whether a fault made it end so: False for a genuine failure, also for one that a fault only delayed."""
        return int(self.cause.origin) == Origin.FAULT

    @property
    def fault(self) -> str | None:
        """Name of the fault that made it end so, None for a genuine failure."""
        return self.cause.fault_name or None

    @property
    def faults(self) -> tuple[str, ...]:
        """Names of the faults that had any part in how or when it ended."""
        return tuple(self.completion.faults)

    def __str__(self) -> str:
        """One line; an OSError's own text would hide most of it."""
        return self._message


class _SystemFailure(OperationFailed, OSError):
    """An operation failed as a system call fails."""

    def __init__(self, completion: Completion, operation_id: int) -> None:
        super().__init__(completion, operation_id)
        self.errno = getattr(errno, completion.cause.errno_name, None)
        self.strerror = str(self)


class Cancelled(OperationFailed):
    """Ended by a cancel or by the close of its socket. Never asyncio.CancelledError."""


class ConnectionRefused(_SystemFailure, ConnectionRefusedError):
    """Nobody listens there."""


class ConnectionReset(_SystemFailure, ConnectionResetError):
    """The peer reset the connection."""


class ConnectionAborted(_SystemFailure, ConnectionAbortedError):
    """The connection was aborted on this side."""


class ConnectionDisconnected(_SystemFailure, ConnectionError):
    """The connection ended before the operation could be done."""


class OperationTimedOut(_SystemFailure, TimeoutError):
    """A deadline passed: the request's, or TCP's."""


class HostUnreachable(_SystemFailure):
    """There is no way to the host."""


class NetworkUnreachable(_SystemFailure):
    """There is no way to the network."""


class AddressAlreadyExists(_SystemFailure):
    """The local address is in use."""


class AccessDenied(_SystemFailure, PermissionError):
    """The agent's host or its policy forbids it."""


class InsufficientResources(_SystemFailure):
    """The agent's host has no descriptor, port or memory left."""


class FileForcedClosed(_SystemFailure):
    """The socket no longer works; only close is left."""


class NameNotResolved(_SystemFailure):
    """The name does not resolve on the agent."""


class InvalidParameter(_SystemFailure):
    """The agent's host does not take an argument, such as a local address that it does not have."""


class NotSupported(_SystemFailure):
    """The agent's host cannot do it."""


class InvalidDeviceState(OperationFailed):
    """The socket's state forbids it, found out after the request was accepted."""


class BufferOverflow(_SystemFailure):
    """A buffer was too large or too small."""


class RequestNotAccepted(OperationFailed):
    """The other side of a listener refused the request."""


class Unsuccessful(_SystemFailure):
    """Something else; the cause tells."""


FAILURES: Mapping[int, type[OperationFailed]] = {
    Status.CANCELLED: Cancelled,
    Status.CONNECTION_REFUSED: ConnectionRefused,
    Status.CONNECTION_RESET: ConnectionReset,
    Status.CONNECTION_ABORTED: ConnectionAborted,
    Status.CONNECTION_DISCONNECTED: ConnectionDisconnected,
    Status.IO_TIMEOUT: OperationTimedOut,
    Status.HOST_UNREACHABLE: HostUnreachable,
    Status.NETWORK_UNREACHABLE: NetworkUnreachable,
    Status.ADDRESS_ALREADY_EXISTS: AddressAlreadyExists,
    Status.ACCESS_DENIED: AccessDenied,
    Status.INSUFFICIENT_RESOURCES: InsufficientResources,
    Status.FILE_FORCED_CLOSED: FileForcedClosed,
    Status.NO_MATCH: NameNotResolved,
    Status.INVALID_PARAMETER: InvalidParameter,
    Status.NOT_SUPPORTED: NotSupported,
    Status.INVALID_DEVICE_STATE: InvalidDeviceState,
    Status.BUFFER_OVERFLOW: BufferOverflow,
    Status.REQUEST_NOT_ACCEPTED: RequestNotAccepted,
    Status.UNSUCCESSFUL: Unsuccessful,
}
"""Every status but success, with its exception."""


def failed(completion: Completion, operation_id: int) -> OperationFailed:
    """Return the exception for a completion that is not a success."""
    return FAILURES.get(completion.status, OperationFailed)(completion, operation_id)


def rejected(refusal: Refusal) -> Rejected:
    """Return the exception for a command that was refused."""
    return Rejected(refusal.message, refusal.reason, status_code(refusal.code), refusal.metadata)


def status_code(number: int) -> grpc.StatusCode:
    """Return the gRPC status with a number."""
    return _CODES.get(number, grpc.StatusCode.UNKNOWN)


_CODES: Mapping[int, grpc.StatusCode] = {code.value[0]: code for code in grpc.StatusCode}


def _known(number: int) -> Status | int:
    return Status(number) if number in FAILURES else number


def _message(completion: Completion, operation_id: int) -> str:
    cause = completion.cause
    facts = [
        f"({cause.errno_name})" if cause.errno_name else "",
        f"in phase {_word(Phase, cause.phase)}" if cause.phase else "",
        f"caused by {_word(Origin, cause.origin)}" if cause.origin else "",
        cause.fault_name,
    ]
    told = " ".join(["", *filter(None, facts)]) + (f": {cause.detail}" if cause.detail else "")
    kind, status = _word(OperationKind, completion.kind), _word(Status, completion.status)
    return f"{kind} (operation {operation_id}) ended with {status.upper().replace(' ', '_')}{told}"


def _word(enumeration: type[IntEnum], number: int) -> str:
    """Return a value's name in plain words; one that this client does not know keeps its number."""
    try:
        return enumeration(number).name.lower().replace("_", " ")
    except ValueError:
        return f"{enumeration.__name__.lower()} {number}"
