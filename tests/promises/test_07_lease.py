"""A lease is renewed by what the owner sends, never by a stream that merely stays open."""

from typing import Any

import grpc
import pytest
from tests.agents import RunningAgent
from tests.promises.owners import Caller, Listen, Owner, refused

from telesock.v1.operations_pb2 import (
    CancelOperationRequest,
    GetOperationRequest,
    ListOperationsRequest,
    WaitOperationRequest,
)
from telesock.v1.sessions_pb2 import (
    AcknowledgeEventsRequest,
    GetSessionRequest,
    KeepAliveRequest,
    ListSessionsRequest,
    OpenSessionResponse,
)
from telesock.v1.sockets_pb2 import (
    INDICATION_KIND_DATA,
    CreateSocketRequest,
    EventCallbacks,
    GetSocketRequest,
    ListSocketsRequest,
)


def expiry(agent: RunningAgent, owner: Owner) -> float:
    """When the lease ends, on the agent's clock."""
    [session] = [each for each in agent.engine.sessions if each.session_id == owner.session_id]
    return session.lease.expires_at


RENEWING = [
    CancelOperationRequest(operation_id=1),
    WaitOperationRequest(operation_id=1),
    GetSocketRequest(socket_id=1),
    KeepAliveRequest(),
    GetSessionRequest(),
    AcknowledgeEventsRequest(),
    ListSocketsRequest(),
    ListOperationsRequest(),
    GetOperationRequest(operation_id=1),
    CreateSocketRequest(),
]


@pytest.mark.parametrize("request_", RENEWING, ids=lambda request: type(request).__name__)
async def test_every_call_of_the_owner_renews_the_lease(
    request_: Any, agent: RunningAgent, owner: Owner
) -> None:
    await owner.start(CreateSocketRequest())
    before = expiry(agent, owner)

    await owner.ask(request_)

    assert expiry(agent, owner) > before


async def test_every_message_on_the_attachment_renews_the_lease(agent: RunningAgent, owner: Owner) -> None:
    attachment = await owner.attach()
    await attachment.until_handled(1)
    before = expiry(agent, owner)

    await attachment.write()
    await attachment.until_handled(2)

    assert expiry(agent, owner) > before


async def test_neither_open_streams_nor_other_people_renew_the_lease(
    agent: RunningAgent, owner: Owner, peer: Listen
) -> None:
    _, far = await owner.connect(peer(), callbacks=EventCallbacks(enable=[INDICATION_KIND_DATA]))
    attachment, story = await owner.attach(), await owner.read()
    await attachment.until_handled(1)
    before = expiry(agent, owner)

    far.send(b"news")
    await attachment.event("data_received")
    await story.event("data_received")
    await owner.read()
    await Caller(owner.channel).ask(ListSessionsRequest())
    stranger = Owner(owner.channel, OpenSessionResponse(session_id=owner.session_id, session_token="guessed"))
    with refused("SESSION_UNKNOWN", grpc.StatusCode.NOT_FOUND):
        await stranger.ask(KeepAliveRequest())

    assert expiry(agent, owner) == before
