"""A connection socket: one TCP connection from its making to its end.

The parts have files of their own, each with its rules: connecting, sending, receiving, ending, interrupting. Here they
are put together: requests come in, readiness comes in, and each is handed to the part that it concerns. Order matters in
one place only: what has arrived is read before an error is looked at, so that a reset does not eat the bytes
before it.
"""

import socket
from typing import TYPE_CHECKING

from telesock.server.core.callbacks import check_callbacks_of_birth
from telesock.server.core.events import ConnectResult
from telesock.server.core.operations import Operation
from telesock.server.core.pattern import PatternData
from telesock.server.core.requests import (
    Close,
    Connect,
    Disconnect,
    Listen,
    Receive,
    Send,
)
from telesock.server.core.states import TRANSITIONS, Category, Happening, Request, State, step
from telesock.server.core.status import Failure, Phase, Status, failure_from_errno
from telesock.server.engine import interrupting
from telesock.server.engine.accepting import become_listener
from telesock.server.engine.connecting import Connecting, check_destination, family_of, new_descriptor
from telesock.server.engine.ending import LINGER_RESET, Ending
from telesock.server.engine.faulted_connection import FaultedConnection
from telesock.server.engine.faulted_streams import injected
from telesock.server.engine.options import check_options, keep
from telesock.server.engine.poller import ERROR, READ, WRITE
from telesock.server.engine.receiving import ReceiveQueue
from telesock.server.engine.sending import SendQueue
from telesock.server.engine.silence import SILENT
from telesock.server.engine.sockets import FAMILIES

if TYPE_CHECKING:
    from telesock.server.engine.engine import Engine
    from telesock.server.engine.sessions import HeldSession


class Connection(FaultedConnection):
    """One TCP connection."""

    __slots__ = (
        "_connecting",
        "_dirty",
        "_ending",
        "_error",
        "readable",
        "sends",
        "writable",
    )

    def __init__(
        self,
        engine: "Engine",
        session: "HeldSession",
        socket_id: int,
        category: Category = Category.CONNECTION,
    ) -> None:
        super().__init__(engine, session, socket_id, category)
        self._connecting: Connecting | None = None
        self._dirty = False
        self._ending: Ending | None = None
        self._error = 0
        self.faulted = None
        self.readable = False
        self.writable = False
        self.peer_finished = False
        self.failure: Failure | None = None
        self.sends = SendQueue(self)
        self.receives = ReceiveQueue(self, engine.limits.default_credit_bytes)

    @property
    def send_offset(self) -> int:
        """Bytes accepted for sending so far."""
        return self.sends.accepted

    @property
    def receive_offset(self) -> int:
        """Bytes given to the client so far."""
        return self.receives.offset

    @property
    def ending(self) -> Ending:
        """How the connection ends; nothing is kept of that until somebody asks."""
        if self._ending is None:
            self._ending = Ending(self)
        return self._ending

    def progress(self) -> None:
        """Go on with the end, if there is one."""
        if self._ending is not None:
            self._ending.progress()

    def happen(self, happening: Happening) -> None:
        """Let a happening move the state, as the table says."""
        self.state = step(self.category, self.state, happening)

    # Connecting

    def connect(self, operation: Operation, request: Connect) -> None:
        """Begin to connect a bound socket."""
        following = self.permit(Request.CONNECT)
        self._begin_connect(operation, request, following)

    def make_and_connect(self, operation: Operation, request: Connect) -> None:
        """Begin to connect a socket that exists for this connect only, until it has succeeded."""
        self.family = family_of(request)
        check_options(self, request.options, self.family)
        keep(self, request.options)
        self._begin_connect(operation, request, State.CONNECTING)

    def _begin_connect(self, operation: Operation, request: Connect, following: State) -> None:
        literal = check_destination(self, request)
        check_callbacks_of_birth(request.callbacks)
        if request.faults:
            self.engine.faults_of(self.session).check(request.faults, self.category)
        self.accept(operation)
        if request.make:
            self.enter()
        if request.faults:
            self.engine.faults_of(self.session).bear(request.faults, self)
        self.state = following
        default = self.engine.limits.default_connect_timeout
        timeout = default if request.timeout is None else request.timeout
        self._connecting = Connecting(self, operation, timeout)
        self._connecting.start(literal)

    def established(self, operation: Operation, result: ConnectResult) -> None:
        """A connection exists: complete the connect, then let data flow."""
        request = operation.request
        assert isinstance(request, Connect), "a connect was under way"
        said = 0 if self._connecting is None else self._connecting.said
        self._connecting = None
        self.local, self.remote = result.local, result.remote
        self.set_family()
        self.happen(Happening.CONNECTION_ESTABLISHED)
        self.readable = self.writable = True
        self.begin_indicating(request.callbacks)
        self.sends.accepted = self.sends.written = said
        if self.session.faults is not None:
            self.faults_changed()
        if len(request.initial_data) > said:
            self.sends.put(request.initial_data[said:])
        self.complete(operation, result)
        self.flush()
        self.read()

    def set_family(self) -> None:
        """The descriptor tells the family."""
        assert self.descriptor is not None, "a connection has its descriptor"
        self.family = _FAMILIES[self.descriptor.family]

    def connect_failed(self, operation: Operation, result: ConnectResult, failure: Failure) -> None:
        """No connection: the socket is bound as before, or gone if the connect had made it."""
        request = operation.request
        assert isinstance(request, Connect), "a connect was under way"
        self._connecting = None
        self.happen(Happening.CONNECT_FAILED)
        if request.make:
            self.forget()
        else:
            self._bind_again()
        self.complete(operation, result, failure)

    def _bind_again(self) -> None:
        """A descriptor that failed to connect may have lost its port: take a new one like it."""
        if self.descriptor is not None:  # nothing was tried with it: it is bound as before
            return
        try:
            self.descriptor = new_descriptor(self, FAMILIES[self.family], self.local)
        except OSError:
            self.descriptor = None  # the next connect tries again, and tells

    def end_connecting(self, failure: Failure) -> None:
        """Stop a connect that is under way."""
        if self._connecting is not None:
            self._connecting.end(failure)

    def listen(self, operation: Operation, request: Listen) -> None:
        """Take connections from now on, as a stream socket that is bound may."""
        become_listener(self, operation, request)

    # Requests on a connection

    def send(self, operation: Operation, request: Send) -> None:
        """Queue a send; it leaves at the next flush."""
        if _SEND not in _ROWS[self.state]:
            self.permit(_SEND)
        sends = self.sends
        sends.check(request)
        self.session.accept(operation)
        self.pending += 1
        if self.faulted is not None:
            self.faulted.asked(operation.operation_id)
        broken = None if self.faulted is None else self.faulted.broken
        if self.failure is not None or broken is not None:
            sends.accepted += len(request.data) + request.pattern_length  # so what is behind it fails too
            self.complete(operation, failure=self.failure or broken)
            return
        if request.pattern is None:
            sends.put(request.data, operation)
        else:
            sends.put_pattern(PatternData(*request.pattern, request.pattern_length), operation)
        if request.timeout is not None:
            self.start_timer(operation, request.timeout)
        if not self._dirty:
            self._dirty = True
            self.engine.flush_later(self)

    def receive(self, operation: Operation, request: Receive) -> None:
        """Queue a receive and serve what can be served."""
        self.permit(Request.RECEIVE)
        self.accept(operation)
        if self.faulted is not None:
            self.faulted.asked(operation.operation_id)
        self.receives.put(operation)
        self.start_timer(operation, request.timeout)
        self.read()
        if self.failure is not None:
            self.receives.end(self.failure)

    def disconnect(self, operation: Operation, request: Disconnect) -> None:
        """Disconnect, gracefully or abortively."""
        if self.faulted is not None and not request.abortive:
            self.faulted.asked(operation.operation_id)
        if request.abortive:
            self.ending.abort(operation)
        else:
            self.ending.disconnect(operation, request)

    def close(self, operation: Operation, request: Close) -> None:
        """Release the socket."""
        self.ending.close(operation, request)

    def cancel(self, operation: Operation) -> bool:
        """Complete a pending operation as cancelled; False when it is too late for that."""
        return interrupting.cancel(self, operation)

    def time_out(self, operation: Operation) -> None:
        """The deadline of a pending operation has come."""
        interrupting.time_out(self, operation)

    # What happens

    def on_ready(self, mask: int) -> None:
        """The descriptor's readiness changed."""
        if self._connecting is not None:
            self._connecting.on_ready()
            return
        if mask & WRITE:
            self.writable = True
            self.flush()
        if mask & READ and self.state not in SILENT:  # reading would open the window
            self.readable = True
            if self.faulted is not None and self.faulted.receiving is not None:
                self.faulted.receiving.pull()
            self.read()
        if mask & ERROR and self.descriptor is not None:  # writing or reading may have met it already
            error = self.take_error()
            if error:
                self.lost(error, Phase.RECEIVE)
        if self._ending is not None:
            self._ending.look()
        if self._backlog is not None:
            self._backlog.look()

    def flush(self) -> None:
        """Write what is queued, complete what is done by it, and go on with the end if there is one."""
        done = self.write()
        if done:
            self.session.succeed(done, self.engine.clock())
        self.progress()

    def write(self) -> list[Operation]:
        """Write what is queued; return the sends that are done, which the caller completes before all else."""
        self._dirty = False
        done = self.sends.write()
        self.let_go(done)
        if self._backlog is not None:
            self._backlog.look_soon()
        return done

    def read(self) -> None:
        """Read for whoever wants data."""
        self.receives.read()

    def take_error(self) -> int:
        """Return the connection's error, if it has one; asking the kernel clears it there."""
        if self.descriptor is not None and not self._error:
            self._error = self.descriptor.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        return self._error

    def peer_fin(self, faults: tuple[str, ...] = (), made_by: str = "") -> None:
        """The peer's FIN, after the last of its data; or what looks like one after a reset, or a fault's doing."""
        if self._error:
            self.reading_failed(self._error)
            return
        self.peer_finished = True
        if made_by and self.faulted is not None:
            self.faulted.end_cause = injected(made_by, Status.SUCCESS, Phase.RECEIVE).cause
        self.happen(Happening.PEER_FIN)
        self.receives.end_of_stream()
        self.indicate_end()
        self.ending.maybe_finish_close()

    def lost(self, number: int, phase: Phase) -> None:
        """The peer or the network has ended the connection; what had arrived is read before that is told."""
        receiving = None if self.faulted is None else self.faulted.receiving
        if receiving is not None and self.descriptor is not None and receiving.holds_loss(number, phase):
            return
        self._error = number
        self.readable = True
        self.receives.read_rest()
        if self.descriptor is not None:
            self._lose(failure_from_errno(number, phase))

    def reading_failed(self, number: int) -> None:
        """Reading has come to the connection's loss: nothing is left to be read."""
        self._lose(failure_from_errno(number, Phase.RECEIVE))

    def lose(self, number: int, phase: Phase, faults: tuple[str, ...]) -> None:
        """The loss of the connection has come through its faults."""
        self._error = number
        if self.descriptor is not None:
            self._lose(failure_from_errno(number, phase))

    def reset_by(self, fault: str) -> None:
        """A fault resets the connection: a RST to the peer, and the same here as if the peer had sent one."""
        over = (
            Happening.CONNECTION_LOST not in TRANSITIONS[self.category][self.state]
        )  # both sides have ended
        if self.descriptor is None or over:
            return
        self.descriptor.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
        self._lose(injected(fault, Status.CONNECTION_RESET, Phase.RECEIVE, "ECONNRESET"))

    def _lose(self, failure: Failure) -> None:
        self.ending.end_all(failure)
        if self.state is State.CLOSING:
            self.ending.finish_close()
            return
        self.failure = failure
        self.happen(Happening.CONNECTION_LOST)
        self.ending.drop_descriptor(reset=False)
        self.indicate_end()

    def room_again(self) -> None:
        """The journal has room: go on with what waited for it, unless the connection is over."""
        if self.state in _OVER:
            return
        self.read()
        self.indicate_end()
        if self._backlog is not None:
            self._backlog.look()

    def take_away(self, failure: Failure) -> None:
        """End the connection with a reset, without a close having been asked for, and say so."""
        if self.state is State.CLOSING:
            self.ending.finish_close()
            return
        self.end_connecting(failure)
        self.ending.reset(failure)
        if self.state is not State.CLOSED:
            super().take_away(failure)


_FAMILIES = {number: family for family, number in FAMILIES.items()}
_SEND = Request.SEND
_ROWS = TRANSITIONS[Category.CONNECTION]
_OVER = (State.ABORTED, State.CLOSED)
