"""The send side of a connection: a queue that leaves in order, and what waits for acknowledgements.

Decides when a send is done and what may still be withdrawn. It writes until EAGAIN, as many queued sends in one
sendmsg(2) as there are, and never leaves a hole inside a send: once a byte is out, the rest follows or the send
side is broken.
"""

import socket
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

from telesock.server.core.operations import Operation
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import Send, SendLevel
from telesock.server.core.status import Failure, Phase

if TYPE_CHECKING:
    from telesock.server.engine.connection import Connection

_MOST_BUFFERS = 512  # of the 1,024 that sendmsg(2) takes


class Outgoing:
    """Bytes on their way: of a send, of a connect's initial data or of a disconnect's final data."""

    __slots__ = ("data", "operation", "sent")

    def __init__(self, data: bytes, operation: Operation | None) -> None:
        self.data = data
        self.operation = operation
        self.sent = 0

    def rest(self) -> bytes | memoryview:
        """What is not written yet."""
        return memoryview(self.data)[self.sent :] if self.sent else self.data


class SendQueue:
    """What one connection has accepted for sending."""

    __slots__ = ("_acknowledging", "_connection", "_queue", "accepted", "final", "unsent", "written")

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._queue: deque[Outgoing] = deque()
        self._acknowledging: deque[tuple[int, Operation]] = deque()  # (offset of its end, send)
        self.accepted = 0
        self.unsent = 0
        self.written = 0
        self.final: Outgoing | None = None

    def check(self, request: Send) -> None:
        """Refuse a send that would leave a hole, or that is more than may wait here."""
        offset = request.stream_offset
        if offset is not None and offset != self.accepted:
            message = (
                f"stream_offset is {offset}, but {self.accepted} bytes have been accepted on this socket"
            )
            raise Refused(Reason.STREAM_OFFSET_MISMATCH, message, send_offset=str(self.accepted))
        engine, size = self._connection.engine, len(request.data)
        limits = engine.limits
        if self.unsent + size > limits.pending_send_bytes:
            raise _too_many_pending("socket", self.unsent, limits.pending_send_bytes)
        if engine.pending_send_bytes + size > limits.total_pending_send_bytes:
            raise _too_many_pending("agent", engine.pending_send_bytes, limits.total_pending_send_bytes)

    def put(self, data: bytes, operation: Operation | None) -> Outgoing:
        """Queue bytes behind all that were queued before."""
        outgoing = Outgoing(data, operation)
        self._queue.append(outgoing)
        self.accepted += len(data)
        self._count(len(data))
        return outgoing

    @property
    def empty(self) -> bool:
        """Whether everything accepted has been written."""
        return not self._queue

    @property
    def awaits_acknowledgement(self) -> bool:
        """Whether a send is written and waits for the peer's TCP."""
        return bool(self._acknowledging)

    @property
    def final_bytes(self) -> int:
        """Bytes of the final data handed to the local TCP."""
        return self.final.sent if self.final is not None else 0

    def flush(self) -> None:
        """Write until there is nothing left or the kernel takes no more."""
        connection = self._connection
        while self._queue and connection.writable and connection.descriptor is not None:
            self._write(connection, connection.descriptor)

    def _write(self, connection: "Connection", descriptor: socket.socket) -> None:
        buffers = [outgoing.rest() for outgoing in islice(self._queue, _MOST_BUFFERS)]
        try:
            written = descriptor.sendmsg(buffers, (), socket.MSG_NOSIGNAL)
        except BlockingIOError:
            connection.writable = False
        except OSError as error:
            connection.lost(error.errno or 0, Phase.SEND)
        else:
            self._advance(written)

    def _advance(self, written: int) -> None:
        self.written += written
        self._count(-written)
        queue = self._queue
        while queue:
            outgoing = queue[0]
            step = min(written, len(outgoing.data) - outgoing.sent)
            outgoing.sent += step
            written -= step
            if outgoing.sent < len(outgoing.data):
                return
            queue.popleft()
            if outgoing.operation is not None:
                self._written(outgoing.operation, outgoing.sent, self.written - written)

    def _written(self, operation: Operation, size: int, end: int) -> None:
        operation.moved = size
        if operation.request.level is SendLevel.ACKNOWLEDGED:  # type: ignore[union-attr]  # only sends are here
            self._acknowledging.append((end, operation))
            self._connection.ending.watch()
        else:
            self._connection.complete(operation)

    def acknowledged(self, offset: int) -> None:
        """The peer's TCP has everything up to `offset`."""
        while self._acknowledging and self._acknowledging[0][0] <= offset:
            self._connection.complete(self._acknowledging.popleft()[1])

    def withdraw(self, operation: Operation) -> bool:
        """Take a send back of which no byte is out; False when it is too late."""
        for outgoing in self._queue:
            if outgoing.operation is operation and not outgoing.sent:
                self._queue.remove(outgoing)
                self._count(-len(outgoing.data))
                return True
        return False

    def cut(self, operation: Operation) -> bool:
        """Whether a send is partly out, so that ending it now breaks the stream; notes how far it got."""
        if self._queue and self._queue[0].operation is operation and self._queue[0].sent:
            operation.moved = self._queue.popleft().sent
            return True
        return False

    def forget_acknowledgement(self, operation: Operation) -> None:
        """Stop waiting for the acknowledgement of a send that is all written."""
        self._acknowledging = deque(waiting for waiting in self._acknowledging if waiting[1] is not operation)

    def end(self, failure: Failure) -> None:
        """Complete everything, in order; nothing more will leave."""
        for _, operation in self._acknowledging:
            self._connection.complete(operation, failure=failure)
        self._acknowledging.clear()
        self.end_queued(failure)

    def end_queued(self, failure: Failure) -> None:
        """Complete what is not written, in order."""
        queue, self._queue = self._queue, deque()
        for outgoing in queue:
            if outgoing.operation is not None:
                outgoing.operation.moved = outgoing.sent
                self._connection.complete(outgoing.operation, failure=failure)
        self._count(-self.unsent)

    def _count(self, size: int) -> None:
        self.unsent += size
        self._connection.engine.pending_send_bytes += size


def _too_many_pending(whose: str, pending: int, limit: int) -> Refused:
    message = (
        f"{pending} bytes wait to be sent on this {whose}, of at most {limit}; wait for sends to complete"
    )
    return Refused(
        Reason.TOO_MANY_PENDING_BYTES, message, limit=str(limit), wsk_status="STATUS_INSUFFICIENT_RESOURCES"
    )
