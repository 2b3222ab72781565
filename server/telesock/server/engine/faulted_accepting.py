"""What faults do to connections that arrive at a listener: left in the kernel's queue, reset, or handed on late.

One connection is late at a time; those behind it stay in the kernel's queue, as behind a program that is slow to accept.
"""

import asyncio
import math
from typing import TYPE_CHECKING

from telesock.server.core.faults.acting import Firing
from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.connecting import AcceptDelay, AcceptReset, NeverAccept
from telesock.server.core.faults.room import size_of
from telesock.server.core.faults.values import Place
from telesock.server.core.requests import Accept
from telesock.server.engine.faulted_waiting import Waiting
from telesock.server.engine.inspecting import HeldConnection
from telesock.server.engine.packet_loss import PacketFilter

if TYPE_CHECKING:
    from telesock.server.engine.faults import ActiveFault
    from telesock.server.engine.listening import Listener
    from telesock.server.engine.sockets import Socket


class LateConnection:
    """A connection that has been taken out of the kernel's queue and is not handed on yet."""

    def __init__(
        self, listener: "Listener", connection: HeldConnection, delays: "list[tuple[ActiveFault, float]]"
    ) -> None:
        self._listener = listener
        self._connection = connection
        connection.faults = tuple(active.fault.name for active, _ in delays)
        self.ready = False
        self._waiting = Waiting(listener.engine.loop, delays, self._over)

    def _over(self) -> None:
        self.ready = True
        self._listener.take()

    def take(self) -> HeldConnection:
        """It is handed on."""
        return self._connection

    def reset(self) -> None:
        """The listener is no more."""
        self._waiting.drop()
        self._connection.reset()


class FaultedAccepts:
    """What faults do to the connections of one listener."""

    __slots__ = ("_filter", "_late", "_listener", "_timer")

    def __init__(self, listener: "Listener") -> None:
        self._listener = listener
        self._late: LateConnection | None = None
        self._timer: asyncio.TimerHandle | None = None  # when what keeps from accepting may be over
        self._filter = PacketFilter(listener)

    def look(self) -> None:
        """Faults have come or gone."""
        listener = self._listener
        self._filter.look()
        if listener.descriptor is not None and listener.local is not None:
            listener.take_later(0)

    def may_take(self) -> bool:
        """Whether a connection may be taken now: one that was late, or the next in the kernel's queue."""
        if self._late is not None:
            return self._late.ready
        until = _kept_from_accepting(self._listener)
        if until is not None:
            self._take_at(until)
        return until is None

    def _take_at(self, moment: float) -> None:
        self._stop_timer()
        if moment < math.inf:
            self._timer = self._listener.engine.loop.call_at(moment, self._listener.take)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def take_late(self) -> HeldConnection | None:
        """The connection that is late no longer."""
        late, self._late = self._late, None
        return None if late is None else late.take()

    def admits(self, connection: HeldConnection) -> bool:
        """Whether a connection is handed on at once; otherwise it is late, or was reset."""
        verdict = _judge(self._listener, connection)
        if isinstance(verdict, LateConnection):
            self._late = verdict
        return verdict is True

    def promise(self, request: object, times: int) -> None:
        """Keep room for the faults of a socket that an accept will make; -1 gives it back."""
        if isinstance(request, Accept) and request.faults:
            faults = self._listener.engine.faults_of(self._listener.session)
            faults.promised = faults.promised.plus(size_of(request.faults), times)

    def keep_promise(self, request: object, made: "Socket") -> None:
        """Make the faults of a socket that an accept has made."""
        self.promise(request, -1)
        if isinstance(request, Accept) and request.faults:
            self._listener.engine.faults_of(self._listener.session).bear(request.faults, made)

    def close(self) -> None:
        """The listener is no more."""
        self._stop_timer()
        self._filter.close()
        if self._late is not None:
            self._late.reset()
            self._late = None


def _kept_from_accepting(listener: "Listener") -> float | None:
    """Until when a fault leaves connections in the kernel's queue; None where none does now."""
    faults = listener.session.faults
    for active in () if faults is None else faults.at(Place.ACCEPTING):
        assert faults is not None, "there are some"
        if not isinstance(active.fault.effect, NeverAccept) or not faults.fits(active, listener):
            continue
        acting = faults.acting(active, listener.socket_id, Lane.ACCEPT)
        now = listener.engine.loop.time()  # not before it has come
        if acting.fires_once(now):
            _tell_once(listener, active)
            return acting.decider.holds_until(now)
    return None


def _tell_once(listener: "Listener", active: "ActiveFault") -> None:
    """It has done something once a connection waits."""
    faults = listener.session.faults
    if faults is not None and active.counts.firings == 0 and listener.queued():
        faults.acting(active, listener.socket_id, Lane.ACCEPT).tell(Firing(0, detail="a connection waits"))


def _judge(listener: "Listener", connection: HeldConnection) -> LateConnection | bool | None:
    """What becomes of a connection: True where it is handed on, None where it was reset."""
    faults = listener.session.faults
    late: list[tuple[ActiveFault, float]] = []
    for active in () if faults is None else faults.at(Place.ACCEPTING):
        assert faults is not None, "there are some"
        effect = active.fault.effect
        if isinstance(effect, NeverAccept) or not faults.concerns(active, listener):
            continue
        if not active.fault.target.peers.match(connection.remote):
            continue
        detail = f"{connection.remote.host} port {connection.remote.port}"
        late_by = faults.fires(active, listener.socket_id, Lane.ACCEPT, detail=detail)
        if late_by is None:
            continue
        if isinstance(effect, AcceptReset):
            connection.reset()
            return None
        assert isinstance(effect, AcceptDelay), "there are three"
        late.append((active, late_by))
    return LateConnection(listener, connection, late) if late else True
