"""The channel to an agent and the single calls on it. Every call has a time limit and fails with our exceptions."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any, Protocol, TypeVar

import grpc

from telesock.client.credentials import NO_CREDENTIALS, Credentials, Metadata
from telesock.client.errors import AgentUnavailable
from telesock.client.statuses import CallEnd, error_of_call, read_call_end
from telesock.v1.agent_pb2_grpc import AgentServiceStub
from telesock.v1.faults_pb2_grpc import FaultServiceStub
from telesock.v1.operations_pb2_grpc import OperationServiceStub
from telesock.v1.sessions_pb2 import StreamEventsRequest, StreamEventsResponse
from telesock.v1.sessions_pb2_grpc import SessionServiceStub
from telesock.v1.sockets_pb2_grpc import SocketServiceStub

CALL_TIMEOUT = 10.0
"""Seconds that an agent has to answer a single call."""
TOKEN_KEY = "telesock-session-token"
_SERVICE = "telesock.v1.SessionService"

AttachCall = grpc.aio.StreamStreamCall[bytes, bytes]
EventsCall = grpc.aio.UnaryStreamCall[StreamEventsRequest, StreamEventsResponse]
Options = Sequence[tuple[str, Any]]
Request = TypeVar("Request", contravariant=True)
Response = TypeVar("Response", covariant=True)

_OPTIONS: Options = (
    ("grpc.enable_http_proxy", 0),  # agents are in the lab, proxies are for what is not
    ("grpc.use_local_subchannel_pool", 1),  # each client its own connection: one's trouble is not another's
    ("grpc.max_receive_message_length", -1),  # the agent bounds what it sends
    ("grpc.max_send_message_length", -1),
    ("grpc.initial_reconnect_backoff_ms", 100),  # the smallest that gRPC takes
    ("grpc.max_reconnect_backoff_ms", 2_000),
    ("grpc.keepalive_time_ms", 10_000),  # an agent whose host is gone is noticed within half a default lease
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.http2.ping_timeout_ms", 5_000),  # of pings that gRPC sends for itself: meanwhile it sends no other
    ("grpc.http2.max_pings_without_data", 0),  # an idle session has little to say
)


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
        # Of two with one name gRPC takes the first.
        self._channel = _channel(target, [*options, *credentials.options, *_OPTIONS], credentials)
        self.agent = AgentServiceStub(self._channel)
        self.sessions = SessionServiceStub(self._channel)
        self.sockets = SocketServiceStub(self._channel)
        self.operations = OperationServiceStub(self._channel)
        self.faults = FaultServiceStub(self._channel)
        # Bytes both ways: messages are joined and measured before they are messages.
        self.attach: grpc.aio.StreamStreamMultiCallable[bytes, bytes] = self._channel.stream_stream(
            f"/{_SERVICE}/Attach"
        )

    def metadata(self, session_token: str) -> Metadata:
        """What the calls of a session carry."""
        return (*self._authorization, (TOKEN_KEY, session_token))

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
            raise error_of_call(end_of_call(error), self.target) from None
        except grpc.aio.UsageError:
            raise self._closed() from None
        except asyncio.CancelledError:
            if is_cancelling():
                raise
            raise self._closed() from None  # not the task was cancelled but the call, by the channel's close

    def _closed(self) -> AgentUnavailable:
        return AgentUnavailable(f"the client of {self.target} is closed")

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
