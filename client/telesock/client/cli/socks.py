"""`telesock socks`: a SOCKS5 proxy on this host (RFC 1928) whose connections are made by an agent.

CONNECT alone, to IPv4, IPv6 and names, which the agent resolves; BIND and UDP ASSOCIATE are refused by their code. Nobody
is authenticated: a client that offers only a user name and password is refused, rather than let in as if they were known.
"""

import asyncio
import contextlib
import ipaddress
import re
from collections.abc import Mapping

from telesock.client import AsyncSession, AsyncSocket, OperationFailed, Rejected, Status, TelesockError
from telesock.client.cli.failures import CommandFailed
from telesock.client.cli.fault_options import ConnectionFaults, faults_of
from telesock.client.cli.local_server import (
    ConnectionsOption,
    ConnectTimeoutOption,
    InsecureOption,
    ListenArgument,
    LocalServing,
    QuietOption,
    check_local,
    join_streams,
    serve_locally,
)
from telesock.client.cli.options import (
    DEFAULT_AGENT,
    Address,
    AgentOption,
    Credential,
    SessionOption,
)
from telesock.client.cli.session_of import session_of

EXAMPLE = "Example: telesock socks 127.0.0.1:1080, and then curl --socks5-hostname 127.0.0.1:1080 http://server.lab/"

_PATIENCE = 10.0  # seconds for a client to say where it wants to go
_VERSION, _NO_AUTHENTICATION, _NO_METHOD, _CONNECT = 5, 0, 0xFF, 1
_IPV4, _NAME, _IPV6 = 1, 3, 4
_GRANTED, _FAILURE, _FORBIDDEN, _NO_COMMAND, _NO_ADDRESS_KIND = 0, 1, 2, 7, 8
_REPLIES: Mapping[int, int] = {
    Status.ACCESS_DENIED: _FORBIDDEN,
    Status.NETWORK_UNREACHABLE: 3,
    Status.HOST_UNREACHABLE: 4,
    Status.NO_MATCH: 4,
    Status.CONNECTION_REFUSED: 5,
    Status.IO_TIMEOUT: 6,
}
_HOST_NAME = re.compile(r"[\w.-]+", re.ASCII)


def socks(
    local: ListenArgument,
    agent: AgentOption = DEFAULT_AGENT,
    session: SessionOption = None,
    connections: ConnectionsOption = 256,
    connect_timeout: ConnectTimeoutOption = None,
    fault: ConnectionFaults = None,
    insecure: InsecureOption = False,
    quiet: QuietOption = False,
) -> None:
    """Be a SOCKS5 proxy whose connections the agent makes.

    Without --session it opens a session of its own and closes it at the end.
    """
    check_local(local, insecure=insecure)
    serving = LocalServing(local, connections, connect_timeout, faults_of(fault), quiet)
    asyncio.run(_socks(agent, session, serving))


async def _socks(agent: str, credential: Credential | None, serving: LocalServing) -> None:
    async with session_of(agent, credential, f"telesock socks {serving.local}") as session:
        await serve_locally(session, serving, "SOCKS5", serve_client)


async def serve_client(
    session: AsyncSession, serving: LocalServing, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Hear where a client wants to go, connect, tell it, and let it talk."""
    try:
        async with asyncio.timeout(_PATIENCE):
            wanted = await _hear(reader, writer)
    except TimeoutError:
        raise CommandFailed(f"it has not said for {_PATIENCE:g} s where to go") from None
    try:
        connection = await serving.connect(session, wanted.host, wanted.port)
    except TelesockError as error:
        await _refuse(writer, reply_of(error))
        raise
    writer.write(_reply(_GRANTED, connection))
    await join_streams(connection, reader, writer)


async def _hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Address:
    """Take the greeting and the request. Raises CommandFailed once the client is told what is wrong with them."""
    version, count = await reader.readexactly(2)
    if version != _VERSION:
        raise CommandFailed(f"it does not speak SOCKS5: its first byte is {version}")
    if _NO_AUTHENTICATION not in await reader.readexactly(count):
        writer.write(bytes((_VERSION, _NO_METHOD)))
        await _end(writer)
        raise CommandFailed("it wants to be authenticated, which is not done here")
    writer.write(bytes((_VERSION, _NO_AUTHENTICATION)))
    version, command, _, kind = await reader.readexactly(4)
    host = await _read_host(reader, kind)
    if host is None:
        await _refuse(writer, _NO_ADDRESS_KIND)
        raise CommandFailed(f"its address, of kind {kind}, is neither IPv4, IPv6 nor a name")
    port = int.from_bytes(await reader.readexactly(2), "big")
    if command != _CONNECT:
        await _refuse(writer, _NO_COMMAND)
        raise CommandFailed(f"its command {command} is not CONNECT")
    return Address(host, port)


async def _read_host(reader: asyncio.StreamReader, kind: int) -> str | None:
    if kind == _IPV4:
        return str(ipaddress.IPv4Address(await reader.readexactly(4)))
    if kind == _IPV6:
        return str(ipaddress.IPv6Address(await reader.readexactly(16)))
    if kind != _NAME:
        return None
    name = (await reader.readexactly((await reader.readexactly(1))[0])).decode("ascii", "replace")
    return name if _HOST_NAME.fullmatch(name) or _is_literal(name) else None  # and no unix:PATH


def _is_literal(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def reply_of(error: TelesockError) -> int:
    """Return the reply that a failure to connect becomes."""
    if isinstance(error, OperationFailed):
        return _REPLIES.get(error.status, _FAILURE)
    if isinstance(error, Rejected) and error.reason.endswith("_NOT_ALLOWED"):
        return _FORBIDDEN
    return _FAILURE


def _reply(code: int, connection: AsyncSocket | None = None) -> bytes:
    """Write a reply, with our end of the connection at the agent."""
    address, port = ipaddress.ip_address(0), 0
    if connection is not None and connection.local is not None:
        address, port = ipaddress.ip_address(connection.local.host), connection.local.port
    kind = _IPV4 if address.version == 4 else _IPV6
    return bytes((_VERSION, code, 0, kind)) + address.packed + port.to_bytes(2, "big")


async def _refuse(writer: asyncio.StreamWriter, code: int) -> None:
    writer.write(_reply(code))
    await _end(writer)


async def _end(writer: asyncio.StreamWriter) -> None:
    """End gracefully, so that the last words arrive."""
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
