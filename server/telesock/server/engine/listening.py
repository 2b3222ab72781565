"""A listening socket: who gets the connections that arrive, and what is told of them.

An accept that waits goes before an indication; what neither wants stays in the kernel's queue, so that no cancel and no
lack of credit loses a connection. A host or an agent without room for another socket fails one accept, and only when a
connection waits; a listener that the host has ended is told of and gone. A listener listens from its bind on; a stream
socket becomes one by Listen.
"""

import contextlib
import select
import socket
from collections import deque
from typing import TYPE_CHECKING

from telesock.server.core.callbacks import CONNECTION_KINDS, check_callbacks
from telesock.server.core.counted_credit import CountedCredit
from telesock.server.core.events import AcceptResult, BindResult, CloseResult, ConnectionAccepted
from telesock.server.core.operations import Operation
from telesock.server.core.options import OptionKind
from telesock.server.core.refusal import malformed
from telesock.server.core.requests import (
    Accept,
    Bind,
    Callbacks,
    Close,
    Family,
    Indications,
    InspectComplete,
    SetEventCallbacks,
)
from telesock.server.core.states import Category, Request
from telesock.server.core.status import Failure, Phase, failure_from_errno
from telesock.server.engine import options
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
from telesock.server.engine.connection import Connection
from telesock.server.engine.inspecting import HeldConnection, WaitingRoom
from telesock.server.engine.sockets import CANCELLED, CANCELLED_BY_CLOSE, TIMED_OUT, Socket
from telesock.server.engine.stalls import Stall

if TYPE_CHECKING:
    from telesock.server.engine.engine import Engine
    from telesock.server.engine.sessions import HeldSession

DEFAULT_BACKLOG = 4096
_DEAD = select.EPOLLERR | select.EPOLLHUP
_MOST_A_TURN = 64
_PAUSE = 0.1  # seconds until a listener tries again after the host had no room


class Listener(Socket):
    """A socket that takes connections."""

    __slots__ = (
        "_accepts",
        "_again",
        "_enabled",
        "_indicated",
        "_readable",
        "_room",
        "_stall",
        "credit",
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
        self._again = False
        self._enabled = Indications.NONE
        self._indicated: dict[int, int] = {}  # sockets by the sequence of the event that told of them
        self._readable = False
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

    def bind(self, operation: Operation, request: Bind) -> None:
        """Take the local address and listen."""
        following = self.permit(Request.BIND)
        address = self.local_address(request.local)
        self.accept(operation)
        try:
            self._have_descriptor()
            self.bind_descriptor(address)
            with self.engine.sharing.sharing(self):
                self.listen_now()
        except OSError as error:
            self._unbind()
            self.complete(operation, failure=failure_from_errno(error.errno or 0, Phase.BIND, str(error)))
            return
        self.state = following
        assert self.local is not None, "it was just bound"
        self.complete(operation, BindResult(self.local))
        self.take()

    def _unbind(self) -> None:
        """Begin anew after a failed bind: listen(2) fails on a descriptor that is bound already."""
        if self.local is not None:
            self.local = None
            self.release_descriptor()
        with contextlib.suppress(OSError):  # the next bind tries again, and tells
            self._have_descriptor()

    def _have_descriptor(self) -> None:
        if self.descriptor is None:
            self.open(self.family)
            options.set_again(self)

    def open(self, family: Family) -> None:
        """Make the descriptor. Raises OSError."""
        super().open(family)
        assert self.descriptor is not None, "it was just made"
        if self.descriptor.family != socket.AF_UNIX:  # a port that was in use a minute ago is free, socket(7)
            self.descriptor.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)

    def take_over(self, bound: Socket) -> None:
        """Be what a bound socket was so far."""
        self.descriptor, self.family, self.local = bound.descriptor, bound.family, bound.local
        self.settings, self.pending = bound.settings, bound.pending
        self._slots = bound._slots

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
        check_callbacks(
            Category.CONNECTION,
            SetEventCallbacks(0, request.callbacks.enable, Indications.NONE),
            Indications.NONE,
        )
        self.accept(operation)
        self._accepts.append(operation)
        self.start_timer(operation, request.timeout)
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
        if operation not in self._accepts:
            return False
        self._accepts.remove(operation)
        self.complete(operation, failure=failure)
        return True

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
        self._take_later(0)

    def _take_later(self, delay: float) -> None:
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
        if waiting is not None and (self._accepts or self._may_indicate()):
            if self._full():
                return self._no_room(AGENT_FULL)
            room.hand_on(waiting)
            self._deliver(waiting)
            return True
        return self._may_hold() and self._take_one()

    def _wanted(self) -> bool:
        if self._accepts:
            return True
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

    def _full(self) -> bool:
        return self.engine.sockets >= self.engine.limits.sockets

    def _take_one(self) -> bool:
        """Take a connection out of the kernel's queue; False when there is none, or no room for it."""
        if not self._readable or self.descriptor is None or self.local is None:
            return False
        if self._full():
            return self._no_room(AGENT_FULL)
        try:
            connection = take_connection(self.descriptor, self.local, self._room)
        except BlockingIOError:
            self._readable = False
            return False
        except OSError as error:
            return self._accept_failed(error)
        self._stall.over()
        return self._arrived(connection)

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
        """Make a socket of a connection, for the first accept or for an indication."""
        made = Connection(self.engine, self.session, self.session.new_accepted_id())
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
        if admitted or self._queued():
            self._fail_one(failure)
        else:
            self._readable = False
        return False

    def _fail_one(self, failure: Failure) -> None:
        if self._accepts:
            self.complete(self._accepts.popleft(), failure=failure)
        self._take_later(_PAUSE)

    def _waiting(self) -> bool:
        """Whether a connection waits for credit."""
        if self._room is None and (self._accepts or not self._enabled):
            return False
        return self._queued()

    def _queued(self) -> bool:
        """Whether a connection is in the kernel's queue."""
        return self.descriptor is not None and connection_waits(self.descriptor)

    # The end

    def close(self, operation: Operation, request: Close) -> None:
        """Release the socket; sockets that it has accepted go on."""
        self.permit(Request.CLOSE_GRACEFULLY if request.graceful else Request.CLOSE)
        self.accept(operation, self.slots.take_close())
        self._end(CANCELLED_BY_CLOSE)
        self.finish_close((operation,), CloseResult(aborted=False, discarded_bytes=0))

    def take_away(self, failure: Failure) -> None:
        """End the socket without a close having been asked for, and say so."""
        self._end(failure)
        super().take_away(failure)

    def _end(self, failure: Failure) -> None:
        while self._accepts:
            self.complete(self._accepts.popleft(), failure=failure)
        if self._room is not None:
            self._room.close()
        self.release_descriptor()
