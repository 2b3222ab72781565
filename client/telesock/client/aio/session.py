"""A session on an agent, as an asyncio program uses it."""

import contextlib
import weakref
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Literal, NamedTuple, Self, overload

from telesock.client.aio.attachment import Attachment
from telesock.client.aio.binding import Wanted, loopback, make_bound
from telesock.client.aio.calls import Calls
from telesock.client.aio.chains import Chain
from telesock.client.aio.datagrams import AsyncDatagramSocket
from telesock.client.aio.events import EventStream
from telesock.client.aio.expecting import Expecting
from telesock.client.aio.faults import FaultCalls, Injecting
from telesock.client.aio.listeners import AsyncListener, AsyncStreamSocket
from telesock.client.aio.looking import Looking
from telesock.client.aio.making import Making
from telesock.client.aio.operations import Operation
from telesock.client.aio.relays import Relaying
from telesock.client.aio.sockets import AsyncSocket
from telesock.client.channels import CALL_TIMEOUT
from telesock.client.core import requests
from telesock.client.core.chains import Repeat
from telesock.client.core.options import Values
from telesock.client.core.requests import Bytes
from telesock.client.core.session import SessionCore
from telesock.client.core.witness import Witnessed
from telesock.client.credentials import Metadata
from telesock.client.enumerations import (
    AddressFamily,
    EventKind,
    IndicationKind,
    OperationKind,
    SocketCategory,
)
from telesock.client.errors import SessionClosed, SessionLost, SessionReplaced, TelesockError
from telesock.client.faults import Faults, write_faults
from telesock.v1.events_pb2 import EventFilter
from telesock.v1.sessions_pb2 import CloseSessionRequest
from telesock.v1.sockets_pb2 import ResolveRequest
from telesock.v1.types_pb2 import Endpoint

_OF_CATEGORIES: dict[int, type[AsyncSocket]] = {
    SocketCategory.LISTENING: AsyncListener,
    SocketCategory.STREAM: AsyncStreamSocket,
    SocketCategory.DATAGRAM: AsyncDatagramSocket,
}
_LAST_TRY = 1.0  # seconds to close a session that is lost to us but may still be there


class Entry(NamedTuple):
    """How a session was come by."""

    core: SessionCore
    token: str
    owned: bool
    """Whether leaving ends it."""


class AsyncSession(Looking, Injecting, Relaying, Expecting, Witnessed):
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
        self._expected = self._core.cursor.seen
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

    # Sockets

    @overload
    def create_socket(
        self,
        category: Literal[SocketCategory.CONNECTION, SocketCategory.BASIC] = SocketCategory.CONNECTION,
        family: AddressFamily | None = None,
        *,
        options: Values | None = None,
        faults: Faults = (),
    ) -> Operation[AsyncSocket]: ...

    @overload
    def create_socket(
        self,
        category: Literal[SocketCategory.LISTENING],
        family: AddressFamily | None = None,
        *,
        options: Values | None = None,
        faults: Faults = (),
    ) -> Operation[AsyncListener]: ...

    @overload
    def create_socket(
        self,
        category: Literal[SocketCategory.STREAM],
        family: AddressFamily | None = None,
        *,
        options: Values | None = None,
        faults: Faults = (),
    ) -> Operation[AsyncStreamSocket]: ...

    @overload
    def create_socket(
        self,
        category: Literal[SocketCategory.DATAGRAM],
        family: AddressFamily | None = None,
        *,
        options: Values | None = None,
        faults: Faults = (),
    ) -> Operation[AsyncDatagramSocket]: ...

    def create_socket(
        self,
        category: SocketCategory = SocketCategory.CONNECTION,
        family: AddressFamily | None = None,
        *,
        options: Values | None = None,
        faults: Faults = (),
    ) -> Operation[Any]:
        """Make a socket, IPv4 unless told otherwise, to be bound, with options and faults.

        Yields it, of its category's class.
        """
        spec, born_with = requests.spec(category, family, options), write_faults(faults)
        record = self._core.sockets.new()
        socket = _OF_CATEGORIES.get(category, AsyncSocket)(self._core, record)
        operation = Operation(self._core, OperationKind.CREATE_SOCKET, record.socket_id, lambda _: socket)
        return self._core.submit(operation, requests.create_socket, record.socket_id, spec, born_with)

    def listen(
        self,
        host: str | None = None,
        port: int = 0,
        *,
        family: AddressFamily | None = None,
        backlog: int | None = None,
        conditional: bool = False,
        options: Values | None = None,
        indications: Iterable[IndicationKind] = (),
        credit_bytes: int = 0,
        credit_connections: int = 0,
        faults: Faults = (),
    ) -> Operation[AsyncListener]:
        """Make a listener and let it listen, as one chain. Yields it; when that fails no socket remains.

        Without a `host` it is the loopback address of the family; an empty one is the wildcard, which the agent's policy
        has to allow, "unix:PATH" a Unix-domain socket. Port 0 is any. With `conditional` each connection waits for
        `inspect_complete`. `indications` are what it tells unasked, and hands on to the sockets that it tells of.
        `faults` act on it and on what comes from it.
        """
        wanted = {**(options or {}), **({} if backlog is None else {"backlog": backlog})}
        if conditional:
            wanted["conditional_accept"] = True
        host = loopback(family) if host is None else host
        spec = requests.spec(SocketCategory.LISTENING, family, wanted, host)
        told = Wanted(list(indications), credit_bytes, credit_connections)
        listener = AsyncListener(self._core, self._core.sockets.new())
        return make_bound(self._core, listener, spec, Endpoint(host=host, port=port), told, faults=faults)

    def datagram(
        self,
        host: str = "",
        port: int = 0,
        *,
        family: AddressFamily | None = None,
        options: Values | None = None,
        remote: tuple[str, int] | None = None,
        indications: Iterable[IndicationKind] = (),
        credit_datagrams: int = 0,
        faults: Faults = (),
    ) -> Operation[AsyncDatagramSocket]:
        """Make a datagram socket and bind it, as one chain. Yields it; when that fails no socket remains.

        With `remote` it has a fixed one: datagrams go there unless they say otherwise, and come only from there.
        """
        spec = requests.spec(SocketCategory.DATAGRAM, family, options, host)
        told = Wanted(list(indications), credit_datagrams=credit_datagrams)
        socket = AsyncDatagramSocket(self._core, self._core.sockets.new())
        return make_bound(self._core, socket, spec, Endpoint(host=host, port=port), told, remote, faults)

    def chain(
        self, *, start_at_ns: int = 0, timeout: float | None = None, repeat: Repeat | None = None
    ) -> Chain:
        """Begin a chain: operations that the agent does one after the other, without a round trip between them.

        It starts not before `start_at_ns` of the agent's monotonic clock (`client.sample_clock`), may take `timeout`
        seconds, and is done as often as `repeat` says.
        """
        return Chain(self._core, start_at_ns, timeout, repeat)

    def resolve(
        self,
        name: str,
        service: str = "",
        *,
        family: AddressFamily | None = None,
        timeout: float | None = None,
    ) -> Operation[list[Endpoint]]:
        """Find the addresses of a name on the agent, with the port of a service. Raises NameNotResolved."""
        request = ResolveRequest(
            name=name,
            service=service,
            family=family or 0,  # type: ignore[arg-type]  # the contract's numbers
            timeout=requests.duration(timeout),
        )
        operation = Operation(
            self._core, OperationKind.RESOLVE, 0, lambda completion: list(completion.resolve.addresses)
        )
        return self._core.submit(operation, requests.resolve, request)

    def name_of(
        self, host: str, port: int = 0, *, name_required: bool = False, timeout: float | None = None
    ) -> Operation[tuple[str, str]]:
        """Find the name of an address on the agent, and that of its port; the literal where it has none."""
        request = ResolveRequest(
            address=Endpoint(host=host, port=port),
            name_required=name_required,
            timeout=requests.duration(timeout),
        )
        operation = Operation(
            self._core,
            OperationKind.RESOLVE,
            0,
            lambda completion: (completion.resolve.host_name, completion.resolve.service_name),
        )
        return self._core.submit(operation, requests.resolve, request)

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

    def connect(
        self,
        host: str,
        port: int = 0,
        *,
        local: tuple[str, int] | None = None,
        family: AddressFamily | None = None,
        initial_data: Bytes = b"",
        timeout: float | None = None,
        indications: Iterable[IndicationKind] = (),
        credit_bytes: int = 0,
        options: Values | None = None,
        faults: Faults = (),
    ) -> Operation[AsyncSocket]:
        """Make, bind and connect a socket in one operation. Yields it; when it fails no socket remains.

        `host` is a literal or a name that the agent resolves; each of its addresses is tried. `initial_data` (at most
        65,535 bytes) goes first. `timeout` is for all attempts, seconds, None for the agent's default. `indications`
        are what the socket tells unasked from its first byte on, with `credit_bytes` of data not yet released (0 for the
        agent's default). `options` are set before anything else; `faults` act from the first step on, and end with it.
        """
        connecting, _ = Making(self._core).begin_connect(
            host,
            port,
            local=local,
            family=family,
            initial_data=initial_data,
            timeout=timeout,
            indications=indications,
            credit_bytes=credit_bytes,
            options=options,
            faults=faults,
        )
        return connecting

    async def take_up_socket(self, socket_id: int) -> AsyncSocket:
        """Return a socket that exists already, such as one made by an earlier owner. Raises Rejected.

        It is of the class that `create_socket` gives its category.
        """
        found = await self.get_socket(socket_id)
        record = self._core.take_up(found)
        return _OF_CATEGORIES.get(found.category, AsyncSocket)(self._core, record)

    # Its story

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
