"""The receive side of a datagram socket: receives in order, then indications, then nothing.

Decides who gets the next datagram and when the kernel is asked for one: only for somebody who wants it and has room.
Datagrams that a client refused come again before all others: to a receive at once, as indications when the kind is
enabled anew, or, where it is enabled for the whole session, with the next datagram that arrives.

An error that an earlier datagram has brought back (ICMP, on a socket with a fixed remote) is the first pending receive's.
It stays with the kernel until a receive or a send asks for something; an indication that meets it passes it over.
"""

from collections import deque
from typing import TYPE_CHECKING

from telesock.server.core.counted_credit import CountedCredit
from telesock.server.core.events import Datagram, DatagramReceived, ReceiveFromResult
from telesock.server.core.journal import EVENT_COST
from telesock.server.core.operations import Operation
from telesock.server.core.requests import Endpoint, Indications, ReceiveFrom, SetEventCallbacks
from telesock.server.core.status import Failure, Phase, failure_from_errno
from telesock.server.engine.faulted_sending import add_faults
from telesock.server.engine.received_datagrams import LARGEST, datagram_waits, take_datagram
from telesock.server.engine.stalls import Stall
from telesock.server.engine.tcp_info import unread_bytes

if TYPE_CHECKING:
    from telesock.server.engine.datagrams import DatagramSocket

_TURN = 262_144  # bytes one socket may receive before others get their turn
_LEAST = 4_096  # bytes that a datagram counts at least in a turn: what a call costs


class DatagramReceives:
    """Who wants the datagrams of one socket, and what became of them."""

    __slots__ = (
        "_given",
        "_pending",
        "_refused",
        "_socket",
        "_stall",
        "credit",
        "enabled",
        "only_from",
        "readable",
    )

    def __init__(self, socket: "DatagramSocket", credit: int) -> None:
        self._socket = socket
        self._given: dict[int, Datagram] = {}  # by the sequence of the event; the journal counts their bytes
        self._pending: deque[Operation] = deque()
        self._refused: deque[Datagram] = deque()  # counted as well
        self._stall = Stall(socket, self._waits)
        self.credit = CountedCredit(credit)
        self.enabled = Indications.NONE
        self.only_from: Endpoint | None = None
        """Whose datagrams are heard; None for everybody's. What others sent before that was so is dropped."""
        self.readable = False

    # Receives

    def put(self, operation: Operation) -> None:
        """Queue a receive."""
        self._pending.append(operation)

    def withdraw(self, operation: Operation, failure: Failure) -> bool:
        """Complete one pending receive ahead of the others; False when it is none."""
        if operation not in self._pending:
            return False
        self._pending.remove(operation)
        self._socket.complete(operation, ReceiveFromResult(None), failure)
        return True

    def fail_first(self, error: OSError) -> None:
        """An error of an earlier datagram ends the first pending receive; it passes where there is none."""
        if self._pending:
            failure = failure_from_errno(error.errno or 0, Phase.RECEIVE, str(error))
            self._socket.complete(self._pending.popleft(), ReceiveFromResult(None), failure)

    # Credit

    def change(self, request: SetEventCallbacks) -> None:
        """Change what is indicated."""
        self.enabled = (self.enabled | request.enable & Indications.DATAGRAM) & ~request.disable
        self.credit.limit = request.credit_datagrams or self.credit.limit

    def release(self, sequence: int, refuse: bool) -> None:
        """Take credit back; with `refuse`, that datagram and all after it come again, and the kind is disabled."""
        if refuse and self.credit.holds(sequence):
            self._let_go(self.credit.release(sequence - 1))
            refused = [self._given.pop(each) for each in self.credit.refuse(sequence)]
            self._refused.extendleft(reversed(refused))
            self.enabled = self._for_good
        else:
            self._let_go(self.credit.release(sequence))
        self._stall.over()

    @property
    def _for_good(self) -> Indications:
        """The kind where it is enabled for the whole session, which a refusal does not disable."""
        return self._socket.session.static_indications & Indications.DATAGRAM

    def _let_go(self, sequences: list[int]) -> None:
        for each in sequences:
            self._hold(-len(self._given.pop(each).data))

    def _hold(self, size: int) -> None:
        """Let the journal count the bytes that are kept here for its session."""
        self._socket.session.journal.hold(size)

    # Turns

    def read(self) -> None:
        """Give datagrams to whoever wants them, until there are none or the turn is over."""
        left = _TURN
        while left > 0:
            taken = self._next()
            if taken is None:
                return
            left -= max(_LEAST, taken)
        self._socket.engine.read_later(self._socket)

    def _next(self) -> int | None:
        """Move one datagram; return its bytes, or None when there is none to move now."""
        if self._pending:
            request = self._pending[0].request
            assert isinstance(request, ReceiveFrom), "only receives are queued here"
            length = request.length or LARGEST
            return self._move(length, self._has_room_to_receive(length))
        if not self.enabled or (self._refused and not self._come_again()):
            return None
        if not self.credit.available:
            self._stall.begin()
            return None
        return self._move(LARGEST, self._has_room_to_indicate())

    def _come_again(self) -> bool:
        """Whether refused datagrams may be indicated: at once where the kind was enabled anew, else with the next."""
        descriptor = self._socket.descriptor
        return not self._for_good or (descriptor is not None and datagram_waits(descriptor))

    def _move(self, length: int, has_room: bool) -> int | None:
        """Take the next datagram, if there is room for it, and give it to whose turn it is."""
        if not has_room:
            self._socket.session.stalled.add(self._socket)
            self._stall.lacks_room()
            return None
        try:
            datagram = self._take(length)
        except BlockingIOError:
            self.readable = False
            return None
        except OSError as error:
            self.fail_first(error)
            return 0
        self._stall.over()
        if self.only_from is not None and datagram.remote != self.only_from:
            return 0
        if self._pending:
            self._serve(datagram)
        else:
            self._indicate(datagram)
        return len(datagram.data)

    def _serve(self, datagram: Datagram) -> None:
        operation = self._pending.popleft()
        if self._socket.faulted is not None:
            add_faults(operation, self._socket.faulted.touched)
        operation.moved = len(datagram.data)
        self._socket.complete(operation, ReceiveFromResult(datagram))

    def _indicate(self, datagram: Datagram) -> None:
        socket = self._socket
        self._hold(len(datagram.data))
        body = DatagramReceived(datagram)
        sequence = socket.session.append(body, socket.engine.clock(), socket_id=socket.socket_id)
        self.credit.give(sequence)
        self._given[sequence] = datagram

    # Room

    def _has_room_to_receive(self, length: int) -> bool:
        """Whether a completion may carry the next datagram, beside the notice of a stall."""
        room = self._socket.session.journal.byte_room(length + EVENT_COST) - EVENT_COST
        return room >= length or room >= min(length, self._next_size()) or not self._next_size()

    def _has_room_to_indicate(self) -> bool:
        """Whether an event may carry the next datagram: it counts there, and where it is held until its release."""
        journal = self._socket.session.journal
        return journal.room_for(2 * LARGEST) or journal.room_for(2 * self._next_size())

    def _next_size(self) -> int:
        """Bytes of the next datagram, 0 where there is none: what SIOCINQ tells of UDP sockets, udp(7)."""
        if self._refused:
            return len(self._refused[0].data)
        ready = None if self._socket.faulted is None else self._socket.faulted.next_size
        if ready is not None:
            return ready
        descriptor = self._socket.descriptor
        return 0 if descriptor is None else unread_bytes(descriptor)

    # Datagrams

    def _waits(self) -> bool:
        """Whether a datagram waits for credit or room."""
        descriptor = self._socket.descriptor
        if descriptor is None or not (self.enabled or self._pending):
            return False
        ready = self._socket.faulted is not None and self._socket.faulted.next_size is not None
        return bool(self._refused) or ready or datagram_waits(descriptor)

    def _take(self, length: int) -> Datagram:
        """Return the next datagram. Raises BlockingIOError when there is none, and OSError."""
        if self._refused:
            return self._take_refused(length)
        socket = self._socket
        if socket.faulted is not None and socket.descriptor is not None:
            return socket.faulted.take(length)
        if not self.readable or socket.descriptor is None:
            raise BlockingIOError
        assert socket.local is not None, "it is bound"
        return take_datagram(socket.descriptor, length, socket.local)

    def _take_refused(self, length: int) -> Datagram:
        datagram = self._refused.popleft()
        data = datagram.data
        self._hold(-len(data))
        cut = datagram.truncated or len(data) > length
        return datagram._replace(data=data[:length], truncated=cut)

    # The end

    @property
    def kept(self) -> int:
        """Bytes that were refused and have not come again."""
        return sum(len(datagram.data) for datagram in self._refused)

    def end(self, failure: Failure) -> None:
        """Complete every pending receive; nothing more will arrive."""
        while self._pending:
            self._socket.complete(self._pending.popleft(), ReceiveFromResult(None), failure)
        self._hold(-self.kept - sum(len(datagram.data) for datagram in self._given.values()))
        self._given.clear()
        self._refused.clear()
