"""An owner of a session, as any program with the generated stubs would be: one call at a time, or an attachment.

owner = await open_owner(lease_duration=…, retention=…)       # the fixture
operation = await owner.start(SendRequest(socket_id=1, data=b"x"))
completion = await owner.finish(operation)                     # waits with WaitOperation
response = await owner.ask(AcknowledgeEventsRequest(sequence=3))
socket, far = await owner.connect(peer())                      # a connected socket, and the peer's end of it
story = await owner.read(start_after=0)                         # a Story by StreamEvents
attachment = await owner.attach(); await attachment.write([SendRequest(…), …], acknowledge=3)
with refused("JOURNAL_FULL", grpc.StatusCode.RESOURCE_EXHAUSTED): …
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo
from tests.peers import Peer, PeerConnection
from tests.promises.stories import PATIENCE, Story, error_info

from telesock.client.aio.attachment import StreamStatus
from telesock.v1 import (
    agent_pb2_grpc,
    faults_pb2_grpc,
    operations_pb2_grpc,
    sessions_pb2_grpc,
    sockets_pb2_grpc,
)
from telesock.v1.events_pb2 import Event, EventFilter
from telesock.v1.operations_pb2 import (
    OPERATION_STATE_COMPLETED,
    CancelOperationRequest,
    CancelOperationResponse,
    Completion,
    Operation,
    WaitOperationRequest,
)
from telesock.v1.sessions_pb2 import (
    AttachRequest,
    Command,
    GetSessionRequest,
    OpenSessionResponse,
    Refusal,
    Session,
    StreamEventsRequest,
)
from telesock.v1.sockets_pb2 import ConnectRequest, ReleaseRequest, SocketSpec
from telesock.v1.types_pb2 import STATUS_SUCCESS, Endpoint

TOKEN_KEY = "telesock-session-token"
STUBS = (
    agent_pb2_grpc.AgentServiceStub,
    faults_pb2_grpc.FaultServiceStub,
    operations_pb2_grpc.OperationServiceStub,
    sessions_pb2_grpc.SessionServiceStub,
    sockets_pb2_grpc.SocketServiceStub,
)
_COMMANDS = {field.message_type.name: field.name for field in Command.DESCRIPTOR.fields if field.message_type}

MIB = 1 << 20
STALLING = {"receive_buffer": 4096, "reading": False}
"""Of a peer that takes next to nothing."""


@contextlib.contextmanager
def refused(reason: str, code: grpc.StatusCode) -> Iterator[ErrorInfo]:
    """Expect a call to be refused; what it yields holds the ErrorInfo afterwards."""
    info = ErrorInfo()
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        yield info
    info.CopyFrom(error_info(caught.value))
    assert (info.reason, caught.value.code()) == (reason, code), caught.value.details()


def command(request: Any) -> Command:
    """Put a request into a batch's command."""
    return Command(**{_COMMANDS[type(request).__name__]: request})


class Caller:
    """Calls the unary method that a request message belongs to."""

    def __init__(self, channel: grpc.aio.Channel, metadata: Sequence[tuple[str, str]] = ()) -> None:
        self.channel = channel
        self.metadata = tuple(metadata)
        self._stubs = [stub(channel) for stub in STUBS]

    def method(self, name: str) -> Any:
        """Return the stub's method of a name."""
        return next(getattr(stub, name) for stub in self._stubs if hasattr(stub, name))

    async def ask(self, request: Any) -> Any:
        """Return the response to a request."""
        method = self.method(type(request).__name__.removesuffix("Request"))
        return await method(request, metadata=self.metadata, timeout=2 * PATIENCE, wait_for_ready=True)


class Owner(Caller):
    """Has one session."""

    def __init__(self, channel: grpc.aio.Channel, opened: OpenSessionResponse) -> None:
        super().__init__(channel, [(TOKEN_KEY, opened.session_token)])
        self.opened = opened
        self.session_id = opened.session_id
        self._tasks: list[asyncio.Task[None]] = []

    async def ask(self, request: Any) -> Any:
        """Return the response to a request about this session."""
        if "session_id" in request.DESCRIPTOR.fields_by_name and not request.session_id:
            request.session_id = self.session_id
        return await super().ask(request)

    async def start(self, request: Any) -> Operation:
        """Return the operation that a request makes."""
        operation: Operation = (await self.ask(request)).operation
        return operation

    async def finish(self, operation: Operation) -> Completion:
        """Wait for an operation to complete."""
        request = WaitOperationRequest(operation_id=operation.operation_id)
        request.timeout.FromNanoseconds(int(PATIENCE * 1e9))
        finished: Operation = (await self.ask(request)).operation
        assert finished.state == OPERATION_STATE_COMPLETED, f"still pending: {finished}"
        return finished.completion

    async def run(self, request: Any) -> Completion:
        """Start an operation and wait for its completion."""
        return await self.finish(await self.start(request))

    async def connect(self, peer: Peer, **fields: Any) -> tuple[int, PeerConnection]:
        """Connect to a peer; return the socket's number and the peer's end."""
        operation = await self.start(connect_to(peer.host, peer.port, **fields))
        assert (await self.finish(operation)).status == STATUS_SUCCESS
        return operation.socket_id, await peer.accepted()

    async def cancel(self, operation: Operation) -> int:
        """Cancel an operation; return the outcome."""
        response = await self.ask(CancelOperationRequest(operation_id=operation.operation_id))
        outcome: int = response.outcome
        return outcome

    async def view(self) -> Session:
        """Return the session as it is."""
        session: Session = (await self.ask(GetSessionRequest())).session
        return session

    async def events(self, start_after: int = 0) -> list[Event]:
        """Return all events that there are now."""
        last = (await self.view()).last_sequence
        story = await self.read(start_after)
        await story.until_sequence(last)
        self._tasks.pop().cancel()
        return story.events

    async def read(self, start_after: int = 0, wanted: EventFilter | None = None) -> Story:
        """Read the session's events until the owner is closed; return when the agent has begun to send."""
        story = Story()
        self._tasks.append(asyncio.create_task(_follow(self.stream(start_after, wanted), story)))
        await story.until_begun()
        return story

    def stream(self, start_after: int = 0, wanted: EventFilter | None = None) -> Any:
        """Ask for the events and leave the reading to the caller."""
        request = StreamEventsRequest(session_id=self.session_id, start_after=start_after, filter=wanted)
        return self.method("StreamEvents")(request, metadata=self.metadata, wait_for_ready=True)

    async def attach(self, start_after: int = 0, boot_id: str = "", *, reading: bool = True) -> "Attachment":
        """Attach to the session; without `reading` nothing that comes down is ever looked at."""
        attachment = Attachment(self.method("Attach")(metadata=self.metadata, wait_for_ready=True))
        first = AttachRequest(session_id=self.session_id, start_after=start_after, boot_id=boot_id)
        with contextlib.suppress(
            grpc.aio.AioRpcError, asyncio.InvalidStateError
        ):  # whoever reads is told how the stream ended
            await attachment.call.write(first)
        if reading:
            self._tasks.append(asyncio.create_task(_follow(attachment.call, attachment)))
        return attachment

    async def close(self) -> None:
        """Stop reading. The session goes on until it is closed or its lease ends."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class Attachment(Story):
    """One attachment: what was told on it, and what is said."""

    def __init__(self, call: Any) -> None:
        super().__init__()
        self.call = call
        # From the beginning: a write that fails would hide what the agent said.
        self.status = StreamStatus(call)
        self.refusals: list[Refusal] = []
        self.cancellations: list[CancelOperationResponse] = []
        self.handled = 0
        """Messages that the agent has taken in."""
        self.session: Session | None = None
        self.sizes: list[int] = []
        """Bytes of each message that came down."""

    async def write(
        self,
        requests: Iterable[Any] = (),
        acknowledge: int = 0,
        releases: Iterable[ReleaseRequest] = (),
        cancels: Iterable[CancelOperationRequest] = (),
    ) -> None:
        """Send one message."""
        commands = [command(request) for request in requests]
        await self.call.write(
            AttachRequest(commands=commands, acknowledge=acknowledge, releases=releases, cancels=cancels)
        )

    async def until_handled(self, messages: int) -> None:
        """Wait until the agent has taken in so many messages, the first one included."""
        await self.until(lambda: self.handled >= messages)


async def _follow(call: Any, story: Story) -> None:
    """Read a stream to its end."""
    status = story.status if isinstance(story, Attachment) else StreamStatus(call)
    try:
        with contextlib.suppress(grpc.aio.AioRpcError):
            async for response in call:
                if isinstance(story, Attachment):
                    story.sizes.append(response.ByteSize())
                    story.handled = max(story.handled, response.handled_requests)
                    story.refusals += response.refusals
                    story.cancellations += response.cancellations
                    story.session = response.session if response.HasField("session") else story.session
                story.take(response.batch)
        story.end(await status.end())
    finally:
        call.cancel()


Open = Callable[..., Awaitable[Owner]]
"""The fixture open_owner."""
Listen = Callable[..., Peer]
"""The fixture peer."""


def connect_to(host: str, port: int, **fields: Any) -> ConnectRequest:
    """A request that makes a socket and connects it."""
    return ConnectRequest(spec=SocketSpec(), remote=Endpoint(host=host, port=port), **fields)
