"""What the sessions of one identity use together, and whether they may use more.

It refuses what would go beyond the identity's quotas, or beyond what one session may have; it never refuses what frees
things: nobody asks it then. It keeps no counts but sums what the sessions count themselves.
"""

from typing import Protocol

from telesock.server.core.identity import Identity
from telesock.server.core.limits import Limits
from telesock.server.core.rate import Rate
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.storage import Share, Storage


class Using(Protocol):
    """A session, as far as what it uses goes."""

    @property
    def socket_count(self) -> int:
        """Sockets that are not closed, and what counts as one."""

    @property
    def pending_operations(self) -> int:
        """Operations that have not completed."""

    @property
    def pending_send_bytes(self) -> int:
        """Bytes that wait to be sent."""

    @property
    def fault_held_bytes(self) -> int:
        """Bytes that faults hold back."""

    counts_operations: bool
    """Whether it has to ask before it begins an operation."""

    def forget_acknowledged(self) -> None:
        """Give back what its journal keeps for replay alone."""


class Account:
    """The sessions of one identity on one agent."""

    def __init__(self, identity: Identity, limits: Limits, storage: Storage, now: float) -> None:
        self.sessions: list[Using] = []
        journal_bytes = identity.quotas.journal_bytes
        self.storage = Share(storage, journal_bytes) if journal_bytes else storage
        """Where the journals of its sessions keep their events."""
        self._limits = limits
        self._rate: Rate | None = None
        self.become(identity, now)

    def become(self, identity: Identity, now: float) -> None:
        """Take an identity's quotas, which may have changed; that of its journals only where it had one before."""
        self.identity = identity
        self._quotas = quotas = identity.quotas
        if isinstance(self.storage, Share) and quotas.journal_bytes:
            self.storage.limit = quotas.journal_bytes
        self._rate = self._rate_of(quotas.operations_per_second, now)
        self.counts_bytes = bool(quotas.pending_send_bytes)
        """Whether `check_bytes` can refuse more than what goes beyond a session's own limit."""
        for session in self.sessions:
            session.counts_operations = self.counts_operations

    def _rate_of(self, per_second: float, now: float) -> Rate | None:
        """The rate that there is, if it is as fast: one that is new has all of its burst."""
        if self._rate is not None and self._rate.per_second == per_second:
            return self._rate
        return Rate(per_second, now) if per_second else None

    @property
    def outlasts_sessions(self) -> bool:
        """Whether it has to be kept without any: a new one would have its rate's burst again."""
        return self._rate is not None

    @property
    def counts_operations(self) -> bool:
        """Whether `check_operation` can refuse anything: it stands in everybody's way."""
        limits = self._limits
        return bool(
            self._rate
            or self._quotas.pending_operations
            or limits.session_operations_per_second
            or limits.session_pending_operations < limits.journal_events
        )

    def new_rate(self, now: float) -> Rate | None:
        """How fast a new session may begin operations."""
        rate = self._limits.session_operations_per_second
        return Rate(rate, now) if rate else None

    def check_session(self) -> None:
        """Refuse a session more."""
        most = self._quotas.sessions
        if most and len(self.sessions) >= most:
            raise self._used_up(Reason.TOO_MANY_SESSIONS, len(self.sessions), "sessions", most)

    def has_sockets(self, session: Using, more: int = 1) -> bool:
        """Whether a session may have so many sockets more."""
        return self._free_sockets(session) >= more

    def _free_sockets(self, session: Using) -> int:
        free = self._limits.session_sockets - session.socket_count
        most = self._quotas.sockets
        return min(free, most - sum(each.socket_count for each in self.sessions)) if most else free

    def check_sockets(self, session: Using) -> None:
        """Refuse a socket more."""
        if self.has_sockets(session):
            return
        most = self._limits.session_sockets
        if session.socket_count >= most:
            raise _session_full(Reason.TOO_MANY_SOCKETS, session.socket_count, "sockets", most)
        used = sum(each.socket_count for each in self.sessions)
        raise self._used_up(Reason.TOO_MANY_SOCKETS, used, "sockets", self._quotas.sockets)

    def check_operation(self, session: Using, rate: Rate | None, now: float, count: int = 1) -> None:
        """Refuse operations that are too many at once, or too many in a second."""
        most = self._limits.session_pending_operations
        if session.pending_operations + count > most:
            pending = session.pending_operations
            raise _session_full(Reason.TOO_MANY_OPERATIONS, pending, "pending operations", most)
        most = self._quotas.pending_operations
        if most and (used := sum(each.pending_operations for each in self.sessions)) + count > most:
            raise self._used_up(Reason.TOO_MANY_OPERATIONS, used, "pending operations", most)
        self.check_rate(rate, now, count)

    def check_rate(self, rate: Rate | None, now: float, count: int = 1) -> None:
        """Refuse what is too much in a second for a session, whose own rate is given, or for all of them."""
        if rate is not None and not rate.take(now, count):
            raise _too_fast(rate, "a session", "session", count)
        if self._rate is not None and not self._rate.take(now, count):
            if rate is not None:
                rate.give_back(count)
            raise _too_fast(self._rate, self._whose, "identity", count)

    def fault_room(self) -> int | None:
        """Bytes that faults may hold back beside those they hold; None where no quota says."""
        most = self._quotas.pending_send_bytes
        return most - sum(each.fault_held_bytes for each in self.sessions) if most else None

    def rates(self, rate: Rate | None) -> tuple[Rate, ...]:
        """What bounds a session, whose own rate is given, in a second."""
        return tuple(each for each in (rate, self._rate) if each is not None)

    def check_call(self, now: float) -> None:
        """Refuse what no session asks for and still costs as much as an operation."""
        if self._rate is not None and not self._rate.take(now, 1):
            raise _too_fast(self._rate, self._whose, "identity", 1)

    def check_bytes(self, session: Using, size: int) -> None:
        """Refuse bytes that would wait with too many others."""
        most = self._limits.session_pending_send_bytes
        if session.pending_send_bytes + size > most:
            pending = session.pending_send_bytes
            raise _session_full(Reason.TOO_MANY_PENDING_BYTES, pending, "bytes that wait to be sent", most)
        most = self._quotas.pending_send_bytes
        if most and (used := sum(each.pending_send_bytes for each in self.sessions)) + size > most:
            raise self._used_up(Reason.TOO_MANY_PENDING_BYTES, used, "bytes that wait to be sent", most)

    @property
    def _whose(self) -> str:
        return f"the identity {self.identity.name!r}"

    def _used_up(self, reason: Reason, used: int, what: str, most: int) -> Refused:
        message = f"{self._whose} has {used} {what}, of at most {most} in all its sessions"
        return Refused(reason, message, limit=str(most), scope="identity", wsk_status=_WSK)


_WSK = "STATUS_INSUFFICIENT_RESOURCES"


def _session_full(reason: Reason, used: int, what: str, most: int) -> Refused:
    message = f"the session has {used} {what}, of at most {most}"
    return Refused(reason, message, limit=str(most), scope="session", wsk_status=_WSK)


def _too_fast(rate: Rate, whose: str, scope: str, count: int) -> Refused:
    wait = rate.wait(count)
    message = f"{whose} may begin {rate.per_second:g} operations a second; try again in {wait:.3f} s"
    return Refused(
        Reason.TOO_MANY_OPERATIONS_PER_SECOND,
        message,
        limit=f"{rate.per_second:g}",
        scope=scope,
        retry_after_seconds=f"{wait:.3f}",
        wsk_status=_WSK,
    )
