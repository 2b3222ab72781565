"""`telesock sockets` and `telesock socket show`: what the sockets of a session are doing.

They only look: by single calls, which acknowledge nothing and take nobody's place. Options and queues are told by
operations, and those take the session's next numbers: an attached owner, who counts on them, would have its next requests
refused. So they are asked only where nobody is attached, or with --ask.
"""

from typing import Annotated, Any

import grpc
import typer

from telesock.client.cli.calls import TIMEOUT, channel_to, ownership
from telesock.client.cli.failures import say
from telesock.client.cli.options import (
    DEFAULT_AGENT,
    AgentOption,
    Credential,
    JsonOption,
    SessionOption,
    require_session,
)
from telesock.client.cli.output import terminal, wants_json
from telesock.client.cli.socket_text import SocketReport, sockets_table
from telesock.client.cli.watching import IntervalOption, WatchOption, look
from telesock.v1 import (
    operations_pb2,
    operations_pb2_grpc,
    options_pb2,
    sessions_pb2,
    sessions_pb2_grpc,
    sockets_pb2,
    sockets_pb2_grpc,
)
from telesock.v1.types_pb2 import STATUS_SUCCESS

EXAMPLE = "Example: telesock sockets --watch --session $TELESOCK_SESSION"
SHOW_EXAMPLE = "Example: telesock socket show 1 --session $TELESOCK_SESSION"
app = typer.Typer(no_args_is_help=True, help="Look at a socket.")

_QUEUES = (
    options_pb2.QUERY_KIND_RECEIVE_BACKLOG,
    options_pb2.QUERY_KIND_UNSENT,
    options_pb2.QUERY_KIND_UNACKNOWLEDGED,
)
_TCP = (options_pb2.QUERY_KIND_TCP_INFO,)
_CONNECTION = (*_QUEUES, options_pb2.QUERY_KIND_IDEAL_SEND_BACKLOG, *_TCP)
_NO_ANSWER = (
    grpc.StatusCode.FAILED_PRECONDITION,  # not this category, not in this state
    grpc.StatusCode.UNIMPLEMENTED,  # not this host
    grpc.StatusCode.RESOURCE_EXHAUSTED,  # the session is full, which is a reason to look at it
)


class _Looking:
    """The calls about one session."""

    def __init__(self, channel: grpc.Channel, owned: Credential) -> None:
        self._sessions = sessions_pb2_grpc.SessionServiceStub(channel)
        self._sockets = sockets_pb2_grpc.SocketServiceStub(channel)
        self._operations = operations_pb2_grpc.OperationServiceStub(channel)
        self._session_id = owned.session_id
        self._metadata = ownership(owned)

    def _call(self, method: Any, request: Any) -> Any:
        request.session_id = self._session_id
        return method(request, timeout=TIMEOUT, metadata=self._metadata)

    def attached(self) -> bool:
        """Whether an owner is there who numbers the session's operations."""
        session: sessions_pb2.Session = self._call(
            self._sessions.GetSession, sessions_pb2.GetSessionRequest()
        ).session
        return session.attached

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
            if error.code() in _NO_ANSWER:
                return None
            raise
        if operation.completion.status != STATUS_SUCCESS:
            return None
        result: operations_pb2.ControlResult = operation.completion.control
        return result

    def queries(self, number: int) -> options_pb2.SocketQueries | None:
        """What is in its queues and what TCP says, as far as this socket has them."""
        for kinds in (_CONNECTION, _QUEUES, _TCP):  # of TCP, of a Unix-domain connection, of a listener
            answer = self.control(number, query={"kinds": kinds})
            if answer is not None:
                return answer.queries
        return None


@app.command("show", epilog=SHOW_EXAMPLE)
def show(
    number: Annotated[
        int,
        typer.Argument(
            metavar="ID", min=1, max=(1 << 64) - 1, help="The socket's number.", show_default=False
        ),
    ],
    agent: AgentOption = DEFAULT_AGENT,
    session: SessionOption = None,
    ask: Annotated[
        bool,
        typer.Option(
            "--ask",
            help="Ask for options and queues although the attached owner's next requests may be refused.",
        ),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Show a socket: state, addresses, pending operations; options, queues and TCP_INFO.

    The latter only while nobody is attached to the session, or with --ask.
    """
    owned = require_session(session)
    with channel_to(agent) as channel:
        looking = _Looking(channel, owned)
        socket, pending = looking.socket(number), looking.pending(number)
        asking = ask or not looking.attached()
        options = looking.control(number, get={}) if asking else None
        queries = looking.queries(number) if asking else None
    if not asking:
        say(
            "not asked for options and queues: that takes numbers which the session's owner counts on; see --ask"
        )
    report = SocketReport(socket, options, queries, pending)
    if wants_json(json):
        print(report.as_json())
    else:
        terminal().print(report.as_tables())


def sockets(
    agent: AgentOption = DEFAULT_AGENT,
    session: SessionOption = None,
    watch: WatchOption = False,
    interval: IntervalOption = None,
    json: JsonOption = False,
) -> None:
    """List the sockets of a session; with --watch as they change, until interrupted."""
    owned = require_session(session)
    with channel_to(agent) as channel:
        looking = _Looking(channel, owned)
        look(
            lambda: sockets_pb2.ListSocketsResponse(sockets=looking.sockets()),
            lambda found: sockets_table(found.sockets),
            json=json,
            watch=watch,
            interval=interval,
        )
