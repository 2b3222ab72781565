"""Completions in their turn: where a fault lets one come late, later successes of its kind on its socket wait for it.

A failure, a cancel or a timeout may overtake (promise 4); the end of the socket or the session waits for nothing.
"""

from collections import deque
from typing import TYPE_CHECKING

from telesock.server.core.events import Completion
from telesock.server.core.operations import Hook, Operation
from telesock.server.core.requests import OperationKind
from telesock.server.core.slots import Slot
from telesock.server.core.status import Cause, Failure, Status

if TYPE_CHECKING:
    from telesock.server.engine.engine import Engine
    from telesock.server.engine.sessions import HeldSession


class InOrder:
    """The completion of one operation, in its turn: it waits until those before it are told, or are failures."""

    def __init__(
        self, engine: "Engine", session: "HeldSession", operation: Operation, turn: "deque[InOrder]"
    ) -> None:
        self._engine = engine
        self._session = session
        self._operation = operation
        self._inner: Hook | None = operation.chain
        self._turn = turn
        self._completion: Completion | None = None
        self._due = True
        """Whether it may be told as soon as it is its turn."""
        self._told = False
        operation.chain = self
        turn.append(self)

    @property
    def records(self) -> bool:
        """Whether it is an operation of the session."""
        return self._inner is None or self._inner.records

    @property
    def _key(self) -> tuple[int, OperationKind]:
        return self._operation.socket_id, self._operation.kind

    def started(self, operation: Operation, slot: Slot) -> None:
        """The operation was accepted by its socket; it is no link, or its chain wants to know."""
        if self._inner is not None:
            self._inner.started(operation, slot)
        else:
            self._session.enter(operation, slot)

    def judged(self, operation: Operation, completion: Completion) -> Completion | None:
        """It has happened: tell of it now, or when its turn has come."""
        if self._told:
            return completion
        self._completion = self._changed(completion)
        if self._completion.status is not Status.SUCCESS and self._due:
            self._leave_turn()
            return self._completion  # failures may overtake
        self._session.hold(operation, self)
        self._go_on()
        return None

    def _changed(self, completion: Completion) -> Completion:
        return completion

    def _go_on(self) -> None:
        """Tell of all whose turn it is."""
        while self._turn and self._turn[0].may_be_told:
            first = self._turn.popleft()
            first.tell()
        if not self._turn:
            self._session.late.pop(self._key, None)

    @property
    def may_be_told(self) -> bool:
        """Whether it has happened and need not wait longer."""
        return self._completion is not None and self._due

    def tell(self) -> None:
        """Complete the operation."""
        assert self._completion is not None, "it has happened"
        self._told = True
        self._session.let_go(self._operation)
        self._session.complete(self._operation, self._completion, self._engine.clock())

    def _leave_turn(self) -> None:
        self._told = True
        if self in self._turn:
            self._turn.remove(self)
        self._session.let_go(self._operation)
        self._engine.loop.call_soon(self._go_on)

    def ended(self, operation: Operation, status: Status, cause: Cause | None) -> None:
        """The operation has completed."""
        if self._inner is not None:
            self._inner.ended(operation, status, cause)

    def refused(self) -> None:
        """The operation was refused after all."""
        if self in self._turn:
            self._turn.remove(self)
        self._go_on()

    # While its completion waits to be told

    def cancel(self, operation: Operation) -> bool:
        """It has happened: that is too late."""
        return False

    def socket_gone(self, operation: Operation) -> None:
        """The socket is about to end: tell of it before."""
        self.tell_now()

    def end(self, failure: Failure) -> None:
        """The session ends: tell of it before."""
        self.tell_now()

    def hurry(self) -> None:
        """It may wait no longer, if it has happened."""
        self._due = True

    def tell_now(self) -> None:
        """Tell of it, and before that of all that have happened and come before it."""
        for each in list(self._turn):
            each.hurry()
            if each is self:
                break
        for each in list(self._turn):
            if each.may_be_told:
                self._turn.remove(each)
                each.tell()
            if each is self:
                break
        self._go_on()
