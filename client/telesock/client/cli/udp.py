"""`telesock udp`: datagrams of an agent: stdin to a peer and what comes back to stdout; or what arrives, with its source.

In a session of its own, which ends with it, or in one that exists and then goes on. Refuses a line that no datagram
holds before it is sent.
"""

import asyncio
from dataclasses import dataclass
from typing import Annotated

import typer

from telesock.client.cli.conversation import Manner
from telesock.client.cli.datagrams import print_arrivals, send_and_print
from telesock.client.cli.fault_options import DatagramFaults, faults_of
from telesock.client.cli.options import (
    DEFAULT_AGENT,
    Address,
    AgentOption,
    Credential,
    SessionOption,
    parse_duration,
    parse_listen,
    parse_local,
    parse_remote,
)
from telesock.client.cli.session_of import session_of
from telesock.client.cli.socket_options import SocketOptions, options_of

EXAMPLE = "Example: echo ping | telesock udp 127.0.0.1:7000 --timeout 1s"


@dataclass(frozen=True)
class _Plan:
    """What is asked for beside the address."""

    group: str
    count: int | None
    echoing: bool
    whole: bool


def udp(
    address: Annotated[
        Address,
        typer.Argument(
            parser=parse_listen,
            metavar="HOST:PORT",
            help="The peer, the agent resolves the name; with --listen where to receive, on the agent.",
            show_default=False,
        ),
    ],
    agent: AgentOption = DEFAULT_AGENT,
    session: SessionOption = None,
    listening: Annotated[bool, typer.Option("--listen", "-l", help="Receive there, and print.")] = False,
    echoing: Annotated[bool, typer.Option("--echo", help="With --listen: send each datagram back.")] = False,
    whole: Annotated[
        bool,
        typer.Option("--datagram", help="Send all of stdin as one datagram, and print answers as they are."),
    ] = False,
    count: Annotated[
        int | None,
        typer.Option(
            min=1, help="End after so many that have arrived; fewer are a failure.", show_default=False
        ),
    ] = None,
    local: Annotated[
        Address | None,
        typer.Option(parser=parse_local, metavar="HOST[:PORT]", help="Our own end.", show_default=False),
    ] = None,
    broadcast: Annotated[
        bool, typer.Option("--broadcast", help="Let them go to broadcast addresses.")
    ] = False,
    join: Annotated[
        str, typer.Option(metavar="GROUP[%INTERFACE]", help="A multicast group to join.", show_default=False)
    ] = "",
    option: SocketOptions = None,
    fault: DatagramFaults = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            parser=parse_duration,
            metavar="DURATION",
            help="How long to wait for answers after the last was sent, or, with --listen, for each datagram."
            "  [default: 1s; with --listen for ever]",
            show_default=False,
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing on stderr but errors.")] = False,
) -> None:
    """Send each line of stdin as a datagram, and print what comes back.

    Without --session it opens a session of its own and closes it at the end.
    """
    plan = _Plan(join, count, echoing, whole)
    _check(address, local, plan, listening)
    wanted = options_of(option) | ({"broadcast": True} if broadcast else {})
    manner = Manner(local, timeout, verbosity=0 if quiet else 1, options=wanted, faults=faults_of(fault))
    asyncio.run(_udp(agent, session, address, manner, plan, listening))


def _check(address: Address, local: Address | None, plan: _Plan, listening: bool) -> None:
    """Refuse what does not go together."""
    if address.host.startswith("unix:"):
        raise typer.BadParameter("datagrams go to HOST:PORT; Unix-domain sockets are for connections")
    if not listening:
        parse_remote(str(address))
    if plan.echoing and not listening:
        raise typer.BadParameter("--echo needs --listen")
    if listening and plan.whole:
        raise typer.BadParameter("--datagram sends stdin, and --listen leaves it alone")
    if listening and local is not None:
        raise typer.BadParameter("with --listen HOST:PORT itself is our own end; leave out --local")


async def _udp(
    agent: str, credential: Credential | None, address: Address, manner: Manner, plan: _Plan, listening: bool
) -> None:
    label = f"telesock udp {'--listen ' if listening else ''}{address}"
    async with session_of(agent, credential, label) as session:
        if listening:
            await print_arrivals(session, address, manner, plan.group, plan.count, echoing=plan.echoing)
        else:
            await send_and_print(session, address, manner, plan.group, plan.count, whole=plan.whole)
