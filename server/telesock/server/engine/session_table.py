"""The sessions of an agent: who owns which, how long each lives, and what late callers are told.

A session ends at its owner's word, with its lease, or with the agent, and then leaves nothing but a small bounded
tombstone. Whoever does not have the token of a session is told that there is none.
"""

import asyncio
import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from telesock.server.core.account import Account
from telesock.server.core.events import Clock, FaultEnd, SessionExpiring
from telesock.server.core.identity import ANYBODY, Identity, Role
from telesock.server.core.journal import Encode, EncodeSuccesses, Journal, Retention
from telesock.server.core.lease import Lease
from telesock.server.core.limits import Limits
from telesock.server.core.policy import Policy
from telesock.server.core.refusal import Reason, Refused, malformed
from telesock.server.core.session import SessionEnd
from telesock.server.core.statistics import Statistics
from telesock.server.core.status import Cause, Failure, Origin, Phase, Status
from telesock.server.core.storage import Storage
from telesock.server.core.watching import Traces, Watcher, joined
from telesock.server.engine.accounted_sessions import Grant
from telesock.server.engine.sessions import HeldSession

_TOMBSTONES = 1024
_OWN_LEASE = 100 * 365 * 86_400.0  # seconds: the agent's own session ends with the agent
OWN = Identity("agent", Role.ADMINISTRATOR)
"""The agent itself."""
SHORTEST_LEASE = 1.0  # seconds
_LONGEST_TEXT = 128


class Opening(NamedTuple):
    """What a client asks of a new session; a lease of None means the agent's default."""

    request_id: str = ""
    lease: float | None = None
    label: str = ""
    retention: Retention = Retention.UNTIL_ACKNOWLEDGED
    recorded: bool = False


class _Tombstone(NamedTuple):
    end: SessionEnd
    token_hash: bytes
    identity: str | None  # None is anybody


class SessionTable:
    """Opens, finds and ends sessions."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        limits: Limits,
        encode: Encode,
        clock: Callable[[], Clock],
        failed: Callable[[Exception], None],
        ended: Callable[[HeldSession, SessionEnd], None],
        encode_successes: EncodeSuccesses | None = None,
        policy: Policy | None = None,
    ) -> None:
        self._loop = loop
        self._policy = policy or Policy()
        self._limits = limits
        self._encode = encode
        self._encode_successes = encode_successes
        self._clock = clock
        self._failed = failed
        self._ended = ended
        self._storage = Storage(limits.total_journal_bytes)
        self._storage.reclaim = self._reclaim
        self._storage.freed = self._storage_freed
        self._sessions: dict[str, HeldSession] = {}
        self._accounts: dict[
            str, Account
        ] = {}  # of identities that have sessions, or had some and have a rate
        self._openings: dict[tuple[str, str], tuple[Opening, HeldSession]] = {}
        self._tombstones: OrderedDict[str, _Tombstone] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None
        self.record: Callable[[HeldSession, SessionEnd], None] | None = None
        """Takes what the journal of a recorded session holds at its end; None where the agent records nothing."""
        self.own: HeldSession | None = None
        """The session that the agent owns, if it has one."""
        self.statistics: Statistics | None = None
        """What is counted, if anything is."""
        self.traces: Traces | None = None
        """What follows operations, if anything does."""
        self._watcher: Watcher | None = None

    def watch(self, statistics: Statistics | None, traces: Traces | None) -> None:
        """Let the sessions that are opened from now on be counted, or followed, or both."""
        self.statistics, self.traces = statistics, traces
        self._watcher = joined(statistics, traces)

    @property
    def storage(self) -> Storage:
        """What all journals share."""
        return self._storage

    def __len__(self) -> int:
        """Sessions that are open."""
        return len(self._sessions)

    def __iter__(self) -> Iterator[HeldSession]:
        """The open sessions, in the order of their opening."""
        return iter(list(self._sessions.values()))

    def open(self, opening: Opening, identity: Identity = ANYBODY) -> HeldSession:
        """Open a session, or return the one that the same request of the same identity opened before."""
        if (identity.name, opening.request_id) in self._openings:
            return self._opened_before(opening, identity)
        lease = self._check(opening)
        self.account_of(identity).check_session()
        if len(self._sessions) >= self._limits.sessions:
            message = f"the agent has {len(self._sessions)} sessions, as many as it may have; close one"
            raise Refused(Reason.TOO_MANY_SESSIONS, message, limit=str(self._limits.sessions))
        session = self._enter(opening, lease, identity)
        if opening.request_id:
            self._openings[identity.name, opening.request_id] = (opening, session)
        return session

    def _enter(self, opening: Opening, lease: float, identity: Identity) -> HeldSession:
        session = self._new_session(opening, lease, identity)
        session.watcher = self._watcher
        session.account.sessions.append(session)
        self._accounts[identity.name] = session.account
        self._sessions[session.session_id] = session
        self._schedule(session.lease.next_check())
        return session

    def open_own(self) -> HeldSession:
        """Open the session that the agent owns: its lease outlasts the agent, and it keeps its latest events."""
        self.own = self._enter(Opening(label="agent", retention=Retention.LATEST), _OWN_LEASE, OWN)
        return self.own

    def _opened_before(self, opening: Opening, identity: Identity) -> HeldSession:
        before, session = self._openings[identity.name, opening.request_id]
        if before != opening:
            message = "request_id: it opened a session with other values; use a new random one"
            raise Refused(Reason.OPERATION_ID_REUSED, message, field="request_id")
        return session

    def _check(self, opening: Opening) -> float:
        if opening.recorded and self.record is None:
            raise Refused(Reason.NOT_AVAILABLE, _NO_RECORDINGS)
        lease = self._limits.default_lease if opening.lease is None else opening.lease
        if not SHORTEST_LEASE <= lease <= self._limits.maximum_lease:
            limits = f"between {SHORTEST_LEASE:g} and {self._limits.maximum_lease:g} s"
            raise malformed("lease_duration", f"{lease:g} s is not {limits}")
        for field, text in (("label", opening.label), ("request_id", opening.request_id)):
            if len(text) > _LONGEST_TEXT or not text.isprintable():
                raise malformed(field, f"at most {_LONGEST_TEXT} printable characters")
        return lease

    def _new_session(self, opening: Opening, lease: float, identity: Identity) -> HeldSession:
        limits, account = self._limits, self.account_of(identity)
        journal = Journal(
            self._encode,
            account.storage,
            limits.journal_events,
            limits.journal_bytes,
            opening.retention,
            self._encode_successes,
        )
        return HeldSession(
            f"s-{secrets.token_hex(6)}",
            opening.label,
            Lease(lease, self._loop.time()),
            journal,
            Grant(account, identity.policy or self._policy, self._loop.time(), opening.recorded),
            secrets.token_urlsafe(24),
            opening.request_id,
        )

    def account_of(self, identity: Identity) -> Account:
        """What the sessions of an identity use together; with the quotas that it has now."""
        account, now = self._accounts.get(identity.name), self._loop.time()
        if account is None:
            account = Account(identity, self._limits, self._storage, now)
            if account.storage is not self._storage:
                account.storage.reclaim = partial(_reclaim_from, account)
                account.storage.freed = self._storage_freed
        elif account.identity != identity:
            account.become(identity, now)
        return account

    def check_call(self, identity: Identity) -> None:
        """Refuse a call beside all sessions that comes too soon for its identity."""
        account = self.account_of(identity)
        if account.outlasts_sessions:
            self._accounts[identity.name] = account
        account.check_call(self._loop.time())

    # Finding

    def find(self, session_id: str, token: str, identity: Identity = ANYBODY) -> HeldSession:
        """Return a session to the identity that opened it and has its token; anybody else is told that there is none.

        The agent's own session is anybody's who has its token.
        """
        session = self._sessions.get(session_id)
        if session is not None and self._owns(session, token, identity):
            return session
        raise self._absent(session_id, token, identity)

    def _absent(self, session_id: str, token: str, identity: Identity) -> Refused:
        tombstone = self._tombstones.get(session_id)
        if tombstone is None or tombstone.identity not in (None, identity.name):
            return _unknown(session_id)
        if not hmac.compare_digest(tombstone.token_hash, _hash(token)):
            return _unknown(session_id)
        return lost(session_id, tombstone.end)

    def _owns(self, session: HeldSession, token: str, identity: Identity) -> bool:
        if not hmac.compare_digest(session.token.encode(), token.encode()):
            return False
        return session is self.own or session.identity.name == identity.name

    def look_up(self, session_id: str, token: str = "", identity: Identity = ANYBODY) -> HeldSession:
        """Return a session to somebody who may see all, or refuse; whoever owned it is told how it ended."""
        session = self._sessions.get(session_id)
        if session is None:
            raise self._absent(session_id, token, identity)
        return session

    def renew(self, session: HeldSession) -> None:
        """The owner has been heard of."""
        session.lease.renew(self._loop.time())

    def remaining(self, session: HeldSession) -> float:
        """Seconds left of a lease."""
        return session.lease.remaining(self._loop.time())

    def identities_changed(self, known: Callable[[str], Identity | None]) -> None:
        """Let sessions have what their identities are now; those whose identity is no more, or no longer acts, end."""
        for session in self:
            if session is not self.own and session.identity.name:
                self._identity_changed(session, known(session.identity.name))
            if session.ended is None:
                session.wake()  # who reads it may have to go
        for name, account in list(self._accounts.items()):
            if not account.sessions and known(name) is None:
                del self._accounts[name]

    def _identity_changed(self, session: HeldSession, identity: Identity | None) -> None:
        if identity is None or not identity.role.acts:
            self.end(session, SessionEnd.CLOSED, by_owner=False)
            return
        session.identity, session.policy = identity, identity.policy or self._policy
        if session.account.identity != identity:
            session.account.become(identity, self._loop.time())

    # Ending

    def end(self, session: HeldSession, end: SessionEnd, *, by_owner: bool = True) -> None:
        """Complete everything, reset every connection, tell the subscribers, forget the session.

        `by_owner` is whether its owner has closed it, where it is closed: then nothing is recorded.
        """
        if session.ended is not None:
            return
        try:
            if session.faults is not None:  # first of all, so that what they hold still leaves
                session.faults.end_all(FaultEnd.SESSION_ENDED)
        except Exception as error:  # a fault's bug must not keep its session alive, nor others
            self._failed(error)
        session.end_jobs(_FAILURES[end])
        for socket in list(session.sockets.values()):
            try:
                socket.let_out()
                socket.take_away(_FAILURES[end])
            except Exception as error:  # one socket's bug must not keep the others alive
                self._failed(error)
        session.end_jobs(_FAILURES[end])  # completions that wait for those of the sockets
        if end is not SessionEnd.CLOSED or not by_owner:
            self._record(session, end)
        del self._sessions[session.session_id]
        self._close_account(session)
        self._openings.pop((session.identity.name, session.request_id), None)
        self._bury(session, end)
        session.finish(end)
        self._ended(session, end)

    def _close_account(self, session: HeldSession) -> None:
        account = session.account
        account.sessions.remove(session)
        if not account.sessions and not account.outlasts_sessions:
            self._accounts.pop(session.identity.name, None)

    def _record(self, session: HeldSession, end: SessionEnd) -> None:
        """Keep what there is of a session whose owner has not ended it."""
        if not session.recorded or self.record is None:
            return
        try:
            self.record(session, end)
        except Exception as error:  # a recording's bug must not keep its session alive
            self._failed(error)

    def _bury(self, session: HeldSession, end: SessionEnd) -> None:
        whose = None if session is self.own else session.identity.name
        self._tombstones[session.session_id] = _Tombstone(end, _hash(session.token), whose)
        if len(self._tombstones) > _TOMBSTONES:
            self._tombstones.popitem(last=False)

    def close(self) -> None:
        """End all sessions with the agent."""
        for session in self:
            self.end(session, SessionEnd.AGENT_DRAINED)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # Leases

    def _schedule(self, moment: float) -> None:
        if self._timer is not None:
            if self._timer.when() <= moment:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(moment, self._look_at_leases)

    def _look_at_leases(self) -> None:
        self._timer = None
        now = self._loop.time()
        for session in self:
            if session.lease.expired(now):
                self.end(session, SessionEnd.LEASE_EXPIRED)
            elif session.lease.take_warning(now) and session.journal.room_for_notice():
                session.append(SessionExpiring(session.lease.remaining(now)), self._clock())
        if self._sessions:
            self._schedule(min(session.lease.next_check() for session in self))

    def _reclaim(self) -> None:
        for session in self:
            session.journal.forget_acknowledged()

    def _storage_freed(self) -> None:
        """Let connections that wait for room go on, but not in the middle of what made the room."""
        self._loop.call_soon(self._room_again)

    def _room_again(self) -> None:
        for session in self:
            session.room_again()


def _reclaim_from(account: Account) -> None:
    for session in account.sessions:
        session.forget_acknowledged()


def _unknown(session_id: str) -> Refused:
    message = f"no session {session_id!r} is open here under this token; open one with OpenSession"
    return Refused(Reason.SESSION_UNKNOWN, message, session_id=session_id)


def lost(session_id: str, end: SessionEnd) -> Refused:
    """Tell an owner that its session is no more, and why."""
    message = f"session {session_id!r} is lost ({end.name}); open a new one"
    return Refused(Reason.SESSION_LOST, message, session_id=session_id, cause=end.name)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _failure(origin: Origin, detail: str) -> Failure:
    return Failure(Status.CANCELLED, Cause(origin, Phase.CLOSE, detail=detail))


_NO_RECORDINGS = (
    "the agent records no sessions; start it with --recordings DIRECTORY, or open one without record"
)
_FAILURES = {
    SessionEnd.LEASE_EXPIRED: _failure(Origin.DEADLINE, "the session's lease expired"),
    SessionEnd.CLOSED: _failure(Origin.CANCEL, "the session was closed"),
    SessionEnd.AGENT_DRAINED: _failure(Origin.LOCAL_HOST, "the agent was drained"),
}
