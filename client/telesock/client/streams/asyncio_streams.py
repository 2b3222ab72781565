"""A remote connection as asyncio has connections: a transport, and StreamReader and StreamWriter on it.

    reader, writer = await open_connection(session, "server.lab", 8080)
    reader, writer = reader_and_writer(connection)              # of a socket that is connected

What holds of asyncio's own holds here: `drain` waits for the other side, `write_eof` ends our direction alone, `close` sends
what is left and then ends, `abort` resets, and a failure is an OSError that the protocol is told. TLS goes on top by
asyncio's means (`ssl=`, `writer.start_tls`, `loop.start_tls`).
"""

import asyncio
import ssl as tls
from collections.abc import Callable
from typing import Any, TypeVar

from telesock.client.aio.session import AsyncSession
from telesock.client.aio.sockets import AsyncSocket
from telesock.client.streams.connecting import connected
from telesock.client.streams.transport import RemoteTransport

LIMIT = 64 * 1024
"""Bytes that a StreamReader holds unread before the peer is held back; also its longest line."""

SomeProtocol = TypeVar("SomeProtocol", bound=asyncio.BaseProtocol)


def reader_and_writer(
    socket: AsyncSocket, *, limit: int = LIMIT
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Return the streams of a connection, which is theirs from now on."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=limit, loop=loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    transport = RemoteTransport(socket, protocol)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


async def open_connection(
    session: AsyncSession,
    host: str,
    port: int = 0,
    *,
    limit: int = LIMIT,
    ssl: tls.SSLContext | None = None,
    server_hostname: str | None = None,
    **connecting: Any,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect through a session's agent, which also resolves the name.

    `ssl` speaks TLS, here and not at the agent, and expects the name `server_hostname`, or `host`. `connecting` is what the
    session's `connect` takes, and so are the failures.
    """
    socket = await connected(session.connect(host, port, **connecting))
    reader, writer = reader_and_writer(socket, limit=limit)
    if ssl is not None:
        await writer.start_tls(ssl, server_hostname=server_hostname or host)
    return reader, writer


async def create_connection(
    session: AsyncSession,
    protocol_factory: Callable[[], SomeProtocol],
    host: str,
    port: int = 0,
    *,
    ssl: tls.SSLContext | None = None,
    server_hostname: str | None = None,
    **connecting: Any,
) -> tuple[asyncio.Transport, SomeProtocol]:
    """Connect, as the event loop's method of this name does, through a session's agent; else as `open_connection`."""
    socket = await connected(session.connect(host, port, **connecting))
    protocol = protocol_factory()
    if ssl is None:
        return RemoteTransport(socket, protocol), protocol
    loop, bare = asyncio.get_running_loop(), RemoteTransport(socket, asyncio.Protocol())
    encrypted = await loop.start_tls(bare, protocol, ssl, server_hostname=server_hostname or host)
    assert encrypted is not None, "the connection is not closed"
    protocol.connection_made(encrypted)
    return encrypted, protocol
