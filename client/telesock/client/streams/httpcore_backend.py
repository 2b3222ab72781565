"""Connections of httpcore through an agent, and httpx's transport on them: HTTP as seen from the agent's host.

    async with httpx.AsyncClient(transport=AgentTransport(session)) as web:
        await web.get("https://server.lab/")

The agent resolves the name and connects; TLS is spoken here, so the agent sees none of what it protects.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from telesock.client.aio.session import AsyncSession
from telesock.client.errors import OperationTimedOut, TelesockError
from telesock.client.faults import Faults
from telesock.client.streams.connecting import connected
from telesock.client.streams.extras import not_installed

try:
    import anyio
    import httpcore
    import httpx
    from anyio.abc import ByteStream, SocketAttribute
    from anyio.streams.tls import TLSAttribute, TLSStream

    from telesock.client.streams.anyio_streams import RemoteAttribute, RemoteByteStream
except ModuleNotFoundError as missing:
    raise not_installed(missing, "httpx") from None

Mapped = Mapping[type[Exception], type[Exception]]

_CONNECTING: Mapped = {OperationTimedOut: httpcore.ConnectTimeout, TelesockError: httpcore.ConnectError}
_ENCRYPTING: Mapped = {
    TimeoutError: httpcore.ConnectTimeout,
    anyio.BrokenResourceError: httpcore.ConnectError,
    anyio.EndOfStream: httpcore.ConnectError,
    ssl.SSLError: httpcore.ConnectError,
}
_READING: Mapped = {
    TimeoutError: httpcore.ReadTimeout,
    anyio.BrokenResourceError: httpcore.ReadError,
    anyio.ClosedResourceError: httpcore.ReadError,
    ssl.SSLError: httpcore.ReadError,
}
_WRITING: Mapped = {
    TimeoutError: httpcore.WriteTimeout,
    anyio.BrokenResourceError: httpcore.WriteError,
    anyio.ClosedResourceError: httpcore.WriteError,
    ssl.SSLError: httpcore.WriteError,
}


class AgentStream(httpcore.AsyncNetworkStream):
    """A connection as httpcore takes it."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._broken = False  # what has failed, or taken too long, is worth no graceful end

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return bytes, none at the peer's end."""
        with self._told_as(_READING), anyio.fail_after(timeout):
            try:
                return await self._stream.receive(max_bytes)
            except anyio.EndOfStream:
                return b""

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send bytes."""
        if buffer:
            with self._told_as(_WRITING), anyio.fail_after(timeout):
                await self._stream.send(buffer)

    async def aclose(self) -> None:
        """Close it."""
        if self._broken:
            await anyio.aclose_forcefully(self._stream)
        else:
            await self._stream.aclose()

    @contextlib.contextmanager
    def _told_as(self, mapped: "Mapped") -> Iterator[None]:
        try:
            with _told_as(mapped):
                yield
        except BaseException:
            self._broken = True
            raise

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> "AgentStream":
        """Speak TLS on it."""
        try:
            with _told_as(_ENCRYPTING), anyio.fail_after(timeout):
                encrypted = await TLSStream.wrap(
                    self._stream,
                    ssl_context=ssl_context,
                    hostname=server_hostname,
                    standard_compatible=False,
                    server_side=False,
                )
        except BaseException:
            await anyio.aclose_forcefully(self._stream)
            raise
        return AgentStream(encrypted)

    def get_extra_info(self, info: str) -> Any:
        """Know the addresses at the agent, the TLS object, and whether there is something to read."""
        attribute = _INFORMATION.get(info)
        return None if attribute is None else self._stream.extra(attribute, None)


_INFORMATION: Mapping[str, Any] = {
    "ssl_object": TLSAttribute.ssl_object,
    "client_addr": SocketAttribute.local_address,
    "server_addr": SocketAttribute.remote_address,
    "is_readable": RemoteAttribute.readable,
}


class AgentBackend(httpcore.AsyncNetworkBackend):
    """Connects through a session's agent. `options` and `faults` are those of each connection."""

    def __init__(
        self, session: AsyncSession, *, options: Mapping[str, Any] | None = None, faults: Faults = ()
    ) -> None:
        self._session = session
        self._options = {"no_delay": True, **(options or {})}
        self._faults = faults

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> AgentStream:
        """Connect; the agent resolves the name."""
        local = None if local_address is None else (local_address, 0)
        return await self._connect(host, port, timeout, socket_options, self._options, local=local)

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> AgentStream:
        """Connect to a path on the agent's host."""
        options = {name: value for name, value in self._options.items() if name != "no_delay"}
        return await self._connect(f"unix:{path}", 0, timeout, socket_options, options)

    async def _connect(
        self,
        host: str,
        port: int,
        timeout: float | None,
        socket_options: Iterable[Any] | None,
        options: Mapping[str, Any],
        local: tuple[str, int] | None = None,
    ) -> AgentStream:
        if list(socket_options or ()):
            raise ValueError("socket_options are numbers of this host; name options of AgentBackend instead")
        connecting = self._session.connect(
            host, port, local=local, timeout=timeout, options=options, faults=self._faults
        )
        with _told_as(_CONNECTING):
            return AgentStream(RemoteByteStream(await connected(connecting)))

    async def sleep(self, seconds: float) -> None:
        """Wait between two attempts."""
        await asyncio.sleep(seconds)


class AgentTransport(httpx.AsyncHTTPTransport):
    """httpx's transport, through a session's agent.

    `verify` is whom to trust, an SSLContext or whether at all; `limits`, `retries`, `http1` and `http2` are those of
    httpx's own transport, `options` and `faults` those of each connection.
    """

    def __init__(
        self,
        session: AsyncSession,
        *,
        verify: ssl.SSLContext | bool = True,
        http1: bool = True,
        http2: bool = False,
        limits: httpx.Limits | None = None,
        retries: int = 0,
        options: Mapping[str, Any] | None = None,
        faults: Faults = (),
    ) -> None:
        limits = limits or httpx.Limits(max_connections=100, max_keepalive_connections=20)
        super().__init__(verify=verify, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(verify=verify, trust_env=False),
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            http1=http1,
            http2=http2,
            retries=retries,
            network_backend=AgentBackend(session, options=options, faults=faults),
        )


@contextlib.contextmanager
def _told_as(mapped: Mapped) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        for kind, told in mapped.items():
            if isinstance(error, kind):
                raise told(str(error) or repr(error.__cause__ or error)) from error
        raise
