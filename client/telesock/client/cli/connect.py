"""`telesock connect`: one connection of an agent, from stdin to stdout, byte for byte (conversation.py).

In a session of its own, which ends with it, or in one that exists and then goes on.
"""

import asyncio
import contextlib
import os
from typing import Annotated

import typer

from telesock.client import AsyncSession, AsyncSocket, TelesockError
from telesock.client.cli.conversation import RESET_TIME, Manner, converse
from telesock.client.cli.fault_options import ConnectionFaults, faults_of
from telesock.client.cli.fault_telling import tell_faults
from telesock.client.cli.options import (
    DEFAULT_AGENT,
    Address,
    AgentOption,
    Credential,
    SessionOption,
    parse_duration,
    parse_local,
    parse_remote,
)
from telesock.client.cli.session_of import session_of
from telesock.client.cli.socket_options import SocketOptions, options_of
from telesock.client.texts.words import endpoint_text

EXAMPLE = r"Example: printf 'GET / HTTP/1.0\r\n\r\n' | telesock connect 127.0.0.1:8000"


def connect(
    remote: Annotated[
        Address,
        typer.Argument(
            parser=parse_remote,
            metavar="HOST:PORT|unix:PATH",
            help="The peer. The agent resolves the name.",
            show_default=False,
        ),
    ],
    agent: AgentOption = DEFAULT_AGENT,
    session: SessionOption = None,
    local: Annotated[
        Address | None,
        typer.Option(parser=parse_local, metavar="HOST[:PORT]", help="Our own end.", show_default=False),
    ] = None,
    final_data: Annotated[
        str, typer.Option(metavar="TEXT", help="Last words, sent together with our end.", show_default=False)
    ] = "",
    abort: Annotated[bool, typer.Option("--abort", help="Reset at the end of stdin.")] = False,
    timeout: Annotated[
        float | None,
        typer.Option(
            parser=parse_duration,
            metavar="DURATION",
            help="How long to try to connect, and to wait while the peer takes nothing; then reset.",
            show_default=False,
        ),
    ] = None,
    option: SocketOptions = None,
    fault: ConnectionFaults = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing on stderr but errors.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more on stderr.")] = False,
) -> None:
    """Send stdin to a peer and print what it sends.

    Without --session it opens a session of its own and closes it at the end.
    """
    if abort and final_data:
        raise typer.BadParameter("--final-data needs a graceful end; leave out --abort")
    verbosity = 0 if quiet else 1 + verbose
    manner = Manner(
        local, timeout, os.fsencode(final_data), abort, verbosity, options_of(option), faults_of(fault)
    )
    asyncio.run(_connect(agent, session, remote, manner))


async def _connect(agent: str, credential: Credential | None, remote: Address, manner: Manner) -> None:
    async with session_of(agent, credential, f"telesock connect {remote}") as session:
        connection = await _made(session, remote, manner)
        assert connection.local is not None, "it is connected"
        assert connection.remote is not None, "it is connected"
        manner.tell(f"connected: {endpoint_text(connection.local)} → {endpoint_text(connection.remote)}")
        if manner.verbosity > 1 and manner.faults and credential is None:
            await tell_faults(session, manner.tell)
        await converse(connection, manner)


async def _made(session: AsyncSession, remote: Address, manner: Manner) -> AsyncSocket:
    """Connect; leave no socket behind when interrupted."""
    local = None if manner.local is None else (manner.local.host, manner.local.port)
    connecting = session.connect(
        remote.host,
        remote.port,
        local=local,
        timeout=manner.timeout,
        options=manner.options,
        faults=manner.faults,
    )
    try:
        return await connecting
    except asyncio.CancelledError:
        with contextlib.suppress(TelesockError, TimeoutError):
            async with asyncio.timeout(RESET_TIME):
                await connecting.cancel()
                await (await connecting).close()  # it was too late
        raise
