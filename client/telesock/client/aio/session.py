"""A session on an agent, as an asyncio program uses it."""

import contextlib
import weakref
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple, Self

from telesock.client.aio.attachment import Attachment
from telesock.client.aio.calls import Calls
from telesock.client.aio.chains import Chain
from telesock.client.aio.creating import Creating
from telesock.client.aio.events import EventStream
from telesock.client.aio.expecting import Expecting
from telesock.client.aio.faults import FaultCalls, Injecting
from telesock.client.aio.operations import Operation
from telesock.client.aio.relays import Relaying
from telesock.client.aio.resolving import Resolving
from telesock.client.channels import CALL_TIMEOUT
from telesock.client.core import requests
from telesock.client.core.chains import Repeat
from telesock.client.core.session import SessionCore
from telesock.client.core.witness import Witnessed
from telesock.client.credentials import Metadata
from telesock.client.enumerations import (
    EventKind,
    IndicationKind,
    OperationKind,
)
from telesock.client.errors import SessionClosed, SessionLost, SessionReplaced, TelesockError
from telesock.client.expectations import Position
from telesock.v1.events_pb2 import EventFilter
from telesock.v1.sessions_pb2 import CloseSessionRequest

_LAST_TRY = 1.0  # seconds to close a session that is lost to us but may still be there


class Entry(NamedTuple):
    """How a session was come by."""

    core: SessionCore
    token: str
    owned: bool
    """Whether leaving ends it."""


class AsyncSession(Creating, Resolving, Injecting, Relaying, Expecting, Witnessed):
    """One session: sockets, operations, events. Use `async with client.session() as session:`.

    Leaving the block closes it, with everything in it: operations that are pending raise SessionClosed, connections
    that are open are reset. A session made by `attach_session` is only left: it goes on.
    """

    def __init__(self, calls: Calls, enter: Callable[[], Awaitable[Entry]]) -> None:
        self._calls = calls
        self._enter = enter
        self._attachment: Attachment | None = None
        self._streams: weakref.WeakSet[EventStream] = weakref.WeakSet()
        self._lost_callbacks: list[Callable[[SessionLost], object]] = []

    async def __aenter__(self) -> Self:
        """Open it, or take it up. Raises AgentUnavailable, Rejected or SessionLost."""
        entry = await self._enter()
        self._core = entry.core
        self._core.when_lost = self._lost
        self._expected = Position(self._core.cursor.seen)
        self._token = entry.token
        self._owned = entry.owned
        self._core.shell = FaultCalls(self._calls, self._core, self._metadata)
        self._attachment = Attachment(self._calls, self._core, self._metadata)
        if not entry.owned:
            await self._replace_owner()
        return self

    async def _replace_owner(self) -> None:
        """Wait until the session is ours and no longer that of whoever had it."""
        assert self._attachment is not None, "it was just made"
        try:
            await self._attachment.attached()
        except BaseException:
            await self.close()
            raise

    async def __aexit__(self, *exception: object) -> None:
        """Leave it."""
        await self.close()

    async def close(self) -> None:
        """Leave it, as often as one likes. An agent that does not answer ends it by itself, with its lease."""
        if self._attachment is None:
            return
        attachment, self._attachment = self._attachment, None
        before = self._core.lost
        await attachment.close(SessionClosed(f"this program has left session {self.session_id}", "CLOSED"))
        if self._owned and not isinstance(before, SessionClosed | SessionReplaced):
            with contextlib.suppress(TelesockError):
                timeout = CALL_TIMEOUT if before is None else _LAST_TRY
                request = CloseSessionRequest(session_id=self.session_id)
                await self._calls.call(self._calls.sessions.CloseSession, request, self._metadata, timeout)

    def _lost(self, why: SessionLost) -> None:
        """Readers of the story have to know, unless they will hear the end of it from the agent."""
        if not isinstance(why, SessionClosed):
            for stream in self._streams:
                stream.interrupt(why.again())
        for callback in self._lost_callbacks:
            callback(why)

    @property
    def session_id(self) -> str:
        """Its public name."""
        return self._core.session_id

    @property
    def session_token(self) -> str:
        """The secret that owns it."""
        return self._token

    @property
    def boot_id(self) -> str:
        """The life of the agent it was opened in; empty where that is not known."""
        return self._core.boot_id

    @property
    def lease(self) -> float:
        """How long it outlives the last sign of its owner, seconds."""
        return self._core.lease.duration

    @property
    def last_sequence(self) -> int:
        """Sequence of the last event that has arrived: a cursor to come back with."""
        return self._core.cursor.seen

    @property
    def lost(self) -> SessionLost | None:
        """Why it is no more; None while it lives."""
        return self._core.lost

    def add_lost_callback(self, callback: Callable[[SessionLost], object]) -> None:
        """Call it once with why the session is no more, also when that is its closing here; at once if it is lost.

        It is called where the session's messages are read, and must not wait.
        """
        self._lost_callbacks.append(callback)
        if self.lost is not None:
            callback(self.lost)

    @property
    def _metadata(self) -> Metadata:
        return self._calls.metadata(self._token)

    def chain(
        self, *, start_at_ns: int = 0, timeout: float | None = None, repeat: Repeat | None = None
    ) -> Chain:
        """Begin a chain: operations that the agent does one after the other, without a round trip between them.

        It starts not before `start_at_ns` of the agent's monotonic clock (`client.sample_clock`), may take `timeout`
        seconds, and is done as often as `repeat` says.
        """
        return Chain(self._core, start_at_ns, timeout, repeat)

    def set_event_callbacks(
        self,
        enable: Iterable[IndicationKind],
        *,
        credit_bytes: int = 0,
        credit_connections: int = 0,
        credit_datagrams: int = 0,
    ) -> Operation[None]:
        """Let every socket of the session indicate these kinds, for good. Only before its first socket."""
        self._core.sockets.expect(credit_bytes)
        operation = Operation(self._core, OperationKind.SET_EVENT_CALLBACKS, 0, lambda _: None)
        return self._core.submit(
            operation,
            requests.set_event_callbacks,
            0,
            list(enable),
            [],
            credit_bytes,
            credit_connections,
            credit_datagrams,
        )

    def events(
        self, start_after: int = 0, socket_ids: Iterable[int] = (), kinds: Iterable[EventKind] = ()
    ) -> EventStream:
        """Iterate over the session's events after a sequence, those that were and those that come.

        Yields the contract's `Event`s, and a `Gap` where events are gone for good. Only those about `socket_ids` and of
        `kinds`, where given. It outlives broken streams, acknowledges nothing, and ends when the session is closed.
        Raises SessionLost when it ends otherwise, and when it was closed while the stream was broken: then the end of
        the story is gone.
        """
        wanted = EventFilter(socket_ids=socket_ids, kinds=list(kinds))  # type: ignore[arg-type]  # same numbers
        stream = EventStream(
            self._calls,
            self._metadata,
            self.session_id,
            start_after,
            wanted if wanted.ByteSize() else None,
            self.lease,
        )
        self._streams.add(stream)
        return stream
