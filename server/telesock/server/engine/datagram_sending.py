"""The send side of a datagram socket: sends leave in order, each datagram whole, as soon as the kernel takes them.

After so many datagrams the other sockets get their turn: an agent's loop is not held up by one that sends thousands. An
error may be one that an earlier datagram has brought back (ICMP, which Linux tells only of a socket with a fixed
remote). Asking takes it away, so the send is tried again: what fails then has failed by itself. The earlier error is told
to the receive that waits, if one does.
"""

import socket
from collections import deque
from typing import TYPE_CHECKING

from telesock.server.core.events import SendToResult
from telesock.server.core.operations import Operation
from telesock.server.core.requests import SendTo
from telesock.server.core.status import Failure, Phase, failure_from_errno
from telesock.server.engine.resolver import Address, SocketAddress
from telesock.server.engine.sending import too_many_pending

if TYPE_CHECKING:
    from telesock.server.engine.datagrams import DatagramSocket

_TURN = 1_048_576  # bytes that one socket sends before others get their turn
_LEAST = 4_096  # bytes that a datagram counts at least in a turn: what a call costs
_HEADERS = 28  # bytes of UDP and IPv4 that each datagram has: so that empty ones do not wait in any number


class _Sending:
    """One send under way."""

    __slots__ = ("address", "datagrams", "operation", "sent")

    def __init__(self, operation: Operation, request: SendTo, address: Address) -> None:
        self.operation = operation
        self.datagrams = request.datagrams
        self.address = address
        self.sent = 0

    @property
    def unsent(self) -> int:
        """What is not out yet counts so many bytes."""
        return _size(self.datagrams[self.sent :])


class DatagramSends:
    """The sends that one socket has accepted."""

    __slots__ = ("_left", "_queue", "_resting", "_socket", "unsent")

    def __init__(self, sender: "DatagramSocket") -> None:
        self._socket = sender
        self._queue: deque[_Sending] = deque()
        self._left = _TURN
        self._resting = False  # its turn is over, the next one comes
        self.unsent = 0

    def check(self, request: SendTo) -> None:
        """Refuse more than may wait here."""
        engine, size = self._socket.engine, _size(request.datagrams)
        limits = engine.limits
        if self.unsent + size > limits.pending_send_bytes:
            raise too_many_pending("socket", self.unsent, limits.pending_send_bytes)
        if engine.pending_send_bytes + size > limits.total_pending_send_bytes:
            raise too_many_pending("agent", engine.pending_send_bytes, limits.total_pending_send_bytes)
        session = self._socket.session
        if (
            session.account.counts_bytes
            or session.pending_send_bytes + size > limits.session_pending_send_bytes
        ):
            session.account.check_bytes(session, size)

    def put(self, operation: Operation, request: SendTo, address: Address) -> None:
        """Queue a send, and let it leave if nothing is before it."""
        self._queue.append(_Sending(operation, request, address))
        self._count(_size(request.datagrams))
        if len(self._queue) == 1:
            self.write()

    def next_turn(self) -> None:
        """Go on after the others had their turn."""
        self._resting = False
        self._left = _TURN
        self.write()

    def write(self) -> None:
        """Send until there is nothing left, the kernel takes no more or the turn is over."""
        while self._queue and not self._resting:
            first = self._queue[0]
            try:
                done = self._send(first)
            except BlockingIOError:
                return
            except OSError as error:
                self._finish(first, failure_from_errno(error.errno or 0, Phase.SEND, str(error)))
                continue
            if done:
                self._finish(first)
            else:
                self._resting = True
                self._socket.engine.write_later(self._socket)

    def _send(self, sending: _Sending) -> bool:
        """Send what is left of one send; False when the turn is over before that. Raises OSError."""
        descriptor, sockaddr = self._socket.descriptor, sending.address.sockaddr
        assert descriptor is not None, "nothing is queued on a socket that is closed"
        before, datagrams = sending.sent, sending.datagrams
        faulted = self._socket.faulted
        try:
            for data in datagrams[before:]:
                if self._left <= 0:
                    return False
                if faulted is not None:
                    faulted.send(data, sockaddr, sending.operation)
                else:
                    self._send_one(descriptor, data, sockaddr)
                self._left -= max(_LEAST, len(data))
                sending.sent += 1
            return True
        finally:
            size = _size(datagrams[before : sending.sent])
            sending.operation.moved += size - _HEADERS * (sending.sent - before)
            self._count(-size)

    def _send_one(self, descriptor: socket.socket, data: bytes, sockaddr: SocketAddress) -> None:
        try:
            descriptor.sendto(data, sockaddr)
        except OSError as error:
            self._send_again(descriptor, data, sockaddr, error)

    def _send_again(
        self, descriptor: socket.socket, data: bytes, sockaddr: SocketAddress, before: OSError
    ) -> None:
        """Try once more what has met an error that may be another's, and tell that one to whom it concerns."""
        if isinstance(before, BlockingIOError) or not self._socket.fixed_remote.host:
            raise before
        try:
            descriptor.sendto(data, sockaddr)
        except OSError as error:
            if error.errno != before.errno:
                self._socket.receives.fail_first(before)
            raise
        self._socket.receives.fail_first(before)

    def withdraw(self, operation: Operation, failure: Failure) -> bool:
        """Take back a send of which nothing is out; False when it is too late."""
        found = self._find(operation)
        if found is None or found.sent:
            return False
        self._finish(found, failure)
        return True

    def cut(self, operation: Operation, failure: Failure) -> None:
        """End a send of which some datagrams are out."""
        found = self._find(operation)
        if found is not None:
            self._finish(found, failure)
            self.write()

    def _find(self, operation: Operation) -> _Sending | None:
        return next((each for each in self._queue if each.operation is operation), None)

    def end(self, failure: Failure) -> None:
        """Complete everything, in order; nothing more will leave."""
        while self._queue:
            self._finish(self._queue[0], failure)

    def _finish(self, sending: _Sending, failure: Failure | None = None) -> None:
        self._queue.remove(sending)
        self._count(-sending.unsent)
        self._socket.complete(sending.operation, SendToResult(sending.sent), failure)

    def _count(self, size: int) -> None:
        self.unsent += size
        self._socket.engine.pending_send_bytes += size
        self._socket.session.pending_send_bytes += size


def _size(datagrams: tuple[bytes, ...]) -> int:
    return sum(map(len, datagrams)) + _HEADERS * len(datagrams)
