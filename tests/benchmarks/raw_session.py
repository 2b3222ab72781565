"""A session without our client: raw bytes on an Attach stream, where nothing is read or acknowledged unless told.

Sends carry operation id 0, so that the agent chooses it and the same encoded message can be sent again and again.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import grpc
from tests.benchmarks.waiting import within

from telesock.v1.operations_pb2 import OPERATION_STATE_COMPLETED, WaitOperationRequest
from telesock.v1.operations_pb2_grpc import OperationServiceStub
from telesock.v1.sessions_pb2 import (
    RETENTION_UNTIL_ACKNOWLEDGED,
    AttachRequest,
    Command,
    OpenSessionRequest,
    OpenSessionResponse,
    Retention,
    StreamEventsRequest,
)
from telesock.v1.sessions_pb2_grpc import SessionServiceStub
from telesock.v1.sockets_pb2 import (
    INDICATION_KIND_DATA,
    ConnectRequest,
    EventCallbacks,
    SendRequest,
    SocketSpec,
)
from telesock.v1.sockets_pb2_grpc import SocketServiceStub
from telesock.v1.types_pb2 import STATUS_SUCCESS, Endpoint

CHANNEL_OPTIONS = (("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", -1))
_ATTACH = "/telesock.v1.SessionService/Attach"


class RawSession:
    """One session, on a channel of its own."""

    def __init__(self, channel: grpc.aio.Channel, opened: OpenSessionResponse) -> None:
        self.session_id = opened.session_id
        self._channel = channel
        self._metadata = (("telesock-session-token", opened.session_token),)

    async def connect(self, port: int) -> int:
        """Connect a socket; return its number."""
        request = ConnectRequest(session_id=self.session_id, spec=SocketSpec(), remote=_peer(port))
        call: Any = SocketServiceStub(self._channel).Connect
        operation = (await within("a connect", call(request, metadata=self._metadata))).operation
        await self._connected(operation.operation_id)
        return int(operation.socket_id)

    async def _connected(self, operation_id: int) -> None:
        request = WaitOperationRequest(session_id=self.session_id, operation_id=operation_id)
        request.timeout.FromSeconds(30)
        call: Any = OperationServiceStub(self._channel).WaitOperation
        ended = (await within("a connect", call(request, metadata=self._metadata))).operation
        assert ended.state == OPERATION_STATE_COMPLETED, "a peer on this host answers in time"
        assert ended.completion.status == STATUS_SUCCESS, ended.completion

    async def attach(self) -> Any:
        """Attach from the first event on; the call takes AttachRequests and gives AttachResponses, both encoded."""
        call: Any = self._channel.stream_stream(_ATTACH)(metadata=self._metadata)
        await call.write(AttachRequest(session_id=self.session_id).SerializeToString())
        return call

    def events(self) -> Any:
        """Ask for the events, as a call that the caller may read or not."""
        request = StreamEventsRequest(session_id=self.session_id)
        return SessionServiceStub(self._channel).StreamEvents(request, metadata=self._metadata)


@asynccontextmanager
async def raw_session(
    address: str, label: str = "", retention: Retention = RETENTION_UNTIL_ACKNOWLEDGED, lease: int = 60
) -> AsyncIterator[RawSession]:
    """Open a session; it outlives the block by its lease."""
    async with grpc.aio.insecure_channel(address, CHANNEL_OPTIONS) as channel:
        request = OpenSessionRequest(label=label, retention=retention)
        request.lease_duration.FromSeconds(lease)
        call: Any = SessionServiceStub(channel).OpenSession
        yield RawSession(channel, await within("opening a session", call(request, wait_for_ready=True)))


def sends(sockets: Sequence[int], count: int, data: bytes) -> bytes:
    """One message with `count` sends over some sockets in turn, encoded."""
    requests = (SendRequest(socket_id=sockets[number % len(sockets)], data=data) for number in range(count))
    return AttachRequest(commands=[Command(send=request) for request in requests]).SerializeToString()


def indicating_connects(port: int, count: int, credit_bytes: int) -> bytes:
    """One message with `count` connects of sockets that indicate data, encoded."""
    callbacks = EventCallbacks(enable=[INDICATION_KIND_DATA], credit_bytes=credit_bytes)
    request = ConnectRequest(spec=SocketSpec(), remote=_peer(port), callbacks=callbacks)
    return AttachRequest(commands=[Command(connect=request)] * count).SerializeToString()


def _peer(port: int) -> Endpoint:
    return Endpoint(host="127.0.0.1", port=port)
