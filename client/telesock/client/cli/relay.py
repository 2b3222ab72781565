"""`telesock relay`: a listener of an agent whose connections go on to an upstream, for programs that are left as they are.

A line of stdout for each connection and for its end, until interrupted; then all of them are reset, and the totals said.
In a session of its own, which ends with it, or in one that exists and then goes on.
"""

import asyncio
from dataclasses import dataclass
from typing import Annotated

import typer

from telesock.client import AsyncRelay, AsyncSession, EventKind, TelesockError
from telesock.client.cli.conversation import RESET_TIME
from telesock.client.cli.failures import say
from telesock.client.cli.fault_options import RelayFaults, faults_of
from telesock.client.cli.fault_telling import tell_faults
from telesock.client.cli.options import (
    DEFAULT_AGENT,
    Address,
    AgentOption,
    Credential,
    SessionOption,
    parse_duration,
    parse_listen,
    parse_remote,
)
from telesock.client.cli.relay_story import RelayStory
from telesock.client.cli.session_of import session_of
from telesock.client.cli.stdio import write_all
from telesock.client.faults import Fault
from telesock.client.texts.fault_text import relay_result
from telesock.client.texts.words import endpoint_text

EXAMPLE = "Example: telesock relay 127.0.0.1:6000 server.lab:6379 --fault to-client:latency=200ms"

_TOLD = (
    EventKind.RELAY_CONNECTED,
    EventKind.RELAY_ENDED,
    EventKind.FAULT_FIRED,
    EventKind.COMPLETION,
    EventKind.SOCKET_CLOSED,
)


@dataclass(frozen=True)
class _Wanted:
    """What is asked for."""

    local: Address
    upstream: Address
    faults: tuple[Fault, ...]
    connect_timeout: float | None
    quiet: bool
    verbose: bool

    def tell(self, line: str) -> None:
        """Say something on stderr, if it is wanted."""
        if not self.quiet:
            say(line)


def relay(
    local: Annotated[
        Address,
        typer.Argument(
            parser=parse_listen,
            metavar="LISTEN",
            help="Where to listen, on the agent: [HOST]:PORT or unix:PATH; port 0 is any.",
            show_default=False,
        ),
    ],
    upstream: Annotated[
        Address,
        typer.Argument(
            parser=parse_remote,
            metavar="UPSTREAM",
            help="Where connections go on to: HOST:PORT or unix:PATH. The agent resolves the name.",
            show_default=False,
        ),
    ],
    agent: AgentOption = DEFAULT_AGENT,
    session: SessionOption = None,
    fault: RelayFaults = None,
    connect_timeout: Annotated[
        float | None,
        typer.Option(
            parser=parse_duration,
            metavar="DURATION",
            help="How long to try to connect to the upstream.  [default: the agent's]",
            show_default=False,
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing on stderr but errors.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Print what faults do, too.")] = False,
) -> None:
    """Forward connections to an upstream, with faults, and print what becomes of them.

    Without --session it opens a session of its own and closes it at the end.
    """
    wanted = _Wanted(local, upstream, faults_of(fault), connect_timeout, quiet, verbose)
    asyncio.run(_relay(agent, session, wanted))


async def _relay(agent: str, credential: Credential | None, wanted: _Wanted) -> None:
    label = f"telesock relay {wanted.local} {wanted.upstream}"
    async with session_of(agent, credential, label) as session:
        relay = await session.relay(
            (wanted.upstream.host, wanted.upstream.port),
            local=(wanted.local.host, wanted.local.port),
            faults=wanted.faults,
            connect_timeout=wanted.connect_timeout,
        )
        assert relay.listener.local is not None, "it listens"
        wanted.tell(f"relaying {endpoint_text(relay.listener.local)} to {wanted.upstream}")
        if wanted.verbose and wanted.faults and credential is None:
            await tell_faults(session, wanted.tell)
        telling = asyncio.create_task(
            _tell(session, RelayStory(relay.listener.socket_id, faults=wanted.verbose))
        )
        try:
            await _until_over(relay, telling)
        finally:
            await _end(relay, telling, wanted)


async def _tell(session: AsyncSession, story: RelayStory) -> None:
    """Print what happens, until the relay's end."""
    stream = session.events(kinds=_TOLD)
    try:
        async for event in stream:
            for line in story.lines(event):
                await write_all(f"{line}\n".encode())
            if story.over(event):
                return
    finally:
        await stream.aclose()


async def _until_over(relay: AsyncRelay, telling: "asyncio.Task[None]") -> None:
    """Wait until the agent has ended it, or nobody can be told of it."""
    relaying = asyncio.ensure_future(_completed(relay))
    try:
        await asyncio.wait((relaying, telling), return_when=asyncio.FIRST_COMPLETED)
        if telling.done():
            telling.result()
        await relaying
    finally:
        relaying.cancel()


async def _completed(relay: AsyncRelay) -> None:
    await relay.operation


async def _end(relay: AsyncRelay, telling: "asyncio.Task[None]", wanted: _Wanted) -> None:
    """Reset all connections, print how they ended, and say what it was in all."""
    try:
        async with asyncio.timeout(RESET_TIME):
            done = await relay.close()
            await asyncio.wait((telling,))
    except (TelesockError, TimeoutError):
        return
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
    wanted.tell(relay_result(done))
