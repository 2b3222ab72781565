"""A caller that says bytes instead of messages, and what an agent may answer to anything.

async with caller(address) as attacker:
    outcome = await attacker.call("telesock.v1.SocketService", "Send", data, token)     # an Outcome
"""

import contextlib
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import grpc
from google.rpc.status_pb2 import Status
from tests.fuzzing.victim import PATIENCE
from tests.promises.owners import TOKEN_KEY

from telesock.v1.sessions_pb2 import CloseSessionRequest, OpenSessionRequest, OpenSessionResponse

SESSIONS = "telesock.v1.SessionService"
REFUSALS = {
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.ALREADY_EXISTS,
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.PERMISSION_DENIED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.UNIMPLEMENTED,
}
"""How the agent ends a call that it does not take."""
OPTIONS = (
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
)


class Outcome(NamedTuple):
    """How a call ended."""

    code: grpc.StatusCode
    details: str
    answer: bytes = b""
    reasoned: bool = False
    """Whether it carries a google.rpc.Status of the same code."""


class RawCaller:
    """One connection to an agent, over which anything can be said."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.channel = channel

    async def call(
        self, service: str, method: str, data: bytes, token: str = "", timeout: float = PATIENCE
    ) -> Outcome:
        """Make a unary call."""
        try:
            multicallable: Any = self.channel.unary_unary(f"/{service}/{method}")
            answer = await multicallable(data, metadata=metadata(token), timeout=timeout)
        except grpc.aio.AioRpcError as error:
            return outcome_of(error)
        return Outcome(grpc.StatusCode.OK, "", answer)

    async def open(self) -> OpenSessionResponse:
        """Open a session."""
        outcome = await self.call(SESSIONS, "OpenSession", OpenSessionRequest().SerializeToString())
        return OpenSessionResponse.FromString(outcome.answer)

    async def close(self, session_id: str, token: str) -> None:
        """End a session, unless it has ended."""
        request = CloseSessionRequest(session_id=session_id)
        outcome = await self.call(SESSIONS, "CloseSession", request.SerializeToString(), token)
        assert outcome.code in (grpc.StatusCode.OK, grpc.StatusCode.NOT_FOUND), outcome


def metadata(token: str) -> tuple[tuple[str, str], ...]:
    """What names the owner of a session."""
    return ((TOKEN_KEY, token),) if token else ()


def outcome_of(error: grpc.aio.AioRpcError) -> Outcome:
    """Return how a call ended that failed."""
    details: Any = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
    reasoned = bool(details) and Status.FromString(details).code == error.code().value[0]
    return Outcome(error.code(), error.details() or "", reasoned=reasoned)


@contextlib.asynccontextmanager
async def caller(address: str) -> AsyncIterator[RawCaller]:
    """Connect to an agent."""
    async with grpc.aio.insecure_channel(address, OPTIONS) as channel:
        yield RawCaller(channel)
