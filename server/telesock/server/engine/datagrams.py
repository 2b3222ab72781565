"""A datagram socket: sends and receives in order, indications with a credit in datagrams, and one fixed peer or none.

Decides where datagrams may go and what a request means for the socket; what leaves is the business of
datagram_sending.py, what arrives that of datagram_receiving.py. The fixed remote is both a connect(2) and a comparison:
what had arrived from others before it was set is dropped. Where datagrams go is judged by the policy with each send.
"""

from typing import TYPE_CHECKING

from telesock.server.core.callbacks import check_callbacks
from telesock.server.core.counted_credit import CountedCredit
from telesock.server.core.events import BindResult, CloseResult
from telesock.server.core.operations import Operation
from telesock.server.core.options import Peer
from telesock.server.core.policy import PolicyAction
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
from telesock.server.engine.datagram_receiving import DatagramReceives
from telesock.server.engine.datagram_sending import DatagramSends
from telesock.server.engine.faulted_datagrams import FaultedDatagrams
from telesock.server.engine.judging import check_address, check_listen
from telesock.server.engine.poller import READ, WRITE
from telesock.server.engine.received_datagrams import hear_everybody, hear_only, open_datagram_descriptor
from telesock.server.engine.resolver import Address, literal_address
from telesock.server.engine.sockets import (
    CANCELLED,
    CANCELLED_BY_CLOSE,
    FAMILIES,
    TIMED_OUT,
    Socket,
    endpoint,
)

if TYPE_CHECKING:
    from telesock.server.engine.engine import Engine
    from telesock.server.engine.sessions import HeldSession

_NOBODY = Peer("", 0)


class DatagramSocket(Socket):
    """A socket that sends and receives datagrams."""

    __slots__ = ("faulted", "fixed_remote", "fixed_send_to", "receives", "sends")

    def __init__(self, engine: "Engine", session: "HeldSession", socket_id: int) -> None:
        super().__init__(engine, session, socket_id, Category.DATAGRAM)
        self.faulted: FaultedDatagrams | None = None
        """What faults do to its datagrams; None while there are none."""
        self.fixed_remote = self.fixed_send_to = _NOBODY
        self.receives = DatagramReceives(self, engine.limits.default_credit_datagrams)
        self.sends = DatagramSends(self)

    @property
    def indications(self) -> Indications:
        """What the socket tells without being asked."""
        return self.receives.enabled

    @property
    def credit(self) -> CountedCredit:
        """What of it is given and not released."""
        return self.receives.credit

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
        if request.local.port:  # any port is for the answers to what it sends
            check_listen(self, endpoint(address.sockaddr))
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
            self.receives.change(self.session.callbacks)
        assert self.local is not None, "it was just bound"
        if self.session.faults is not None:
            self.faults_changed()
        self.complete(operation, BindResult(self.local))

    # Faults

    def faults_changed(self) -> None:
        """Faults have come or gone: act as they say now."""
        if self.descriptor is None or self.local is None:
            return
        if self.faulted is None:
            self.faulted = FaultedDatagrams(self)
        self.faulted.look()

    def let_out(self) -> None:
        """What faults held and hold no longer leaves now, as far as the kernel takes it."""
        if self.descriptor is not None and self.faulted is not None:
            self.faulted.leave()

    def drop_faulted_if_idle(self) -> None:
        """A socket on which no fault acts has nothing to do with them."""
        if self.faulted is not None and self.faulted.idle:
            self.faulted.close()
            self.faulted = None
            self.receives.readable = True

    def held_by(self, fault: str) -> tuple[int, int]:
        """Bytes and datagrams that a fault holds back here."""
        return (0, 0) if self.faulted is None else self.faulted.held_by(fault)

    # Where to

    def destination(self, remote: Endpoint, field: str = "remote.host") -> Address:
        """Read a destination, or refuse it."""
        address = literal_address(remote.host, remote.port)
        if address is None or address.family != FAMILIES[self.family]:
            message = f"{remote.host!r} is no address of this {self.family.name} socket"
            raise malformed(field, message)
        check_address(self, PolicyAction.SEND_TO, endpoint(address.sockaddr))
        return address

    def check_fixed(self, peer: Peer) -> None:
        """Refuse a fixed address that no datagram may go to; an empty host clears it."""
        if not peer.host:
            return
        if not 1 <= peer.port <= 65_535:
            raise malformed("port", f"{peer.port} is not between 1 and 65535")
        self.destination(Endpoint(*peer), "host")

    def set_fixed_remote(self, peer: Peer) -> None:
        """Send to and hear one peer only, or everybody again. Raises OSError."""
        assert self.descriptor is not None, "a bound socket has its descriptor"
        assert self.local is not None, "and its address"
        if peer.host:
            address = self.destination(Endpoint(*peer), "host")
            self.receives.only_from = hear_only(self.descriptor, address.sockaddr)
        elif self.fixed_remote.host:
            hear_everybody(self.descriptor, self.local.port)
            self.receives.only_from = None
        self.fixed_remote = peer

    def set_fixed_send_to(self, peer: Peer) -> None:
        """Send to one peer unless another is named, or to none again."""
        self.fixed_send_to = peer

    def _fixed(self) -> Endpoint:
        """Where a send goes that names no destination."""
        fixed = self.fixed_remote if self.fixed_remote.host else self.fixed_send_to
        if not fixed.host:
            message = "remote: the socket has no fixed address, so each send has to name one"
            raise Refused(Reason.WRONG_STATE, message, state=self.state.name)
        return Endpoint(*fixed)

    # Requests

    def send_to(self, operation: Operation, request: SendTo) -> None:
        """Send datagrams."""
        self.permit(Request.SEND_TO)
        address = self.destination(self._fixed() if request.remote is None else request.remote)
        self.sends.check(request)
        self.accept(operation)
        self.start_timer(operation, request.timeout)
        self.sends.put(operation, request, address)

    def receive_from(self, operation: Operation, request: ReceiveFrom) -> None:
        """Receive a datagram."""
        self.permit(Request.RECEIVE_FROM)
        self.accept(operation)
        self.start_timer(operation, request.timeout)
        self.receives.put(operation)
        self.read()

    def set_event_callbacks(self, operation: Operation, request: SetEventCallbacks) -> None:
        """Change what the socket indicates."""
        self.permit(Request.SET_EVENT_CALLBACKS)
        check_callbacks(Category.DATAGRAM, request, self.session.static_indications)
        self.accept(operation)
        self.receives.change(request)
        self.complete(operation)
        self.read()

    def release(self, sequence: int, accepted_bytes: int | None, refuse: bool = False) -> None:
        """Take credit back, or datagrams that the client refuses."""
        self.permit(Request.RELEASE)
        if accepted_bytes is not None:
            raise malformed("accepted_bytes", "a datagram is taken or refused, not in parts")
        self.receives.release(sequence, refuse)
        self.read()
        self.session.room_again()

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
        return self.receives.withdraw(operation, failure)

    # What happens

    def on_ready(self, mask: int) -> None:
        """The descriptor's readiness changed."""
        if mask & WRITE:
            if self.faulted is not None:
                self.faulted.leave()
            self.sends.write()
        if mask & READ:
            self.receives.readable = True
            if self.faulted is not None:
                self.faulted.pull()
            self.read()

    def read(self) -> None:
        """Take the next turn in receiving."""
        if self.descriptor is not None:
            self.receives.read()

    def flush(self) -> None:
        """Take the next turn in sending."""
        self.sends.next_turn()

    def room_again(self) -> None:
        """The journal has room: go on with what waited for it."""
        self.read()

    # The end

    def close(self, operation: Operation, request: Close) -> None:
        """Release the socket."""
        self.permit(Request.CLOSE_GRACEFULLY if request.graceful else Request.CLOSE)
        self.accept(operation, self.slots.take_close())
        kept = self.receives.kept
        self._end(CANCELLED_BY_CLOSE)
        self.finish_close((operation,), CloseResult(aborted=False, discarded_bytes=kept))

    def take_away(self, failure: Failure) -> None:
        """End the socket without a close having been asked for, and say so."""
        self._end(failure)
        super().take_away(failure)

    def _end(self, failure: Failure) -> None:
        self.receives.end(failure)
        self.sends.end(failure)
        if self.faulted is not None:
            self.faulted.close()
        self.release_descriptor()
