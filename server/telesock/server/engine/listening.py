"""A listening socket: who gets the connections that arrive, and what is told of them.

An accept that waits goes before an indication; what neither wants stays in the kernel's queue, so that no cancel and no
lack of credit loses a connection. A host or an agent without room for another socket fails one accept, and only when a
connection waits; a listener that the host has ended is told of and gone. A listener listens from its bind on; a stream
socket becomes one by Listen.
"""

import select
from collections import deque
from typing import TYPE_CHECKING

from telesock.server.core.callbacks import CONNECTION_KINDS, check_callbacks, check_callbacks_of_birth
from telesock.server.core.counted_credit import CountedCredit
from telesock.server.core.events import AcceptResult, CloseResult, ConnectionAccepted
from telesock.server.core.operations import Operation
from telesock.server.core.options import OptionKind
from telesock.server.core.refusal import malformed
from telesock.server.core.requests import (
    Accept,
    Callbacks,
    Close,
    Indications,
    InspectComplete,
    SetEventCallbacks,
)
from telesock.server.core.requests import Relay as RelayRequest
from telesock.server.core.states import Category, Request
from telesock.server.core.status import Failure, Phase, failure_from_errno
from telesock.server.engine.accepting import (
    AGENT_FULL,
    LEFT_WAITING,
    OF_ONE_CONNECTION,
    adopt,
    connection_waits,
    ended,
    take_connection,
    turn_down,
)
from telesock.server.engine.bound_listeners import BoundListener
from telesock.server.engine.connection import Connection
from telesock.server.engine.faulted_accepting import FaultedAccepts
from telesock.server.engine.inspecting import HeldConnection, WaitingRoom
from telesock.server.engine.provenance import provenance
from telesock.server.engine.relaying import SOCKETS_OF_A_CLIENT, Relay, check_idle
from telesock.server.engine.sockets import CANCELLED, CANCELLED_BY_CLOSE, TIMED_OUT
from telesock.server.engine.stalls import Stall

if TYPE_CHECKING:
    from telesock.server.engine.engine import Engine
    from telesock.server.engine.sessions import HeldSession

DEFAULT_BACKLOG = 4096
_DEAD = select.EPOLLERR | select.EPOLLHUP
_MOST_A_TURN = 64
_PAUSE = 0.1  # seconds until a listener tries again after the host had no room


class Listener(BoundListener):
    """A socket that takes connections."""

    __slots__ = (
        "_accepts",
        "_again",
        "_enabled",
        "_indicated",
        "_readable",
        "_relay",
        "_room",
        "_stall",
        "credit",
        "faulted",
        "handed_on",
    )

    def __init__(
        self,
        engine: "Engine",
        session: "HeldSession",
        socket_id: int,
        category: Category = Category.LISTENING,
    ) -> None:
        super().__init__(engine, session, socket_id, category)
        self._accepts: deque[Operation] = deque()
        self.faulted = FaultedAccepts(self)
        self._again = False
        self._enabled = Indications.NONE
        self._indicated: dict[int, int] = {}  # sockets by the sequence of the event that told of them
        self._readable = False
        self._relay: Relay | None = None
        self._room: WaitingRoom | None = None
        self._stall = Stall(self, self._waiting)
        self.credit = CountedCredit(engine.limits.default_credit_connections)
        self.handed_on = Callbacks()
        """What sockets that are indicated tell from their first byte on."""

    @property
    def indications(self) -> Indications:
        """What the socket tells without being asked, and what it hands on."""
        return self._enabled | self.handed_on.enable

    @property
    def available_credit_connections(self) -> int:
        """Connections that may still be indicated."""
        return self.credit.available

    # Listening

    def listen_now(self) -> None:
        """Let the kernel take connections for a descriptor that is bound. Raises OSError."""
        assert self.descriptor is not None, "a bound socket has its descriptor"
        backlog = self.settings.get(OptionKind.BACKLOG, DEFAULT_BACKLOG)
        self.descriptor.listen(int(backlog))  # type: ignore[arg-type]  # the option's value is a number
        self.engine.poller.register(self.descriptor.fileno(), self)
        if self.settings.get(OptionKind.CONDITIONAL_ACCEPT):
            self._room = WaitingRoom(self)
        static = self.session.callbacks
        if static is not None:
            self._change(static)

    # Requests

    def accept_connection(self, operation: Operation, request: Accept) -> None:
        """Take the next connection."""
        self.permit(Request.ACCEPT)
        check_idle(relaying=self._relay is not None)
        check_callbacks_of_birth(request.callbacks)
        if request.faults:
            self.engine.faults_of(self.session).check(request.faults, Category.CONNECTION, accepted=True)
        self.accept(operation)
        self.faulted.promise(request, 1)
        self._accepts.append(operation)
        self.start_timer(operation, request.timeout)
        self.take()

    def relay(self, operation: Operation, request: RelayRequest) -> None:
        """Forward every connection to an upstream."""
        self.permit(Request.RELAY)
        check_idle(bool(self._accepts), bool(self._enabled), self._relay is not None)
        relay = Relay(self, operation, request)
        self.accept(operation)
        self._relay = relay
        self.take()

    def inspect_complete(self, operation: Operation, request: InspectComplete) -> None:
        """Decide about a connection that is held."""
        self.permit(Request.INSPECT_COMPLETE)
        room = self._room
        if room is None:
            raise malformed("inspect_id", "this listener holds no connections: conditional_accept is off")
        room.check(request.inspect_id)
        self.accept(operation)
        self.complete(operation, failure=room.decide(request.inspect_id, request.accept))
        self.take()

    def set_event_callbacks(self, operation: Operation, request: SetEventCallbacks) -> None:
        """Change what the socket indicates, and what it hands on."""
        self.permit(Request.SET_EVENT_CALLBACKS)
        check_callbacks(Category.LISTENING, request, self.session.static_indications)
        check_idle(relaying=self._relay is not None and Indications.CONNECTION in request.enable)
        self.accept(operation)
        self._change(request)
        self.complete(operation)
        self.take()

    def _change(self, request: SetEventCallbacks) -> None:
        own = Indications.CONNECTION
        self._enabled = (self._enabled | request.enable & own) & ~request.disable
        self.handed_on = Callbacks(
            self.handed_on.enable | request.enable & CONNECTION_KINDS,
            request.credit_bytes or self.handed_on.credit_bytes,
        )
        self.credit.limit = request.credit_connections or self.credit.limit

    def release(self, sequence: int, accepted_bytes: int | None, refuse: bool = False) -> None:
        """Take credit back; with `refuse`, reset the connection that was told of there."""
        self.permit(Request.RELEASE)
        if accepted_bytes is not None:
            raise malformed("accepted_bytes", "a connection is taken or refused, not in parts")
        if refuse and not self.credit.holds(sequence):
            raise malformed("sequence", f"event {sequence} is no unreleased connection of this socket")
        refused = self.session.sockets.get(self._indicated.get(sequence, 0)) if refuse else None
        for each in self.credit.release(sequence):
            del self._indicated[each]
        self._stall.over()
        if isinstance(refused, Connection):
            turn_down(refused)
        self.take()

    def cancel(self, operation: Operation) -> bool:
        """Take an accept back."""
        return self._withdraw(operation, CANCELLED)

    def time_out(self, operation: Operation) -> None:
        """The deadline of an accept has come."""
        self._withdraw(operation, TIMED_OUT)

    def _withdraw(self, operation: Operation, failure: Failure) -> bool:
        if self._relay is not None and operation is self._relay.operation:
            self._end_relay(failure)
            return True
        if operation not in self._accepts:
            return False
        self._accepts.remove(operation)
        self._end_accept(operation, failure)
        return True

    def _end_accept(self, operation: Operation, failure: Failure) -> None:
        """An accept, off the queue by now, gets no connection."""
        self.faulted.promise(operation.request, -1)
        self.complete(operation, failure=failure)

    # Connections

    def on_ready(self, mask: int) -> None:
        """Connections have arrived, or the host has ended the listener."""
        if mask & _DEAD:
            self.take_away(ended())
            return
        self._readable = True
        self.take()

    def room_again(self) -> None:
        """The journal has room: tell what waited for it."""
        if self.descriptor is not None:
            if self._room is not None:
                self._room.tell()
            self.take()

    def take(self) -> None:
        """Give connections to whoever wants them, until there are none or the turn is over."""
        for _ in range(_MOST_A_TURN):
            if self.descriptor is None or not self._step():
                return
        self.take_later(0)

    def take_later(self, delay: float) -> None:
        """Look for connections again after a time."""
        if not self._again:
            self._again = True
            self.engine.loop.call_later(delay, self._take_again)

    def _take_again(self) -> None:
        self._again = False
        self.take()

    def _step(self) -> bool:
        """Move one connection on; False when there is nothing to move now."""
        room = self._room
        if room is None:
            return self._wanted() and self._take_one()
        waiting = room.next_admitted
        if waiting is not None and self._may_hand_on():
            if self._full(held=1):
                return self._no_room(AGENT_FULL)
            room.hand_on(waiting)
            self._deliver(waiting)
            return True
        return self._may_hold() and self._take_one()

    def _may_hand_on(self) -> bool:
        """Whether somebody takes a connection that has its credit, if it needs one."""
        if self._relay is not None:
            return self._relay.may_take()
        return bool(self._accepts) or self._may_indicate()

    def _wanted(self) -> bool:
        if self._accepts or self._relay is not None:
            return self._may_hand_on()
        if not self._enabled:
            return False
        if not self.credit.available:
            self._stall.begin()
            return False
        return self._may_indicate()

    def _may_indicate(self) -> bool:
        """Whether an event may tell of a connection; a held one has its credit already."""
        return bool(self._enabled) and self._has_journal_room()

    def _may_hold(self) -> bool:
        if not self.credit.available:
            self._stall.begin()
            return False
        return self._has_journal_room()

    def _has_journal_room(self) -> bool:
        if self.session.journal.room_for_notice():
            return True
        self.session.stalled.add(self)
        return False

    def _full(self, held: int = 0) -> bool:
        needed = (1 if self._relay is None else SOCKETS_OF_A_CLIENT) - held
        return not self.engine.has_room(self.session, needed)

    def _take_one(self) -> bool:
        """Take a connection out of the kernel's queue; False when there is none, or no room for it."""
        if not self._readable or self.descriptor is None or self.local is None:
            return False
        if self.session.faults is not None and not self.faulted.may_take():
            return False
        if self._full():
            return self._no_room(AGENT_FULL)
        late = self.faulted.take_late()
        if late is not None:
            return self._arrived(late)
        try:
            connection = take_connection(self.descriptor, self.local, self._room)
        except BlockingIOError:
            self._readable = False
            return False
        except OSError as error:
            return self._accept_failed(error)
        self._stall.over()
        if self.session.faults is not None and not self.faulted.admits(connection):
            return True
        return self._arrived(connection)

    def faults_changed(self) -> None:
        """Faults have come or gone: what they kept from being accepted may be so now."""
        self.faulted.look()

    def _accept_failed(self, error: OSError) -> bool:
        if error.errno in OF_ONE_CONNECTION:
            return True
        if error.errno in LEFT_WAITING:
            return self._no_room(failure_from_errno(error.errno or 0, Phase.CONNECT, str(error)))
        self.take_away(ended(error))
        return False

    def _arrived(self, connection: HeldConnection) -> bool:
        if self._room is None:
            self._deliver(connection)
            return True
        failure = self._room.hold(connection)
        if failure is not None:
            self._fail_one(failure)
        return True

    def _deliver(self, connection: HeldConnection) -> None:
        """Make a socket of a connection, for the relay, the first accept or an indication."""
        if self._relay is not None:
            self._relay.take(connection)
            return
        made = Connection(self.engine, self.session, self.session.new_accepted_id())
        made.provenance = provenance(self.socket_id)
        result = AcceptResult(made.socket_id, connection.local, connection.remote, connection.inspect_id)
        accepting = self._accepts[0] if self._accepts else None
        request = None if accepting is None else accepting.request
        callbacks = request.callbacks if isinstance(request, Accept) else self.handed_on
        failure = adopt(made, connection, callbacks)
        if failure is not None:
            self._fail_one(failure)
            return
        if accepting is not None:
            self._accepts.popleft()
            accepting.faults += connection.faults
            self.faulted.keep_promise(request, made)
            self.complete(accepting, result)
        else:
            sequence = self.session.append(
                ConnectionAccepted(result), self.engine.clock(), socket_id=self.socket_id
            )
            self.credit.give(sequence)
            self._indicated[sequence] = made.socket_id
        made.read()

    def _no_room(self, failure: Failure) -> bool:
        """Nothing more can be taken now: one accept fails, the connections wait. Nothing has failed where none does."""
        admitted = self._room is not None and self._room.next_admitted is not None
        if admitted or self.queued():
            self._fail_one(failure)
        else:
            self._readable = False
        return False

    def _fail_one(self, failure: Failure) -> None:
        if self._accepts:
            self._end_accept(self._accepts.popleft(), failure)
        self.take_later(_PAUSE)

    def _waiting(self) -> bool:
        """Whether a connection waits for credit."""
        if self._room is None and (self._accepts or not self._enabled):
            return False
        return self.queued()

    def queued(self) -> bool:
        """Whether a connection is in the kernel's queue."""
        return self.descriptor is not None and connection_waits(self.descriptor)

    # The end

    def close(self, operation: Operation, request: Close) -> None:
        """Release the socket; sockets that it has accepted go on."""
        self.permit(Request.CLOSE_GRACEFULLY if request.graceful else Request.CLOSE)
        self.accept(operation, self.slots.take_close())
        self._end(CANCELLED_BY_CLOSE)
        self.finish_close((operation,), CloseResult(aborted=False, discarded_bytes=0))

    def _end_relay(self, failure: Failure) -> None:
        relay, self._relay = self._relay, None
        if relay is not None:
            relay.end(failure)

    def take_away(self, failure: Failure) -> None:
        """End the socket without a close having been asked for, and say so."""
        self._end(failure)
        super().take_away(failure)

    def _end(self, failure: Failure) -> None:
        self._end_relay(failure)
        while self._accepts:
            self._end_accept(self._accepts.popleft(), failure)
        if self._room is not None:
            self._room.close()
        self.faulted.close()
        self.release_descriptor()
