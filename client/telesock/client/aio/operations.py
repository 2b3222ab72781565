"""The asyncio client's handle of an operation."""

import asyncio
from collections.abc import Generator
from typing import Generic

from telesock.client.core.operations import BaseOperation, Result
from telesock.client.enumerations import CancelOutcome
from telesock.client.errors import SessionLost


class Operation(BaseOperation[Result], Generic[Result]):
    """One request to an agent, from the moment of asking. Awaiting it gives its result, or raises why there is none.

    It can be awaited any number of times and by any number of tasks. Cancelling a task that awaits it leaves the
    operation alone; only `cancel` asks the agent to end it. Awaiting one that is done does not wait. Many are awaited
    fastest one after the other; `asyncio.gather` works too but makes a task of each.

    Raises OperationFailed (or one of its kinds) when it ended badly, Rejected when it was refused, SessionLost when its
    session is no more.
    """

    __slots__ = ()

    _waiting = "await"

    def __await__(self) -> Generator[object, None, Result]:
        """Wait for the outcome."""
        if not self.done():
            future = asyncio.get_running_loop().create_future()

            def wake() -> None:
                if not future.done():
                    future.set_result(None)

            self.when_done(wake)
            try:
                yield from future
            finally:
                self.forget(wake)
        return self.take_result()

    async def cancel(self) -> CancelOutcome:
        """Ask the agent to end it. Its own outcome tells how it ended.

        Returns CANCELLED when it has completed so, TOO_LATE when it had completed before or cannot be stopped any more,
        NOT_FOUND when it was refused. Raises SessionLost.
        """
        if self.completion is not None:
            return CancelOutcome.TOO_LATE
        future: asyncio.Future[CancelOutcome | SessionLost] = asyncio.get_running_loop().create_future()

        def answer(outcome: CancelOutcome | SessionLost) -> None:
            if not future.done():
                future.set_result(outcome)

        self._core.cancel(self, answer)
        outcome = await future
        if isinstance(outcome, SessionLost):
            raise outcome.again()
        return outcome
