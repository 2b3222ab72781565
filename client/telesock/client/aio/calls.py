"""The channel to an agent and the single calls on it. Every call has a time limit and fails with our exceptions."""

import asyncio
from collections.abc import Awaitable
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
from telesock.v1.sessions_pb2 import StreamEventsRequest, StreamEventsResponse
from telesock.v1.sessions_pb2_grpc import SessionServiceStub
from telesock.v1.sockets_pb2_grpc import SocketServiceStub

AttachCall = grpc.aio.StreamStreamCall[bytes, bytes]
EventsCall = grpc.aio.UnaryStreamCall[StreamEventsRequest, StreamEventsResponse]
Request = TypeVar("Request", contravariant=True)
Response = TypeVar("Response", covariant=True)


class Method(Protocol[Request, Response]):
    """A unary method of a stub."""

    def __call__(
        self, request: Request, *, timeout: float | None = None, metadata: Any = None
    ) -> Awaitable[Response]:
        """Call it."""


class Calls:
    """One channel to one agent."""

    def __init__(self, target: str, options: Options, credentials: Credentials = NO_CREDENTIALS) -> None:
        self.target = target
        self._authorization = credentials.metadata
        self._encrypted = credentials.encrypted
        self._channel = _channel(target, channel_options(options, credentials), credentials)
        self.agent = AgentServiceStub(self._channel)
        self.sessions = SessionServiceStub(self._channel)
        self.sockets = SocketServiceStub(self._channel)
        self.operations = OperationServiceStub(self._channel)
        self.faults = FaultServiceStub(self._channel)
        # Bytes both ways: messages are joined and measured before they are messages.
        self.attach: grpc.aio.StreamStreamMultiCallable[bytes, bytes] = self._channel.stream_stream(ATTACH)

    def metadata(self, session_token: str) -> Metadata:
        """What the calls of a session carry."""
        return session_metadata(self._authorization, session_token)

    async def call(
        self,
        method: Method[Request, Response],
        request: Request,
        metadata: Metadata | None = None,
        timeout: float = CALL_TIMEOUT,
    ) -> Response:
        """Call a unary method, of no session without `metadata`. Raises AgentUnavailable, Rejected or SessionLost."""
        metadata = self._authorization if metadata is None else metadata
        try:
            return await method(request, timeout=timeout, metadata=metadata)
        except grpc.aio.AioRpcError as error:
            raise error_of_call(end_of_call(error), self.target, encrypted=self._encrypted) from None
        except grpc.aio.UsageError:
            raise call_of_closed(self.target) from None
        except asyncio.CancelledError:
            if is_cancelling():
                raise
            raise call_of_closed(
                self.target
            ) from None  # not the task was cancelled but the call, by the channel's close

    async def close(self) -> None:
        """Close the channel, and end every call on it."""
        await self._channel.close()


def _channel(target: str, options: list[tuple[str, Any]], credentials: Credentials) -> grpc.aio.Channel:
    encryption = credentials.for_channel()
    if encryption is None:
        return grpc.aio.insecure_channel(target, options=options)
    return grpc.aio.secure_channel(target, encryption, options=options)


def is_cancelling() -> bool:
    """Whether the running task is being cancelled. It is not kept where the error would keep it, and it the call."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


def end_of_call(error: grpc.aio.AioRpcError) -> CallEnd:
    """Read how a call ended."""
    return read_call_end(error.code(), error.details(), error.trailing_metadata())
