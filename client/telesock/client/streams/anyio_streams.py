"""A remote connection as an anyio ByteStream: whatever is built on one, TLS for example, then runs through an agent.

    async with await connect_tcp(session, "server.lab", 443) as stream:
        encrypted = await TLSStream.wrap(stream, hostname="server.lab")

anyio on asyncio alone: the client has no other event loop. `send` returns when the bytes are on their way and at most a
window of them is unsent, as with a socket of one's own; a failure is raised by the next call. A cancelled `receive` loses
nothing; a cancelled `send` may have sent its bytes. `aclose` sends what is left and our end, waits until the peer's host has
it, at most CLOSE_TIMEOUT; a cancelled one resets.
"""

import asyncio
import operator
from collections.abc import Callable, Mapping
from typing import Any

from telesock.client.aio.session import AsyncSession
from telesock.client.aio.sockets import CLOSE_TIMEOUT, AsyncSocket
from telesock.client.core.requests import Bytes
from telesock.client.errors import TelesockError
from telesock.client.streams.connecting import connected
from telesock.client.streams.extras import not_installed
from telesock.client.streams.failing import LINGER, as_os_error
from telesock.client.streams.incoming import Incoming
from telesock.client.streams.outgoing import WINDOW, Outgoing
from telesock.v1.types_pb2 import Endpoint

try:
    from anyio import (
        BrokenResourceError,
        ClosedResourceError,
        EndOfStream,
        ResourceGuard,
        TypedAttributeSet,
        move_on_after,
        typed_attribute,
    )
    from anyio.abc import ByteStream, SocketAttribute
    from anyio.lowlevel import checkpoint
except ModuleNotFoundError as missing:
    raise not_installed(missing, "anyio") from None


class RemoteAttribute(TypedAttributeSet):
    """What a stream through an agent knows beside anyio's SocketAttribute addresses, which are those at the agent."""

    socket: AsyncSocket = typed_attribute()
    """The socket that it is a stream of."""
    readable: bool = typed_attribute()
    """Whether a `receive` would not wait: there are bytes, the peer's end, or a failure."""
    unsent: int = typed_attribute()
    """Bytes that the agent's host has not taken."""


async def connect_tcp(
    session: AsyncSession, host: str, port: int = 0, **connecting: Any
) -> "RemoteByteStream":
    """Connect through a session's agent, which also resolves the name; arguments and failures are those of `connect`."""
    return RemoteByteStream(await connected(session.connect(host, port, **connecting)))


class RemoteByteStream(ByteStream):
    """The stream of a connection, which is its own from now on."""

    def __init__(self, socket: AsyncSocket) -> None:
        self._socket = socket
        self._changed: set[asyncio.Future[None]] = set()
        self._incoming = Incoming(socket, self._wake)
        self._outgoing = Outgoing(socket, self._wake)
        self._receiving = ResourceGuard("receiving from")
        self._sending = ResourceGuard("sending to")
        self._closed = False

    @property
    def extra_attributes(self) -> Mapping[Any, Callable[[], Any]]:
        """Both addresses, the socket, and what waits on either way."""
        return {
            SocketAttribute.local_address: lambda: _address(self._socket.local),
            SocketAttribute.remote_address: lambda: _address(self._socket.remote),
            RemoteAttribute.socket: lambda: self._socket,
            RemoteAttribute.readable: lambda: self._incoming.ready,
            RemoteAttribute.unsent: lambda: self._outgoing.size,
        }

    async def receive(self, max_bytes: int = 65536) -> bytes:
        """Return bytes, at most so many. Raises EndOfStream at the peer's end, BrokenResourceError when it is lost."""
        if operator.index(max_bytes) < 1:
            raise ValueError(f"max_bytes has to be at least 1, not {max_bytes}")
        with self._receiving:
            await checkpoint()
            self._check_open()
            self._incoming.ask()
            await self._until(lambda: self._incoming.ready)
            try:
                data = self._incoming.take(max_bytes)
            except TelesockError as error:
                raise BrokenResourceError from as_os_error(error)
            self._incoming.ask()  # an end that nobody waits for is noticed too
        if not data:
            raise EndOfStream
        return data

    async def send(self, item: Bytes) -> None:
        """Send bytes. Raises BrokenResourceError when the connection is lost."""
        with self._sending:
            await checkpoint()
            self._check_sendable()
            self._outgoing.write(item)
            await self._room()

    async def wait_sendable(self) -> None:
        """Return when a `send` of little would not wait; raise what it would raise."""
        with self._sending:
            await checkpoint()
            self._check_sendable()
            await self._room()

    async def _room(self) -> None:
        await self._until(lambda: self._outgoing.size <= WINDOW or self._outgoing.problem is not None)
        self._check_sendable()

    async def send_eof(self) -> None:
        """End our direction behind what was sent; what the peer sends still arrives."""
        with self._sending:
            await checkpoint()
            self._check_open()
            self._outgoing.end()

    async def aclose(self) -> None:
        """Close it, as often as one likes; whoever waits on it gets ClosedResourceError."""
        if self._closed:
            await checkpoint()
            return
        self._closed = True
        self._wake()
        try:
            await checkpoint()
            await self._end()
        except BaseException:
            self._socket.close()
            raise

    async def _end(self) -> None:
        self._outgoing.end()
        with move_on_after(CLOSE_TIMEOUT):
            while not self._outgoing.ended:
                await self._change()
        if self._outgoing.ended and self._outgoing.problem is None:
            self._socket.close(graceful=True, timeout=LINGER)
        else:
            self._socket.close()

    def _check_open(self) -> None:
        if self._closed:
            raise ClosedResourceError

    def _check_sendable(self) -> None:
        if self._closed or self._outgoing.ending:
            raise ClosedResourceError
        if self._outgoing.problem is not None:
            raise BrokenResourceError from as_os_error(self._outgoing.problem)

    # Waiting

    async def _until(self, happened: Callable[[], bool]) -> None:
        """Wait for something; raise when it is closed meanwhile."""
        while not happened():
            await self._change()
            self._check_open()

    async def _change(self) -> None:
        changed = asyncio.get_running_loop().create_future()
        self._changed.add(changed)
        try:
            await changed
        finally:
            self._changed.discard(changed)

    def _wake(self) -> None:
        for changed in self._changed:
            if not changed.done():
                changed.set_result(None)


def _address(endpoint: Endpoint | None) -> str | tuple[str, int]:
    assert endpoint is not None, "it is connected"
    host = endpoint.host
    return host.removeprefix("unix:") if host.startswith("unix:") else (host, endpoint.port)
