"""SocketService: each method hands one request to the engine and answers with the operation it became."""

from collections.abc import Callable
from typing import Any

from telesock.server.core.requests import AnyRequest
from telesock.server.engine.engine import Engine
from telesock.server.service.errors import Context, answers
from telesock.server.service.ownership import owned_session, readable_session
from telesock.server.service.tracing import tracing
from telesock.server.service.wire import requests as wire
from telesock.server.service.wire.sessions import read_page_size
from telesock.server.service.wire.views import view_operation, view_socket
from telesock.v1 import operations_pb2, sockets_pb2, sockets_pb2_grpc

LARGEST_PAGE = 1000


class SocketServicer(sockets_pb2_grpc.SocketServiceServicer):
    """See sockets.proto."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def _submit(
        self, message: Any, context: Context, read: Callable[[Any], AnyRequest]
    ) -> operations_pb2.Operation:
        session = owned_session(self._engine, context, message.session_id)
        with tracing(self._engine.sessions.traces, context):
            operation = self._engine.submit(session, message.operation_id, read(message))
        self._engine.flush()
        return view_operation(session, operation)

    @answers
    async def CreateSocket(
        self, request: sockets_pb2.CreateSocketRequest, context: Context
    ) -> sockets_pb2.CreateSocketResponse:
        return sockets_pb2.CreateSocketResponse(
            operation=self._submit(request, context, wire.read_create_socket)
        )

    @answers
    async def Bind(self, request: sockets_pb2.BindRequest, context: Context) -> sockets_pb2.BindResponse:
        return sockets_pb2.BindResponse(operation=self._submit(request, context, wire.read_bind))

    @answers
    async def Connect(
        self, request: sockets_pb2.ConnectRequest, context: Context
    ) -> sockets_pb2.ConnectResponse:
        return sockets_pb2.ConnectResponse(operation=self._submit(request, context, wire.read_connect))

    @answers
    async def Send(self, request: sockets_pb2.SendRequest, context: Context) -> sockets_pb2.SendResponse:
        return sockets_pb2.SendResponse(operation=self._submit(request, context, wire.read_send))

    @answers
    async def Receive(
        self, request: sockets_pb2.ReceiveRequest, context: Context
    ) -> sockets_pb2.ReceiveResponse:
        return sockets_pb2.ReceiveResponse(operation=self._submit(request, context, wire.read_receive))

    @answers
    async def Listen(
        self, request: sockets_pb2.ListenRequest, context: Context
    ) -> sockets_pb2.ListenResponse:
        return sockets_pb2.ListenResponse(operation=self._submit(request, context, wire.read_listen))

    @answers
    async def Accept(
        self, request: sockets_pb2.AcceptRequest, context: Context
    ) -> sockets_pb2.AcceptResponse:
        return sockets_pb2.AcceptResponse(operation=self._submit(request, context, wire.read_accept))

    @answers
    async def InspectComplete(
        self, request: sockets_pb2.InspectCompleteRequest, context: Context
    ) -> sockets_pb2.InspectCompleteResponse:
        return sockets_pb2.InspectCompleteResponse(
            operation=self._submit(request, context, wire.read_inspect_complete)
        )

    @answers
    async def Relay(self, request: sockets_pb2.RelayRequest, context: Context) -> sockets_pb2.RelayResponse:
        return sockets_pb2.RelayResponse(operation=self._submit(request, context, wire.read_relay))

    @answers
    async def SendTo(
        self, request: sockets_pb2.SendToRequest, context: Context
    ) -> sockets_pb2.SendToResponse:
        return sockets_pb2.SendToResponse(operation=self._submit(request, context, wire.read_send_to))

    @answers
    async def ReceiveFrom(
        self, request: sockets_pb2.ReceiveFromRequest, context: Context
    ) -> sockets_pb2.ReceiveFromResponse:
        return sockets_pb2.ReceiveFromResponse(
            operation=self._submit(request, context, wire.read_receive_from)
        )

    @answers
    async def ControlSocket(
        self, request: sockets_pb2.ControlSocketRequest, context: Context
    ) -> sockets_pb2.ControlSocketResponse:
        return sockets_pb2.ControlSocketResponse(operation=self._submit(request, context, wire.read_control))

    @answers
    async def Resolve(
        self, request: sockets_pb2.ResolveRequest, context: Context
    ) -> sockets_pb2.ResolveResponse:
        return sockets_pb2.ResolveResponse(operation=self._submit(request, context, wire.read_resolve))

    @answers
    async def Disconnect(
        self, request: sockets_pb2.DisconnectRequest, context: Context
    ) -> sockets_pb2.DisconnectResponse:
        return sockets_pb2.DisconnectResponse(operation=self._submit(request, context, wire.read_disconnect))

    @answers
    async def Close(self, request: sockets_pb2.CloseRequest, context: Context) -> sockets_pb2.CloseResponse:
        return sockets_pb2.CloseResponse(operation=self._submit(request, context, wire.read_close))

    @answers
    async def SetEventCallbacks(
        self, request: sockets_pb2.SetEventCallbacksRequest, context: Context
    ) -> sockets_pb2.SetEventCallbacksResponse:
        return sockets_pb2.SetEventCallbacksResponse(
            operation=self._submit(request, context, wire.read_set_event_callbacks)
        )

    @answers
    async def Release(
        self, request: sockets_pb2.ReleaseRequest, context: Context
    ) -> sockets_pb2.ReleaseResponse:
        session = owned_session(self._engine, context, request.session_id)
        socket = session.socket(request.socket_id)
        socket.release(request.sequence, wire.read_accepted_bytes(request), request.refuse)
        return sockets_pb2.ReleaseResponse(available_credit_bytes=socket.available_credit)

    @answers
    async def GetSocket(
        self, request: sockets_pb2.GetSocketRequest, context: Context
    ) -> sockets_pb2.GetSocketResponse:
        session = readable_session(self._engine, context, request.session_id)
        return sockets_pb2.GetSocketResponse(socket=view_socket(session.socket(request.socket_id)))

    @answers
    async def ListSockets(
        self, request: sockets_pb2.ListSocketsRequest, context: Context
    ) -> sockets_pb2.ListSocketsResponse:
        session = readable_session(self._engine, context, request.session_id)
        numbers = sorted(number for number in session.sockets if number > request.after_socket_id)
        page = numbers[: read_page_size(request.page_size, LARGEST_PAGE)]
        return sockets_pb2.ListSocketsResponse(
            sockets=[view_socket(session.sockets[number]) for number in page]
        )
