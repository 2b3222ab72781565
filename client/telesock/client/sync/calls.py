"""The channel to an agent and the single calls on it. Every call has a time limit and fails with our exceptions."""

from collections.abc import Iterable, Iterator
from typing import Any, Protocol, TypeVar

import grpc

from telesock.client.channels import (
    ATTACH,
    CALL_TIMEOUT,
    Options,
    call_of_closed,
    channel_options,
    session_metadata,
)
from telesock.client.credentials import NO_CREDENTIALS, Credentials, Metadata
from telesock.client.statuses import CallEnd, error_of_call, read_call_end
from telesock.v1.agent_pb2_grpc import AgentServiceStub
from telesock.v1.faults_pb2_grpc import FaultServiceStub
from telesock.v1.operations_pb2_grpc import OperationServiceStub
from telesock.v1.sessions_pb2 import StreamEventsResponse
from telesock.v1.sessions_pb2_grpc import SessionServiceStub
from telesock.v1.sockets_pb2_grpc import SocketServiceStub

Request = TypeVar("Request", contravariant=True)
Response = TypeVar("Response", covariant=True)
Answer = TypeVar("Answer", covariant=True)


class EndedCall(Protocol):
    """A call that has ended, or the exception that says so."""

    def code(self) -> grpc.StatusCode:
        """Its status."""

    def details(self) -> str | None:
        """What the status says."""

    def trailing_metadata(self) -> Any:
        """What came with it."""


class Stream(EndedCall, Protocol[Answer]):
    """A stream of answers."""

    def __iter__(self) -> Iterator[Answer]:
        """Read them."""

    def __next__(self) -> Answer:
        """Read one."""

    def cancel(self) -> object:
        """End it."""


EventsCall = Stream[StreamEventsResponse]


class Method(Protocol[Request, Response]):
    """A unary method of a stub."""

    def __call__(self, request: Request, *, timeout: float | None = None, metadata: Any = None) -> Response:
        """Call it."""


class Calls:
    """One channel to one agent."""

    def __init__(self, target: str, options: Options, credentials: Credentials = NO_CREDENTIALS) -> None:
        self.target = target
        self._authorization = credentials.metadata
        self._encrypted = credentials.encrypted
        self._closed = False
        self._channel = _channel(target, channel_options(options, credentials), credentials)
        self.agent = AgentServiceStub(self._channel)
        self.sessions = SessionServiceStub(self._channel)
        self.sockets = SocketServiceStub(self._channel)
        self.operations = OperationServiceStub(self._channel)
        self.faults = FaultServiceStub(self._channel)
        # Bytes both ways: messages are joined and measured before they are messages.
        self._attach: grpc.StreamStreamMultiCallable[bytes, bytes] = self._channel.stream_stream(ATTACH)

    def metadata(self, session_token: str) -> Metadata:
        """What the calls of a session carry."""
        return session_metadata(self._authorization, session_token)

    @property
    def closed(self) -> bool:
        """Whether the channel is closed: calls on it have ended by that, and there are no new ones."""
        return self._closed

    def call(
        self,
        method: Method[Request, Response],
        request: Request,
        metadata: Metadata | None = None,
        timeout: float = CALL_TIMEOUT,
    ) -> Response:
        """Call a unary method, of no session without `metadata`. Raises AgentUnavailable, Rejected or SessionLost."""
        metadata = self._authorization if metadata is None else metadata
        if self._closed:
            raise call_of_closed(self.target)
        try:
            return method(request, timeout=timeout, metadata=metadata)
        except grpc.RpcError as error:
            if self._closed:
                raise call_of_closed(self.target) from None
            raise error_of_call(end_of_call(error), self.target, encrypted=self._encrypted) from None

    def attach(self, messages: Iterable[bytes], metadata: Metadata) -> Stream[bytes]:
        """Open a session's stream; gRPC takes the messages on a thread of its own."""
        stream: Stream[bytes] = self._attach(iter(messages), metadata=metadata)
        return stream

    def close(self) -> None:
        """Close the channel, and end every call on it."""
        self._closed = True
        self._channel.close()


def _channel(target: str, options: list[tuple[str, Any]], credentials: Credentials) -> grpc.Channel:
    encryption = credentials.for_channel()
    if encryption is None:
        return grpc.insecure_channel(target, options=options)
    return grpc.secure_channel(target, encryption, options=options)


def end_of_call(ended: Any) -> CallEnd:
    """Read how a call ended, from the call or from what it raised."""
    call: EndedCall = ended
    return read_call_end(call.code(), call.details(), call.trailing_metadata())
