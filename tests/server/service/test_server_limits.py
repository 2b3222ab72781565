"""What is too large, and what is too much, ends with a status for its caller and harms nobody else."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc
import pytest
from tests.agents import RunningAgent
from tests.promises.owners import Caller, Owner, connect_to, refused

from telesock.server.core.limits import Limits
from telesock.v1.agent_pb2 import GetAgentRequest
from telesock.v1.operations_pb2 import WaitOperationRequest
from telesock.v1.sessions_pb2 import OpenSessionRequest
from telesock.v1.sockets_pb2 import SendRequest

EXHAUSTED = grpc.StatusCode.RESOURCE_EXHAUSTED
KIB, MIB = 1 << 10, 1 << 20
STREAMS = 1024
BEYOND = 50  # that wait at the client, and take the place of one that gRPC gives up
ANY_SIZE = (("grpc.max_send_message_length", -1),)


@contextlib.asynccontextmanager
async def stranger(agent: RunningAgent, options: Any = ()) -> AsyncIterator[Caller]:
    """Somebody on a connection of their own."""
    own = ("grpc.use_local_subchannel_pool", 1)
    async with grpc.aio.insecure_channel(agent.address, options=[own, *options]) as channel:
        yield Caller(channel)


async def until(happened: Callable[[], bool]) -> None:
    while not happened():  # noqa: ASYNC110  # nobody tells of it
        await asyncio.sleep(0.01)


async def code_of(call: Any) -> grpc.StatusCode:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    code: grpc.StatusCode = caught.value.code()
    return code


async def name_at_last(caller: Caller) -> str:
    """The agent's name, once a stream is free: HTTP/2 refuses one (REFUSED_STREAM) that overtakes the end of another."""
    while True:
        try:
            return str((await caller.ask(GetAgentRequest())).agent.agent_id)
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.UNAVAILABLE:
                raise


async def test_a_call_with_too_much_metadata_is_refused_and_the_next_one_on_its_connection_is_not(
    agent: RunningAgent,
) -> None:
    async with stranger(agent) as caller:
        get_agent: Any = caller.method("GetAgent")
        metadata = [("key", "x" * 64 * KIB)]

        assert await code_of(get_agent(GetAgentRequest(), metadata=metadata)) is EXHAUSTED
        assert (await caller.ask(GetAgentRequest())).agent.agent_id == "test-agent"


async def test_a_message_that_is_too_large_is_refused_and_the_next_one_is_not(agent: RunningAgent) -> None:
    async with stranger(agent, ANY_SIZE) as caller:
        send: Any = caller.method("Send")

        assert await code_of(send(SendRequest(data=bytes(5 * MIB)))) is EXHAUSTED
        assert (await caller.ask(GetAgentRequest())).agent.agent_id == "test-agent"


async def test_a_call_beyond_the_streams_of_a_connection_waits_there_and_other_connections_do_not_notice(
    agent: RunningAgent, owner: Owner, unanswered: int
) -> None:
    operation = await owner.start(connect_to("127.0.0.1", unanswered))
    async with stranger(agent) as caller:
        wait: Any = caller.method("WaitOperation")
        request = WaitOperationRequest(
            session_id=owner.session_id, operation_id=operation.operation_id, timeout={"seconds": 60}
        )
        calls = [wait(request, metadata=owner.metadata) for _ in range(STREAMS + BEYOND)]
        [session] = agent.engine.sessions
        await until(lambda: len(session.waiters.get(operation.operation_id, ())) == STREAMS)
        get_agent: Any = caller.method("GetAgent")

        assert await code_of(get_agent(GetAgentRequest(), timeout=0.2)) is grpc.StatusCode.DEADLINE_EXCEEDED
        assert (await owner.ask(GetAgentRequest())).agent.agent_id == "test-agent"

        for call in (*calls[STREAMS:], calls[0]):  # those that wait, and one that does not
            call.cancel()
        assert await name_at_last(caller) == "test-agent"
        for call in calls:
            call.cancel()


async def test_a_session_has_so_many_subscribers_and_its_attachment_and_room_for_one_when_one_has_gone(
    start_agent: Any,
) -> None:
    agent = await start_agent(limits=Limits(session_subscribers=2))
    async with stranger(agent) as caller:
        owner = Owner(caller.channel, await caller.ask(OpenSessionRequest()))
        streams = [owner.stream(), owner.stream()]
        for stream in streams:
            await stream.read()
        attachment = await owner.attach()
        await attachment.until_handled(1)

        with refused("TOO_MANY_SUBSCRIBERS", EXHAUSTED) as info:
            await owner.stream().read()
        assert dict(info.metadata) == {"limit": "2"}

        streams.pop().cancel()
        [session] = agent.engine.sessions
        await until(lambda: session.subscribers.total() == 1)
        await owner.stream().read()
        assert session.subscribers.total() == 2
        await owner.close()
