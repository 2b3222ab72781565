"""How an agent stops when it is asked to: no new work, time for what is pending, an end with its cause for the rest."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from structlog.testing import capture_logs
from tests.agents import RunningAgent
from tests.promises.owners import Caller, Listen, Owner, connect_to, refused
from tests.promises.stories import Story

from telesock.v1.agent_pb2 import DrainRequest, GetAgentRequest
from telesock.v1.sessions_pb2 import CloseSessionRequest, OpenSessionRequest
from telesock.v1.sockets_pb2 import (
    DISCONNECT_MODE_ABORTIVE,
    BindRequest,
    CloseRequest,
    CreateSocketRequest,
    DisconnectRequest,
    ReceiveRequest,
    SendRequest,
    SetEventCallbacksRequest,
)
from telesock.v1.types_pb2 import (
    ORIGIN_LOCAL_HOST,
    STATUS_CANCELLED,
    STATUS_SUCCESS,
)

NOT_FOUND, UNAVAILABLE = grpc.StatusCode.NOT_FOUND, grpc.StatusCode.UNAVAILABLE


@pytest.fixture
async def serving(agent: RunningAgent) -> AsyncIterator["asyncio.Task[None]"]:
    """The agent until it is drained, as its program runs it."""
    serving = asyncio.create_task(agent.server.serve_until_drained())
    yield serving
    serving.cancel()
    await asyncio.wait([serving])


async def drain(owner: Owner, story: Story, seconds: int) -> None:
    """Ask the agent to drain, and wait until it has begun."""
    await owner.ask(DrainRequest(grace_period={"seconds": seconds}))
    await story.event("draining")


@pytest.mark.usefixtures("serving")
async def test_every_session_is_told_of_the_drain_and_how_long_it_lasts(
    owner: Owner, unanswered: int
) -> None:
    await owner.start(connect_to("127.0.0.1", unanswered))
    story = await owner.read()

    await drain(owner, story, 50)

    (event,) = story.bodies("draining")
    assert event.draining.grace_period.seconds == 50
    assert (event.socket_id, event.operation_id) == (0, 0)
    assert (await owner.ask(GetAgentRequest())).agent.draining


@pytest.mark.usefixtures("serving")
async def test_new_work_is_refused_and_what_frees_is_not(owner: Owner, peer: Listen, unanswered: int) -> None:
    await owner.start(connect_to("127.0.0.1", unanswered))
    graceful, aborted = [(await owner.connect(peer()))[0] for _ in range(2)]
    story = await owner.read()
    await drain(owner, story, 50)

    work: list[Any] = [
        CreateSocketRequest(),
        BindRequest(socket_id=graceful),
        connect_to("127.0.0.1", 1),
        SendRequest(socket_id=graceful, data=b"x"),
        ReceiveRequest(socket_id=graceful, length=1),
        SetEventCallbacksRequest(socket_id=graceful, credit_bytes=1),
        OpenSessionRequest(),
    ]
    for request in work:
        with refused("AGENT_DRAINING", UNAVAILABLE):
            await owner.ask(request)
    ends = [
        await owner.run(DisconnectRequest(socket_id=graceful)),
        await owner.run(DisconnectRequest(socket_id=aborted, mode=DISCONNECT_MODE_ABORTIVE)),
        await owner.run(CloseRequest(socket_id=graceful)),
        await owner.run(CloseRequest(socket_id=aborted)),
    ]
    assert [end.status for end in ends] == [STATUS_SUCCESS] * 4
    await owner.ask(CloseSessionRequest())


async def test_what_is_pending_may_finish_and_then_the_agent_stops_before_its_time(
    agent: RunningAgent, owner: Owner, peer: Listen, serving: "asyncio.Task[None]"
) -> None:
    socket, far = await owner.connect(peer())
    receive = await owner.start(ReceiveRequest(socket_id=socket, length=4))
    story = await owner.read()
    await drain(owner, story, 3600)

    far.send(b"last")

    assert (await story.completion(receive)).receive.data == b"last"
    await story.until_ended()
    assert (story.code, story.reason) == (NOT_FOUND, "SESSION_LOST")
    assert story.metadata["cause"] == "AGENT_DRAINED"
    await far.until_end()
    assert far.saw_reset
    await serving
    assert len(agent.engine.sessions) == 0


async def test_what_is_pending_when_the_time_is_over_is_cancelled_by_the_local_host_and_told(
    owner: Owner, peer: Listen, serving: "asyncio.Task[None]"
) -> None:
    socket, _ = await owner.connect(peer())
    receives = [await owner.start(ReceiveRequest(socket_id=socket, length=4)) for _ in range(2)]
    attachment, story = await owner.attach(), await owner.read()
    await attachment.until_handled(1)

    await owner.ask(DrainRequest(grace_period={}))
    await serving

    for told in (attachment, story):
        await told.until_ended()
        assert (told.code, told.reason) == (NOT_FOUND, "SESSION_LOST")
        assert dict(told.metadata) == {"session_id": owner.session_id, "cause": "AGENT_DRAINED"}
        ends = [await told.completion(receive) for receive in receives]
        assert [end.status for end in ends] == [STATUS_CANCELLED] * 2
        assert {end.cause.origin for end in ends} == {ORIGIN_LOCAL_HOST}
        assert [event.WhichOneof("body") for event in told.events[-1:]] == ["socket_closed"]


async def test_an_agent_without_work_stops_at_once_and_can_be_reached_no_more(
    owner: Owner, serving: "asyncio.Task[None]"
) -> None:
    await owner.ask(DrainRequest(grace_period={"seconds": 3600}))
    await serving

    get_agent: Any = owner.method("GetAgent")
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await get_agent(GetAgentRequest())
    assert caught.value.code() is UNAVAILABLE


async def test_the_first_of_two_drains_decides_how_long_it_lasts(agent: RunningAgent, owner: Owner) -> None:
    for seconds in (0, 3600):
        await Caller(owner.channel).ask(DrainRequest(grace_period={"seconds": seconds}))

    with capture_logs() as logs:
        await agent.server.serve_until_drained()

    assert logs == [{"event": "agent_draining", "log_level": "info", "grace_seconds": 0.0}]


async def test_a_wait_for_what_the_drain_ends_is_told_that_the_session_is_lost(
    owner: Owner, unanswered: int, serving: "asyncio.Task[None]"
) -> None:
    operation = await owner.start(connect_to("127.0.0.1", unanswered))
    story = await owner.read()
    waiting = asyncio.create_task(owner.finish(operation))

    await drain(owner, story, 0)

    with refused("SESSION_LOST", NOT_FOUND) as info:
        await waiting
    assert info.metadata["cause"] == "AGENT_DRAINED"
    await serving
