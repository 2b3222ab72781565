"""Refusals are counted, each once, by what they say: those of single calls, of an attachment's parts and of streams."""

import time

import grpc
import pytest
from tests.agents import RunningAgent
from tests.promises.owners import Open, refused

from telesock.server.core.refusal import Reason
from telesock.server.core.statistics import Statistics
from telesock.v1.sessions_pb2 import StreamEventsRequest
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
