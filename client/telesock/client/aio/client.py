"""An agent, as an asyncio program uses it: one channel, the sessions on it, and what can be asked of the agent itself."""

import asyncio
import uuid
import weakref
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from telesock.client import contract
from telesock.client.aio.calls import Calls
from telesock.client.aio.session import AsyncSession, Entry
from telesock.client.channels import Options
from telesock.client.core.lease import Lease
from telesock.client.core.requests import duration
from telesock.client.core.session import SessionCore
from telesock.client.credentials import NO_CREDENTIALS, Credentials
from telesock.client.enumerations import PolicyAction, Retention
from telesock.client.errors import Rejected, SessionLost
from telesock.client.traces import find_traced
from telesock.v1.agent_pb2 import (
    Agent,
    CheckPolicyRequest,
    CheckPolicyResponse,
    DrainRequest,
    GetAgentRequest,
    SampleClockRequest,
    SampleClockResponse,
)
from telesock.v1.sessions_pb2 import (
    CloseSessionRequest,
    GetSessionRequest,
    ListSessionsRequest,
    OpenSessionRequest,
    OpenSessionResponse,
)
from telesock.v1.sessions_pb2 import Session as SessionState


class AsyncClient:
    """A connection to one agent. Use `async with AsyncClient("host:port") as client:`, on one event loop.

    `target` is an address as gRPC takes it: "HOST:PORT", "[IPV6]:PORT", "unix:PATH". `credentials` say who this is and
    whom to trust: without them the connection is not encrypted and nobody is told. `options` are channel arguments
    of gRPC, which go before ours. Nothing is sent before it is needed. Leaving closes every session that is open.
    """

    def __init__(
        self, target: str, *, credentials: Credentials = NO_CREDENTIALS, options: Options = ()
    ) -> None:
        self.target = target
        self._credentials = credentials
        self._options = options
        self._traced = find_traced()
        self._sessions: weakref.WeakSet[AsyncSession] = weakref.WeakSet()
        self._made: Calls | None = None

    async def __aenter__(self) -> Self:
        """Make the channel."""
        self._made = Calls(self.target, self._options, self._credentials)
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
        try:
            await asyncio.gather(*(session.close() for session in self._sessions))
        finally:  # also when this is cancelled: the connection would stay until the garbage is looked for
            await self._calls.close()

    def session(
        self,
        lease: float | None = None,
        label: str = "",
        retention: Retention = Retention.UNTIL_ACKNOWLEDGED,
        request_id: str | None = None,
        record: bool = False,
    ) -> AsyncSession:
        """Open a session, by `async with`. It is closed when the block is left.

        `lease` is how long it outlives the last sign of this program, seconds, None for the agent's default. `label` is
        shown in lists. `retention` is what a full journal does. The same `request_id`, a random one unless given, opens
        the same session. With `record` the agent writes what the journal then keeps to its disk when the lease ends or
        the agent drains, and not when the session is closed; it refuses where it has no directory for that.
        """
        request = OpenSessionRequest(
            request_id=uuid.uuid4().hex if request_id is None else request_id,
            lease_duration=duration(lease),
            label=label,
            retention=retention,  # type: ignore[arg-type]  # the contract's numbers
            record=record,
            contract_revision=contract.CONTRACT_REVISION,
        )
        return self._new_session(lambda: self._open(request, new=request_id is None))

    async def _open(self, request: OpenSessionRequest, *, new: bool) -> Entry:
        now = asyncio.get_running_loop().time()
        opened = await self._calls.call(self._calls.sessions.OpenSession, request)
        await self._check_opened(opened, new=new)
        lease = Lease(opened.lease_duration.ToNanoseconds() / 1e9, now)
        core = SessionCore(opened.session_id, opened.boot_id, lease)
        core.traced = self._traced
        return Entry(core, opened.session_token, owned=True)

    async def _check_opened(self, opened: OpenSessionResponse, *, new: bool) -> None:
        """Have no session on an agent that is too old. One of a known request id may be another's: it is left alone."""
        try:
            contract.check_revision(opened.contract_revision, self.target)
        except Rejected:
            if new:
                request = CloseSessionRequest(session_id=opened.session_id)
                metadata = self._calls.metadata(opened.session_token)
                await self._calls.call(self._calls.sessions.CloseSession, request, metadata)
            raise

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
        agent = await self.get_agent()  # whoever opened the session may have been older than we are
        contract.check_revision(agent.contract_revision, self.target)
        if boot_id not in ("", agent.boot_id):
            raise SessionLost(
                f"session {session_id} went with an earlier life of the agent", "AGENT_RESTARTED"
            )
        now = asyncio.get_running_loop().time()
        request = GetSessionRequest(session_id=session_id)
        answer = await self._calls.call(self._calls.sessions.GetSession, request, self._calls.metadata(token))
        found = answer.session
        core = SessionCore(
            session_id,
            boot_id,
            Lease(found.lease_duration.ToNanoseconds() / 1e9, now),
            start_after=found.last_sequence if start_after is None else start_after,
            highest_operation_id=found.highest_operation_id,
            highest_socket_id=found.highest_socket_id,
        )
        core.traced = self._traced
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

    async def check_policy(
        self, host: str, port: int = 0, action: PolicyAction = PolicyAction.CONNECT
    ) -> CheckPolicyResponse:
        """Return what the agent's policy says of an address or a name: a verdict for the name, then of each address."""
        request = CheckPolicyRequest(action=action, host=host, port=port)  # type: ignore[arg-type]  # same numbers
        return await self._calls.call(self._calls.agent.CheckPolicy, request)

    async def list_sessions(self) -> list[SessionState]:
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
