"""What every socket is, whatever its category: a number, a descriptor, a state that obeys the table.

A basic socket is no more than this. Opening, binding and closing descriptors happens here; what travels over
them is the business of the categories (connection.py).
"""

import functools
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from telesock.server.core.events import BindResult, CloseResult, Completion, Result, SocketClosed
from telesock.server.core.operations import Operation
from telesock.server.core.options import OptionKind, Value
from telesock.server.core.policy import PolicyAction
from telesock.server.core.refusal import malformed
from telesock.server.core.requests import (
    Accept,
    Bind,
    Close,
    Connect,
    Control,
    Disconnect,
    Endpoint,
    Family,
    Indications,
    InspectComplete,
    Listen,
    OperationKind,
    Receive,
    ReceiveFrom,
    Relay,
    Send,
    SendTo,
    SetEventCallbacks,
)
from telesock.server.core.slots import Slot, SocketSlots
from telesock.server.core.states import Category, Request, State, permit
from telesock.server.core.status import Cause, Failure, Origin, Phase, Status, failure_from_errno
from telesock.server.engine import options
from telesock.server.engine.judging import check_address
from telesock.server.engine.provenance import NOWHERE
from telesock.server.engine.resolver import Address, SocketAddress, literal_address

if TYPE_CHECKING:
    from telesock.server.engine.engine import Engine
    from telesock.server.engine.sessions import HeldSession

FAMILIES = {Family.IPV4: socket.AF_INET, Family.IPV6: socket.AF_INET6, Family.UNIX: socket.AF_UNIX}
_NO_SETTINGS: Mapping[OptionKind, Value] = MappingProxyType({})
_REMOTES = 256  # addresses, of each of which all sockets share one object
WILDCARDS = {socket.AF_INET: "0.0.0.0", socket.AF_INET6: "::", socket.AF_UNIX: "unix:"}
PHASES = {  # of a connect: it knows its phases itself
    OperationKind.CREATE_SOCKET: Phase.BIND,
    OperationKind.BIND: Phase.BIND,
    OperationKind.SEND: Phase.SEND,
    OperationKind.RECEIVE: Phase.RECEIVE,
    OperationKind.DISCONNECT: Phase.DISCONNECT,
    OperationKind.CLOSE: Phase.CLOSE,
    OperationKind.SET_EVENT_CALLBACKS: Phase.RECEIVE,
    OperationKind.LISTEN: Phase.BIND,
    OperationKind.ACCEPT: Phase.CONNECT,
    OperationKind.INSPECT_COMPLETE: Phase.CONNECT,
    OperationKind.SEND_TO: Phase.SEND,
    OperationKind.RECEIVE_FROM: Phase.RECEIVE,
    OperationKind.CONTROL_SOCKET: Phase.BIND,
    OperationKind.RELAY: Phase.CONNECT,
}


def open_descriptor(family: int) -> socket.socket:
    """Make a non-blocking stream socket; an IPv6 one carries no IPv4."""
    protocol = 0 if family == socket.AF_UNIX else socket.IPPROTO_TCP
    descriptor = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK, protocol)
    if family == socket.AF_INET6:
        descriptor.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    return descriptor


def endpoint(sockaddr: SocketAddress) -> Endpoint:
    """Read an address as the kernel gives it. Equal hosts are one string: thousands of sockets may have the same."""
    if isinstance(sockaddr, str | bytes):
        path = os.fsencode(sockaddr).decode(errors="backslashreplace")  # a peer calls itself as it likes
        return Endpoint(f"unix:@{path[1:]}" if path.startswith("\0") else f"unix:{path}", 0)
    return Endpoint(sys.intern(sockaddr[0]), sockaddr[1])


@functools.lru_cache(_REMOTES)
def remote_endpoint(sockaddr: SocketAddress) -> Endpoint:
    """The same for an address that is connected to, of which there are few for many sockets: equal ones are one object."""
    return endpoint(sockaddr)


class Socket:
    """One socket of a session."""

    __slots__ = (
        "_slots",
        "category",
        "descriptor",
        "engine",
        "family",
        "local",
        "pending",
        "provenance",
        "remote",
        "session",
        "settings",
        "socket_id",
        "state",
    )

    def __init__(self, engine: "Engine", session: "HeldSession", socket_id: int, category: Category) -> None:
        self.engine = engine
        self.session = session
        self.socket_id = socket_id
        self.category = category
        self.provenance = NOWHERE
        """From which listener it came, and as what."""
        self.state = State.CREATED
        self.family = Family.ANY
        self.descriptor: socket.socket | None = None
        self.local: Endpoint | None = None
        self.remote: Endpoint | None = None
        self.pending = 0
        self.settings: Mapping[OptionKind, Value] = _NO_SETTINGS
        """Options that only the agent knows, or that a new descriptor has to be given again."""
        self._slots: SocketSlots | None = None

    # What an observer may ask

    @property
    def send_offset(self) -> int:
        """Bytes accepted for sending so far."""
        return 0

    @property
    def receive_offset(self) -> int:
        """Bytes taken from the peer so far."""
        return 0

    @property
    def indications(self) -> Indications:
        """What the socket tells without being asked."""
        return Indications.NONE

    @property
    def available_credit(self) -> int:
        """Bytes of data indications the client may still be given."""
        return 0

    @property
    def available_credit_connections(self) -> int:
        """Connections that may still be indicated."""
        return 0

    @property
    def available_credit_datagrams(self) -> int:
        """Datagrams that may still be indicated."""
        return 0

    # Operations

    @property
    def slots(self) -> SocketSlots:
        """The completions that the socket holds room for; nothing is kept of them until one is taken."""
        if self._slots is None:
            self._slots = SocketSlots()
        return self._slots

    def accept(self, operation: Operation, slot: Slot = Slot.RESERVED) -> None:
        """Enter an operation on this socket in the session's ledger, or refuse it for lack of room."""
        self.session.accept(operation, slot)
        self.pending += 1

    def complete(
        self,
        operation: Operation,
        result: Result | None = None,
        failure: Failure | None = None,
    ) -> None:
        """End an operation of this socket: with success unless there is a failure."""
        _stop_timer(operation)
        self.pending -= 1
        status, cause = failure or (Status.SUCCESS, None)
        if cause is not None and operation.kind in PHASES:
            cause = cause._replace(phase=PHASES[operation.kind])
        completion = Completion(operation.kind, status, operation.moved, cause, result)
        self.session.complete(operation, completion, self.engine.clock())

    def succeed(self, operations: Sequence[Operation]) -> None:
        """End operations that have succeeded at one moment, with nothing to tell but how much they moved."""
        self.let_go(operations)
        if operations:
            self.session.succeed(operations, self.engine.clock())

    def let_go(self, operations: Sequence[Operation]) -> None:
        """Operations are no longer pending here: their session completes them."""
        for operation in operations:
            if operation.timer is not None:
                _stop_timer(operation)
        self.pending -= len(operations)

    def enter(self) -> None:
        """The socket exists from now on: take its place, its number and its guaranteed slots."""
        self.session.sockets[self.socket_id] = self
        self.session.note_socket_id(self.socket_id)
        self.session.journal.guarantee(SocketSlots().left())  # none is taken yet
        self.engine.sockets += 1

    def faults_changed(self) -> None:
        """Faults that act on this socket have come or gone."""

    def let_out(self) -> None:
        """What faults held and hold no longer leaves now, as far as the kernel takes it."""

    def held_by(self, fault: str) -> tuple[int, int]:
        """Bytes, and datagrams or connections, that a fault holds back here."""
        return 0, 0

    def permit(self, request: Request) -> State:
        """Where a request leads from here, or refuse it."""
        return permit(self.category, self.state, request)

    def check_family(self, family: Family) -> None:
        """Refuse a family that sockets of this category do not come in."""

    def open(self, family: Family) -> None:
        """Make the descriptor. Raises OSError."""
        self.descriptor = open_descriptor(FAMILIES[family])
        self.family = family

    def bind(self, operation: Operation, request: Bind) -> None:
        """Give the socket its local address."""
        following = self.permit(Request.BIND)
        address = self.local_address(request.local)
        self.accept(operation)
        try:
            self.bind_descriptor(address)
        except OSError as error:
            self.complete(operation, failure=failure_from_errno(error.errno or 0, Phase.BIND, str(error)))
            return
        self.state = following
        assert self.local is not None, "it was just bound"
        self.complete(operation, BindResult(self.local))

    def bind_descriptor(self, address: Address) -> None:
        """Take a local address. Raises OSError."""
        assert self.descriptor is not None, "a created socket has its descriptor"
        self.engine.sharing.bind(self, address)
        self.engine.unix_paths.note(self, address)
        self.local = endpoint(self.descriptor.getsockname())

    def local_address(self, local: Endpoint) -> Address:
        """Read a local address, or refuse it."""
        family = FAMILIES[self.family]
        host = local.host or WILDCARDS[family]
        address = literal_address(host, local.port)
        if address is None:
            raise malformed("local.host", f"{host!r} is not an address literal")
        if address.family != family:
            raise malformed("local.host", f"{host!r} is not an address of this {self.family.name} socket")
        if family == socket.AF_UNIX and local.host:  # a bind makes a file
            check_address(self, PolicyAction.LISTEN, Endpoint(host, 0))
        return address

    def control(self, operation: Operation, request: Control) -> None:
        """Set an option, or tell of options and queues."""
        options.control(self, operation, request)

    # What a basic socket cannot do: the table refuses each

    def listen(self, operation: Operation, request: Listen) -> None:
        """Take connections from now on."""
        self.permit(Request.LISTEN)

    def accept_connection(self, operation: Operation, request: Accept) -> None:
        """Take the next connection."""
        self.permit(Request.ACCEPT)

    def inspect_complete(self, operation: Operation, request: InspectComplete) -> None:
        """Decide about a connection that is held."""
        self.permit(Request.INSPECT_COMPLETE)

    def relay(self, operation: Operation, request: Relay) -> None:
        """Forward every connection to an upstream."""
        self.permit(Request.RELAY)

    def send_to(self, operation: Operation, request: SendTo) -> None:
        """Send datagrams."""
        self.permit(Request.SEND_TO)

    def receive_from(self, operation: Operation, request: ReceiveFrom) -> None:
        """Receive a datagram."""
        self.permit(Request.RECEIVE_FROM)

    def connect(self, operation: Operation, request: Connect) -> None:
        """Connect."""
        self.permit(Request.CONNECT)

    def send(self, operation: Operation, request: Send) -> None:
        """Send bytes."""
        self.permit(Request.SEND)

    def receive(self, operation: Operation, request: Receive) -> None:
        """Receive bytes."""
        self.permit(Request.RECEIVE)

    def disconnect(self, operation: Operation, request: Disconnect) -> None:
        """End a connection."""
        self.permit(Request.ABORT if request.abortive else Request.DISCONNECT)

    def set_event_callbacks(self, operation: Operation, request: SetEventCallbacks) -> None:
        """Change what the socket indicates."""
        self.permit(Request.SET_EVENT_CALLBACKS)

    def release(self, sequence: int, accepted_bytes: int | None, refuse: bool = False) -> None:
        """Take credit back."""
        self.permit(Request.RELEASE)

    # The end

    def close(self, operation: Operation, request: Close) -> None:
        """Release the socket, at once."""
        self.permit(Request.CLOSE_GRACEFULLY if request.graceful else Request.CLOSE)
        self.accept(operation, self.slots.take_close())
        self.release_descriptor()
        self.finish_close((operation,), CloseResult(aborted=False, discarded_bytes=0))

    def finish_close(self, operations: tuple[Operation, ...], result: CloseResult) -> None:
        """Nothing is pending any more: complete the closes, last of all, and forget the socket."""
        if self.session.jobs:
            self.session.socket_gone(self.socket_id)
        self.forget()
        for operation in operations:
            self.complete(operation, result)

    def forget(self) -> None:
        """The socket is no more: free its number, its guaranteed slots and its place on the agent."""
        self.state = State.CLOSED
        self.session.inspect_ids.pop(self.socket_id, None)
        if self.session.sockets.pop(self.socket_id, None) is not None:
            self.session.journal.guarantee(-self.slots.left())
            self.engine.sockets -= 1
            if self.session.faults is not None:
                self.session.faults.socket_gone(self.socket_id)

    def release_descriptor(self) -> None:
        """Close the descriptor, if there is one."""
        if self.descriptor is not None:
            self.engine.poller.unregister(self.descriptor.fileno())
            self.descriptor.close()
            self.descriptor = None
            self.engine.sharing.release(self)
            if self.family is Family.UNIX:
                self.engine.unix_paths.remove(self)

    def take_away(self, failure: Failure) -> None:
        """End the socket without a close having been asked for, and say so."""
        self.release_descriptor()
        if self.session.jobs:
            self.session.socket_gone(self.socket_id)
        self.tell_taken_away(failure)
        self.forget()

    def tell_taken_away(self, failure: Failure) -> None:
        """Append the event of the socket's end, unless its end has been told already."""
        if self.slots.take_end():
            cause = failure.cause._replace(phase=Phase.CLOSE)
            body = SocketClosed(failure.status, cause)
            self.session.append(body, self.engine.clock(), Slot.GUARANTEED, self.socket_id)

    def start_timer(self, operation: Operation, timeout: float | None) -> None:
        """Give an operation its deadline, if it has a timeout."""
        if timeout is not None:
            operation.timer = self.engine.loop.call_later(timeout, self.time_out, operation)

    def time_out(self, operation: Operation) -> None:
        """The deadline of a pending operation has come."""
        raise AssertionError(f"no {operation.kind.name} of a {self.category.name} socket has a deadline")

    def cancel(self, operation: Operation) -> bool:
        """Complete a pending operation as cancelled; False when it is too late for that."""
        return False


def _stop_timer(operation: Operation) -> None:
    if operation.timer is not None:
        operation.timer.cancel()
        operation.timer = None


CANCELLED_BY_CLOSE = Failure(
    Status.CANCELLED, Cause(Origin.CANCEL, Phase.CLOSE, detail="the socket was closed")
)
CANCELLED = Failure(Status.CANCELLED, Cause(Origin.CANCEL, Phase.CLOSE, detail="cancelled"))
TIMED_OUT = Failure(Status.IO_TIMEOUT, Cause(Origin.DEADLINE, Phase.CLOSE, detail="the timeout passed"))
