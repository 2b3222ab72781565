"""The faults of one session: which there are, on what they act, and how they end.

A fault comes to a socket when the socket fits its target and is there; from then on its decisions are numbered. Ending one
never waits: what it holds is let go in memory, and leaves as its socket can. What a fault does to bytes, datagrams,
connects, accepts and operations is in files of their own; here is what they share.
"""

import asyncio
import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from telesock.server.core.events import FaultEnd, FaultEnded, FaultFired
from telesock.server.core.faults.acting import Acting, Firing
from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.checking import check, check_listener, check_socket
from telesock.server.core.faults.deciding import Counts, Decider
from telesock.server.core.faults.matching import matches_socket
from telesock.server.core.faults.resetting import PacketLoss
from telesock.server.core.faults.room import Size, check_room, size_of
from telesock.server.core.faults.values import Effect, Fault, Place
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import Endpoint
from telesock.server.core.states import Category
from telesock.server.engine import packet_loss

if TYPE_CHECKING:
    from telesock.server.engine.engine import Engine
    from telesock.server.engine.sessions import HeldSession
    from telesock.server.engine.sockets import Socket

_SEED_BITS = 63


class ActiveFault:
    """One fault from its making to its end."""

    def __init__(self, fault: Fault, created: float, request_id: str = "") -> None:
        self.fault = fault
        self.created = created
        self.request_id = request_id
        self.counts = Counts()
        self.timer: asyncio.TimerHandle | None = None
        self.over = False
        """Whether it has ended; what it decided before may still happen, but waits no longer."""
        self.held: dict[object, Callable[[], None]] = {}
        """What waits because of it, and how each goes on."""
        self.actings: dict[tuple[int, Lane], Acting] = {}

    @property
    def place(self) -> Place:
        """What it acts on."""
        return self.fault.effect.acts_on

    def let_go(self) -> None:
        """What waits goes on."""
        held, self.held = self.held, {}
        for release in held.values():
            release()


class SessionFaults:
    """Makes, finds and ends the faults of a session."""

    def __init__(self, engine: "Engine", session: "HeldSession") -> None:
        self.engine = engine
        self.session = session
        self._active: dict[str, ActiveFault] = {}
        self._places: dict[Place, tuple[ActiveFault, ...]] = {}
        self._named = 0
        self.promised = Size()
        """Faults of sockets that accepts will make: there is room for them."""
        self.on_operations: tuple[ActiveFault, ...] = ()
        """Those that act on operations: asked for with every one of them."""

    def __iter__(self) -> Iterator[ActiveFault]:
        return iter(list(self._active.values()))

    def at(self, place: Place) -> tuple[ActiveFault, ...]:
        """The faults that act on something, in the order of their making."""
        return self._places.get(place, ())

    # Making and ending

    def check(self, faults: tuple[Fault, ...], category: Category, *, accepted: bool = False) -> None:
        """Refuse faults that a request carries for a socket it makes."""
        names = [fault.name for fault in faults if fault.name]
        for place, name in enumerate(names):
            if name in names[:place]:
                raise _name_used(name)
        for fault in faults:
            self._check(fault if fault.name else fault._replace(name="unnamed"))
            if category is Category.LISTENING:
                check_listener(fault.effect, category)
            else:
                check_socket(fault.effect, category, accepted=accepted)
            _check_host(fault)
        self._check_room(size_of(faults))

    def create(self, fault: Fault, request_id: str = "") -> ActiveFault:
        """Make a fault, or return the one that the same request made before."""
        before = next((each for each in self if request_id and each.request_id == request_id), None)
        if before is not None:
            return before
        named = fault if fault.name else fault._replace(name=self._new_name(fault.effect.kind))
        self._check(named)
        self._check_room(size_of([named]))
        _check_host(fault)
        self._check_there(named)
        self._check_rate()
        return self._enter(named, request_id)

    def _check_rate(self) -> None:
        """A fault that is made or changed counts as an operation that is begun."""
        session = self.session
        if session.counts_operations:
            session.account.check_rate(session.rate, self.engine.loop.time())

    def _check_there(self, fault: Fault) -> None:
        """Refuse a fault for a socket that is not there, or on which it could never act."""
        target = fault.target
        if target.socket_id:
            check_socket(fault.effect, self.session.socket(target.socket_id).category)
        if target.listener_id:
            check_listener(fault.effect, self.session.socket(target.listener_id).category)

    def _check(self, fault: Fault) -> None:
        check(fault)
        if fault.name in self._active:
            raise _name_used(fault.name)

    def _check_room(self, more: Size, without: ActiveFault | None = None) -> None:
        there = size_of(each.fault for each in self._active.values() if each is not without)
        check_room(there.plus(self.promised), more, self.engine.limits.faults)

    def _new_name(self, kind: str) -> str:
        while True:
            self._named += 1
            name = f"{kind}-{self._named}"
            if name not in self._active:
                return name

    def _enter(self, fault: Fault, request_id: str = "", order: Sequence[str] = ()) -> ActiveFault:
        """Let a fault act: the last of all, or where its name stands in an order. Sockets never see another order."""
        loop = self.engine.loop
        if fault.seed is None:
            fault = fault._replace(seed=secrets.randbits(_SEED_BITS))
        active = ActiveFault(fault, loop.time(), request_id)
        if fault.expires_after is not None:
            active.timer = loop.call_later(fault.expires_after, self.end, active, FaultEnd.EXPIRED)
        self._active[fault.name] = active
        if order:
            self._active = {name: self._active[name] for name in order if name in self._active}
        self._sort()
        self._act_anew(active)
        return active

    def bear(self, faults: tuple[Fault, ...], socket: "Socket") -> None:
        """Make the faults with which a socket is born; a name that is taken by now is made another."""
        number = socket.socket_id
        listens = socket.category in (
            Category.LISTENING,
            Category.STREAM,
        )  # then it is for what comes from it, too
        for fault in faults:
            name = fault.name
            if not name or name in self._active:
                name = self._new_name(name or fault.effect.kind)
            target = fault.target
            its = target._replace(listener_id=number) if listens else target._replace(socket_id=number)
            self._enter(fault._replace(name=name, target=its))

    def update(self, fault: Fault) -> ActiveFault:
        """Put another fault in the place of one."""
        before = self.find(fault.name)
        check(fault)
        _check_host(fault)
        self._check_there(fault)
        self._check_room(size_of([fault]), without=before)
        self._check_rate()
        order = list(self._active)
        self.end(before, FaultEnd.UPDATED)
        return self._enter(fault, before.request_id, order)

    def find(self, name: str) -> ActiveFault:
        """Return a fault, or refuse."""
        active = self._active.get(name)
        if active is None:
            known = ", ".join(self._active) or "none"
            message = f"the session has no fault {name!r}; it has {known}"
            raise Refused(Reason.FAULT_UNKNOWN, message, name=name)
        return active

    def end(self, active: ActiveFault, end: FaultEnd) -> None:
        """End a fault: what it holds leaves, in order."""
        if self._active.get(active.fault.name) is not active:
            return
        del self._active[active.fault.name]
        active.over = True
        self._sort()
        if active.timer is not None:
            active.timer.cancel()
        self._act_anew(active)
        active.let_go()
        for acting in active.actings.values():
            acting.tell_rest()
        statistics = self.engine.sessions.statistics
        if statistics is not None:
            statistics.fault_ended(active.fault.effect.kind, active.counts.firings)
        self._tell_end(active, end)

    def end_all(self, end: FaultEnd) -> list[ActiveFault]:
        """End all faults; return them."""
        ended = list(self)
        for active in ended:
            self.end(active, end)
        return ended

    def socket_gone(self, socket_id: int) -> None:
        """A socket is no more: so are the faults that were for it."""
        for active in self:
            for lane in Lane:
                acting = active.actings.pop((socket_id, lane), None)
                if acting is not None:
                    acting.tell_rest()
            if socket_id in (active.fault.target.socket_id, active.fault.target.listener_id):
                self.end(active, FaultEnd.TARGET_GONE)

    def _sort(self) -> None:
        self._places = {
            place: tuple(each for each in self._active.values() if each.place is place) for place in Place
        }
        self.on_operations = self._places[Place.OPERATIONS]

    def _tell_end(self, active: ActiveFault, end: FaultEnd) -> None:
        session, counts = self.session, active.counts
        if session.journal.room_for_notice():
            fault = active.fault
            body = FaultEnded(fault.name, fault.seed or 0, end, counts.decisions, counts.firings)
            session.append(body, self.engine.clock())

    # Looking

    def sockets_of(self, active: ActiveFault) -> int:
        """How many sockets a fault acts on now."""
        return len({number for number, _ in active.actings if number in self.session.sockets})

    def held_by(self, active: ActiveFault) -> tuple[int, int]:
        """Bytes that a fault holds back, and operations, connections and datagrams."""
        held_bytes, held = 0, len(active.held)
        for number in {number for number, _ in active.actings}:
            socket = self.session.sockets.get(number)
            if socket is not None:
                found_bytes, found = socket.held_by(active.fault.name)
                held_bytes, held = held_bytes + found_bytes, held + found
        return held_bytes, held

    # Acting

    def _act_anew(self, active: ActiveFault) -> None:
        """A fault has come or gone: let the sockets that it acts on, or did, find out."""
        if active.place in (Place.STREAM, Place.CONNECTION, Place.DATAGRAMS, Place.ACCEPTING):
            for socket in list(self.session.sockets.values()):
                if (
                    (socket.socket_id, Lane.SEND) in active.actings
                    or self.fits(active, socket)
                    or any(number == socket.socket_id for number, _ in active.actings)
                ):
                    socket.faults_changed()

    def fits(self, active: ActiveFault, socket: "Socket") -> bool:
        """Whether a fault acts on a socket, as far as the socket itself tells."""
        target = active.fault.target
        peer_fits = active.place is Place.DATAGRAMS or target.peers.match(socket.remote)
        return peer_fits and matches_socket(target, socket.socket_id, *socket.provenance)

    def fitting(self, place: Place, socket: "Socket", lane: Lane) -> list[tuple[ActiveFault, Acting]]:
        """The faults that act on a socket and lane now, in the order of their making."""
        return [
            (active, self.acting(active, socket.socket_id, lane))
            for active in self.at(place)
            if lane in active.fault.lanes and self.fits(active, socket)
        ]

    def acting(self, active: ActiveFault, socket_id: int, lane: Lane) -> Acting:
        """A fault at work on a socket and lane; made when it comes there."""
        acting = active.actings.get((socket_id, lane))
        if acting is None:
            now = self.engine.loop.time()
            decider = Decider(active.fault, socket_id, lane, active.counts, active.created, now)

            def tell(firing: Firing, count: int) -> bool:
                return self._tell(active.fault, socket_id, lane, firing, count)

            acting = active.actings[socket_id, lane] = Acting(active.fault, decider, active.counts, tell)
        return acting

    def _tell(self, fault: Fault, socket_id: int, lane: Lane, firing: Firing, count: int) -> bool:
        session = self.session
        if not session.journal.room_for_notice():
            return False
        body = FaultFired(fault.name, fault.seed or 0, firing, count, lane)
        session.append(body, self.engine.clock(), socket_id=socket_id, operation_id=firing.operation_id)
        return True

    def decides(self, active: ActiveFault, socket_id: int, lane: Lane) -> Acting | None:
        """Make the next decision of a fault about something that happens once; None where it does not fire."""
        acting = self.acting(active, socket_id, lane)
        return acting if acting.fires(acting.next_number(), self.engine.loop.time()) else None

    def fires(
        self, active: ActiveFault, socket_id: int, lane: Lane, operation_id: int = 0, detail: str = ""
    ) -> float | None:
        """Make such a decision, and tell of it if it fires: the delay that comes with it, or None where it does not."""
        acting = self.decides(active, socket_id, lane)
        if acting is None:
            return None
        delay = delay_of(acting, active.fault.effect, acting.last_number)
        number = acting.number(acting.last_number)
        acting.tell(Firing(number, delay=delay or None, operation_id=operation_id, detail=detail))
        return delay

    def concerns(self, active: ActiveFault, socket: "Socket | None") -> bool:
        """Whether a fault acts on a lookup: of a socket, or of none."""
        target = active.fault.target
        if socket is not None:
            return matches_socket(target, socket.socket_id, *socket.provenance)
        return not (target.socket_id or target.listener_id)

    def peer_fits(self, active: ActiveFault, socket: "Socket", remote: Endpoint) -> bool:
        """Whether a fault acts on a socket that is about to have a peer."""
        target = active.fault.target
        return matches_socket(target, socket.socket_id, *socket.provenance) and target.peers.match(remote)


def delay_of(acting: Acting, effect: Effect, number: int) -> float:
    """How long something is delayed by an effect that says so, as drawn for a decision; 0 for others."""
    delay: float = getattr(effect, "delay", 0.0)
    jitter: float = getattr(effect, "jitter", 0.0)
    return acting.delay(number, delay, jitter)


def _check_host(fault: Fault) -> None:
    """Refuse what this host cannot do."""
    if isinstance(fault.effect, PacketLoss):
        packet_loss.check()


def _name_used(name: str) -> Refused:
    return Refused(
        Reason.FAULT_NAME_USED, f"a fault {name!r} exists; use another name, or UpdateFault", name=name
    )
