"""`telesock listen`: a listener of an agent, its connections between stdin and stdout, or answered (answers.py).

One connection and then the end, as nc(1) does, or with --keep all that come; stdin can be sent to one only, so it is
left alone then. In a session of its own, which ends with it, or in one that exists and then goes on.
"""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Annotated

import typer

from telesock.client import AsyncListener, AsyncSession, TelesockError
from telesock.client.cli.answers import Answer, accepted, answer_all, discard, echo, reject, show
from telesock.client.cli.conversation import RESET_TIME, Manner, converse
from telesock.client.cli.fault_options import ListenerFaults, faults_of
from telesock.client.cli.fault_telling import tell_faults
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
from telesock.client.texts.words import endpoint_text

EXAMPLE = "Example: telesock listen --keep --echo 127.0.0.1:7000"


@dataclass(frozen=True)
class _Plan:
    """What becomes of those who connect; without an answer stdin is sent to them and what they send is printed."""

    keep: bool
    rejecting: bool
    answer: Answer | None
    backlog: int | None


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
        bool,
        typer.Option(
            "--keep/--once", help="Go on until interrupted, and leave stdin alone; or end with one."
        ),
    ] = False,
    echoing: Annotated[
        bool, typer.Option("--echo", help="Send back what arrives, and leave stdin alone.")
    ] = False,
    discarding: Annotated[
        bool, typer.Option("--discard", help="Throw away what arrives, and leave stdin alone.")
    ] = False,
    rejecting: Annotated[
        bool, typer.Option("--reject", help="Reset whoever connects, without accepting.")
    ] = False,
    backlog: Annotated[
        int | None,
        typer.Option(
            min=1, max=(1 << 32) - 1, help="Connections that may wait.  [default: 4096]", show_default=False
        ),
    ] = None,
    option: SocketOptions = None,
    fault: ListenerFaults = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout",
            "--accept-timeout",
            parser=parse_duration,
            metavar="DURATION",
            help="How long to wait for a connection, and while its peer takes nothing; then reset.",
            show_default=False,
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing on stderr but errors.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more on stderr.")] = False,
) -> None:
    """Take a connection: print what it sends, send it stdin.

    Without --session it opens a session of its own and closes it at the end.
    """
    if echoing + discarding + rejecting > 1:
        raise typer.BadParameter("only one of --echo, --discard and --reject can be meant")
    wanted = options_of(option)
    if wanted.get("conditional_accept"):
        raise typer.BadParameter(
            "conditional_accept holds connections for a decision; say --reject to reset them"
        )
    answer = echo if echoing else discard if discarding else show if keep else None
    plan = _Plan(keep, rejecting, answer, backlog)
    manner = Manner(
        local, timeout, verbosity=0 if quiet else 1 + verbose, options=wanted, faults=faults_of(fault)
    )
    asyncio.run(_listen(agent, session, local, manner, plan))


async def _listen(
    agent: str, credential: Credential | None, local: Address, manner: Manner, plan: _Plan
) -> None:
    async with session_of(agent, credential, f"telesock listen {local}") as session:
        listener = await _made(session, local, manner, plan)
        try:
            assert listener.local is not None, "it listens"
            manner.tell(f"listening on {endpoint_text(listener.local)}")
            if manner.verbosity > 1 and manner.faults and credential is None:
                await tell_faults(session, manner.tell)
            await _serve(listener, manner, plan)
        finally:
            with contextlib.suppress(TelesockError):
                await listener.close()


async def _made(session: AsyncSession, local: Address, manner: Manner, plan: _Plan) -> AsyncListener:
    """Make the listener; leave none behind when interrupted."""
    making = session.listen(
        local.host,
        local.port,
        backlog=plan.backlog,
        conditional=plan.rejecting,
        options=manner.options,
        faults=manner.faults,
    )
    try:
        return await making
    except asyncio.CancelledError:
        with contextlib.suppress(TelesockError, TimeoutError):
            async with asyncio.timeout(RESET_TIME):
                await (await making).close()
        raise


async def _serve(listener: AsyncListener, manner: Manner, plan: _Plan) -> None:
    if plan.rejecting:
        await reject(listener, manner, keep=plan.keep)
    elif plan.keep:
        assert plan.answer is not None, "there is always one with --keep"
        await answer_all(listener, manner, plan.answer)
    else:
        await _take_one(listener, manner, plan.answer)


async def _take_one(listener: AsyncListener, manner: Manner, answer: Answer | None) -> None:
    connection = await accepted(listener, manner)
    if not manner.faults:  # they would end with it
        await listener.close()
    if answer is None:
        await converse(connection, manner)
    else:
        async with connection:
            await answer(connection)
