"""A relay, as an asyncio program uses it: a listener on the agent whose connections go on to an upstream, with faults."""

import contextlib
from collections.abc import AsyncIterator, Callable, Generator, Iterable
from types import TracebackType
from typing import Any, Protocol, Self, Unpack

from telesock.client.aio.events import EventStream
from telesock.client.aio.faults import AsyncFault
from telesock.client.aio.listeners import AsyncListener
from telesock.client.aio.operations import Operation
from telesock.client.core import requests
from telesock.client.core.relays import TOLD, ends, told
from telesock.client.core.session import SessionCore
from telesock.client.enumerations import EventKind, OperationKind
from telesock.client.errors import Cancelled, TelesockError
from telesock.client.faults import Effect, Fault, Faults, RelaySide, Rule
from telesock.v1.events_pb2 import Event, Gap, RelayConnected, RelayEnded
from telesock.v1.operations_pb2 import RelayResult
from telesock.v1.types_pb2 import STATUS_SUCCESS, Endpoint


class AsyncRelay:
    """A relay on the agent. Made by the session's `relay`; it is there once it is awaited.

        async with session.relay(upstream=("db.lab", 5432)) as relay:
            ...  # let the program under test connect to relay.address
            async with relay.fault(Latency(0.2), side="upstream", direction="receive"):
                ...

    Every connection to it goes on, through two sockets of the session, to a connection of its own to the upstream. Leaving
    the block ends all of them by a reset, and the listener. Awaiting or entering raises as the session's `listen`, and
    Rejected for an upstream that the agent does not take.
    """

    def __init__(
        self,
        core: SessionCore,
        listen: Callable[[], Operation[AsyncListener]],
        read: Callable[[int, int], EventStream],
        upstream: Endpoint,
        connect_timeout: float | None,
    ) -> None:
        self._core = core
        self._listen = listen
        self._read = read
        self._upstream = upstream
        self._connect_timeout = connect_timeout
        self._begun: tuple[AsyncListener, Operation[RelayResult]] | None = None
        self._start_after = 0

    def __await__(self) -> Generator[Any, None, Self]:
        """Begin it, unless that is done."""
        return self._begin().__await__()

    async def __aenter__(self) -> Self:
        """Begin it, for the block."""
        return await self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End it, unless it has ended."""
        with contextlib.suppress(*([TelesockError] if kind else [])):
            await self.close()

    async def _begin(self) -> Self:
        if self._begun is None:
            self._start_after = self._core.cursor.seen
            listening = self._listen()
            try:
                await self._begin_on(await listening)
            except BaseException:
                _close_what_is_made(listening)
                raise
        return self

    async def _begin_on(self, listener: AsyncListener) -> None:
        relaying = Operation(
            self._core, OperationKind.RELAY, listener.socket_id, lambda completion: completion.relay
        )
        self._core.submit(relaying, requests.relay, listener.socket_id, self._upstream, self._connect_timeout)
        await listener.options.read("backlog")  # a refusal of what was asked before it is here by then
        if relaying.done():
            await relaying
        self._begun = listener, relaying

    def _parts(self) -> tuple[AsyncListener, Operation[RelayResult]]:
        if self._begun is None:
            raise RuntimeError("the relay has not begun yet: await it, or enter it by `async with`")
        return self._begun

    @property
    def listener(self) -> AsyncListener:
        """Its listening socket."""
        return self._parts()[0]

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens: (host, port)."""
        local = self.listener.local
        assert local is not None, "it is bound"
        return local.host, local.port

    @property
    def operation(self) -> Operation[RelayResult]:
        """The operation that relays; pending as long as it does."""
        return self._parts()[1]

    @property
    def result(self) -> RelayResult | None:
        """What it has done, counted, once it has ended; None before that."""
        completion = self.operation.completion
        return None if completion is None else completion.relay

    def fault(
        self, effect: Effect | Fault, side: RelaySide | None = None, **rule: Unpack[Rule]
    ) -> AsyncFault:
        """Return a fault of its connections that is to be, as the session's `fault`.

        `side` is the one of a connection's two sockets that it acts on: "downstream", that of the client, or "upstream";
        None for both, and the listener. The direction is seen from that socket: "receive" on "upstream" is what the
        upstream has sent.
        """
        if side is not None:
            rule["relay_side"] = side
        return self.listener.fault(effect, **rule)

    async def connections(self) -> AsyncIterator[RelayConnected | RelayEnded | Gap]:
        """Iterate over what became of its connections from its beginning on, until it is closed.

        Yields the contract's messages: RelayConnected for each client that was connected, or could not be, RelayEnded for
        each connection that is over; a Gap where the session has dropped some.
        """
        stream = self._read(self._start_after, self.listener.socket_id)
        try:
            async for event in stream:
                if isinstance(event, Event) and ends(event):
                    return
                what = told(event)
                if what is not None:
                    yield what
        finally:
            await stream.aclose()

    async def close(self) -> RelayResult:
        """End it: the listener is closed, its connections are reset. Returns what it has done; a second time the same."""
        await self.listener._close_if_open(graceful=False)
        with contextlib.suppress(Cancelled):
            await self.operation
        result = self.result
        assert result is not None, "it has completed"
        return result


class RelayingSession(Protocol):
    """What a relay needs of its session."""

    @property
    def _core(self) -> SessionCore: ...

    def listen(
        self, host: str | None = None, port: int = 0, *, faults: Faults = ()
    ) -> Operation[AsyncListener]:
        """Make a listener."""

    def events(
        self, start_after: int = 0, socket_ids: Iterable[int] = (), kinds: Iterable[EventKind] = ()
    ) -> EventStream:
        """Read the session's story."""


class Relaying:
    """The part of a session that has relays."""

    def relay(
        self: RelayingSession,
        upstream: tuple[str, int],
        *,
        local: tuple[str, int] = ("127.0.0.1", 0),
        faults: Faults = (),
        connect_timeout: float | None = None,
    ) -> AsyncRelay:
        """Return a relay that is to be: enter it by `async with` for a block, or await it to keep it.

        It listens on `local` and forwards each connection to `upstream`, a literal or a name; `connect_timeout` is for
        each connect to that, seconds, None for the agent's default. `faults` act on the listener and all its connections.
        """
        return AsyncRelay(
            self._core,
            lambda: self.listen(*local, faults=faults),
            lambda start_after, socket_id: self.events(start_after, [socket_id], TOLD),
            Endpoint(host=upstream[0], port=upstream[1]),
            connect_timeout,
        )


def _close_what_is_made(listening: Operation[AsyncListener]) -> None:
    """Nobody will have the listener."""

    def close() -> None:
        completion = listening.completion
        if completion is not None and completion.status == STATUS_SUCCESS:
            listening.take_result().close()

    if listening.done():
        close()
    else:
        listening.when_done(close)
