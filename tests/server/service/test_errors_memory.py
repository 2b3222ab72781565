"""A call that is refused leaves nothing of its message behind, with nobody looking for garbage."""

import gc
from collections.abc import AsyncIterator, Iterator
from typing import Any

import grpc
import pytest
from tests.agents import RunningAgent

from telesock.server.engine.session_table import Opening
from telesock.v1.sessions_pb2 import AttachRequest, Command
from telesock.v1.sockets_pb2 import BindRequest, SendRequest

CALLS = 20
LARGE = b"x" * 100_000


@pytest.fixture(autouse=True)
def _no_collections() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
async def channel(agent: RunningAgent) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(agent.address) as opened:
        yield opened


def messages(kind: type) -> int:
    """How many messages of a kind there are in this process: those that the agent has read, for we send bytes."""
    return sum(type(each) is kind for each in gc.get_objects())


async def refused(call: Any) -> None:
    with pytest.raises(grpc.aio.AioRpcError):
        await call


async def test_a_refused_call_lets_go_of_its_request(channel: grpc.aio.Channel) -> None:
    method: Any = channel.unary_unary("/telesock.v1.SocketService/Send")
    request = SendRequest(session_id="s-none", data=LARGE).SerializeToString()
    before = messages(SendRequest)

    for _ in range(CALLS):
        await refused(method(request))

    assert messages(SendRequest) <= before + 1  # the last may be on its way


async def all_of(call: Any) -> None:
    async for _ in call:
        pass  # there may be a first answer before the message is judged


@pytest.mark.parametrize(
    "first",
    [
        AttachRequest(session_id="s-none", commands=[Command(send=SendRequest(data=LARGE))]),
        AttachRequest(session_id="", commands=[Command(bind=BindRequest())] * 1_500),
    ],
    ids=["of no session", "with too much in it"],
)
async def test_a_refused_attachment_lets_go_of_its_message(
    first: AttachRequest, agent: RunningAgent, channel: grpc.aio.Channel, session_of: tuple[str, str]
) -> None:
    first.session_id = first.session_id or session_of[0]
    method: Any = channel.stream_stream("/telesock.v1.SessionService/Attach")
    metadata, message = (("telesock-session-token", session_of[1]),), first.SerializeToString()
    before = messages(AttachRequest)

    for _ in range(CALLS):
        call = method(metadata=metadata)
        await call.write(message)
        await refused(all_of(call))

    assert messages(AttachRequest) <= before + 1


@pytest.fixture
def session_of(agent: RunningAgent) -> tuple[str, str]:
    """A session's name and token."""
    session = agent.engine.open_session(Opening())
    return session.session_id, session.token
