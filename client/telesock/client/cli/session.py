"""`telesock session`: open a session, see those of an agent, keep one alive, close it.

A session is named by its credential, one printable string with the secret in it; lists show public facts only.
"""

import secrets
import sys
from typing import Annotated

import typer
from rich.table import Table

from telesock.client import contract
from telesock.client.cli.calls import TIMEOUT, channel_to, ownership
from telesock.client.cli.failures import say
from telesock.client.cli.options import (
    DEFAULT_AGENT,
    AgentOption,
    Credential,
    JsonOption,
    SessionOption,
    parse_duration,
    require_session,
)
from telesock.client.cli.output import duration_of, json_text, terminal, wants_json
from telesock.client.errors import Rejected
from telesock.client.texts.durations import duration_text
from telesock.v1 import sessions_pb2, sessions_pb2_grpc

app = typer.Typer(no_args_is_help=True, help="Open, list, keep alive and close sessions.")


@app.command("open", epilog="Example: export TELESOCK_SESSION=$(telesock session open --lease 10m)")
def open_session(
    agent: AgentOption = DEFAULT_AGENT,
    lease: Annotated[
        float | None,
        typer.Option(
            parser=parse_duration,
            metavar="DURATION",
            help="How long it outlives the last sign of its owner.  [default: the agent's]",
            show_default=False,
        ),
    ] = None,
    label: Annotated[
        str, typer.Option(metavar="TEXT", help="A text for people, shown in lists.", show_default=False)
    ] = "",
    record: Annotated[
        bool,
        typer.Option(
            "--record", help="Write its events to the agent's disk if the lease ends or the agent drains."
        ),
    ] = False,
) -> None:
    """Open a session and print what owns it."""
    request = sessions_pb2.OpenSessionRequest(
        request_id=secrets.token_hex(16),
        lease_duration=None if lease is None else duration_of(lease),
        label=label,
        record=record,
        contract_revision=contract.CONTRACT_REVISION,
    )
    with channel_to(agent) as channel:
        stub = sessions_pb2_grpc.SessionServiceStub(channel)
        opened = _open(stub, request, agent)
    print(Credential(opened.session_id, opened.session_token))
    if sys.stderr.isatty():
        lasts = duration_text(opened.lease_duration)
        say(f"session {opened.session_id} lasts {lasts} beyond the last sign of its owner")


def _open(
    stub: "sessions_pb2_grpc.SessionServiceStub", request: sessions_pb2.OpenSessionRequest, agent: str
) -> sessions_pb2.OpenSessionResponse:
    """Open it, but leave none behind on an agent that is too old for this program."""
    opened = stub.OpenSession(request, timeout=TIMEOUT)
    try:
        contract.check_revision(opened.contract_revision, agent)
    except Rejected:
        owned = ownership(Credential(opened.session_id, opened.session_token))
        closing = sessions_pb2.CloseSessionRequest(session_id=opened.session_id)
        stub.CloseSession(closing, timeout=TIMEOUT, metadata=owned)
        raise
    return opened


@app.command("list", epilog="Example: telesock session list --agent lab-a:50551")
def list_sessions(agent: AgentOption = DEFAULT_AGENT, json: JsonOption = False) -> None:
    """List the sessions of an agent."""
    with channel_to(agent) as channel:
        stub = sessions_pb2_grpc.SessionServiceStub(channel)
        answer = stub.ListSessions(sessions_pb2.ListSessionsRequest(), timeout=TIMEOUT)
    if wants_json(json):
        print(json_text(answer))
    else:
        terminal().print(_sessions_table(list(answer.sessions)))


@app.command("keep-alive", epilog="Example: telesock session keep-alive --session $TELESOCK_SESSION")
def keep_alive(agent: AgentOption = DEFAULT_AGENT, session: SessionOption = None) -> None:
    """Renew the lease of a session."""
    owned = require_session(session)
    request = sessions_pb2.KeepAliveRequest(session_id=owned.session_id)
    with channel_to(agent) as channel:
        stub = sessions_pb2_grpc.SessionServiceStub(channel)
        remaining = stub.KeepAlive(request, timeout=TIMEOUT, metadata=ownership(owned)).lease_remaining
    say(f"session {owned.session_id} lasts another {duration_text(remaining)}")


@app.command("close", epilog="Example: telesock session close --session $TELESOCK_SESSION")
def close_session(agent: AgentOption = DEFAULT_AGENT, session: SessionOption = None) -> None:
    """Close a session.

    Its pending operations end, its connections are reset.
    """
    owned = require_session(session)
    request = sessions_pb2.CloseSessionRequest(session_id=owned.session_id)
    with channel_to(agent) as channel:
        stub = sessions_pb2_grpc.SessionServiceStub(channel)
        stub.CloseSession(request, timeout=TIMEOUT, metadata=ownership(owned))


def _sessions_table(sessions: list[sessions_pb2.Session]) -> Table | str:
    if not sessions:
        return "no session is open"
    table = Table(box=None, pad_edge=False)
    for heading in ("session", "label", "lease left", "sockets", "pending", "events", "attached"):
        table.add_column(heading, justify="right" if heading in _NUMBERS else "left")
    for each in sessions:
        left = duration_text(each.lease_remaining)
        counts = map(str, (each.sockets, each.pending_operations, each.last_sequence))
        table.add_row(each.session_id, each.label, left, *counts, "yes" if each.attached else "no")
    return table


_NUMBERS = {"sockets", "pending", "events"}
