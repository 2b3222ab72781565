"""An agent whose attachments end as a test says: what a client meets when the other side is broken."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status
from tests.agents import RunningAgent

from telesock.client import AsyncSession
from telesock.client.contract import CONTRACT_REVISION
from telesock.v1.events_pb2 import Event
from telesock.v1.sessions_pb2 import AttachRequest, AttachResponse, CloseSessionResponse, OpenSessionResponse

LEASE = 1.0
SOON = LEASE / 2  # what a loaded machine may add to a deadline

Context = grpc.aio.ServicerContext[AttachRequest, AttachResponse]
Behaviour = Callable[[AsyncIterator[AttachRequest], Context], Awaitable[None]]


class BrokenAgent:
    """Opens every session; `behaviour` is what its attachments do, `attached` how many there were."""

    def __init__(self, lease: float, behaviour: Behaviour) -> None:
        self._lease = Duration()
        self._lease.FromNanoseconds(round(lease * 1e9))
        self._behaviour = behaviour
        self.attached = 0

    async def open_session(self, request: object, context: Context) -> OpenSessionResponse:
        return OpenSessionResponse(
            session_id="s-1",
            session_token="t",
            boot_id="b",
            lease_duration=self._lease,
            contract_revision=CONTRACT_REVISION,
        )

    async def close_session(self, request: object, context: Context) -> CloseSessionResponse:
        return CloseSessionResponse()

    async def attach(self, requests: AsyncIterator[AttachRequest], context: Context) -> None:
        self.attached += 1
        await self._behaviour(requests, context)


@contextlib.asynccontextmanager
async def broken_agent(lease: float, behaviour: Behaviour) -> AsyncIterator[tuple[BrokenAgent, str]]:
    """Run one and yield it with its address."""
    agent = BrokenAgent(lease, behaviour)
    server = grpc.aio.server()
    handlers = {
        "OpenSession": grpc.unary_unary_rpc_method_handler(
            agent.open_session, response_serializer=OpenSessionResponse.SerializeToString
        ),
        "CloseSession": grpc.unary_unary_rpc_method_handler(
            agent.close_session, response_serializer=CloseSessionResponse.SerializeToString
        ),
        "Attach": grpc.stream_stream_rpc_method_handler(
            agent.attach, AttachRequest.FromString, AttachResponse.SerializeToString
        ),
    }
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("telesock.v1.SessionService", handlers),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield agent, f"127.0.0.1:{port}"
    finally:
        await server.stop(None)


async def end_at_once(requests: AsyncIterator[AttachRequest], context: Context) -> None:
    """End the stream as if all were well."""


async def fail(requests: AsyncIterator[AttachRequest], context: Context) -> None:
    """Fail as a bug does."""
    await context.abort(grpc.StatusCode.INTERNAL, "a bug")


async def say_nothing(requests: AsyncIterator[AttachRequest], context: Context) -> None:
    """Read everything and answer nothing."""
    async for _ in requests:
        pass


async def read_nothing(requests: AsyncIterator[AttachRequest], context: Context) -> None:
    """Neither read nor answer."""
    await asyncio.Event().wait()


async def fail_on_commands(requests: AsyncIterator[AttachRequest], context: Context) -> None:
    """Confirm whatever has no commands, and fail on the first that has."""
    handled = 0
    async for request in requests:
        if request.commands:
            await context.abort(grpc.StatusCode.INTERNAL, "poison")
        handled += 1
        await context.write(AttachResponse(handled_requests=handled))


async def refuse(requests: AsyncIterator[AttachRequest], context: Context) -> None:
    """Refuse the stream for good."""
    await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "a message is too large")


async def replace_owner(requests: AsyncIterator[AttachRequest], context: Context) -> None:
    """End the stream as taken by a newer one, while the client is writing."""
    await anext(requests)
    detail = AnyMessage()
    detail.Pack(ErrorInfo(reason="ATTACHMENT_REPLACED", domain="telesock"))
    status = Status(code=grpc.StatusCode.ABORTED.value[0], message="taken", details=[detail])
    await context.abort(
        grpc.StatusCode.ABORTED, "taken", (("grpc-status-details-bin", status.SerializeToString()),)
    )


async def skip_an_event(requests: AsyncIterator[AttachRequest], context: Context) -> None:
    """Send event 2 without event 1."""
    response = AttachResponse()
    response.batch.events.add(sequence=2)
    await context.write(response)
    await asyncio.Event().wait()


async def send_garbage(requests: AsyncIterator[AttachRequest], context: Context) -> None:
    """Refuse an acknowledgement that was right."""
    response = AttachResponse()
    response.refusals.add(part="REFUSED_PART_ACKNOWLEDGE", reason="SEQUENCE_AHEAD", message="too far")
    await context.write(response)
    await asyncio.Event().wait()


async def ended(agent: RunningAgent, session_id: str) -> None:
    """Wait until the agent has ended a session."""
    held = next(each for each in agent.engine.sessions if each.session_id == session_id)
    event = asyncio.Event()
    held.enter_reader(event.set)
    await event.wait()
    held.leave_reader(event.set)


async def outcome(operation: Awaitable[object]) -> object:
    return await operation


async def until_closed(session: AsyncSession) -> list[Event]:
    """The story until the first close, each event as it came."""
    events: list[Event] = []
    async for event in session.events():
        assert isinstance(event, Event)
        events.append(event)
        if event.completion.HasField("close"):
            break
    return events
