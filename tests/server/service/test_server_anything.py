"""Whatever a client says, the agent answers it or refuses it with a reason; it never meets a bug of its own."""

import asyncio
import contextlib
from typing import Any

import grpc
import hypothesis.strategies as st
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status
from hypothesis import HealthCheck, given, settings
from tests.agents import RunningAgent
from tests.promises.owners import Owner
from tests.server.service.anything import OURS, messages

from telesock.v1 import agent_pb2, faults_pb2, operations_pb2, sessions_pb2, sockets_pb2

MODULES = (agent_pb2, faults_pb2, operations_pb2, sessions_pb2, sockets_pb2)
METHODS = [
    method
    for module in MODULES
    for service in module.DESCRIPTOR.services_by_name.values()
    for method in service.methods
    if not method.server_streaming and method.name not in ("Drain", "CloseSession", "OpenSession")
]
REQUESTS = st.one_of(*(messages(method.input_type._concrete_class) for method in METHODS))
ANSWERED = {
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.ALREADY_EXISTS,
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.PERMISSION_DENIED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.UNIMPLEMENTED,
}
EVERYTHING = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def addressed(message: Message, session_id: str, port: int) -> Any:
    """Put the test's own session and its peer's port where they are meant."""
    for field, value in message.ListFields():
        if field.message_type is not None:
            for each in value if field.is_repeated else [value]:
                addressed(each, session_id, port)
        elif value == OURS:
            setattr(message, field.name, session_id)
        elif (field.name, value) == ("port", 5):
            setattr(message, field.name, port)
    if isinstance(message, operations_pb2.WaitOperationRequest) and not message.HasField("timeout"):
        message.timeout.nanos = 1  # it would wait for half a minute
    return message


async def answer(owner: Owner, request: Any) -> Any:
    """Ask, and return the answer or None; a refusal must say whose fault it is and why."""
    try:
        return await owner.ask(request)
    except grpc.aio.AioRpcError as error:
        check(error, request)
        return None


def check(error: grpc.aio.AioRpcError, request: Any) -> None:
    """Check that a call ended as a refusal does."""
    details: Any = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
    assert error.code() in ANSWERED, (request, error)
    assert Status.FromString(details).code == error.code().value[0], (request, error)


async def another_session(owner: Owner) -> Owner:
    return Owner(owner.channel, await owner.ask(sessions_pb2.OpenSessionRequest()))


def open_here(agent: RunningAgent, owner: Owner) -> bool:
    return owner.session_id in [session.session_id for session in agent.engine.sessions]


@EVERYTHING
@given(st.lists(REQUESTS, min_size=1, max_size=15))
async def test_any_requests_are_answered_or_refused_with_their_reason(
    agent: RunningAgent, owner: Owner, peer: Any, requests: list[Message]
) -> None:
    session, listener = await another_session(owner), peer()
    connected, _ = await session.connect(listener)

    for request in requests:
        await answer(session, addressed(request, session.session_id, listener.port))

    await session.ask(sessions_pb2.CloseSessionRequest())
    listener.close()
    assert (connected, agent.bugs, open_here(agent, session)) == (1, [], False)


@EVERYTHING
@given(st.lists(messages(sessions_pb2.AttachRequest), min_size=1, max_size=8))
async def test_any_attachment_is_answered_or_refused_with_its_reason(
    agent: RunningAgent, owner: Owner, peer: Any, requests: list[sessions_pb2.AttachRequest]
) -> None:
    session, listener = await another_session(owner), peer()
    attachment = await session.attach()
    for request in requests:
        with contextlib.suppress(grpc.aio.AioRpcError, asyncio.InvalidStateError):  # it was refused before
            await attachment.call.write(addressed(request, "", listener.port))
    with contextlib.suppress(grpc.aio.AioRpcError, asyncio.InvalidStateError):
        await attachment.call.done_writing()
    code, details = await attachment.call.code(), await attachment.call.details()

    # gRPC's client says this of a stream that ended under its own write, whatever the agent had said
    assert code in {grpc.StatusCode.OK, *ANSWERED} or details == "Internal error from Core", requests
    allowed = {code.value[0] for code in ANSWERED}
    assert {refusal.code for refusal in attachment.refusals} <= allowed, attachment.refusals
    await session.ask(sessions_pb2.CloseSessionRequest())
    await session.close()
    listener.close()
    assert (agent.bugs, open_here(agent, session)) == ([], False)


@EVERYTHING
@given(messages(sessions_pb2.OpenSessionRequest))
async def test_any_opening_is_a_session_or_refused_with_its_reason(
    agent: RunningAgent, owner: Owner, request_: sessions_pb2.OpenSessionRequest
) -> None:
    opened = await answer(owner, request_)

    if opened is not None:
        await Owner(owner.channel, opened).ask(sessions_pb2.CloseSessionRequest())
    assert agent.bugs == []


@EVERYTHING
@given(messages(sessions_pb2.StreamEventsRequest))
async def test_any_reading_is_begun_or_refused_with_its_reason(
    owner: Owner, request_: sessions_pb2.StreamEventsRequest
) -> None:
    request = addressed(request_, owner.session_id, 0)
    call = owner.method("StreamEvents")(request, metadata=owner.metadata)
    try:
        await call.read()
    except grpc.aio.AioRpcError as error:
        check(error, request)
    call.cancel()
