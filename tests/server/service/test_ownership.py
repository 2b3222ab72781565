"""Whose session a call is about: the token decides, nobody else learns anything, and it is shown nowhere."""

from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import pytest
from structlog.testing import capture_logs
from tests.agents import RunningAgent
from tests.promises.owners import TOKEN_KEY, Caller, Open, Owner, refused

from telesock.v1 import operations_pb2, sessions_pb2, sockets_pb2

NOT_FOUND = grpc.StatusCode.NOT_FOUND
METHODS = [
    sessions_pb2.GetSessionRequest,
    sessions_pb2.KeepAliveRequest,
    sessions_pb2.CloseSessionRequest,
    sessions_pb2.AcknowledgeEventsRequest,
    sockets_pb2.CreateSocketRequest,
    sockets_pb2.BindRequest,
    sockets_pb2.ConnectRequest,
    sockets_pb2.SendRequest,
    sockets_pb2.ReceiveRequest,
    sockets_pb2.DisconnectRequest,
    sockets_pb2.CloseRequest,
    sockets_pb2.SetEventCallbacksRequest,
    sockets_pb2.ReleaseRequest,
    sockets_pb2.GetSocketRequest,
    sockets_pb2.ListSocketsRequest,
    operations_pb2.GetOperationRequest,
    operations_pb2.ListOperationsRequest,
    operations_pb2.WaitOperationRequest,
    operations_pb2.CancelOperationRequest,
]
Strangers = Callable[[Owner], Awaitable[Caller]]


@pytest.fixture(params=["no token", "an empty one", "a wrong one", "that of another session"])
async def stranger(request: Any, agent: RunningAgent, owner: Owner, open_owner: Open) -> Caller:
    other = await open_owner(agent.address)
    metadata = {
        "no token": [],
        "an empty one": [(TOKEN_KEY, "")],
        "a wrong one": [(TOKEN_KEY, owner.opened.session_token + "x")],
        "that of another session": [(TOKEN_KEY, other.opened.session_token)],
    }
    return Caller(owner.channel, metadata[request.param])


def lease_of(agent: RunningAgent) -> float:
    """When the lease of the first session ends."""
    return next(iter(agent.engine.sessions)).lease.expires_at


async def test_no_method_works_for_whoever_has_not_the_sessions_token(
    agent: RunningAgent, owner: Owner, stranger: Caller
) -> None:
    before, lease = await owner.view(), lease_of(agent)

    for request in METHODS:
        with refused("SESSION_UNKNOWN", NOT_FOUND) as info:
            await stranger.ask(request(session_id=owner.session_id))
        assert dict(info.metadata) == {"session_id": owner.session_id}

    assert lease_of(agent) == lease
    after = await owner.view()
    for view in (before, after):
        view.ClearField("lease_remaining")
    assert after == before


async def test_no_stream_opens_for_whoever_has_not_the_sessions_token(owner: Owner, stranger: Caller) -> None:
    owner.metadata = stranger.metadata

    for stream in (await owner.read(), await owner.attach()):
        await stream.until_ended()
        assert (stream.code, stream.reason) == (NOT_FOUND, "SESSION_UNKNOWN")
        assert (stream.metadata, stream.batches) == ({"session_id": owner.session_id}, 0)


async def test_a_session_that_never_was_is_told_as_a_foreign_one_is(owner: Owner, stranger: Caller) -> None:
    messages = []
    for session_id in (owner.session_id, "s-000000000000"):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stranger.ask(sessions_pb2.GetSessionRequest(session_id=session_id))
        messages.append((caught.value.details() or "").replace(session_id, "…"))

    assert messages == ["no session '…' is open here under this token; open one with OpenSession"] * 2


async def test_a_token_is_in_no_log_and_no_list_and_no_view(agent: RunningAgent, open_owner: Open) -> None:
    with capture_logs() as logs:
        owner = await open_owner(agent.address, label="seen", request_id="the-request")
        listed = await owner.ask(sessions_pb2.ListSessionsRequest())
        view = await owner.view()
        with refused("SESSION_UNKNOWN", NOT_FOUND) as info:
            await owner.ask(sessions_pb2.GetSessionRequest(session_id="s-1"))
        await owner.ask(sessions_pb2.CloseSessionRequest())

    assert [entry["event"] for entry in logs] == ["session_opened"]
    said = repr((logs, listed, view, info))
    assert owner.session_id in said
    assert owner.opened.session_token not in said
    assert "the-request" not in said


async def test_every_session_has_a_token_of_its_own_that_cannot_be_guessed(
    agent: RunningAgent, open_owner: Open
) -> None:
    tokens = {(await open_owner(agent.address)).opened.session_token for _ in range(3)}

    assert len(tokens) == 3
    assert min(len(token) for token in tokens) == 32  # 24 random bytes
