"""What faults do to operations: fail before anything happens, hang, complete late, complete falsely, write short.

A close never fails and never hangs: it is what is left when all else goes wrong. Late completions keep the order that
successes have: those behind one that is late, of its kind and on its socket, wait for it.
"""

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from telesock.server.core.events import Completion
from telesock.server.core.faults.acting import Acting, Firing
from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.matching import matches_operation
from telesock.server.core.faults.operating import (
    OperationDelay,
    OperationFailure,
    OperationFalseFailure,
    OperationHang,
    ShortWrite,
)
from telesock.server.core.faults.values import Place
from telesock.server.core.operations import Operation
from telesock.server.core.refusal import Refused
from telesock.server.core.requests import AnyRequest, Chain, Connect, CreateSocket, OperationKind, Send
from telesock.server.core.slots import Slot
from telesock.server.core.status import Cause, Failure, Origin, Phase, Status, errno_name_of
from telesock.server.engine.chains import PHASES_OF_LINKS
from telesock.server.engine.completion_order import InOrder
from telesock.server.engine.connection import Connection
from telesock.server.engine.faulted_sending import add_faults
from telesock.server.engine.faulted_waiting import Waiting
from telesock.server.engine.faults import delay_of
from telesock.server.engine.sockets import CANCELLED, CANCELLED_BY_CLOSE, TIMED_OUT

if TYPE_CHECKING:
    from telesock.server.engine.engine import Engine
    from telesock.server.engine.faults import ActiveFault, SessionFaults
    from telesock.server.engine.sessions import HeldSession

_NEVER = (OperationKind.CHAIN, OperationKind.RELAY)  # a chain's links are operations by themselves
_PHASES = {**PHASES_OF_LINKS, OperationKind.CHAIN: Phase.CONNECT, OperationKind.RELAY: Phase.CONNECT}


def begin(engine: "Engine", session: "HeldSession", operation: Operation, request: AnyRequest) -> bool:
    """Begin an operation as faults will have it; False where none of them does anything beforehand. Raises Refused."""
    faults = session.faults
    assert faults is not None, "the session has some"
    if operation.socket_id and not _is_making(request):
        session.socket(operation.socket_id)  # refuses one that is not there: no fault can happen to it
    for active in faults.at(Place.OPERATIONS):
        if not _fits(faults, active, operation):
            continue
        if isinstance(active.fault.effect, ShortWrite) and not _may_be_short(request, active.fault.effect):
            continue
        acting = faults.decides(active, operation.socket_id, Lane.OPERATION)
        if acting is not None:
            return _Fate(engine, session, operation, active, acting).begin(request)
    _keep_order(engine, session, operation)
    return False


def _fits(faults: "SessionFaults", active: "ActiveFault", operation: Operation) -> bool:
    target, kind = active.fault.target, operation.kind
    if kind in _NEVER or not matches_operation(target, kind, _PHASES[kind]):
        return False
    if kind is OperationKind.CLOSE and not isinstance(active.fault.effect, OperationDelay):
        return False
    socket = faults.session.sockets.get(operation.socket_id)
    if socket is not None:
        return faults.fits(active, socket)
    named = target.socket_id in (0, operation.socket_id) and not target.listener_id
    return named and not target.peers


def _may_be_short(request: AnyRequest, effect: ShortWrite) -> bool:
    return isinstance(request, Send) and effect.size < max(len(request.data), request.pattern_length)


def _keep_order(engine: "Engine", session: "HeldSession", operation: Operation) -> None:
    """An operation behind one that is late may not overtake it."""
    key = (operation.socket_id, operation.kind)
    if key in session.late:
        InOrder(engine, session, operation, session.late[key])


class _Fate(InOrder):
    """An operation in the hands of a fault."""

    def __init__(
        self,
        engine: "Engine",
        session: "HeldSession",
        operation: Operation,
        active: "ActiveFault",
        acting: Acting,
    ) -> None:
        self._active = active
        self._acting = acting
        self._number = acting.last_number
        self._delay = delay_of(acting, active.fault.effect, self._number)
        self._effect = active.fault.effect
        self._waiting: Waiting | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._entered = False
        super().__init__(
            engine,
            session,
            operation,
            session.late.setdefault((operation.socket_id, operation.kind), deque()),
        )
        add_faults(operation, (active.fault.name,))

    def begin(self, request: AnyRequest) -> bool:
        """Do what can be done beforehand; return whether the operation is not to be begun as usual."""
        effect = self._effect
        if isinstance(effect, OperationFailure):
            self._fail(request, effect)
            return True
        if isinstance(effect, OperationHang):
            return self._hang(request)
        if isinstance(effect, OperationDelay):
            self._due = False
        if isinstance(effect, ShortWrite):
            self._shorten(effect)
        return False

    def refused(self) -> None:
        """The operation was refused after all: nothing has happened to it."""
        self._stop_waiting()
        socket = self._session.sockets.get(self._operation.socket_id)
        if isinstance(socket, Connection):
            socket.let_send_go(self._operation)
        super().refused()

    def _tell_firing(self) -> None:
        """The operation is accepted: only now it is told that something happens to it."""
        operation, acting = self._operation, self._acting
        number = acting.number(self._number)
        delay, detail = self._delay or None, operation.kind.name
        acting.tell(Firing(number, delay=delay, operation_id=operation.operation_id, detail=detail))

    # Failing

    def _fail(self, request: AnyRequest, effect: OperationFailure) -> None:
        session, operation = self._session, self._operation
        self._turn.remove(self)
        self._told = True
        if not self._turn:
            session.late.pop(self._key, None)
        if _is_making(request):
            operation.socket_id = session.new_socket_id(operation.socket_id)
        session.accept(operation)
        session.note_socket_id(operation.socket_id)
        socket = session.sockets.get(operation.socket_id)
        if isinstance(socket, Connection) and isinstance(request, Send):
            socket.sends.accepted += len(request.data) + request.pattern_length
        failure = self._failure(effect.status, effect.errno_name)
        completion = Completion(operation.kind, failure.status, 0, failure.cause)
        session.complete(operation, completion, self._engine.clock())

    def _failure(self, status: Status, errno_name: str) -> Failure:
        name = self._active.fault.name
        phase = _PHASES[self._operation.kind]
        cause = Cause(Origin.FAULT, phase, errno_name or errno_name_of(status), name, f"the fault {name!r}")
        return Failure(status, cause)

    # Hanging

    def _hang(self, request: AnyRequest) -> bool:
        session, operation = self._session, self._operation
        socket = session.sockets.get(operation.socket_id)
        if isinstance(request, Send):
            if isinstance(socket, Connection):
                self._waiting = Waiting(
                    self._engine.loop, [(self._active, None)], lambda: socket.let_send_go(operation)
                )
                socket.hang_send(operation)
            return False
        self._enter(request)
        timeout = getattr(request, "timeout", None)
        if timeout is not None:
            self._timer = self._engine.loop.call_later(timeout, self.end, TIMED_OUT)
        self._waiting = Waiting(self._engine.loop, [(self._active, None)], self._begin_after_all)
        return True

    def _enter(self, request: AnyRequest) -> None:
        """The operation is accepted, and not begun."""
        session, operation = self._session, self._operation
        if _is_making(request):
            operation.socket_id = session.new_socket_id(operation.socket_id)
        self.started(operation, Slot.RESERVED)
        self._entered = True
        session.hold(operation, self)

    def _begin_after_all(self) -> None:
        """The fault is over: the operation begins."""
        request = self._operation.request
        self._stop_waiting()
        self._session.let_go(self._operation)
        assert not isinstance(request, Chain), "chains do not hang"
        try:
            self._engine.start(self._session, self._operation, request)
        except Refused as refused:
            detail = f"{refused.message} {refused.metadata.get('wsk_status', '')}".strip()
            phase = _PHASES[self._operation.kind]
            cause = Cause(Origin.FAULT, phase, fault_name=self._active.fault.name, detail=detail)
            self._finish(Failure(Status.INVALID_DEVICE_STATE, cause))
        self._engine.flush()

    def cancel(self, operation: Operation) -> bool:
        """Take an operation back that hangs; one that has happened and is not told is too late."""
        if self._waiting is None or self._completion is not None:
            return False
        self.end(CANCELLED)
        return True

    def socket_gone(self, operation: Operation) -> None:
        """The socket is about to end: what hangs ends, what is late is told."""
        self.end(CANCELLED_BY_CLOSE)

    def end(self, failure: Failure) -> None:
        """It may wait no longer."""
        self._stop_waiting()
        if self._completion is not None:
            self.tell_now()
        else:
            self._finish(Failure(failure.status, failure.cause._replace(phase=_PHASES[self._operation.kind])))

    def _finish(self, failure: Failure) -> None:
        self._completion = Completion(self._operation.kind, failure.status, 0, failure.cause)
        self.tell_now()

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.drop()
            self._waiting = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def started(self, operation: Operation, slot: Slot) -> None:
        """The operation was accepted; where it hung before, that was then."""
        if not self._entered:
            super().started(operation, slot)
            self._tell_firing()
        elif slot is Slot.GUARANTEED:
            self._session.journal.cancel_reservation()
            operation.slot = slot

    # Late, and otherwise than it was

    def judged(self, operation: Operation, completion: Completion) -> Completion | None:
        """It has happened: a fault may have more to say."""
        self._stop_waiting()
        if self._told:
            return completion
        effect = self._effect
        if self._active.over:
            self._due = True
        if isinstance(effect, OperationDelay) and not self._due:
            self._completion = completion
            self._session.hold(operation, self)
            self._waiting = Waiting(self._engine.loop, [(self._active, self._delay)], self._over)
            return None
        return super().judged(operation, completion)

    def _over(self) -> None:
        self._waiting = None
        self._due = True
        self._go_on()

    def hurry(self) -> None:
        """It may wait no longer, if it has happened."""
        if self._completion is not None:
            self._stop_waiting()
            self._due = True

    def _changed(self, completion: Completion) -> Completion:
        effect = self._effect
        if isinstance(effect, OperationFalseFailure) and completion.status is Status.SUCCESS:
            failure = self._failure(effect.status, effect.errno_name)
            return completion._replace(status=failure.status, cause=failure.cause, result=None)
        if isinstance(effect, ShortWrite) and completion.status is Status.SUCCESS:
            failure = self._failure(effect.status, effect.errno_name)
            self._engine.loop.call_soon(self._break_sends)
            return completion._replace(
                status=failure.status, cause=failure.cause, transferred_bytes=effect.size
            )
        return completion

    # Writing short

    def _shorten(self, effect: ShortWrite) -> None:
        socket = self._session.sockets.get(self._operation.socket_id)
        if isinstance(socket, Connection):
            socket.shorten_send(self._operation, effect.size)

    def _break_sends(self) -> None:
        socket = self._session.sockets.get(self._operation.socket_id)
        if isinstance(socket, Connection):
            socket.break_sends(self._failure(Status.CANCELLED, ""))


def refused(operation: Operation) -> None:
    """An operation that was to be begun as usual was refused."""
    if isinstance(operation.chain, InOrder):
        operation.chain.refused()
        operation.chain = None


def _is_making(request: AnyRequest) -> bool:
    """Whether an operation makes the socket that it names."""
    return isinstance(request, CreateSocket) or (isinstance(request, Connect) and request.make)
