"""All services of an agent, added to a gRPC server: ours, and beside them health, reflection and channelz."""

from collections.abc import Callable, Mapping
from typing import Any

import grpc
from grpc_channelz.v1 import channelz
from grpc_health.v1 import health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from telesock.server.engine.engine import Engine
from telesock.server.service.agent import AgentDescription, AgentServicer
from telesock.server.service.faults import FaultServicer
from telesock.server.service.health import Health
from telesock.server.service.operations import OperationServicer
from telesock.server.service.sessions import SessionServicer
from telesock.server.service.sockets import SocketServicer
from telesock.v1 import (
    agent_pb2,
    agent_pb2_grpc,
    faults_pb2_grpc,
    operations_pb2_grpc,
    sessions_pb2_grpc,
    sockets_pb2_grpc,
)

_PACKAGE = agent_pb2.DESCRIPTOR.package
SERVICES = tuple(f"{_PACKAGE}.{name}Service" for name in ("Agent", "Fault", "Operation", "Session", "Socket"))
_STANDARD = ("grpc.health.v1.Health", "grpc.channelz.v1.Channelz", reflection.SERVICE_NAME)


class Services:
    """The servicers of one agent; every server of it answers through the same ones."""

    def __init__(
        self, engine: Engine, description: AgentDescription, drain: Callable[[float], None], health: Health
    ) -> None:
        self._sessions = SessionServicer(engine)
        self._sockets = SocketServicer(engine)
        self._operations = OperationServicer(engine)
        self._faults = FaultServicer(engine)
        self._agent = AgentServicer(engine, description, drain)
        self._health = health

    def add_to(self, server: grpc.aio.Server) -> None:
        """Let a server answer for all of them."""
        registration = _Registration(server, self._sessions.stream_handlers())
        sessions_pb2_grpc.add_SessionServiceServicer_to_server(self._sessions, registration)  # type: ignore[arg-type]  # it does what is asked of a server here
        sockets_pb2_grpc.add_SocketServiceServicer_to_server(self._sockets, server)
        operations_pb2_grpc.add_OperationServiceServicer_to_server(self._operations, server)
        faults_pb2_grpc.add_FaultServiceServicer_to_server(self._faults, server)
        agent_pb2_grpc.add_AgentServiceServicer_to_server(self._agent, server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        channelz.add_channelz_servicer(server)
        reflection.enable_server_reflection((*SERVICES, *_STANDARD), server)


class _Registration:
    """Takes the generated table of a service and registers it with some of its methods replaced."""

    def __init__(
        self, server: grpc.aio.Server, replaced: Mapping[str, "grpc.RpcMethodHandler[Any, Any]"]
    ) -> None:
        self._server = server
        self._replaced = replaced

    def add_generic_rpc_handlers(self, handlers: object) -> None:
        """Leave out the table as it was generated."""

    def add_registered_method_handlers(
        self, service: str, handlers: Mapping[str, "grpc.RpcMethodHandler[Any, Any]"]
    ) -> None:
        """Register the table with the replaced methods."""
        table = {**handlers, **self._replaced}
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, table),))
