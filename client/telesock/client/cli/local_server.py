"""A listener on this host whose connections go on through an agent: which may be, how many, how bytes move, how they end.

Half-close is kept, a reset stays a reset, both ways. Refuses to listen beyond this host unless told so: whoever reaches it
acts as the person who started it. What fails on one connection is a line and ends no other; a lost session ends all.
"""

import asyncio
import contextlib
import ipaddress
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated

import typer

from telesock.client import AsyncSession, AsyncSocket, EventKind, TelesockError
from telesock.client.cli.failures import CommandFailed, say
from telesock.client.cli.options import Address, parse_duration, parse_listen
from telesock.client.faults import Fault
from telesock.client.streams.asyncio_streams import reader_and_writer
from telesock.client.streams.connecting import connected

CHUNK = 256 * 1024
_RESET = struct.pack("ii", 1, 0)  # a close(2) then sends RST, see socket(7)

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Serve = Callable[[AsyncSession, "LocalServing", asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

ListenArgument = Annotated[
    Address,
    typer.Argument(
        parser=parse_listen,
        metavar="LISTEN",
        help="Where to listen, on this host: HOST:PORT; port 0 is any.",
        show_default=False,
    ),
]
ConnectTimeoutOption = Annotated[
    float | None,
    typer.Option(
        parser=parse_duration,
        metavar="DURATION",
        help="How long to try to connect.  [default: the agent's]",
        show_default=False,
    ),
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing on stderr but errors.")]
ConnectionsOption = Annotated[
    int, typer.Option(min=1, max=16_384, help="Connections at a time; those beyond are reset.")
]
InsecureOption = Annotated[
    bool, typer.Option("--insecure", help="Listen beyond this host: whoever reaches it goes where you may.")
]


@dataclass
class LocalServing:
    """What is asked for, and how much is said of it."""

    local: Address
    connections: int
    connect_timeout: float | None
    faults: tuple[Fault, ...]
    quiet: bool
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def tell(self, line: str) -> None:
        """Say something on stderr, if it is wanted."""
        if not self.quiet:
            say(line)

    async def connect(self, session: AsyncSession, host: str, port: int) -> AsyncSocket:
        """Connect through the agent, which resolves the name."""
        connecting = session.connect(host, port, timeout=self.connect_timeout, faults=self.faults)
        return await connected(connecting)


def check_local(local: Address, *, insecure: bool) -> None:
    """Refuse what other hosts can reach, unless that is meant, and what is no port."""
    if local.host.startswith("unix:"):
        raise CommandFailed(f"{local}: it listens on a port, HOST:PORT or [IPV6]:PORT", exit_status=2)
    if not insecure and not _is_loopback(local.host):
        raise CommandFailed(
            f"{local} can be reached from other hosts, and whoever does acts through the agent as you; "
            "listen on a loopback address or say --insecure",
            exit_status=2,
        )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def serve_locally(session: AsyncSession, serving: LocalServing, what: str, serve: Serve) -> None:
    """Listen until the session is lost, which is raised, or this is cancelled; then reset what is connected."""
    server = await _listening(session, serving, serve)
    try:
        name = server.sockets[0].getsockname()
        serving.tell(f"{Address(name[0], name[1])}: {what}")
        await _until_lost(session)
    finally:
        server.close()
        for task in serving.tasks:
            task.cancel()
        await asyncio.gather(*serving.tasks, return_exceptions=True)


async def _listening(session: AsyncSession, serving: LocalServing, serve: Serve) -> asyncio.Server:
    def taken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(serving.tasks) >= serving.connections:
            serving.tell(f"{_who(writer)}: reset, {serving.connections} are connected already")
            reset(writer)
            return
        task = asyncio.get_running_loop().create_task(_serve(session, serving, serve, (reader, writer)))
        serving.tasks.add(task)
        task.add_done_callback(serving.tasks.discard)

    try:
        return await asyncio.start_server(taken, serving.local.host, serving.local.port, limit=CHUNK)
    except OSError as error:
        raise CommandFailed(f"cannot listen on {serving.local}: {error.strerror or error}") from None


async def _until_lost(session: AsyncSession) -> None:
    stream = session.events(kinds=(EventKind.DRAINING,), start_after=session.last_sequence)
    try:
        async for _ in stream:
            pass
    finally:
        await stream.aclose()
    raise CommandFailed("the session has ended")


async def _serve(session: AsyncSession, serving: LocalServing, serve: Serve, streams: Streams) -> None:
    who = _who(streams[1])
    try:
        await serve(session, serving, *streams)
    except (TelesockError, OSError, asyncio.IncompleteReadError, CommandFailed) as error:
        serving.tell(f"{who}: {error}")
    finally:
        reset(streams[1])  # nothing, where it has ended


def _who(writer: asyncio.StreamWriter) -> str:
    host, port = (writer.get_extra_info("peername") or ("?", 0))[:2]
    return str(Address(host, port))


def reset(writer: asyncio.StreamWriter) -> None:
    """Reset a connection of this host, if it is still there."""
    ours = writer.get_extra_info("socket")
    if ours is not None and not writer.is_closing():
        with contextlib.suppress(OSError):
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()


async def join_streams(
    connection: AsyncSocket, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Move bytes between a connection of this host and one of the agent's until both ways have ended."""
    far_reader, far_writer = reader_and_writer(connection, limit=CHUNK)
    try:
        async with asyncio.TaskGroup() as ways:
            ways.create_task(_pass_on(reader, far_writer))
            ways.create_task(_pass_on(far_reader, writer))
        for each in (far_writer, writer):
            each.close()
            await each.wait_closed()
    except ExceptionGroup as failures:  # one is enough to say
        raise failures.exceptions[0] from None
    finally:
        far_writer.transport.abort()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()
    writer.write_eof()
