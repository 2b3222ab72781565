"""A listening socket, as an asyncio program uses it."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Iterable
from typing import Unpack

from telesock.client.aio.faults import AsyncFault
from telesock.client.aio.operations import Operation
from telesock.client.aio.sockets import AsyncSocket
from telesock.client.core import requests
from telesock.client.core.asked import Asked
from telesock.client.core.sockets import SocketRecord
from telesock.client.enumerations import CancelOutcome, IndicationKind, OperationKind
from telesock.client.errors import Cancelled, Rejected, SessionLost
from telesock.client.faults import Effect, Fault, Faults, Rule, as_fault, write_faults
from telesock.v1.events_pb2 import ConnectionInspect, Event
from telesock.v1.operations_pb2 import Completion

_CLOSED = ("SOCKET_CLOSED", "SOCKET_UNKNOWN")


class AsyncListener(AsyncSocket):
    """A socket that takes connections. Made by the session's `listen` or `create_socket`.

    `async for connection in listener:` takes one connection after the other, each an AsyncSocket of its own, until the
    listener is closed. Leaving the loop loses none: one that arrives in the moment of leaving is the first of the next
    loop, or of an `accept` that asks for no indications and no faults. For that a loop that is cancelled waits for one answer
    of the agent, or for the session's loss.
    """

    def __init__(self, core: Asked, record: SocketRecord) -> None:
        super().__init__(core, record)
        self._kept: deque[Operation[AsyncSocket]] = deque()  # accepts of loops that were left, too late

    def accept(
        self,
        *,
        timeout: float | None = None,
        indications: Iterable[IndicationKind] = (),
        credit_bytes: int = 0,
        faults: Faults = (),
    ) -> Operation[AsyncSocket]:
        """Take the next connection. Yields it, with what it indicates and the faults it has from its first byte on.

        Any number may be asked for; they are served in order, and before any indication. A cancel or the `timeout`
        (seconds, None for ever) loses no connection.
        """
        callbacks, born_with = requests.callbacks(indications, credit_bytes), write_faults(faults)
        if callbacks is None and not born_with and self._kept:
            return self._kept.popleft()
        operation = Operation(self._core, OperationKind.ACCEPT, self.socket_id, self._accepted)
        if callbacks is not None:
            operation.when_done(lambda: self._expect_of_accepted(operation, credit_bytes))
        return self._core.submit(operation, requests.accept, self.socket_id, timeout, callbacks, born_with)

    def _expect_of_accepted(self, accepting: Operation[AsyncSocket], credit_bytes: int) -> None:
        completion = accepting.completion
        if completion is not None and completion.HasField("accept"):
            self._core.sockets.know(completion.accept.socket_id).expect(credit_bytes)

    def _accepted(self, completion: Completion) -> AsyncSocket:
        return self.accepted_socket(completion.accept.socket_id)

    def accepted_socket(self, socket_id: int) -> AsyncSocket:
        """Return the socket that a ConnectionAccepted told of."""
        return AsyncSocket(self._core, self._core.sockets.know(socket_id))

    def fault(self, effect: Effect | Fault, **rule: Unpack[Rule]) -> AsyncFault:
        """Return a fault of the listener and of all sockets that come from it, as the session's `fault`."""
        rule.setdefault("listener", self.socket_id)
        return AsyncFault(self._core.shell, as_fault(effect, **rule))

    async def __aiter__(self) -> AsyncIterator[AsyncSocket]:
        """Take connections until the listener is closed."""
        while True:
            accepting = self.accept()
            try:
                connection = await accepting
            except asyncio.CancelledError:
                await self._take_back(accepting)
                raise
            except Cancelled:  # by the listener's close, ours or another's
                return
            except Rejected as refused:
                if refused.reason not in _CLOSED:
                    raise
                return
            yield connection

    async def _take_back(self, accepting: Operation[AsyncSocket]) -> None:
        """Take an accept back; one that has got a connection meanwhile is kept with it."""
        cancelling = asyncio.ensure_future(accepting.cancel())
        while not cancelling.done():  # even when this is cancelled in its turn: nobody else would ask
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait((cancelling,))
        with contextlib.suppress(SessionLost):
            if cancelling.result() is CancelOutcome.TOO_LATE:
                self._kept.append(accepting)

    async def connections(self) -> AsyncIterator[AsyncSocket]:
        """Take connections as they are indicated, with what the listener hands on enabled from their first byte.

        The listener has to have CONNECTION enabled. The credit of each is given back with the next. Everything else that
        is indicated is passed over; where connections are inspected too, iterate over `indications`.
        """
        async for indication in self.indications():
            if isinstance(indication, Event) and indication.HasField("connection_accepted"):
                yield self.accepted_socket(indication.connection_accepted.accepted.socket_id)

    async def inspections(self) -> AsyncIterator[ConnectionInspect]:
        """Yield the connections that wait for a decision, where the listener was made with `conditional`.

        Everything else that is indicated is passed over; where connections are indicated too, iterate over `indications`.
        """
        async for indication in self.indications(auto_release=False):
            if isinstance(indication, Event) and indication.HasField("connection_inspect"):
                yield indication.connection_inspect

    def inspect_complete(self, inspect_id: int, *, accept: bool) -> Operation[None]:
        """Let a connection in that is held, or reset it.

        Raises ConnectionDisconnected when its peer has left meanwhile.
        """
        operation = Operation(self._core, OperationKind.INSPECT_COMPLETE, self.socket_id, lambda _: None)
        return self._core.submit(operation, requests.inspect_complete, self.socket_id, inspect_id, accept)

    def refuse(self, event_sequence: int) -> None:
        """Reset the connection that a ConnectionAccepted told of; those before it are taken."""
        self.release(event_sequence, refuse=True)


class AsyncStreamSocket(AsyncListener):
    """A socket that is bound first and then listens or connects, whichever succeeds first.

    Made by the session's `create_socket`. Which of the two it may still do, the agent judges.
    """

    def fault(self, effect: Effect | Fault, **rule: Unpack[Rule]) -> AsyncFault:
        """Return a fault of the connection, or, unless it is connected, of the listener that it is to be."""
        return (
            super().fault(effect, **rule) if self.remote is None else AsyncSocket.fault(self, effect, **rule)
        )
