"""A listening socket, as an asyncio program uses it."""

from collections.abc import AsyncIterator, Iterable

from telesock.client.aio.operations import Operation
from telesock.client.aio.sockets import AsyncSocket
from telesock.client.core import requests
from telesock.client.enumerations import CancelOutcome, IndicationKind, OperationKind
from telesock.client.errors import Cancelled
from telesock.v1.events_pb2 import ConnectionInspect, Event
from telesock.v1.operations_pb2 import Completion


class AsyncListener(AsyncSocket):
    """A socket that takes connections. Made by the session's `listen`.

    `async for connection in listener:` takes one connection after the other, each an AsyncSocket of its own, until the
    listener is closed; leaving the loop loses none that waits.
    """

    def accept(
        self,
        *,
        timeout: float | None = None,
        indications: Iterable[IndicationKind] = (),
        credit_bytes: int = 0,
    ) -> Operation[AsyncSocket]:
        """Take the next connection. Yields it, with what it indicates from its first byte on.

        Any number may be asked for; they are served in order, and before any indication. A cancel or the `timeout`
        (seconds, None for ever) loses no connection.
        """
        callbacks = requests.callbacks(indications, credit_bytes)
        operation = Operation(self._core, OperationKind.ACCEPT, self.socket_id, self._accepted)
        return self._core.submit(operation, requests.accept, self.socket_id, timeout, callbacks)

    def _accepted(self, completion: Completion) -> AsyncSocket:
        return self.accepted_socket(completion.accept.socket_id)

    def accepted_socket(self, socket_id: int) -> AsyncSocket:
        """Return the socket that a ConnectionAccepted told of."""
        return AsyncSocket(self._core, self._core.sockets.know(socket_id))

    async def __aiter__(self) -> AsyncIterator[AsyncSocket]:
        """Take connections until the listener is closed."""
        while True:
            accepting = self.accept()
            try:
                connection = await accepting
            except Cancelled:  # by the listener's close, ours or another's
                return
            except BaseException:
                await self._give_back(accepting)
                raise
            yield connection

    async def _give_back(self, accepting: Operation[AsyncSocket]) -> None:
        """Take an accept back; a connection that it has got meanwhile is reset, for nobody has it."""
        if not accepting.done() and await accepting.cancel() is CancelOutcome.TOO_LATE:
            await (await accepting).close()

    async def connections(self) -> AsyncIterator[AsyncSocket]:
        """Take connections as they are indicated, with what the listener hands on enabled from their first byte.

        The listener has to have CONNECTION enabled. The credit of each is given back with the next.
        """
        async for indication in self.indications():
            if isinstance(indication, Event) and indication.HasField("connection_accepted"):
                yield self.accepted_socket(indication.connection_accepted.accepted.socket_id)

    async def inspections(self) -> AsyncIterator[ConnectionInspect]:
        """Yield the connections that wait for a decision, where the listener was made with `conditional`."""
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
        self._core.release(self._record, event_sequence, refuse=True)
