"""`telesock listen`: a listener of an agent, its connections between stdin and stdout, or echoed, or thrown away.

One connection and then the end, as nc(1) does, or one after the other with --keep. In a session of its own, which ends
with it, or in one that exists and then goes on.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from telesock.client import AsyncListener, AsyncSession, AsyncSocket, OperationFailed, TelesockError
from telesock.client.cli.conversation import Conversation, Manner
from telesock.client.cli.event_text import endpoint_text
from telesock.client.cli.options import (
    DEFAULT_AGENT,
    Address,
    AgentOption,
    Credential,
    SessionOption,
    parse_duration,
    parse_listen,
)
from telesock.client.cli.session_of import session_of
from telesock.client.cli.socket_options import SocketOptions, options_of

Serve = Callable[[AsyncSocket], Awaitable[int]]
EXAMPLE = "Example: telesock listen --keep --echo 127.0.0.1:7000"
_CHUNK = 65_536


def listen(
    local: Annotated[
        Address,
        typer.Argument(
            parser=parse_listen,
            metavar="[HOST]:PORT|unix:PATH",
            help="Where to listen, on the agent; port 0 is any.",
            show_default=False,
        ),
    ],
    agent: AgentOption = DEFAULT_AGENT,
    session: SessionOption = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Take one connection after the other, until interrupted.")
    ] = False,
    echo: Annotated[
        bool, typer.Option("--echo", help="Send back what arrives, and leave stdin alone.")
    ] = False,
    discard: Annotated[
        bool, typer.Option("--discard", help="Throw away what arrives, and leave stdin alone.")
    ] = False,
    backlog: Annotated[
        int | None,
        typer.Option(min=1, help="Connections that may wait.  [default: 4096]", show_default=False),
    ] = None,
    option: SocketOptions = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            parser=parse_duration,
            metavar="DURATION",
            help="How long to wait for a connection.",
            show_default=False,
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing on stderr but errors.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more on stderr.")] = False,
) -> None:
    """Take a connection: print what it sends, send it stdin.

    Without --session it opens a session of its own and closes it at the end.
    """
    if echo and discard:
        raise typer.BadParameter("--echo and --discard cannot both be meant")
    if keep and not (echo or discard):
        raise typer.BadParameter("--keep needs --echo or --discard: stdin can be sent to one connection only")
    wanted = options_of(option)
    if backlog is not None:
        wanted["backlog"] = backlog
    manner = Manner(local, timeout, verbosity=0 if quiet else 1 + verbose, options=wanted)
    serve = _echo if echo else _discard if discard else None
    asyncio.run(_listen(agent, session, local, manner, serve, keep))


async def _listen(
    agent: str,
    credential: Credential | None,
    local: Address,
    manner: Manner,
    serve: Serve | None,
    keep: bool,
) -> None:
    async with session_of(agent, credential, f"telesock listen {local}") as session:
        listener = await session.listen(local.host, local.port, options=manner.options)
        try:
            assert listener.local is not None, "it listens"
            manner.tell(f"listening on {endpoint_text(listener.local)}")
            if keep:
                assert serve is not None, "it was asked for"
                await _serve_all(listener, manner, serve)
            else:
                await _take_one(session, listener, manner, serve)
        finally:
            with contextlib.suppress(TelesockError):
                await listener.close()


async def _take_one(
    session: AsyncSession, listener: AsyncListener, manner: Manner, serve: Serve | None
) -> None:
    connection = await listener.accept(timeout=manner.timeout)
    await listener.close()
    manner.tell(f"connected: {_ends(connection)}")
    async with connection:
        if serve is None:
            await Conversation(connection, manner).run()
        else:
            await serve(connection)


async def _serve_all(listener: AsyncListener, manner: Manner, serve: Serve) -> None:
    """Serve every connection, each in a task of its own; what breaks one is said and ends no other."""
    async with asyncio.TaskGroup() as tasks:
        while True:
            connection = await listener.accept(timeout=manner.timeout)
            manner.tell(f"connected: {_ends(connection)}")
            tasks.create_task(_serve(connection, manner, serve))


async def _serve(connection: AsyncSocket, manner: Manner, serve: Serve) -> None:
    try:
        async with connection:
            count = await serve(connection)
    except OperationFailed as failed:
        manner.tell(f"{_ends(connection)}: {failed}")
    else:
        manner.tell(f"ended: {_ends(connection)}, {count} bytes", 2)


async def _echo(connection: AsyncSocket) -> int:
    count = 0
    while data := await connection.receive(_CHUNK):
        await connection.send(data)
        count += len(data)
    await connection.disconnect()
    return count


async def _discard(connection: AsyncSocket) -> int:
    draining = connection.receive(0, drain=True)
    await draining
    return 0 if draining.completion is None else draining.completion.transferred_bytes


def _ends(connection: AsyncSocket) -> str:
    assert connection.local is not None, "it is connected"
    assert connection.remote is not None, "it is connected"
    return f"{endpoint_text(connection.local)} ← {endpoint_text(connection.remote)}"
