"""The send side of a connection: a queue that leaves in order, and what waits for acknowledgements.

Decides when a send is done and what may still be withdrawn. It writes until EAGAIN, as many queued sends in one
sendmsg(2) as there are, and never leaves a hole inside a send: once a byte is out, the rest follows or the send
side is broken.
"""

import itertools
import socket
from typing import TYPE_CHECKING, Any

from telesock.server.core.operations import Operation
from telesock.server.core.pattern import PatternData
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import Send, SendLevel
from telesock.server.core.status import Failure, Phase

if TYPE_CHECKING:
    from telesock.server.engine.connection import Connection
    from telesock.server.engine.faulted_sending import FaultedSending

_Queued = tuple[bytes | PatternData, Operation | None]  # no operation: initial or final data

_ACKNOWLEDGED = SendLevel.ACKNOWLEDGED
_TURN = 262_144  # bytes that one connection writes of patterns before others get their turn
_MOST_BUFFERS = 512  # of the 1,024 that sendmsg(2) takes
_LONGEST_STREAM = 2**63  # bytes; offsets and counts in it have 64 bits


class SendQueue:
    """What one connection has accepted for sending.

    Its lists are there while something is in them: most connections are idle.
    """

    __slots__ = (
        "_acknowledging",
        "_connection",
        "_final_size",
        "_patterns",
        "_queue",
        "_started",
        "accepted",
        "unsent",
        "written",
    )

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._queue: list[_Queued] | tuple[()] = ()
        self._started = 0  # bytes of the first that are written
        self._acknowledging: list[tuple[int, Operation]] | tuple[()] = ()  # (offset of its end, send)
        self._final_size = 0
        self._patterns = 0  # bytes of patterns that wait: they are not there yet, so no limit counts them
        self.accepted = 0
        self.unsent = 0
        self.written = 0

    def check(self, request: Send) -> None:
        """Refuse a send that would leave a hole, or that is more than may wait here."""
        offset = request.stream_offset
        if offset is not None and offset != self.accepted:
            raise _hole(offset, self.accepted)
        if request.pattern_length and self.accepted + request.pattern_length > _LONGEST_STREAM:
            raise _too_long(self.accepted)
        engine, size = self._connection.engine, len(request.data)
        limits = engine.limits
        waiting = self.unsent - self._patterns
        if waiting + size > limits.pending_send_bytes:
            raise too_many_pending("socket", waiting, limits.pending_send_bytes)
        if engine.pending_send_bytes + size > limits.total_pending_send_bytes:
            raise too_many_pending("agent", engine.pending_send_bytes, limits.total_pending_send_bytes)
        session = self._connection.session
        if (
            session.account.counts_bytes
            or session.pending_send_bytes + size > limits.session_pending_send_bytes
        ):
            session.account.check_bytes(session, size)

    def put(self, data: bytes, operation: Operation | None = None) -> None:
        """Queue bytes behind all that were queued before."""
        self._queue = self._queue or []
        self._queue.append((data, operation))
        size = len(data)
        self.accepted += size
        self.unsent += size
        self._connection.engine.pending_send_bytes += size
        self._connection.session.pending_send_bytes += size

    def put_pattern(self, data: PatternData, operation: Operation) -> None:
        """Queue bytes that are made as they leave."""
        self._queue = self._queue or []
        self._queue.append((data if len(data) else b"", operation))  # of nothing there is nothing to make
        self.accepted += len(data)
        self._count(len(data), patterns=True)

    def put_final(self, data: bytes) -> None:
        """Queue the last bytes of all."""
        self._final_size = len(data)
        self.put(data)

    @property
    def _faulted(self) -> "FaultedSending | None":
        """Where bytes go on their way to the kernel, while faults act on them."""
        return None if self._connection.faulted is None else self._connection.faulted.sending

    @property
    def empty(self) -> bool:
        """Whether everything accepted has been written."""
        return not self._queue and (self._faulted is None or self._faulted.empty)

    def finish(self) -> bool:
        """Whether the end may leave now; through faults it comes to `Ending.end_left` when they let it out."""
        if self._faulted is None:
            return not self._queue
        self._faulted.finish()
        return False

    @property
    def awaits_acknowledgement(self) -> bool:
        """Whether a send is written and waits for the peer's TCP."""
        return bool(self._acknowledging)

    @property
    def final_bytes(self) -> int:
        """Bytes of the final data handed to the local TCP: it is the last to leave."""
        return max(0, self._final_size - self.unsent)

    def write(self) -> list[Operation]:
        """Write until there is nothing left or the kernel takes no more; return the sends that are done.

        The caller completes them before anything else happens here.
        """
        connection = self._connection
        done: list[Operation] = []
        if connection.faulted is not None and connection.faulted.sending is not None:
            connection.faulted.sending.write()
            return done
        while self._queue and connection.writable and connection.descriptor is not None:
            if not self._patterns:
                self._write(connection, connection.descriptor, done)
            elif not self._write_patterns(connection, connection.descriptor, done):
                connection.engine.write_later(connection)
                break
        return done

    def _write_patterns(
        self, connection: "Connection", descriptor: socket.socket, done: list[Operation]
    ) -> bool:
        """Write while there are patterns, piece by piece; False when the turn is over before that."""
        left = _TURN
        while self._queue and self._patterns and connection.writable and connection.descriptor is not None:
            if left <= 0:
                return False
            before = self.written
            data = self._queue[0][0]
            if isinstance(data, PatternData):
                piece = data.piece(self._started)
                self._write_buffers(connection, descriptor, [piece], done, patterns=True)
            else:
                plain = [each for each, _ in itertools.takewhile(_is_plain, self._queue[:_MOST_BUFFERS])]
                self._write_plain(connection, descriptor, plain, done)
            left -= self.written - before
        return True

    def _write(self, connection: "Connection", descriptor: socket.socket, done: list[Operation]) -> None:
        self._write_plain(connection, descriptor, [data for data, _ in self._queue[:_MOST_BUFFERS]], done)

    def _write_plain(
        self, connection: "Connection", descriptor: socket.socket, buffers: list[Any], done: list[Operation]
    ) -> None:
        if self._started:
            buffers[0] = memoryview(buffers[0])[self._started :]
        self._write_buffers(connection, descriptor, buffers, done, patterns=False)

    def _write_buffers(
        self,
        connection: "Connection",
        descriptor: socket.socket,
        buffers: list[Any],
        done: list[Operation],
        *,
        patterns: bool,
    ) -> None:
        try:
            written = descriptor.sendmsg(buffers, (), socket.MSG_NOSIGNAL)
        except BlockingIOError:
            connection.writable = False
        except OSError as error:
            connection.succeed(done)
            done.clear()
            connection.lost(error.errno or 0, Phase.SEND)
        else:
            self._advance(written, done, patterns)

    def _advance(self, written: int, done: list[Operation], patterns: bool) -> None:
        """So many bytes are out: add the sends that are out whole."""
        queue = self._queue
        assert queue, "what is written was queued"
        left = self._started + written
        end = self.written - self._started
        self.written += written
        self._count(-written, patterns)
        count = 0
        for data, operation in queue:
            size = len(data)
            if size > left:
                break
            left -= size
            end += size
            count += 1
            if operation is not None:
                operation.moved = size
                if operation.request.level is _ACKNOWLEDGED:  # type: ignore[union-attr]  # a send's
                    self._acknowledging = self._acknowledging or []
                    self._acknowledging.append((end, operation))
                else:
                    done.append(operation)
        self._started = left
        del queue[:count]
        self._queue = queue or ()
        if self._acknowledging:
            self._connection.ending.watch()

    def acknowledged(self, offset: int) -> None:
        """The peer's TCP has everything up to `offset`."""
        waiting = self._acknowledging
        if not waiting:
            return
        count = next((place for place, (end, _) in enumerate(waiting) if end > offset), len(waiting))
        done = [operation for _, operation in waiting[:count]]
        del waiting[:count]
        self._acknowledging = waiting or ()
        self._connection.succeed(done)

    def withdraw(self, operation: Operation) -> bool:
        """Take a send back of which no byte is out; False when it is too late."""
        withdrawn = None if self._faulted is None else self._faulted.withdraw(operation)
        if withdrawn is not None:
            return withdrawn
        queue = self._queue or []
        for place, (data, queued) in enumerate(queue):
            if queued is operation and not (self._started and place == 0):
                del queue[place]
                self._queue = queue or ()
                self._count(-len(data), not isinstance(data, bytes))
                return True
        return False

    def cut(self, operation: Operation) -> bool:
        """Whether a send is partly out, so that ending it now breaks the stream; notes how far it got."""
        if self._faulted is not None:
            return self._faulted.cut(operation)
        if self._queue and self._queue[0][1] is operation and self._started:
            operation.moved, self._started = self._started, 0
            data, _ = self._queue.pop(0)
            self._count(operation.moved - len(data), not isinstance(data, bytes))
            return True
        return False

    def forget_acknowledgement(self, operation: Operation) -> None:
        """Stop waiting for the acknowledgement of a send that is all written."""
        others = [waiting for waiting in self._acknowledging if waiting[1] is not operation]
        self._acknowledging = others or ()

    def end(self, failure: Failure) -> None:
        """Complete everything, in order; nothing more will leave."""
        waiting, self._acknowledging = self._acknowledging, ()
        for _, operation in waiting:
            self._connection.complete(operation, failure=failure)
        self.end_queued(failure)

    def end_queued(self, failure: Failure) -> None:
        """Complete what is not written, in order."""
        if self._faulted is not None:
            self._faulted.end(failure)
        queue, self._queue = self._queue, ()
        started, self._started = self._started, 0
        self._final_size = self.final_bytes
        self._count(self._patterns - self.unsent)
        self._count(-self._patterns, patterns=True)
        for _, operation in queue:
            moved, started = started, 0  # of the first only
            if operation is not None:
                operation.moved = moved
                self._connection.complete(operation, failure=failure)

    # What faults need to take over, and to give back

    @property
    def waiting(self) -> bool:
        """Whether something is queued."""
        return bool(self._queue)

    def first(self) -> _Queued:
        """What is to leave first."""
        assert self._queue, "something is queued"
        return self._queue[0]

    def shift(self) -> None:
        """The first has gone into other hands."""
        assert self._queue, "there was a first"
        del self._queue[0]
        self._queue = self._queue or ()

    def piece(self, data: bytes | PatternData, start: int, size: int) -> bytes | memoryview:
        """Some of the bytes of one send, from a place in it on."""
        if isinstance(data, PatternData):
            return data.piece(start)[:size]
        return memoryview(data)[start : start + size]

    def take_started(self) -> int:
        """How many bytes of the first are written; somebody else counts them from now on."""
        started, self._started = self._started, 0
        return started

    def give_started(self, started: int) -> None:
        """So many bytes of the first are written."""
        self._started = started

    def await_acknowledgement(self, operation: Operation) -> None:
        """A send is written whole, and is done once the peer's TCP has it."""
        self._acknowledging = self._acknowledging or []
        self._acknowledging.append((self.written, operation))
        self._connection.ending.watch()

    def count(self, size: int, patterns: bool) -> None:
        """So many bytes wait more, or fewer."""
        self._count(size, patterns)

    def _count(self, size: int, patterns: bool = False) -> None:
        self.unsent += size
        if patterns:
            self._patterns += size
        else:
            self._connection.engine.pending_send_bytes += size
            self._connection.session.pending_send_bytes += size


def _is_plain(queued: _Queued) -> bool:
    return isinstance(queued[0], bytes)


def _hole(offset: int, accepted: int) -> Refused:
    message = f"stream_offset is {offset}, but {accepted} bytes have been accepted on this socket"
    return Refused(Reason.STREAM_OFFSET_MISMATCH, message, send_offset=str(accepted))


def _too_long(accepted: int) -> Refused:
    message = (
        f"pattern_length: {accepted} bytes have been accepted on this socket, of at most {_LONGEST_STREAM}"
    )
    return Refused(
        Reason.TOO_LARGE,
        message,
        field="pattern_length",
        limit=str(_LONGEST_STREAM - accepted),
        wsk_status="STATUS_BUFFER_OVERFLOW",
    )


def too_many_pending(whose: str, pending: int, limit: int) -> Refused:
    """Say that more bytes wait than may."""
    message = (
        f"{pending} bytes wait to be sent on this {whose}, of at most {limit}; wait for sends to complete"
    )
    return Refused(
        Reason.TOO_MANY_PENDING_BYTES, message, limit=str(limit), wsk_status="STATUS_INSUFFICIENT_RESOURCES"
    )
