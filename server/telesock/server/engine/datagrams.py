"""A datagram socket: sends and receives in order, indications with a credit in datagrams, and one fixed peer or none.

A send that the kernel does not take at once waits; each datagram leaves whole. An error that an earlier datagram has
brought back (ICMP, which Linux tells only of a socket with a fixed remote) fails the first receive that waits, and is
not blamed on the send that happens to meet it: that one is tried again. The fixed remote is both a connect(2) and a
comparison: what had arrived from others before it was set is dropped.
"""

import socket
from collections import deque
from typing import TYPE_CHECKING

from telesock.server.core.callbacks import check_callbacks
from telesock.server.core.counted_credit import CountedCredit
from telesock.server.core.events import (
    BindResult,
    CloseResult,
    Datagram,
    DatagramReceived,
    ReceiveFromResult,
)
from telesock.server.core.journal import EVENT_COST
from telesock.server.core.operations import Operation
from telesock.server.core.options import Peer
from telesock.server.core.refusal import Reason, Refused, malformed
from telesock.server.core.requests import (
    Bind,
    Close,
    Endpoint,
    Family,
    Indications,
    OperationKind,
    ReceiveFrom,
    SendTo,
    SetEventCallbacks,
)
from telesock.server.core.states import Category, Request
from telesock.server.core.status import Failure, Phase, failure_from_errno
from telesock.server.engine.datagram_sending import DatagramSends
from telesock.server.engine.poller import READ, WRITE
from telesock.server.engine.received_datagrams import open_datagram_descriptor, take_datagram
from telesock.server.engine.resolver import Address, literal_address
from telesock.server.engine.sockets import (
    CANCELLED,
    CANCELLED_BY_CLOSE,
    FAMILIES,
    TIMED_OUT,
    Socket,
    endpoint,
    not_allowed,
)
from telesock.server.engine.stalls import Stall

if TYPE_CHECKING:
    from telesock.server.engine.engine import Engine
    from telesock.server.engine.sessions import HeldSession

_LARGEST = 65_535
_MOST_A_TURN = 64  # datagrams one socket may receive before others get their turn


class DatagramSocket(Socket):
    """A socket that sends and receives datagrams."""

    __slots__ = (
        "_enabled",
        "_given",
        "_readable",
        "_receives",
        "_refused",
        "_stall",
        "credit",
        "fixed_remote",
        "fixed_send_to",
        "sends",
    )

    def __init__(self, engine: "Engine", session: "HeldSession", socket_id: int) -> None:
        super().__init__(engine, session, socket_id, Category.DATAGRAM)
        self._enabled = Indications.NONE
        self._given: dict[int, Datagram] = {}
        self._readable = False
        self._receives: deque[Operation] = deque()
        self._refused: deque[Datagram] = deque()
        self._stall = Stall(self, self._waiting)
        self.credit = CountedCredit(engine.limits.default_credit_datagrams)
        self.fixed_remote = self.fixed_send_to = _NOBODY
        self.sends = DatagramSends(self)

    @property
    def indications(self) -> Indications:
        """What the socket tells without being asked."""
        return self._enabled

    @property
    def available_credit_datagrams(self) -> int:
        """Datagrams that may still be indicated."""
        return self.credit.available

    def check_family(self, family: Family) -> None:
        """Refuse Unix-domain datagrams."""
        if family is Family.UNIX:
            raise malformed("spec.family", "datagram sockets are IPv4 or IPv6, not Unix-domain")

    def open(self, family: Family) -> None:
        """Make the descriptor. Raises OSError."""
        self.descriptor = open_datagram_descriptor(FAMILIES[family])
        self.family = family

    def bind(self, operation: Operation, request: Bind) -> None:
        """Take the local address; from then on datagrams arrive."""
        following = self.permit(Request.BIND)
        address = self.local_address(request.local)
        self.accept(operation)
        try:
            self.bind_descriptor(address)
            assert self.descriptor is not None, "it was just bound"
            self.engine.poller.register(self.descriptor.fileno(), self)
        except OSError as error:
            self.complete(operation, failure=failure_from_errno(error.errno or 0, Phase.BIND, str(error)))
            return
        self.state = following
        if self.session.callbacks is not None:
            self._change(self.session.callbacks)
        assert self.local is not None, "it was just bound"
        self.complete(operation, BindResult(self.local))

    # Where to

    def check_fixed(self, peer: Peer) -> None:
        """Refuse a fixed address that no datagram may go to; an empty host clears it."""
        if peer.host:
            self.destination(Endpoint(peer.host, peer.port))

    def destination(self, remote: Endpoint) -> Address:
        """Read a destination, or refuse it."""
        address = literal_address(remote.host, remote.port)
        if address is None or address.family != FAMILIES[self.family]:
            raise malformed("remote.host", f"{remote.host!r} is no address of this {self.family.name} socket")
        if not self.engine.policy.allows(*endpoint(address.sockaddr)):
            raise not_allowed(*remote)
        return address

    def set_fixed_remote(self, peer: Peer) -> None:
        """Send to and hear one peer only, or everybody again. Raises OSError."""
        assert self.descriptor is not None, "a bound socket has its descriptor"
        if peer.host:
            self.descriptor.connect((peer.host, peer.port))
        else:
            _disconnect(self.descriptor)
            self._keep_port(self.descriptor)
        self.fixed_remote = peer

    def _keep_port(self, descriptor: socket.socket) -> None:
        """A port that the host chose is given up with the fixed remote: take it again."""
        assert self.local is not None, "a bound socket has its address"
        if descriptor.getsockname()[1] != self.local.port:
            descriptor.bind((self.local.host, self.local.port))

    def set_fixed_send_to(self, peer: Peer) -> None:
        """Send to one peer unless another is named, or to none again."""
        self.fixed_send_to = peer

    # Requests

    def send_to(self, operation: Operation, request: SendTo) -> None:
        """Send datagrams."""
        self.permit(Request.SEND_TO)
        remote = request.remote
        if remote is None:
            fixed = self.fixed_remote if self.fixed_remote.host else self.fixed_send_to
            if not fixed.host:
                message = "remote: the socket has no fixed address, so each send has to name one"
                raise Refused(Reason.WRONG_STATE, message, state=self.state.name)
            remote = Endpoint(*fixed)
        address = self.destination(remote)
        self.sends.check(request)
        self.accept(operation)
        self.start_timer(operation, request.timeout)
        self.sends.put(operation, request, address)

    def receive_from(self, operation: Operation, request: ReceiveFrom) -> None:
        """Receive a datagram."""
        self.permit(Request.RECEIVE_FROM)
        self.accept(operation)
        self._receives.append(operation)
        self.start_timer(operation, request.timeout)
        self.read()

    def set_event_callbacks(self, operation: Operation, request: SetEventCallbacks) -> None:
        """Change what the socket indicates."""
        self.permit(Request.SET_EVENT_CALLBACKS)
        check_callbacks(Category.DATAGRAM, request, self.session.static_indications)
        self.accept(operation)
        self._change(request)
        self.complete(operation)
        self.read()

    def _change(self, request: SetEventCallbacks) -> None:
        self._enabled = (self._enabled | request.enable & Indications.DATAGRAM) & ~request.disable
        self.credit.limit = request.credit_datagrams or self.credit.limit

    def release(self, sequence: int, accepted_bytes: int | None, refuse: bool = False) -> None:
        """Take credit back; with `refuse`, that datagram and all after it come again."""
        self.permit(Request.RELEASE)
        if accepted_bytes is not None:
            raise malformed("accepted_bytes", "a datagram is taken or refused, not in parts")
        if refuse and self.credit.holds(sequence):
            self._refuse(sequence)
        else:
            self._let_go(self.credit.release(sequence))
        self._stall.over()
        self.read()
        self.session.room_again()

    def _refuse(self, sequence: int) -> None:
        earlier = [each for each in self._given if each < sequence]
        refused = self.credit.refuse(sequence)
        self._refused.extendleft(self._given.pop(each) for each in reversed(refused))
        self._let_go(earlier)
        static = self.session.static_indications & Indications.DATAGRAM
        self._enabled = static  # a refusal disables the kind, unless it is for good

    def _let_go(self, sequences: list[int]) -> None:
        for each in sequences:
            datagram = self._given.pop(each)
            self.session.journal.hold(-len(datagram.data))

    def cancel(self, operation: Operation) -> bool:
        """Take an operation back; False for a send of which a datagram is out."""
        return self._withdraw(operation, CANCELLED)

    def time_out(self, operation: Operation) -> None:
        """The deadline of an operation has come."""
        if not self._withdraw(operation, TIMED_OUT):
            self.sends.cut(operation, TIMED_OUT)

    def _withdraw(self, operation: Operation, failure: Failure) -> bool:
        if operation.kind is OperationKind.SEND_TO:
            return self.sends.withdraw(operation, failure)
        if operation not in self._receives:
            return False
        self._receives.remove(operation)
        self.complete(operation, ReceiveFromResult(None), failure)
        return True

    # What arrives

    def on_ready(self, mask: int) -> None:
        """The descriptor's readiness changed."""
        if mask & WRITE:
            self.sends.write_again()
        if mask & READ:
            self._readable = True
            self.read()

    def read(self) -> None:
        """Give datagrams to whoever wants them, until there are none or the turn is over."""
        for _ in range(_MOST_A_TURN):
            if self.descriptor is None or not self._step():
                return
        self.engine.read_later(self)

    def _step(self) -> bool:
        """Move one datagram; False when there is nothing to move now."""
        if self._receives:
            return self._serve(self._receives[0])
        if not self._enabled or (self._refused and not self._come_again()):
            return False
        if not self.credit.available:
            self._stall.begin()
            return False
        return self._indicate()

    def _come_again(self) -> bool:
        """Whether refused datagrams may be indicated: at once where the kind was enabled anew, else with the next."""
        static = self.session.static_indications & Indications.DATAGRAM
        return not static or self._readable

    def _serve(self, operation: Operation) -> bool:
        request = operation.request
        assert isinstance(request, ReceiveFrom), "only receives are queued here"
        length = request.length or _LARGEST
        if self.session.journal.byte_room(length + EVENT_COST) - EVENT_COST < length:
            self.session.stalled.add(self)
            return False
        try:
            datagram = self._take(length)
        except OSError as error:
            self._receives.popleft()
            failure = failure_from_errno(error.errno or 0, Phase.RECEIVE, str(error))
            self.complete(operation, ReceiveFromResult(None), failure)
            return True
        if datagram is None:
            return False
        self._receives.popleft()
        operation.moved = len(datagram.data)
        self.complete(operation, ReceiveFromResult(datagram))
        return True

    def _indicate(self) -> bool:
        journal = self.session.journal
        if not journal.room_for(2 * _LARGEST):
            self.session.stalled.add(self)
            return False
        try:
            datagram = self._take(_LARGEST, counted=True)
        except OSError:  # of an earlier datagram, and nobody waits to be told
            return True
        if datagram is None:
            return False
        sequence = self.session.append(
            DatagramReceived(datagram), self.engine.clock(), socket_id=self.socket_id
        )
        self.credit.give(sequence)
        self._given[sequence] = datagram
        return True

    def _take(self, length: int, *, counted: bool = False) -> Datagram | None:
        """Return the next datagram, or None when there is none now. Raises OSError."""
        if self._refused:
            datagram = self._refused.popleft()
            if not counted:
                self.session.journal.hold(-len(datagram.data))
            cut = len(datagram.data) > length
            return datagram._replace(data=datagram.data[:length], truncated=datagram.truncated or cut)
        found = None
        while self._readable and found is None and self.descriptor is not None:
            try:
                found = take_datagram(self.descriptor, length, self.local)
            except BlockingIOError:
                self._readable = False
                return None
            if self.fixed_remote.host and found.remote != Endpoint(*self.fixed_remote):
                found = None
        if found is not None and counted:
            self.session.journal.hold(len(found.data))
        return found

    def room_again(self) -> None:
        """The journal has room: go on with what waited for it."""
        self.read()

    def _waiting(self) -> bool:
        """Whether a datagram waits."""
        if self.descriptor is None or not self._enabled:
            return False
        try:
            self.descriptor.recv(1, socket.MSG_PEEK)
        except OSError:
            return bool(self._refused)
        return True

    # The end

    def close(self, operation: Operation, request: Close) -> None:
        """Release the socket."""
        self.permit(Request.CLOSE_GRACEFULLY if request.graceful else Request.CLOSE)
        self.accept(operation, self.slots.take_close())
        kept = sum(len(datagram.data) for datagram in self._refused)
        self._end(CANCELLED_BY_CLOSE)
        self.finish_close((operation,), CloseResult(aborted=False, discarded_bytes=kept))

    def take_away(self, failure: Failure) -> None:
        """End the socket without a close having been asked for, and say so."""
        self._end(failure)
        super().take_away(failure)

    def _end(self, failure: Failure) -> None:
        while self._receives:
            self.complete(self._receives.popleft(), ReceiveFromResult(None), failure)
        self.sends.end(failure)
        kept = [*self._given.values(), *self._refused]
        self.session.journal.hold(-sum(len(datagram.data) for datagram in kept))
        self._given.clear()
        self._refused.clear()
        self.release_descriptor()


_NOBODY = Peer("", 0)
_UNSPECIFIED = bytes(16)  # a sockaddr whose family is AF_UNSPEC


def _disconnect(descriptor: socket.socket) -> None:
    """Hear everybody again: connect(2) to AF_UNSPEC, which Python's own connect cannot write."""
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    if library.connect(descriptor.fileno(), _UNSPECIFIED, len(_UNSPECIFIED)):
        number = ctypes.get_errno()
        raise OSError(number, "connect(AF_UNSPEC)")
