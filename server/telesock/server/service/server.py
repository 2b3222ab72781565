"""The gRPC server of an agent: all services on one server, and how it starts and stops.

Beside our own services it has the standard ones: health, reflection and channelz.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import grpc
import structlog
from grpc_channelz.v1 import channelz
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio
from grpc_reflection.v1alpha import reflection

from telesock.server.engine.engine import Engine
from telesock.server.service.agent import AgentDescription, AgentServicer
from telesock.server.service.faults import FaultServicer
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
_LAST_WRITES = 5.0  # seconds for streams to send what the drain has produced

log = structlog.get_logger()


class CannotListen(Exception):
    """An address cannot be listened on."""


class AgentServer:
    """One agent: its engine behind gRPC."""

    def __init__(self, engine: Engine, description: AgentDescription) -> None:
        self._engine = engine
        self._grace = asyncio.get_running_loop().create_future()
        self._health = health_aio.HealthServicer()
        self._server = grpc.aio.server(options=_options(engine.limits.message_bytes))
        self._add_services(description)

    def _add_services(self, description: AgentDescription) -> None:
        engine, server = self._engine, self._server
        sessions = SessionServicer(engine)
        registration = _Registration(server, sessions.stream_handlers())
        sessions_pb2_grpc.add_SessionServiceServicer_to_server(sessions, registration)  # type: ignore[arg-type]  # it does what is asked of a server here
        sockets_pb2_grpc.add_SocketServiceServicer_to_server(SocketServicer(engine), server)
        operations_pb2_grpc.add_OperationServiceServicer_to_server(OperationServicer(engine), server)
        faults_pb2_grpc.add_FaultServiceServicer_to_server(FaultServicer(engine), server)
        agent = AgentServicer(engine, description, self.ask_to_drain)
        agent_pb2_grpc.add_AgentServiceServicer_to_server(agent, server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        channelz.add_channelz_servicer(server)
        standard = ("grpc.health.v1.Health", "grpc.channelz.v1.Channelz", reflection.SERVICE_NAME)
        reflection.enable_server_reflection((*SERVICES, *standard), server)

    def listen(self, address: str) -> str:
        """Listen on "HOST:PORT" or "unix:PATH"; return the address with the port that was assigned.

        Raises CannotListen with one line that says why.
        """
        try:
            port = self._server.add_insecure_port(address)
        except RuntimeError as error:
            raise CannotListen(
                f"cannot listen on {address}: it is in use, or not an address of this host"
            ) from error
        if address.startswith("unix:"):
            return address
        return f"{address.rpartition(':')[0]}:{port}"

    async def start(self) -> None:
        """Serve from now on."""
        await self._server.start()
        await self._set_health(health_pb2.HealthCheckResponse.SERVING)

    def ask_to_drain(self, grace: float) -> None:
        """Let `serve_until_drained` come to its end. The first call decides the grace time."""
        if not self._grace.done():
            self._grace.set_result(grace)

    async def serve_until_drained(self) -> None:
        """Serve until somebody asks to drain; then refuse new work, let the rest finish, and stop."""
        grace = await self._grace
        log.info("agent_draining", grace_seconds=grace)
        await self._set_health(health_pb2.HealthCheckResponse.NOT_SERVING)
        await self._engine.drain(grace)
        await self.stop(_LAST_WRITES)

    async def stop(self, last_writes: float = 0.0) -> None:
        """Stop at once but for what streams still have to send."""
        self._grace.cancel()
        await self._server.stop(last_writes)
        self._engine.close()

    async def _set_health(self, status: int) -> None:
        for service in ("", *SERVICES):
            await self._health.set(service, status)


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


def _options(message_bytes: int) -> Sequence[tuple[str, int]]:
    framing = 64 * 1024  # a message of full size still has its own fields
    return (
        ("grpc.so_reuseport", 0),  # two agents on one port would each get half of the calls
        ("grpc.max_receive_message_length", message_bytes + framing),
        ("grpc.max_send_message_length", message_bytes + framing),
        ("grpc.keepalive_time_ms", 20_000),  # a client whose host is gone is noticed
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.http2.min_recv_ping_interval_without_data_ms", 1_000),  # a busy client may send two at once
    )
