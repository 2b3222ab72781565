"""Refusals are counted, each once, by what they say: those of single calls, of an attachment's parts and of streams."""

import time
from typing import Any

import grpc
import pytest
from structlog.testing import capture_logs
from tests.agents import RunningAgent
from tests.identities import People, bearer, someone
from tests.promises.owners import Open, refused

from telesock.server.core.identity import Role
from telesock.server.core.refusal import Reason
from telesock.server.core.statistics import Statistics
from telesock.v1.sessions_pb2 import OpenSessionRequest, StreamEventsRequest
from telesock.v1.sessions_pb2_grpc import SessionServiceStub
from telesock.v1.sockets_pb2 import CloseRequest


@pytest.fixture
async def statistics(agent: RunningAgent) -> Statistics:
    counted = Statistics(time.monotonic_ns)
    agent.engine.sessions.watch(counted, None)
    return counted


async def test_a_call_that_is_refused_is_counted(
    statistics: Statistics, agent: RunningAgent, open_owner: Open
) -> None:
    owner = await open_owner(agent.address)

    for _ in range(2):
        with refused("SOCKET_UNKNOWN", grpc.StatusCode.NOT_FOUND):
            await owner.ask(CloseRequest(socket_id=7))

    assert statistics.refusals == {Reason.SOCKET_UNKNOWN: 2}


async def test_a_command_that_is_refused_is_counted(
    statistics: Statistics, agent: RunningAgent, open_owner: Open
) -> None:
    attachment = await (await open_owner(agent.address)).attach()

    await attachment.write([CloseRequest(operation_id=1, socket_id=7)])
    await attachment.until_handled(2)

    assert [refusal.reason for refusal in attachment.refusals] == ["SOCKET_UNKNOWN"]
    assert statistics.refusals == {Reason.SOCKET_UNKNOWN: 1}


async def test_a_stream_that_is_refused_is_counted(
    statistics: Statistics, agent: RunningAgent, open_owner: Open
) -> None:
    owner = await open_owner(agent.address)
    stream = owner.method("StreamEvents")(
        StreamEventsRequest(session_id=owner.session_id, start_after=9), metadata=owner.metadata
    )

    with refused("SEQUENCE_AHEAD", grpc.StatusCode.INVALID_ARGUMENT):
        await stream.read()

    assert statistics.refusals == {Reason.SEQUENCE_AHEAD: 1}


async def test_whoever_proves_nothing_or_may_not_is_counted_and_a_role_is_logged(start_agent: Any) -> None:
    people = People(someone("eve", Role.OBSERVER))
    running = await start_agent(access=people.access)
    counted = Statistics(time.monotonic_ns)
    running.engine.sessions.watch(counted, None)
    async with grpc.aio.insecure_channel(running.address) as channel:
        open_session = SessionServiceStub(channel).OpenSession
        with refused("CREDENTIALS_MISSING", grpc.StatusCode.UNAUTHENTICATED):
            await open_session(OpenSessionRequest())
        with capture_logs() as logs, refused("ROLE_NOT_ALLOWED", grpc.StatusCode.PERMISSION_DENIED):
            await open_session(OpenSessionRequest(), metadata=bearer("eve"))

    assert counted.refusals == {Reason.CREDENTIALS_MISSING: 1, Reason.ROLE_NOT_ALLOWED: 1}
    assert [(line["event"], line["identity"], line["role"]) for line in logs] == [
        ("role_not_allowed", "eve", "OBSERVER")
    ]


async def test_bytes_that_are_no_message_are_counted(statistics: Statistics, agent: RunningAgent) -> None:
    async with grpc.aio.insecure_channel(agent.address) as channel:
        single: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
            "/telesock.v1.AgentService/GetAgent"
        )
        with refused("MALFORMED", grpc.StatusCode.INVALID_ARGUMENT):
            await single(b"\xff")

    assert statistics.refusals == {Reason.MALFORMED: 1}
