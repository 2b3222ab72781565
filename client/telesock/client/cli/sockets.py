"""`telesock sockets` and `telesock socket show`: what the sockets of a session are doing.

They only look: by single calls, which acknowledge nothing and take nobody's place. What control requests tell is asked
by operations of the session, whose numbers the agent chooses.
"""

import time
from collections.abc import Sequence
from typing import Annotated, Any

import grpc
import typer
from google.protobuf.json_format import MessageToDict
from rich.console import Group
from rich.live import Live
from rich.table import Table

from telesock.client.cli.calls import TIMEOUT, channel_to, ownership
from telesock.client.cli.event_text import endpoint_text, operation_name
from telesock.client.cli.options import (
    DEFAULT_AGENT,
    AgentOption,
    Credential,
    JsonOption,
    SessionOption,
    parse_duration,
    require_session,
)
from telesock.client.cli.output import json_text, terminal, wants_json
from telesock.client.core.options import read_options
from telesock.v1 import (
    operations_pb2,
    operations_pb2_grpc,
    options_pb2,
    sockets_pb2,
    sockets_pb2_grpc,
    types_pb2,
)

EXAMPLE = "Example: telesock sockets --watch --session $TELESOCK_SESSION"
SHOW_EXAMPLE = "Example: telesock socket show 1 --session $TELESOCK_SESSION"
app = typer.Typer(no_args_is_help=True, help="Look at a socket.")

_PAUSE = 1.0  # seconds
_QUEUES = (
    options_pb2.QUERY_KIND_RECEIVE_BACKLOG,
    options_pb2.QUERY_KIND_UNSENT,
    options_pb2.QUERY_KIND_UNACKNOWLEDGED,
)
_CONNECTION = (*_QUEUES, options_pb2.QUERY_KIND_IDEAL_SEND_BACKLOG, options_pb2.QUERY_KIND_TCP_INFO)


class _Looking:
    """The calls about one session."""

    def __init__(self, channel: grpc.Channel, owned: Credential) -> None:
        self._sockets = sockets_pb2_grpc.SocketServiceStub(channel)
        self._operations = operations_pb2_grpc.OperationServiceStub(channel)
        self._session_id = owned.session_id
        self._metadata = ownership(owned)

    def _call(self, method: Any, request: Any) -> Any:
        request.session_id = self._session_id
        return method(request, timeout=TIMEOUT, metadata=self._metadata)

    def sockets(self) -> list[sockets_pb2.Socket]:
        """All sockets, by number."""
        found: list[sockets_pb2.Socket] = []
        while True:
            last = found[-1].socket_id if found else 0
            page = self._call(self._sockets.ListSockets, sockets_pb2.ListSocketsRequest(after_socket_id=last))
            if not page.sockets:
                return found
            found += page.sockets

    def socket(self, number: int) -> sockets_pb2.Socket:
        """One socket."""
        request = sockets_pb2.GetSocketRequest(socket_id=number)
        found: sockets_pb2.Socket = self._call(self._sockets.GetSocket, request).socket
        return found

    def pending(self, number: int) -> list[operations_pb2.Operation]:
        """Its pending operations, the first thousand."""
        request = operations_pb2.ListOperationsRequest(socket_id=number, pending_only=True)
        return list(self._call(self._operations.ListOperations, request).operations)

    def control(self, number: int, **action: Any) -> operations_pb2.ControlResult | None:
        """What a control request tells; None where this socket has no answer now."""
        request = sockets_pb2.ControlSocketRequest(socket_id=number, **action)
        try:
            operation = self._call(self._sockets.ControlSocket, request).operation
        except grpc.RpcError as error:
            if error.code() in (grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.UNIMPLEMENTED):
                return None
            raise
        result: operations_pb2.ControlResult = operation.completion.control
        return result


@app.command("show", epilog=SHOW_EXAMPLE)
def show(
    number: Annotated[
        int, typer.Argument(metavar="ID", min=1, help="The socket's number.", show_default=False)
    ],
    agent: AgentOption = DEFAULT_AGENT,
    session: SessionOption = None,
    json: JsonOption = False,
) -> None:
    """Show a socket: state, addresses, queues, options, TCP_INFO, pending operations."""
    owned = require_session(session)
    with channel_to(agent) as channel:
        looking = _Looking(channel, owned)
        socket = looking.socket(number)
        options = looking.control(number, get={})
        queries = looking.control(number, query={"kinds": _CONNECTION}) or looking.control(
            number, query={"kinds": _QUEUES}
        )
        pending = looking.pending(number)
    if wants_json(json):
        print(json_text(_as_message(socket, options, queries, pending)))
    else:
        terminal().print(_shown(socket, options, queries, pending))


def sockets(
    agent: AgentOption = DEFAULT_AGENT,
    session: SessionOption = None,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Show them again and again.")] = False,
    interval: Annotated[
        float | None,
        typer.Option(
            parser=parse_duration,
            metavar="DURATION",
            help="How often, with --watch.  [default: 1s]",
            show_default=False,
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """List the sockets of a session; with --watch as they change, until interrupted."""
    owned = require_session(session)
    pause = _PAUSE if interval is None else interval
    with channel_to(agent) as channel:
        looking = _Looking(channel, owned)
        if not watch:
            _print_once(looking.sockets(), json)
        elif wants_json(json):
            while True:
                answer = sockets_pb2.ListSocketsResponse(sockets=looking.sockets())
                print(json_text(answer, indent=None), flush=True)
                time.sleep(pause)
        else:
            _watch(looking, pause)


def _print_once(found: Sequence[sockets_pb2.Socket], json: bool) -> None:
    if wants_json(json):
        print(json_text(sockets_pb2.ListSocketsResponse(sockets=found)))
    else:
        terminal().print(_table(found))


def _watch(looking: _Looking, interval: float) -> None:
    with Live(_table(looking.sockets()), console=terminal(), auto_refresh=False) as live:
        while True:
            time.sleep(interval)
            live.update(_table(looking.sockets()), refresh=True)


def _table(found: Sequence[sockets_pb2.Socket]) -> Table | str:
    if not found:
        return "the session has no sockets"
    table = Table(box=None, pad_edge=False)
    for heading in ("socket", "category", "state", "local", "remote", "sent", "received", "pending"):
        table.add_column(heading, justify="right" if heading in _NUMBERS else "left")
    for each in found:
        ends = (_end(each, "local"), _end(each, "remote"))
        counts = map(str, (each.send_offset, each.receive_offset, each.pending_operations))
        table.add_row(str(each.socket_id), *_kind_and_state(each), *ends, *counts)
    return table


_NUMBERS = {"socket", "sent", "received", "pending"}


def _kind_and_state(socket: sockets_pb2.Socket) -> tuple[str, str]:
    kind = types_pb2.SocketCategory.Name(socket.category).removeprefix("SOCKET_CATEGORY_").lower()
    return kind, types_pb2.SocketState.Name(socket.state).removeprefix("SOCKET_STATE_")


def _end(socket: sockets_pb2.Socket, name: str) -> str:
    return endpoint_text(getattr(socket, name)) if socket.HasField(name) else ""


def _as_message(
    socket: sockets_pb2.Socket,
    options: operations_pb2.ControlResult | None,
    queries: operations_pb2.ControlResult | None,
    pending: Sequence[operations_pb2.Operation],
) -> Any:
    from google.protobuf.struct_pb2 import Struct

    def plain(message: Any) -> Any:
        return MessageToDict(message, preserving_proto_field_name=True)

    whole = Struct()
    whole.update(
        {
            "socket": plain(socket),
            "options": [] if options is None else [plain(each) for each in options.options],
            "queries": {} if queries is None else plain(queries.queries),
            "pending_operations": [plain(each) for each in pending],
        }
    )
    return whole


def _shown(
    socket: sockets_pb2.Socket,
    options: operations_pb2.ControlResult | None,
    queries: operations_pb2.ControlResult | None,
    pending: Sequence[operations_pb2.Operation],
) -> Group:
    kind, state = _kind_and_state(socket)
    facts = {
        "category": kind,
        "state": state,
        "local": _end(socket, "local"),
        "remote": _end(socket, "remote"),
    }
    facts |= {"sent": f"{socket.send_offset} bytes", "received": f"{socket.receive_offset} bytes"}
    parts: list[Any] = [_facts(f"socket {socket.socket_id}", facts)]
    if queries is not None:
        found = MessageToDict(queries.queries, preserving_proto_field_name=True)
        found.pop("tcp_info_fields", None)
        info = found.pop("tcp_info", {})
        parts += [_facts("queues", found), _facts("TCP_INFO", info)]
    if options is not None:
        parts.append(_facts("options", read_options(options.options)))
    parts.append(
        _facts("pending operations", {str(each.operation_id): operation_name(each.kind) for each in pending})
    )
    return Group(*parts)


def _facts(title: str, facts: dict[str, Any]) -> Table | str:
    if not facts:
        return f"{title}: none\n"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, show_header=False)
    for name, value in facts.items():
        table.add_row(name.replace("_", " "), str(value))
    return table
