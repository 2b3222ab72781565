"""`telesock forward`: a port of this host whose connections go on, through an agent, to one place as the agent sees it.

For programs that know nothing of us. It runs until it is interrupted; then everything is reset.
"""

import asyncio
from typing import Annotated

import typer

from telesock.client import AsyncSession
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
    parse_remote,
)
from telesock.client.cli.session_of import session_of

EXAMPLE = "Example: telesock forward 127.0.0.1:15432 db:5432"


def forward(
    local: ListenArgument,
    remote: Annotated[
        Address,
        typer.Argument(
            parser=parse_remote,
            metavar="HOST:PORT|unix:PATH",
            help="Where connections go on to. The agent resolves the name.",
            show_default=False,
        ),
    ],
    agent: AgentOption = DEFAULT_AGENT,
    session: SessionOption = None,
    connections: ConnectionsOption = 256,
    connect_timeout: ConnectTimeoutOption = None,
    fault: ConnectionFaults = None,
    insecure: InsecureOption = False,
    quiet: QuietOption = False,
) -> None:
    """Let connections to a port of this host go on through the agent.

    Without --session it opens a session of its own and closes it at the end.
    """
    check_local(local, insecure=insecure)
    serving = LocalServing(local, connections, connect_timeout, faults_of(fault), quiet)
    asyncio.run(_forward(agent, session, serving, remote))


async def _forward(agent: str, credential: Credential | None, serving: LocalServing, remote: Address) -> None:
    async def serve(
        session: AsyncSession,
        serving: LocalServing,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        connection = await serving.connect(session, remote.host, remote.port)
        await join_streams(connection, reader, writer)

    async with session_of(agent, credential, f"telesock forward {serving.local} {remote}") as session:
        await serve_locally(session, serving, f"forwarding to {remote}", serve)
