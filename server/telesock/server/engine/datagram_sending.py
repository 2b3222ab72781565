"""The send side of a datagram socket: sends leave in order, each datagram whole, as soon as the kernel takes them."""

from collections import deque
from typing import TYPE_CHECKING

from telesock.server.core.events import SendToResult
from telesock.server.core.operations import Operation
from telesock.server.core.requests import SendTo
from telesock.server.core.status import Failure, Phase, failure_from_errno
from telesock.server.engine.resolver import Address
from telesock.server.engine.sending import too_many_pending

if TYPE_CHECKING:
    from telesock.server.engine.datagrams import DatagramSocket


class _Sending:
    """One send under way."""

    __slots__ = ("address", "datagrams", "operation", "sent")

    def __init__(self, operation: Operation, request: SendTo, address: Address) -> None:
        self.operation = operation
        self.datagrams = request.datagrams
        self.address = address
        self.sent = 0


class DatagramSends:
    """The sends that one socket has accepted."""

    __slots__ = ("_queue", "_socket", "unsent")

    def __init__(self, socket: "DatagramSocket") -> None:
        self._socket = socket
        self._queue: deque[_Sending] = deque()
        self.unsent = 0

    def check(self, request: SendTo) -> None:
        """Refuse more than may wait here."""
        engine, size = self._socket.engine, sum(map(len, request.datagrams))
        limits = engine.limits
        if self.unsent + size > limits.pending_send_bytes:
            raise too_many_pending("socket", self.unsent, limits.pending_send_bytes)
        if engine.pending_send_bytes + size > limits.total_pending_send_bytes:
            raise too_many_pending("agent", engine.pending_send_bytes, limits.total_pending_send_bytes)

    def put(self, operation: Operation, request: SendTo, address: Address) -> None:
        """Queue a send, and let it leave if nothing is before it."""
        self._queue.append(_Sending(operation, request, address))
        self._count(sum(map(len, request.datagrams)))
        if len(self._queue) == 1:
            self.write_again()

    def write_again(self) -> None:
        """Send until there is nothing left, or the kernel takes no more."""
        while self._queue:
            first = self._queue[0]
            try:
                self._send(first)
            except BlockingIOError:
                return
            except OSError as error:
                self._finish(first, failure_from_errno(error.errno or 0, Phase.SEND, str(error)))
            else:
                self._finish(first)

    def _send(self, sending: _Sending) -> None:
        """Send what is left of one send. Raises OSError."""
        descriptor = self._socket.descriptor
        assert descriptor is not None, "nothing is queued on a socket that is closed"
        sockaddr = sending.address.sockaddr
        while sending.sent < len(sending.datagrams):
            data = sending.datagrams[sending.sent]
            try:
                descriptor.sendto(data, sockaddr)
            except ConnectionRefusedError:  # of an earlier one; asking has taken it away
                descriptor.sendto(data, sockaddr)
            sending.sent += 1
            sending.operation.moved += len(data)
            self._count(-len(data))

    def withdraw(self, operation: Operation, failure: Failure) -> bool:
        """Take back a send of which nothing is out; False when it is too late."""
        found = next((each for each in self._queue if each.operation is operation), None)
        if found is None or found.sent:
            return False
        self._finish(found, failure)
        return True

    def cut(self, operation: Operation, failure: Failure) -> None:
        """End a send of which some datagrams are out."""
        found = next((each for each in self._queue if each.operation is operation), None)
        if found is not None:
            self._finish(found, failure)
            self.write_again()

    def end(self, failure: Failure) -> None:
        """Complete everything, in order; nothing more will leave."""
        while self._queue:
            self._finish(self._queue[0], failure)

    def _finish(self, sending: _Sending, failure: Failure | None = None) -> None:
        self._queue.remove(sending)
        self._count(-sum(map(len, sending.datagrams[sending.sent :])))
        self._socket.complete(sending.operation, SendToResult(sending.sent), failure)

    def _count(self, size: int) -> None:
        self.unsent += size
        self._socket.engine.pending_send_bytes += size
