"""`telesock udp`: datagrams of an agent: lines of stdin to a peer, and what comes back to stdout; or what arrives.

In a session of its own, which ends with it, or in one that exists and then goes on.
"""

import asyncio
import contextlib
import sys
from typing import Annotated

import typer

from telesock.client import AsyncDatagramSocket, OperationTimedOut
from telesock.client.cli.conversation import Manner
from telesock.client.cli.event_text import data_text, endpoint_text
from telesock.client.cli.options import (
    DEFAULT_AGENT,
    Address,
    AgentOption,
    Credential,
    SessionOption,
    parse_duration,
    parse_listen,
    parse_local,
)
from telesock.client.cli.session_of import session_of
from telesock.client.cli.socket_options import SocketOptions, options_of
from telesock.client.cli.stdio import read_chunk, write_all

EXAMPLE = "Example: echo ping | telesock udp 127.0.0.1:7000 --timeout 1s"
_WAIT = 1.0  # seconds for answers after the end of stdin


def udp(
    address: Annotated[
        Address,
        typer.Argument(
            parser=parse_listen,
            metavar="HOST:PORT",
            help="The peer; with --listen where to receive, on the agent.",
            show_default=False,
        ),
    ],
    agent: AgentOption = DEFAULT_AGENT,
    session: SessionOption = None,
    listen: Annotated[bool, typer.Option("--listen", "-l", help="Receive there, and print.")] = False,
    echo: Annotated[bool, typer.Option("--echo", help="With --listen: send each datagram back.")] = False,
    count: Annotated[
        int | None,
        typer.Option(min=1, help="With --listen: end after so many datagrams.", show_default=False),
    ] = None,
    local: Annotated[
        Address | None,
        typer.Option(parser=parse_local, metavar="HOST[:PORT]", help="Our own end.", show_default=False),
    ] = None,
    join: Annotated[
        str, typer.Option(metavar="GROUP[%INTERFACE]", help="A multicast group to join.", show_default=False)
    ] = "",
    option: SocketOptions = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            parser=parse_duration,
            metavar="DURATION",
            help="How long to wait for an answer, or, with --listen, for a datagram.  [1s; --listen: for ever]",
            show_default=False,
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing on stderr but errors.")] = False,
) -> None:
    """Send each line of stdin as a datagram, and print what comes back.

    Without --session it opens a session of its own and closes it at the end.
    """
    if echo and not listen:
        raise typer.BadParameter("--echo needs --listen")
    manner = Manner(local, timeout, verbosity=0 if quiet else 1, options=options_of(option))
    if listen:
        asyncio.run(_listen(agent, session, address, manner, join, echo, count))
    else:
        asyncio.run(_send(agent, session, address, manner, join))


async def _join(socket: AsyncDatagramSocket, group: str) -> None:
    if group:
        address, _, interface = group.partition("%")
        await socket.join_group(address, interface)


async def _listen(
    agent: str,
    credential: Credential | None,
    local: Address,
    manner: Manner,
    group: str,
    echo: bool,
    count: int | None,
) -> None:
    async with (
        session_of(agent, credential, f"telesock udp --listen {local}") as session,
        await session.datagram(local.host, local.port, options=manner.options) as socket,
    ):
        await _join(socket, group)
        assert socket.local is not None, "it is bound"
        manner.tell(f"receiving on {endpoint_text(socket.local)}")
        received = 0
        while count is None or received < count:
            datagram = await socket.receive_from(timeout=manner.timeout)
            received += 1
            if echo:
                await socket.send_to(datagram.data, (datagram.remote.host, datagram.remote.port))
            await write_all(f"{endpoint_text(datagram.remote)} {_shown(datagram.data)}\n".encode())


def _shown(data: bytes) -> str:
    """Text as it is, anything else as Python would write it."""
    text = data.decode(errors="replace").rstrip("\n")
    return text if text.isprintable() else data_text(data)


async def _send(
    agent: str, credential: Credential | None, remote: Address, manner: Manner, group: str
) -> None:
    host, port = (manner.local.host, manner.local.port) if manner.local else (_wildcard(remote), 0)
    async with (
        session_of(agent, credential, f"telesock udp {remote}") as session,
        await session.datagram(host, port, options=manner.options) as socket,
    ):
        await _join(socket, group)
        printing = asyncio.create_task(_print(socket))
        try:
            sent = await _send_lines(socket, remote)
            manner.tell(f"sent {sent} datagrams")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(printing), manner.timeout or _WAIT)
        finally:
            printing.cancel()
            await asyncio.gather(printing, return_exceptions=True)


def _wildcard(remote: Address) -> str:
    return "::" if ":" in remote.host else "0.0.0.0"


async def _send_lines(socket: AsyncDatagramSocket, remote: Address) -> int:
    """Send each line of stdin; return how many there were."""
    rest, sent = b"", 0
    while chunk := await read_chunk():
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            await socket.send_to(line, (remote.host, remote.port))
            sent += 1
    if rest:
        await socket.send_to(rest, (remote.host, remote.port))
        sent += 1
    return sent


async def _print(socket: AsyncDatagramSocket) -> None:
    with contextlib.suppress(OperationTimedOut):
        while True:
            datagram = await socket.receive_from()
            await write_all(datagram.data + b"\n")
            sys.stdout.flush()
