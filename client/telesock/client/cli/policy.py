"""`telesock policy`: what an agent's policy says of a place, and why. Exit status 1 when it is denied."""

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from telesock.client.cli.calls import TIMEOUT, channel_to
from telesock.client.cli.options import (
    DEFAULT_AGENT,
    Address,
    AgentOption,
    JsonOption,
    parse_listen,
    parse_remote,
)
from telesock.client.cli.output import json_text, terminal, wants_json
from telesock.client.enumerations import PolicyAction
from telesock.v1 import agent_pb2, agent_pb2_grpc

DENIED = 1

app = typer.Typer(no_args_is_help=True, help="Ask an agent where sockets may go, and why.")


@app.callback()
def policy() -> None:
    """Ask an agent where sockets may go, and why."""


@app.command(epilog="Example: telesock policy check server.lab:443")
def check(
    place: Annotated[
        str,
        typer.Argument(
            metavar="HOST:PORT",
            help="Where to go, also unix:PATH; with --listen also :PORT; with --resolve a name or an address.",
            show_default=False,
        ),
    ],
    agent: AgentOption = DEFAULT_AGENT,
    listen: Annotated[bool, typer.Option("--listen", help="About listening there.")] = False,
    send_to: Annotated[bool, typer.Option("--send-to", help="About datagrams to there.")] = False,
    resolve: Annotated[
        bool, typer.Option("--resolve", help="About asking for the addresses of a name, or for a name.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Say whether a socket may connect to a place, by which rule, or which rule would let it.

    A name is judged, then each of its addresses as the agent finds them. Exits with 0 if it is allowed, else with 1.
    """
    request = _request(place, _action(listen, send_to, resolve))
    with channel_to(agent) as channel:
        answer = agent_pb2_grpc.AgentServiceStub(channel).CheckPolicy(request, timeout=TIMEOUT)
    if wants_json(json):
        print(json_text(answer))
    else:
        terminal().print(_table(answer))
    if not answer.allowed:
        raise typer.Exit(DENIED)


def _action(listen: bool, send_to: bool, resolve: bool) -> PolicyAction:
    if listen + send_to + resolve > 1:
        raise typer.BadParameter("one of --listen, --send-to and --resolve is asked about, not several")
    if listen:
        return PolicyAction.LISTEN
    if send_to:
        return PolicyAction.SEND_TO
    return PolicyAction.RESOLVE if resolve else PolicyAction.CONNECT


def _request(place: str, action: PolicyAction) -> agent_pb2.CheckPolicyRequest:
    if action is PolicyAction.RESOLVE:
        address = Address(place, 0)
    else:
        address = parse_listen(place) if action is PolicyAction.LISTEN else parse_remote(place)
    return agent_pb2.CheckPolicyRequest(
        action=action,  # type: ignore[arg-type]  # the numbers are the contract's
        host=address.host,
        port=address.port,
    )


def _table(answer: agent_pb2.CheckPolicyResponse) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(overflow="fold")
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for verdict in answer.verdicts:
        word = Text("allowed", "green") if verdict.allowed else Text("denied", "red")
        table.add_row(verdict.host, word, verdict.explanation)
    if not answer.allowed and all(verdict.allowed for verdict in answer.verdicts):
        table.add_row("", Text("denied", "red"), "no address is known to be allowed")
    return table
