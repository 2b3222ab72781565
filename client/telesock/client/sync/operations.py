"""The blocking client's handle of an operation."""

import threading
from collections.abc import Callable
from typing import Generic, Self, cast

from telesock.client.core.operations import BaseOperation, Result
from telesock.client.enumerations import CancelOutcome
from telesock.client.errors import SessionLost
from telesock.client.sync.locking import LockedAsked, Turn
from telesock.client.sync.waiting import wait_for


class Operation(BaseOperation[Result], Generic[Result]):
    """One request to an agent, from the moment of asking. `result` waits for what it yields, or raises why there is none.

    It can be asked any number of times and by any number of threads. Giving up to wait leaves the operation alone; only
    `cancel` asks the agent to end it. The result of one that is done does not wait. Ask for many operations first and
    for their results afterwards, one after the other: they travel in one message.

    Raises OperationFailed (or one of its kinds) when it ended badly, Rejected when it was refused, SessionLost when its
    session is no more.
    """

    __slots__ = ()

    _waiting = ".result()"

    def result(self, timeout: float | None = None) -> Result:
        """Wait for the outcome. Raises TimeoutError after `timeout` seconds: then the operation goes on."""
        if self._outcome is None:
            self._wait(timeout)
        return self.take_result()

    def _wait(self, timeout: float | None) -> None:
        waiter = threading.Lock()
        waiter.acquire()
        turn = self._turn
        turn.check_may_wait()
        with turn.lock:
            if self.done():
                return
            self.when_done(waiter.release)
        try:
            if not wait_for(waiter, timeout):
                raise TimeoutError(f"{self!r} has no outcome after {timeout:g} s; it goes on")
        finally:
            if not self.done():
                with turn.lock:
                    self.forget(waiter.release)

    def cancel(self) -> CancelOutcome:
        """Ask the agent to end it. Its own outcome tells how it ended.

        Returns CANCELLED when it has completed so, TOO_LATE when it had completed before or cannot be stopped any more,
        NOT_FOUND when it was refused. Raises SessionLost.
        """
        if self.completion is not None:
            return CancelOutcome.TOO_LATE
        self._turn.check_may_wait()
        told: list[CancelOutcome | SessionLost] = []
        waiter = threading.Lock()
        waiter.acquire()

        def answer(outcome: CancelOutcome | SessionLost) -> None:
            told.append(outcome)
            waiter.release()

        self._core.cancel(self, answer)
        wait_for(waiter)
        [outcome] = told
        if isinstance(outcome, SessionLost):
            raise outcome.again()
        return outcome

    def add_done_callback(self, callback: Callable[[Self], object]) -> None:
        """Call back once with this operation when it has an outcome; at once when it has.

        Otherwise it is called on the session's own thread, on which everything else then stands still: it must not wait.
        """
        turn = self._turn
        with turn.lock:
            done = self.done()
            if not done:
                self.when_done(lambda: turn.call_later(lambda: callback(self)))
        if done:
            callback(self)

    @property
    def _turn(self) -> Turn:
        return cast(LockedAsked, self._core).turn
