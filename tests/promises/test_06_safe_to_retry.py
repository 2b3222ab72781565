"""The same operation id with the same request is the operation that exists; no retry ever sends a byte twice."""

import asyncio
from typing import Any

import grpc
import pytest
from tests.agents import RunningAgent
from tests.peers import PeerConnection
from tests.promises.owners import Caller, Listen, Owner, connect_to, refused

from telesock.v1.agent_pb2 import DrainRequest
from telesock.v1.operations_pb2 import GetOperationRequest, ListOperationsRequest
from telesock.v1.sessions_pb2 import (
    RETENTION_LATEST,
    AcknowledgeEventsRequest,
    CloseSessionRequest,
    OpenSessionRequest,
)
from telesock.v1.sockets_pb2 import (
    DISCONNECT_MODE_ABORTIVE,
    INDICATION_KIND_DATA,
    SEND_LEVEL_ACKNOWLEDGED,
    BindRequest,
    CloseRequest,
    CreateSocketRequest,
    DisconnectRequest,
    ReceiveRequest,
    SendRequest,
    SetEventCallbacksRequest,
    SocketSpec,
)
from telesock.v1.types_pb2 import ADDRESS_FAMILY_IPV6, STATUS_SUCCESS

EXISTS = ("OPERATION_ID_REUSED", grpc.StatusCode.ALREADY_EXISTS)
RETIRED = ("OPERATION_RETIRED", grpc.StatusCode.NOT_FOUND)

# On socket 1, which is connected; 2 is created.
REQUESTS = [
    CreateSocketRequest(socket_id=3),
    BindRequest(socket_id=2),
    SendRequest(socket_id=1, data=b"once"),
    ReceiveRequest(socket_id=1, length=1),
    SetEventCallbacksRequest(socket_id=1, enable=[INDICATION_KIND_DATA]),
    DisconnectRequest(socket_id=1, final_data=b"once"),
    DisconnectRequest(socket_id=1, mode=DISCONNECT_MODE_ABORTIVE),
    CloseRequest(socket_id=1),
]


async def prepared(owner: Owner, peer: Listen) -> PeerConnection:
    """Connect socket 1 and create socket 2; the next operation is the third."""
    _, far = await owner.connect(peer())
    await owner.start(CreateSocketRequest(socket_id=2))
    return far


def named(request: Any) -> str:
    return type(request).__name__


@pytest.mark.parametrize("request_", REQUESTS, ids=named)
async def test_a_request_that_comes_again_is_the_operation_that_it_made(
    request_: Any, owner: Owner, peer: Listen
) -> None:
    far = await prepared(owner, peer)
    request = type(request_)(operation_id=3)
    request.MergeFrom(request_)
    first = await owner.start(request)

    again = [await owner.start(request) for _ in range(3)]
    if isinstance(request, ReceiveRequest):
        far.send(b"1")
    await owner.finish(first)
    finished = await owner.start(request)

    assert [operation.operation_id for operation in [*again, finished]] == [3, 3, 3, 3]
    assert finished.completion.status == STATUS_SUCCESS
    assert finished == (await owner.ask(GetOperationRequest(operation_id=3))).operation
    assert [event.operation_id for event in await owner.events()] == [1, 2, 3]


async def test_a_send_that_comes_again_and_again_leaves_once(owner: Owner, peer: Listen) -> None:
    far = await prepared(owner, peer)
    attachment = await owner.attach()
    for _ in range(3):
        for number, data in ((3, b"one "), (4, b"two "), (5, b"three")):
            await owner.start(SendRequest(operation_id=number, socket_id=1, data=data))
        await attachment.write([SendRequest(operation_id=4, socket_id=1, data=b"two ")] * 2)
    await attachment.write()
    await attachment.until_handled(5)

    await owner.run(DisconnectRequest(socket_id=1))
    await far.until_end()

    assert far.received == b"one two three"
    assert attachment.refusals == []


async def test_a_connect_that_comes_again_connects_once_even_when_the_socket_is_closed(
    owner: Owner, peer: Listen
) -> None:
    listener = peer()
    connect = connect_to(listener.host, listener.port, operation_id=1, socket_id=1, initial_data=b"hello")
    first = await owner.start(connect)
    await owner.start(connect)
    await owner.finish(first)
    await owner.run(CloseRequest(socket_id=1))

    again = await owner.start(connect)

    assert again.completion.status == STATUS_SUCCESS
    await listener.accepted()
    await owner.connect(listener)  # a second connection of the first kind would have come before this one
    assert len(listener.connections) == 2


@pytest.mark.parametrize(
    "other",
    [
        SendRequest(socket_id=1, data=b"sent!"),
        SendRequest(socket_id=1, data=b"sent"),
        SendRequest(socket_id=1, data=b"sent.", stream_offset=0),
        SendRequest(socket_id=1, data=b"sent.", level=SEND_LEVEL_ACKNOWLEDGED),
        SendRequest(socket_id=1, data=b"sent.", timeout={"seconds": 1}),
        SendRequest(socket_id=2, data=b"sent."),
        ReceiveRequest(socket_id=1, length=5),
        DisconnectRequest(socket_id=1, final_data=b"sent."),
        DisconnectRequest(socket_id=1, mode=DISCONNECT_MODE_ABORTIVE),
        CloseRequest(socket_id=1),
        CreateSocketRequest(socket_id=3, spec=SocketSpec(family=ADDRESS_FAMILY_IPV6)),
    ],
    ids=lambda other: f"{named(other)} {other}".replace("\n", " ").strip(),
)
async def test_an_id_that_is_taken_is_refused_to_any_other_request_and_nothing_happens(
    other: Any, owner: Owner, peer: Listen
) -> None:
    far = await prepared(owner, peer)
    await owner.run(SendRequest(operation_id=3, socket_id=1, data=b"sent."))
    other.operation_id = 3

    with refused(*EXISTS) as info:
        await owner.start(other)

    assert info.metadata["operation_id"] == "3"
    await owner.run(DisconnectRequest(socket_id=1))
    await far.until_end()
    assert (bytes(far.received), far.error) == (b"sent.", 0)


async def test_an_id_at_or_below_what_was_acknowledged_is_retired_and_sends_nothing(
    owner: Owner, peer: Listen
) -> None:
    far = await prepared(owner, peer)
    sends = [SendRequest(operation_id=number, socket_id=1, data=b"x") for number in (5, 6)]
    for send in sends:
        await owner.run(send)
    waiting = ReceiveRequest(operation_id=7, socket_id=1, length=1)
    await owner.start(waiting)
    await owner.ask(AcknowledgeEventsRequest(sequence=4))

    for retired in (*sends, SendRequest(operation_id=3, socket_id=1, data=b"passed over")):
        with refused(*RETIRED):
            await owner.start(retired)

    assert (await owner.start(waiting)).operation_id == 7  # what is pending stays known
    assert [each.operation_id for each in (await owner.ask(ListOperationsRequest())).operations] == [7]
    await owner.run(DisconnectRequest(socket_id=1))
    await far.until_end()
    assert far.received == b"xx"


async def test_a_retry_is_answered_although_the_agent_takes_nothing_new(
    agent: RunningAgent, owner: Owner, peer: Listen
) -> None:
    await prepared(owner, peer)
    waiting = await owner.start(ReceiveRequest(operation_id=3, socket_id=1, length=1))
    story = await owner.read()
    serving = asyncio.create_task(agent.server.serve_until_drained())
    await owner.ask(DrainRequest(grace_period={"seconds": 60}))
    await story.event("draining")

    again = await owner.start(ReceiveRequest(operation_id=3, socket_id=1, length=1))
    with refused("AGENT_DRAINING", grpc.StatusCode.UNAVAILABLE):
        await owner.start(ReceiveRequest(operation_id=4, socket_id=1, length=1))

    assert again == waiting
    await owner.cancel(waiting)
    await serving


async def test_a_session_is_opened_once_for_one_request_id_as_long_as_it_lives(owner: Owner) -> None:
    caller = Caller(owner.channel)
    opening = OpenSessionRequest(request_id="r-1", label="mine", lease_duration={"seconds": 20})

    first, again = await caller.ask(opening), await caller.ask(opening)
    with refused(*EXISTS):
        await caller.ask(OpenSessionRequest(request_id="r-1", label="another"))
    with refused(*EXISTS):
        await caller.ask(OpenSessionRequest(request_id="r-1", label="mine", retention=RETENTION_LATEST))
    other = await caller.ask(OpenSessionRequest(request_id="r-2", label="mine"))

    assert again == first
    assert other.session_id != first.session_id
    await Owner(owner.channel, first).ask(CloseSessionRequest())
    assert (await caller.ask(opening)).session_id not in (first.session_id, other.session_id)


async def test_a_request_without_an_id_is_a_new_operation_each_time(owner: Owner, peer: Listen) -> None:
    far = await prepared(owner, peer)

    operations = [await owner.start(SendRequest(socket_id=1, data=b"again ")) for _ in range(2)]

    assert [operation.operation_id for operation in operations] == [3, 4]
    await far.until_received(b"again again ")
