"""The engine: every session and socket of an agent, and the one path by which requests reach them.

`submit` makes an operation of a request, or refuses it; it never waits. The engine keeps no task of its own:
readiness, timers and requests call in, completions and indications go to the journals. What was submitted leaves
at the next `flush` (turns.py).
"""

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from enum import IntEnum
from typing import Any

from telesock.server.core.callbacks import check_session_callbacks, joined
from telesock.server.core.events import Completion, Draining, PolicyDenied
from telesock.server.core.identity import ANYBODY, Identity
from telesock.server.core.journal import Encode, EncodeSuccesses
from telesock.server.core.limits import Limits
from telesock.server.core.operations import Operation
from telesock.server.core.policy import Policy
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import (
    KINDS,
    AnyRequest,
    Chain,
    Connect,
    CreateSocket,
    Family,
    OperationKind,
    SetEventCallbacks,
)
from telesock.server.core.session import SessionEnd
from telesock.server.core.states import Category
from telesock.server.core.status import Phase, Status, failure_from_errno
from telesock.server.core.validation import CHECKS
from telesock.server.engine import faulted_operations
from telesock.server.engine.address_sharing import AddressSharing
from telesock.server.engine.chains import submit_chain
from telesock.server.engine.connection import Connection
from telesock.server.engine.datagrams import DatagramSocket
from telesock.server.engine.descriptors import Descriptors
from telesock.server.engine.faults import SessionFaults
from telesock.server.engine.listening import Listener
from telesock.server.engine.lookups import resolve
from telesock.server.engine.options import check_options, set_options
from telesock.server.engine.poller import Poller
from telesock.server.engine.resolver import Resolver
from telesock.server.engine.session_table import Opening, SessionTable, lost
from telesock.server.engine.sessions import HeldSession
from telesock.server.engine.sockets import TIMED_OUT, Socket
from telesock.server.engine.turns import Turns
from telesock.server.engine.unix_paths import UnixPaths

_FREEING = frozenset({OperationKind.DISCONNECT, OperationKind.CLOSE})


class CancelOutcome(IntEnum):
    """What became of a cancel. Numbers as in the contract."""

    CANCELLED = 1
    TOO_LATE = 2
    NOT_FOUND = 3


class Engine(Turns):
    """Owns all sockets of an agent. Lives on the running event loop; call `close` there when done.

    `encode` turns an event into the bytes that the journal keeps, `encode_successes` many alike at once (see Journal).
    `failed` is told of errors that are bugs, `session_ended` of every session that ends and why, `denied`
    of what the policy of a session has not allowed.
    """

    def __init__(
        self,
        encode: Encode,
        limits: Limits | None = None,
        policy: Policy | None = None,
        failed: Callable[[Exception], None] = lambda error: None,
        session_ended: Callable[[HeldSession, SessionEnd], None] = lambda session, end: None,
        encode_successes: EncodeSuccesses | None = None,
        denied: Callable[[HeldSession, PolicyDenied], None] = lambda session, denial: None,
    ) -> None:
        super().__init__(asyncio.get_running_loop(), failed)
        self.limits = limits or Limits()
        self.policy = policy or Policy()
        self.boot_id = secrets.token_hex(8)
        self.poller = Poller(self.loop, failed)
        self.resolver = Resolver(self.loop)
        self.sharing = AddressSharing()
        self.probing: set[Connection] = set()
        """Silent connections whose keep-alive is off meanwhile."""
        self.unix_paths = UnixPaths()
        self.sessions = SessionTable(
            self.loop, self.limits, encode, self.clock, failed, session_ended, encode_successes, self.policy
        )
        self.sockets = 0
        self.descriptors = Descriptors(lambda: self.sockets)
        self.pending_send_bytes = 0
        self.fault_held_bytes = 0
        self.draining = False
        self._drain_limit: asyncio.Timeout | None = None
        self.denied = denied

    def open_session(self, opening: Opening, identity: Identity = ANYBODY) -> HeldSession:
        """Open a session, or refuse."""
        if self.draining:
            raise _draining()
        return self.sessions.open(opening, identity)

    def open_own_session(self) -> HeldSession:
        """Open the session that the agent itself owns."""
        return self.sessions.open_own()

    # Requests

    def submit(self, session: HeldSession, operation_id: int, request: AnyRequest) -> Operation:
        """Make an operation of a request, or return the one it made before, or raise Refused.

        An operation id of 0 lets the agent choose. Call `flush` after the last request of a batch.
        """
        if session.ended is not None:  # an attachment may still have commands at hand
            raise lost(session.session_id, session.ended)
        kind = KINDS[type(request)]
        fingerprint = hash((kind, request))
        if operation_id:
            before = session.ledger.retried(operation_id, fingerprint)
            if before is not None:
                return before
        else:
            operation_id = session.ledger.next_id()
        if self.draining and kind not in _FREEING:
            raise _draining()
        CHECKS[kind](request, self.limits)
        if session.counts_operations and kind not in _FREEING:
            count = len(request.links) if isinstance(request, Chain) else 1
            session.account.check_operation(session, session.rate, self.loop.time(), count)
        operation = Operation(operation_id, kind, request, fingerprint)
        if session.faults is not None and (session.faults.on_operations or session.late):
            self.begin(session, operation, request)
            return operation
        make = _MAKING.get(kind)
        if make is None:
            _VERBS[kind](session.socket(request.socket_id), operation, request)
        else:
            make(self, session, operation, request)
        return operation

    def begin(self, session: HeldSession, operation: Operation, request: AnyRequest) -> None:
        """Do what a request says, as far as the session's faults let it. Raises Refused."""
        if session.faults is None or not (session.faults.on_operations or session.late):
            self.start(session, operation, request)
        elif not faulted_operations.begin(self, session, operation, request):
            try:
                self.start(session, operation, request)
            except Refused:
                faulted_operations.refused(operation)
                raise

    def start(self, session: HeldSession, operation: Operation, request: AnyRequest) -> None:
        """Do what a request says, for an operation that has been judged by itself. Raises Refused."""
        make = _MAKING.get(operation.kind)
        if make is None:
            _VERBS[operation.kind](session.socket(request.socket_id), operation, request)
        else:
            make(self, session, operation, request)

    def create_socket(self, session: HeldSession, operation: Operation, request: CreateSocket) -> None:
        """Make a socket of a category."""
        self.check_room(session)
        operation.socket_id = session.new_socket_id(request.socket_id)
        made = _MADE[request.category](self, session, operation.socket_id)
        made.check_family(request.family)
        check_options(made, request.options, request.family or Family.IPV4)
        if request.faults:
            self.faults_of(session).check(request.faults, request.category)
        made.accept(operation)
        made.enter()
        if request.faults:
            self.faults_of(session).bear(request.faults, made)
        try:
            made.open(request.family or Family.IPV4)
            set_options(made, request.options)
        except OSError as error:
            made.release_descriptor()
            made.forget()
            made.complete(operation, failure=failure_from_errno(error.errno or 0, Phase.BIND, str(error)))
        else:
            made.complete(operation)

    def connect(self, session: HeldSession, operation: Operation, request: Connect) -> None:
        """Connect a bound socket, or make one for it."""
        if not request.make:
            session.socket(request.socket_id).connect(operation, request)
            return
        self.check_room(session)
        operation.socket_id = session.new_socket_id(request.socket_id)
        Connection(self, session, operation.socket_id).make_and_connect(operation, request)

    def set_event_callbacks(
        self, session: HeldSession, operation: Operation, request: SetEventCallbacks
    ) -> None:
        """Change what a socket indicates, or, before the first of them, what all of the session will."""
        if request.socket_id:
            session.socket(request.socket_id).set_event_callbacks(operation, request)
            return
        used = session.highest_socket_id > 0
        check_session_callbacks(request, used)
        session.accept(operation)
        before = session.callbacks
        session.callbacks = request if before is None else joined(before, request)
        session.complete(operation, Completion(operation.kind, Status.SUCCESS), self.clock())

    def has_room(self, session: HeldSession, sockets: int) -> bool:
        """Whether the agent, a session and its identity may have so many sockets more."""
        fit = self.descriptors.fit(sockets, self.limits.sockets)
        return fit and session.account.has_sockets(session, sockets)

    def check_room(self, session: HeldSession) -> None:
        """Refuse when the agent, the session or its identity has as many sockets as it may have."""
        session.account.check_sockets(session)
        if not self.descriptors.fit(1, self.limits.sockets):
            message = f"the agent has {self.descriptors.taken} sockets, as many as it may have; close some"
            raise Refused(
                Reason.TOO_MANY_SOCKETS,
                message,
                limit=str(self.limits.sockets),
                wsk_status="STATUS_INSUFFICIENT_RESOURCES",
            )

    def cancel(self, session: HeldSession, operation_id: int) -> CancelOutcome:
        """Ask for an operation to end."""
        try:
            operation = session.ledger.find(operation_id)
        except Refused:
            return CancelOutcome.NOT_FOUND
        if not operation.sequence and self.cancel_operation(session, operation):
            return CancelOutcome.CANCELLED
        return CancelOutcome.TOO_LATE

    def cancel_operation(self, session: HeldSession, operation: Operation) -> bool:
        """Complete a pending operation as cancelled; False when it is too late for that."""
        job = session.jobs.get(operation.operation_id)
        if job is not None:
            return job.cancel(operation)
        socket = session.sockets.get(operation.socket_id)
        return socket is not None and socket.cancel(operation)

    def time_out_operation(self, session: HeldSession, operation: Operation) -> None:
        """End a pending operation as its own deadline would."""
        if operation.timer is not None:
            operation.timer.cancel()
            operation.timer = None
        socket = session.sockets.get(operation.socket_id)
        if socket is not None:
            socket.time_out(operation)
        elif operation.operation_id in session.jobs:
            session.jobs[operation.operation_id].end(TIMED_OUT)

    def faults_of(self, session: HeldSession) -> SessionFaults:
        """The faults of a session, for whoever makes some."""
        if session.faults is None:
            session.faults = SessionFaults(self, session)
        return session.faults

    def look(self) -> None:
        """Take in what the sockets have become ready for by now, before the loop comes to it."""
        self.poller.look()

    # The end

    async def drain(self, grace: float) -> None:
        """Refuse new work, let pending operations finish for `grace` seconds, then end all sessions."""
        self.draining = True
        if self.sessions.own is not None:  # its relays would never be done
            self.sessions.end(self.sessions.own, SessionEnd.AGENT_DRAINED)
        idle = asyncio.Event()

        def look() -> None:
            if not any(session.ledger.pending for session in self.sessions):
                idle.set()

        for session in self.sessions:
            session.idle = look
            if session.journal.room_for_notice():
                session.append(Draining(grace), self.clock())
        look()
        with contextlib.suppress(TimeoutError):  # what is still pending then is ended below
            async with asyncio.timeout(grace) as self._drain_limit:
                await idle.wait()
        self.sessions.close()

    def hurry(self, grace: float) -> None:
        """Let a drain that goes on end within `grace` seconds, if it would take longer."""
        limit, end = self._drain_limit, self.loop.time() + grace
        if limit is not None and not limit.expired() and end < (limit.when() or 0.0):
            limit.reschedule(end)

    def close(self) -> None:
        """End everything at once. A second call does nothing."""
        self.sessions.close()
        self.poller.close()


def _draining() -> Refused:
    return Refused(Reason.AGENT_DRAINING, "the agent is draining and takes no new work; use another")


_MADE: dict[Category, Callable[[Engine, HeldSession, int], Socket]] = {
    Category.BASIC: lambda engine, session, number: Socket(engine, session, number, Category.BASIC),
    Category.CONNECTION: Connection,
    Category.LISTENING: Listener,
    Category.DATAGRAM: DatagramSocket,
    Category.STREAM: lambda engine, session, number: Connection(engine, session, number, Category.STREAM),
}

_MAKING: dict[OperationKind, Callable[[Engine, HeldSession, Operation, Any], None]] = {
    OperationKind.CREATE_SOCKET: Engine.create_socket,
    OperationKind.CONNECT: Engine.connect,
    OperationKind.SET_EVENT_CALLBACKS: Engine.set_event_callbacks,
    OperationKind.RESOLVE: resolve,
    OperationKind.CHAIN: submit_chain,
}
"""Operations that may make their socket, or need none."""

_VERBS: dict[OperationKind, Callable[[Socket, Operation, Any], None]] = {
    OperationKind.BIND: lambda socket, operation, request: socket.bind(operation, request),
    OperationKind.SEND: lambda socket, operation, request: socket.send(operation, request),
    OperationKind.RECEIVE: lambda socket, operation, request: socket.receive(operation, request),
    OperationKind.DISCONNECT: lambda socket, operation, request: socket.disconnect(operation, request),
    OperationKind.CLOSE: lambda socket, operation, request: socket.close(operation, request),
    OperationKind.LISTEN: lambda socket, operation, request: socket.listen(operation, request),
    OperationKind.ACCEPT: lambda socket, operation, request: socket.accept_connection(operation, request),
    OperationKind.INSPECT_COMPLETE: lambda socket, operation, request: socket.inspect_complete(
        operation, request
    ),
    OperationKind.RELAY: lambda socket, operation, request: socket.relay(operation, request),
    OperationKind.SEND_TO: lambda socket, operation, request: socket.send_to(operation, request),
    OperationKind.RECEIVE_FROM: lambda socket, operation, request: socket.receive_from(operation, request),
    OperationKind.CONTROL_SOCKET: lambda socket, operation, request: socket.control(operation, request),
}
"""Operations on a socket that there is."""
