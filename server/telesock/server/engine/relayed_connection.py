"""The two sockets of a relayed connection, and how one's end becomes the other's.

The end of one side's stream is passed on by itself, so that each direction ends on its own; when both have ended and
both peers have acknowledged it, the sockets are closed. Whatever else ends one of them, a reset above all, resets the
other. Nobody is asked for data and nobody is told of it: only the relay reads and writes here.
"""

import socket
from typing import TYPE_CHECKING

from telesock.server.core.events import CloseResult, ConnectResult
from telesock.server.core.operations import Operation
from telesock.server.core.requests import Callbacks, Close, Connect, Disconnect, Family, OperationKind
from telesock.server.core.states import Happening, Request, State
from telesock.server.core.status import Cause, Failure, Origin, Phase, Status
from telesock.server.engine.accepting import adopt
from telesock.server.engine.connecting import Connecting, family_of
from telesock.server.engine.connection import Connection
from telesock.server.engine.forwarding import Forwarder
from telesock.server.engine.inspecting import HeldConnection
from telesock.server.engine.resolver import Address
from telesock.server.engine.sockets import CANCELLED_BY_CLOSE

if TYPE_CHECKING:
    from telesock.server.engine.relaying import Relay

_NO_CALLBACKS = Callbacks()


class RelayedConnection(Connection):
    """One of the two sockets."""

    __slots__ = ("incoming", "outgoing", "pair")

    incoming: Forwarder
    """Takes what the peer sends to the other socket."""
    outgoing: Forwarder
    """Brings what the other socket's peer sends."""
    pair: "RelayedPair"

    def begin_indicating(self, callbacks: Callbacks) -> None:
        """Nothing is told of the data, whatever the session's sockets tell otherwise."""

    # Moving

    def read(self) -> None:
        """Pass on what the peer has sent."""
        self.incoming.go_on()

    def flush(self) -> None:
        """The peer takes more: write what waits, and bring what comes behind it."""
        self.write_out()
        self.outgoing.go_on()

    def write_out(self) -> None:
        """Write what is queued here."""
        super().flush()

    def faults_changed(self) -> None:
        """Faults have come or gone: bytes may have to go another way, or on."""
        super().faults_changed()
        self.pair.go_on()

    # Connecting

    def begin_connect(self, request: Connect, timeout: float, literal: Address | None) -> None:
        """Connect to the upstream; nobody but the relay is told how that ends."""
        self.family = family_of(request)
        self.state = State.CONNECTING
        self.enter()
        operation = Operation(0, OperationKind.CONNECT, request, 0)
        self._connecting = Connecting(self, operation, timeout)
        self._connecting.start(literal)

    def established(self, operation: Operation, result: ConnectResult) -> None:
        """The upstream has answered."""
        self._connecting = None
        self.local, self.remote = result.local, result.remote
        self.set_family()
        self.happen(Happening.CONNECTION_ESTABLISHED)
        self.readable = self.writable = True
        self.be_relayed()
        self.pair.connected()

    def connect_failed(self, operation: Operation, result: ConnectResult, failure: Failure) -> None:
        """There is no upstream."""
        self._connecting = None
        self.happen(Happening.CONNECT_FAILED)
        self.pair.end(failure)

    def be_relayed(self) -> None:
        """The connection is the relay's from now on. It holds back nothing of its own accord."""
        self.happen(Happening.RELAYED)
        if self.descriptor is not None and self.family is not Family.UNIX:
            self.descriptor.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    # Ending

    def happen(self, happening: Happening) -> None:
        """Let the other socket have its share of what ends this one."""
        super().happen(happening)
        if happening is Happening.CONNECTION_LOST:
            self.pair.end(self.failure or _LOST)
        elif happening is Happening.FIN_ACKNOWLEDGED:
            self.pair.end_if_both_have()

    def lost(self, number: int, phase: Phase) -> None:
        """The connection is lost; what had arrived before goes on first."""
        if self.faulted is None or self.faulted.receiving is None:  # what faults have goes their way
            self._error = number
            self.readable = True
            self.read()
        if self.descriptor is not None:
            super().lost(number, phase)

    def close(self, operation: Operation, request: Close) -> None:
        """Release the socket, and with it the other."""
        self.permit(Request.CLOSE_GRACEFULLY if request.graceful else Request.CLOSE)
        self.accept(operation, self.slots.take_close())
        aborted = self.state is State.RELAYING
        self.pair.end(CANCELLED_BY_CLOSE)
        self.complete(operation, CloseResult(aborted, discarded_bytes=0))

    def disconnect(self, operation: Operation, request: Disconnect) -> None:
        """Reset the connection, and with it the other. Its graceful end is its peers' business."""
        self.permit(Request.ABORT if request.abortive else Request.DISCONNECT)
        self.accept(operation, self.slots.take_disconnect(abortive=True))
        result = self.ending.result()
        self.pair.end(_ABORTED)
        self.complete(operation, result)

    def take_away(self, failure: Failure) -> None:
        """End the socket without a close having been asked for; the relay tells of it."""
        self.pair.end(failure)

    def vanish(self, failure: Failure | None) -> None:
        """Leave the session: by a reset where there is a failure."""
        if failure is None:
            self.ending.drop_descriptor(reset=False)
        else:
            self.end_connecting(failure)
            self.ending.reset(failure)
        if self.session.jobs:
            self.session.socket_gone(self.socket_id)
        self.forget()


class RelayedPair:
    """One client of a relay: the socket that was accepted, and the one that is connected to the upstream."""

    def __init__(self, relay: "Relay") -> None:
        listener = relay.listener
        session = listener.session
        self._relay = relay
        self._over = False
        self.is_connected = False
        self.downstream = RelayedConnection(listener.engine, session, session.new_accepted_id())
        self.upstream = RelayedConnection(listener.engine, session, session.new_accepted_id())
        self.to_upstream = Forwarder(self.downstream, self.upstream, relay.pipes)
        self.to_client = Forwarder(self.upstream, self.downstream, relay.pipes)
        self.downstream.provenance, self.upstream.provenance = relay.provenance
        self.downstream.pair = self.upstream.pair = self
        self.downstream.incoming = self.upstream.outgoing = self.to_upstream
        self.downstream.outgoing = self.upstream.incoming = self.to_client

    def begin(self, held: HeldConnection) -> None:
        """Make a socket of a client's connection, and connect the other one."""
        failure = adopt(self.downstream, held, _NO_CALLBACKS)
        if failure is not None:
            self.downstream.remote = held.remote
            self.end(failure)
            return
        self.downstream.be_relayed()
        self.upstream.begin_connect(*self._relay.to_upstream)

    def connected(self) -> None:
        """Both sockets are connected: that is told before bytes move and faults can end it."""
        self.is_connected = True
        self._relay.connected(self)
        if self.upstream.session.faults is not None:
            self.upstream.faults_changed()
        self.go_on()

    def go_on(self) -> None:
        """Move what can be moved."""
        self.to_upstream.go_on()
        self.to_client.go_on()

    def end_if_both_have(self) -> None:
        """Close both sockets when both directions have ended."""
        both = (self.downstream, self.upstream)
        if all(each.peer_finished and each.ending.fin_acknowledged for each in both):
            self.end(None)

    def end(self, failure: Failure | None) -> None:
        """Give both sockets up, by a reset where there is a failure. Nothing is done when they are."""
        if self._over:
            return
        self._over = True
        for each in (self.downstream, self.upstream):
            each.vanish(failure)
        for way in (self.to_upstream, self.to_client):
            way.release()
        self._relay.ended(self, failure)


_LOST = Failure(Status.CONNECTION_RESET, Cause(Origin.PEER, Phase.RECEIVE, detail="the connection was lost"))
_ABORTED = Failure(
    Status.CONNECTION_ABORTED,
    Cause(Origin.CANCEL, Phase.DISCONNECT, detail="an abortive disconnect of one of its sockets"),
)
