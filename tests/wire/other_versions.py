"""Agents of other versions: one from before the contract had revisions, and one that tells of what nobody here knows."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from tests.agents import RunningAgent

from telesock.server.core.events import DataReceived, Event, FaultFired
from telesock.server.core.limits import Limits
from telesock.server.core.policy import LOOPBACK, Policy
from telesock.server.engine.engine import Engine
from telesock.server.service.agent import AgentDescription
from telesock.server.service.server import AgentServer
from telesock.server.service.wire.events import encode_event
from telesock.server.service.wire.framing import varint
from telesock.v1 import agent_pb2, agent_pb2_grpc, sessions_pb2, sessions_pb2_grpc
from telesock.v1.events_pb2 import EventBatch

Context = grpc.aio.ServicerContext[Any, Any]

NEW_KIND = 1234
"""The field in which the newer agent tells of data and of faults."""


class OlderAgent(sessions_pb2_grpc.SessionServiceServicer, agent_pb2_grpc.AgentServiceServicer):
    """Fills what the contract had before `contract_revision`. `open` are the ids of its sessions."""

    def __init__(self) -> None:
        self.open: set[str] = set()

    async def OpenSession(  # noqa: N802 - the contract names it
        self, request: sessions_pb2.OpenSessionRequest, context: Context
    ) -> sessions_pb2.OpenSessionResponse:
        session_id = f"s-{request.request_id or len(self.open)}"
        self.open.add(session_id)
        return sessions_pb2.OpenSessionResponse(
            session_id=session_id, session_token="t", boot_id="b", lease_duration=Duration(seconds=30)
        )

    async def GetSession(  # noqa: N802 - the contract names it
        self, request: sessions_pb2.GetSessionRequest, context: Context
    ) -> sessions_pb2.GetSessionResponse:
        session = sessions_pb2.Session(session_id=request.session_id, lease_duration=Duration(seconds=30))
        return sessions_pb2.GetSessionResponse(session=session)

    async def CloseSession(  # noqa: N802 - the contract names it
        self, request: sessions_pb2.CloseSessionRequest, context: Context
    ) -> sessions_pb2.CloseSessionResponse:
        self.open.remove(request.session_id)
        return sessions_pb2.CloseSessionResponse()

    async def GetAgent(  # noqa: N802 - the contract names it
        self, request: agent_pb2.GetAgentRequest, context: Context
    ) -> agent_pb2.GetAgentResponse:
        return agent_pb2.GetAgentResponse(agent=agent_pb2.Agent(agent_id="old", version="0.0.1"))


@contextlib.asynccontextmanager
async def older_agent() -> AsyncIterator[tuple[OlderAgent, str]]:
    """Run an older agent, and yield it with its address."""
    agent = OlderAgent()  # type: ignore[abstract]  # it answers what these tests ask
    server = grpc.aio.server()
    sessions_pb2_grpc.add_SessionServiceServicer_to_server(agent, server)
    agent_pb2_grpc.add_AgentServiceServicer_to_server(agent, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield agent, f"127.0.0.1:{port}"
    finally:
        await server.stop(None)


@contextlib.asynccontextmanager
async def newer_agent() -> AsyncIterator[RunningAgent]:
    """Run an agent that tells of data and faults by events of a kind of its own."""
    bugs: list[Exception] = []
    engine = Engine(_encode_as_newer, Limits(), Policy(LOOPBACK), bugs.append)
    server = AgentServer(engine, AgentDescription("new", "99.0.0", 1024, ()))
    running = RunningAgent(engine, server, server.listen("127.0.0.1:0"))
    await server.start()
    try:
        yield running
    finally:
        await running.stop()
        assert bugs == []


def _encode_as_newer(event: Event) -> bytes:
    encoded = encode_event(event)
    if not isinstance(event.body, DataReceived | FaultFired):
        return encoded
    [told] = EventBatch.FromString(encoded).events
    told.ClearField(told.WhichOneof("body"))
    told.MergeFromString(varint(NEW_KIND << 3 | 2) + b"\x05hello")
    return EventBatch(events=[told]).SerializeToString()
