"""An agent, as an asyncio program uses it: one channel, the sessions on it, and what can be asked of the agent itself."""

import asyncio
import uuid
import weakref
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from telesock.client.aio.calls import TOKEN_KEY, Calls, Options
from telesock.client.aio.session import AsyncSession, Entry
from telesock.client.core.lease import Lease
from telesock.client.core.requests import duration
from telesock.client.core.session import SessionCore
from telesock.client.enumerations import Retention
from telesock.v1.agent_pb2 import (
    Agent,
    DrainRequest,
    GetAgentRequest,
    SampleClockRequest,
    SampleClockResponse,
)
from telesock.v1.sessions_pb2 import GetSessionRequest, ListSessionsRequest, OpenSessionRequest, Session


class AsyncClient:
    """A connection to one agent. Use `async with AsyncClient("host:port") as client:`, on one event loop.

    `target` is an address as gRPC takes it: "HOST:PORT", "[IPV6]:PORT", "unix:PATH". `options` are channel arguments
    of gRPC, which go before ours. Nothing is sent before it is needed. Leaving closes every session that is open.
    """

    def __init__(self, target: str, *, options: Options = ()) -> None:
        self.target = target
        self._options = options
        self._sessions: weakref.WeakSet[AsyncSession] = weakref.WeakSet()
        self._made: Calls | None = None

    async def __aenter__(self) -> Self:
        """Make the channel."""
        self._made = Calls(self.target, self._options)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close everything."""
        await self.close()

    @property
    def _calls(self) -> Calls:
        if self._made is None:
            raise RuntimeError("a client has to be entered: async with AsyncClient(target) as client")
        return self._made

    async def close(self) -> None:
        """Close every session that is open, then the channel."""
        await asyncio.gather(*(session.close() for session in self._sessions))
        await self._calls.close()

    def session(
        self,
        lease: float | None = None,
        label: str = "",
        retention: Retention = Retention.UNTIL_ACKNOWLEDGED,
        request_id: str | None = None,
    ) -> AsyncSession:
        """Open a session, by `async with`. It is closed when the block is left.

        `lease` is how long it outlives the last sign of this program, seconds, None for the agent's default. `label` is
        shown in lists. `retention` is what a full journal does. The same `request_id`, a random one unless given, opens
        the same session.
        """
        request = OpenSessionRequest(
            request_id=uuid.uuid4().hex if request_id is None else request_id,
            lease_duration=duration(lease),
            label=label,
            retention=retention,  # type: ignore[arg-type]  # the contract's numbers
        )
        return self._new_session(lambda: self._open(request))

    async def _open(self, request: OpenSessionRequest) -> Entry:
        now = asyncio.get_running_loop().time()
        opened = await self._calls.call(self._calls.sessions.OpenSession, request)
        lease = Lease(opened.lease_duration.ToNanoseconds() / 1e9, now)
        core = SessionCore(opened.session_id, opened.boot_id, lease)
        return Entry(core, opened.session_token, owned=True)

    def attach_session(
        self,
        session_id: str,
        session_token: str,
        boot_id: str | None = None,
        start_after: int | None = None,
    ) -> AsyncSession:
        """Take up a session that exists, by `async with`. Leaving the block leaves it open.

        Whoever was attached to it is told that it was replaced. Events after the sequence `start_after` are taken in,
        those up to it count as seen; None means from now on. `boot_id`, where it is known, tells a restarted agent from
        an unknown session.
        """
        return self._new_session(lambda: self._take_up(session_id, session_token, boot_id or "", start_after))

    async def _take_up(self, session_id: str, token: str, boot_id: str, start_after: int | None) -> Entry:
        now = asyncio.get_running_loop().time()
        request = GetSessionRequest(session_id=session_id)
        answer = await self._calls.call(self._calls.sessions.GetSession, request, ((TOKEN_KEY, token),))
        found = answer.session
        core = SessionCore(
            session_id,
            boot_id,
            Lease(found.lease_duration.ToNanoseconds() / 1e9, now),
            start_after=found.last_sequence if start_after is None else start_after,
            highest_operation_id=found.highest_operation_id,
            highest_socket_id=found.highest_socket_id,
        )
        return Entry(core, token, owned=False)

    def _new_session(self, enter: Callable[[], Awaitable[Entry]]) -> AsyncSession:
        session = AsyncSession(self._calls, enter)
        self._sessions.add(session)
        return session

    async def get_agent(self) -> Agent:
        """Return what the agent is: version, limits, capabilities, policy."""
        return (await self._calls.call(self._calls.agent.GetAgent, GetAgentRequest())).agent

    async def sample_clock(self) -> SampleClockResponse:
        """Return the agent's clocks, nanoseconds: those of its events."""
        return await self._calls.call(self._calls.agent.SampleClock, SampleClockRequest())

    async def list_sessions(self) -> list[Session]:
        """Return the sessions that are open on the agent, without their tokens."""
        answer = await self._calls.call(self._calls.sessions.ListSessions, ListSessionsRequest())
        return list(answer.sessions)

    async def drain(self, grace: float | None = None) -> float:
        """Ask the agent to finish what is pending within `grace` seconds (None for its default) and to stop.

        Returns at once, with the seconds granted.
        """
        request = DrainRequest(grace_period=duration(grace))
        answer = await self._calls.call(self._calls.agent.Drain, request)
        return answer.grace_period.ToNanoseconds() / 1e9
