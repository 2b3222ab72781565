"""SessionService: opens, keeps and ends sessions, and carries their events.

The two streams send bytes that are encoded already, so they are registered with serializers of their own
(`stream_handlers`) and not through the generated table.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Any

import grpc
import structlog
from google.protobuf.message import DecodeError

from telesock.server.core import contract
from telesock.server.core.refusal import Refused, malformed
from telesock.server.core.session import SessionEnd
from telesock.server.core.statistics import Statistics
from telesock.server.engine.engine import Engine
from telesock.server.engine.session_table import lost
from telesock.server.engine.sessions import HeldSession
from telesock.server.service.attachment import Attachment
from telesock.server.service.calling import caller, forgotten, still_granted, still_known
from telesock.server.service.errors import Context, abort, abort_bug, answers
from telesock.server.service.ownership import (
    observed_session,
    owned_session,
    readable_session,
    sees_payload,
    token_of,
    visible_sessions,
)
from telesock.server.service.slices import Slices
from telesock.server.service.subscription import Subscription, subscribing
from telesock.server.service.tracing import tracing
from telesock.server.service.wire.events import write_duration
from telesock.server.service.wire.requests import read_chain
from telesock.server.service.wire.sessions import read_filter, read_opening
from telesock.server.service.wire.views import view_operation, view_session
from telesock.v1 import sessions_pb2, sessions_pb2_grpc

log = structlog.get_logger()


class SessionServicer(sessions_pb2_grpc.SessionServiceServicer):
    """See sessions.proto."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._slices = Slices()

    def _view(self, session: HeldSession) -> sessions_pb2.Session:
        return view_session(session, self._engine.sessions.remaining(session))

    @answers
    async def OpenSession(
        self, request: sessions_pb2.OpenSessionRequest, context: Context
    ) -> sessions_pb2.OpenSessionResponse:
        contract.check_revision(request.contract_revision)
        identity = caller()
        session = self._engine.open_session(read_opening(request), identity)
        log.info("session_opened", session_id=session.session_id, label=session.label, identity=identity.name)
        return sessions_pb2.OpenSessionResponse(
            session_id=session.session_id,
            session_token=session.token,
            boot_id=self._engine.boot_id,
            lease_duration=write_duration(session.lease.duration),
            contract_revision=contract.CONTRACT_REVISION,
        )

    @answers
    async def GetSession(
        self, request: sessions_pb2.GetSessionRequest, context: Context
    ) -> sessions_pb2.GetSessionResponse:
        session = readable_session(self._engine, context, request.session_id)
        return sessions_pb2.GetSessionResponse(session=self._view(session))

    @answers
    async def ListSessions(
        self, request: sessions_pb2.ListSessionsRequest, context: Context
    ) -> sessions_pb2.ListSessionsResponse:
        return sessions_pb2.ListSessionsResponse(
            sessions=[self._view(session) for session in visible_sessions(self._engine)]
        )

    @answers
    async def KeepAlive(
        self, request: sessions_pb2.KeepAliveRequest, context: Context
    ) -> sessions_pb2.KeepAliveResponse:
        session = owned_session(self._engine, context, request.session_id)
        remaining = self._engine.sessions.remaining(session)
        return sessions_pb2.KeepAliveResponse(lease_remaining=write_duration(remaining))

    @answers
    async def CloseSession(
        self, request: sessions_pb2.CloseSessionRequest, context: Context
    ) -> sessions_pb2.CloseSessionResponse:
        session = readable_session(self._engine, context, request.session_id)
        by_owner = session.identity.name == caller().name
        if not by_owner:
            log.warning("session_closed_by_other", session_id=session.session_id, identity=caller().name)
        self._engine.sessions.end(session, SessionEnd.CLOSED, by_owner=by_owner)
        return sessions_pb2.CloseSessionResponse()

    @answers
    async def AcknowledgeEvents(
        self, request: sessions_pb2.AcknowledgeEventsRequest, context: Context
    ) -> sessions_pb2.AcknowledgeEventsResponse:
        owned_session(self._engine, context, request.session_id).acknowledge(request.sequence)
        return sessions_pb2.AcknowledgeEventsResponse()

    @answers
    async def SubmitChain(
        self, request: sessions_pb2.SubmitChainRequest, context: Context
    ) -> sessions_pb2.SubmitChainResponse:
        session = owned_session(self._engine, context, request.session_id)
        asked = read_chain(request)
        with tracing(self._engine.sessions.traces, context):
            chain = self._engine.submit(session, request.operation_id, asked)
        self._engine.flush()
        links = 0 if asked.repeat is not None else len(asked.links)
        numbers = range(chain.operation_id, chain.operation_id + links + 1)
        return sessions_pb2.SubmitChainResponse(
            operations=[view_operation(session, each) for each in session.ledger.known(numbers)]
        )

    # Streams

    async def StreamEvents(  # type: ignore[override]  # it writes bytes, see above
        self, request: sessions_pb2.StreamEventsRequest, context: Context
    ) -> None:
        """Send a session's events after a sequence, then those that come. Does not renew the lease."""
        try:
            await self._stream_events(request, context)
        except Exception as error:
            del request
            await _end_stream(context, error, self._engine.sessions.statistics)

    async def _stream_events(self, request: sessions_pb2.StreamEventsRequest, context: Context) -> None:
        session = observed_session(self._engine, context, request.session_id)
        wanted, most = read_filter(request.filter), self._engine.limits.session_subscribers
        with (
            subscribing(session, most, caller().name),
            Subscription(session, request.start_after, wanted, sees_payload(session)) as subscription,
        ):
            await context.send_initial_metadata(())  # see _attach
            await subscription.run(context.write, still_granted)
        raise _ended(session) if session.ended is not None else forgotten()

    async def Attach(  # type: ignore[override]  # it writes bytes, see above
        self, requests: AsyncIterator[sessions_pb2.AttachRequest], context: Context
    ) -> None:
        """Serve an owner's attachment."""
        try:
            try:
                await self._attach(requests, context)
            finally:
                await _let_go(requests)
        except Exception as error:
            await _end_stream(context, error, self._engine.sessions.statistics)

    async def _attach(self, requests: AsyncIterator[sessions_pb2.AttachRequest], context: Context) -> None:
        first = await anext(requests, None)
        if first is None:
            raise malformed("session_id", "an attachment's first message names its session")
        if first.boot_id not in ("", self._engine.boot_id):
            raise lost(first.session_id, SessionEnd.AGENT_RESTARTED)
        session = self._engine.sessions.find(first.session_id, token_of(context), caller())
        # By itself: gRPC cannot end a call whose first write was given up while headers were still on their way with it.
        await context.send_initial_metadata(())
        await Attachment(self._engine, self._slices, session, context).run(first, requests)
        if session.ended is not None:
            raise _ended(session)
        if not still_known():
            raise forgotten()

    def stream_handlers(self) -> Mapping[str, "grpc.RpcMethodHandler[Any, Any]"]:
        """The streams by method name, with serializers that leave bytes as they are."""
        return {
            "StreamEvents": grpc.unary_stream_rpc_method_handler(
                self.StreamEvents, sessions_pb2.StreamEventsRequest.FromString
            ),
            "Attach": grpc.stream_stream_rpc_method_handler(
                self.Attach, sessions_pb2.AttachRequest.FromString
            ),
        }


def _ended(session: HeldSession) -> Refused:
    assert session.ended is not None, "asked only of a session that has ended"
    return lost(session.session_id, session.ended)


async def _let_go(requests: AsyncIterator[sessions_pb2.AttachRequest]) -> None:
    """End gRPC's iterator: it refers to itself, and has the last message still."""
    messages = aiter(requests)
    if isinstance(messages, AsyncGenerator):
        await messages.aclose()


async def _end_stream(context: Context, error: Exception, statistics: Statistics | None) -> None:
    """End a stream as refused, as not read in time, or as broken by a bug of ours."""
    if isinstance(error, grpc.aio.AbortError):
        raise error
    if isinstance(error, DecodeError):
        error = malformed("request", "its bytes are no AttachRequest")
    if isinstance(error, Refused):
        await abort(context, error, statistics)
    if isinstance(error, TimeoutError):
        error.__traceback__ = None
        message = "the session has ended and its last events were not read in time"
        await context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, message)
    await abort_bug(context, error, "stream_failed")
