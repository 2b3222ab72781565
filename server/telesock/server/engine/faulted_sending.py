"""Sending through faults: bytes of queued sends go into a pipe, and what comes out of it goes to the kernel.

A send is done when the last of its bytes has left the pipe and the kernel has it. One of which nothing is out can be
withdrawn from the pipe; one that is cut part-way breaks the send side, as without faults.
"""

import socket
from collections import deque
from typing import TYPE_CHECKING

from telesock.server.core.faults.segments import Bytes, End, How
from telesock.server.core.operations import Operation
from telesock.server.core.pattern import PatternData
from telesock.server.core.requests import Send, SendLevel
from telesock.server.core.status import Cause, Failure, Origin, Phase, Status
from telesock.server.engine.faulted_direction import FaultedDirection

if TYPE_CHECKING:
    from telesock.server.engine.connection import Connection

_PIECE = 65_536  # bytes of a send that go in at once
_TURN = 262_144  # bytes that one connection writes before others get their turn
_LEAST = 4096  # bytes that even the smallest slice counts: it takes its time
_MOST_BUFFERS = 256


class _Inside:
    """A send, or bytes of no operation, that is in the pipe, and the span of the stream that it has there."""

    __slots__ = ("operation", "pattern", "size", "start")

    def __init__(self, operation: Operation | None, start: int, size: int, pattern: bool) -> None:
        self.operation = operation
        self.start = start
        self.size = size
        self.pattern = pattern

    @property
    def end(self) -> int:
        return self.start + self.size


class FaultedSending(FaultedDirection):
    """The send side of one connection while a fault acts on it."""

    def __init__(self, connection: "Connection") -> None:
        super().__init__(connection)
        self._queue = connection.sends
        self._inside: deque[_Inside] = deque()
        self._out_to = self._queue.written  # offset up to which bytes are with the kernel, as spans count
        self._fed_to = self._queue.written  # offset up to which bytes are in the pipe
        self._head: _Inside | None = None  # the first of the queue, while only a part of it is in the pipe
        self._end_put = False
        self.hung: set[Operation] = set()
        """Sends before which the queue stops."""
        self.short: dict[Operation, int] = {}
        """Sends of which only so many bytes leave, and behind which the queue stops."""
        self._stopped = False
        self._adopt_started()

    def _adopt_started(self) -> None:
        """A send that is partly out already goes on here."""
        started = self._queue.take_started()
        if started:
            data, operation = self._queue.first()
            start = self._queue.written - started
            self._head = _Inside(operation, start, len(data), not isinstance(data, bytes))
            self._queue.count(started, self._head.pattern)  # it is counted whole here, until it is out whole

    # Changes

    @property
    def over(self) -> bool:
        """Whether no fault acts here any more and everything that was inside has left."""
        busy = self.pipe.stages or self._inside or self.hung or self.short or self._end_put
        return not busy and self.pipe.empty

    def let_go(self, operation: Operation) -> None:
        """A send that was held may leave; one that was to be short is not."""
        self.hung.discard(operation)
        self.short.pop(operation, None)
        self._connection.engine.loop.call_soon(self._wake)

    def _wake(self) -> None:
        if self._connection.descriptor is not None:
            self._connection.flush()

    # Writing

    def write(self) -> None:
        """Feed and write until nothing is due, or the kernel takes no more."""
        connection, left = self._connection, _TURN
        now = connection.engine.loop.time()
        while connection.descriptor is not None:
            self._feed(now)
            if not connection.writable:
                break
            written = self._write(now, connection.descriptor)
            if written is None:
                break
            left -= written
            if left <= 0:
                connection.engine.write_later(connection)
                break
        self._account()
        self._set_timer(goes_on=self._connection.writable)
        if self.over:
            self._retire()

    def _retire(self) -> None:
        """Nothing is left to do here: the queue goes on by itself."""
        if self._head is not None:
            started = self._fed_to - self._head.start
            self._queue.give_started(started)
            self._queue.count(-started, self._head.pattern)
            self._head = None
        streams = self._connection.faulted
        if streams is not None and streams.sending is self:
            self.close()
            streams.sending = None
            self._connection.drop_faulted_if_idle()
            self._connection.engine.flush_soon(self._connection)

    def _feed(self, now: float) -> None:
        """Put bytes of queued sends into the pipe, as far as there is room."""
        queue, room = self._queue, self._room()
        acting = self.pipe.stages or self.hung or self.short
        while room > 0 and queue.waiting and acting and not self._stopped:
            data, operation = queue.first()
            if self._head is None:
                if operation in self.hung:
                    return
                self._head = self._new_head(data, operation)
            head = self._head
            done = self._fed_to - head.start
            piece = queue.piece(data, done, min(_PIECE, room, head.size - done))
            if len(piece):
                self.pipe.put(now, Bytes(piece, self._fed_to, self._fed_to + len(piece)))
                self._fed_to += len(piece)
                room -= len(piece)
            if self._fed_to >= head.end:
                self._move_inside(head)

    def _new_head(self, data: bytes | PatternData, operation: Operation | None) -> _Inside:
        pattern, size = not isinstance(data, bytes), len(data)
        if operation in self.short:
            self._queue.count(self.short[operation] - size, pattern)
            size = self.short[operation]
        return _Inside(operation, self._fed_to, size, pattern)

    def _move_inside(self, head: _Inside) -> None:
        self._queue.shift()
        self._head = None
        self._stopped = head.operation in self.short
        self._inside.append(head)
        if not head.size or self._out_to >= head.end:
            self._complete_written()

    def _write(self, now: float, descriptor: socket.socket) -> int | None:
        """Write what is due, as far as it may go together, and return what that counts; None when there is nothing."""
        segments = self._due(now)
        if not segments:
            return None
        first = segments[0]
        if isinstance(first, End):
            self._end(first)
            return None
        plain = [each for each in segments if isinstance(each, Bytes)]
        try:
            written = descriptor.sendmsg([each.data for each in plain], (), socket.MSG_NOSIGNAL)
        except BlockingIOError:
            self._connection.writable = False
            self._give_back(plain)
            return None
        except OSError as error:
            self._give_back(plain)
            self._connection.lost(error.errno or 0, Phase.SEND)
            return None
        self._left(plain, written)
        return max(written, _LEAST * len(plain))

    def _due(self, now: float) -> list[Bytes | End]:
        """What is due now and may leave in one call: bytes, or an end by itself."""
        found: list[Bytes | End] = []
        while len(found) < _MOST_BUFFERS:
            segment = self.pipe.take(now)
            if segment is None:
                break
            alone = isinstance(segment, End) or segment.alone
            if found and alone:
                self.pipe.give_back(segment)
                break
            found.append(segment)
            if alone:
                break
        return found

    def _give_back(self, segments: list[Bytes]) -> None:
        for segment in reversed(segments):
            self.pipe.give_back(segment)

    def _left(self, segments: list[Bytes], written: int) -> None:
        """So many bytes are with the kernel: tell whose they were."""
        self._queue.written += written
        place = 0
        while place < len(segments):
            segment = segments[place]
            size = len(segment.data)
            if size > written:
                break
            written -= size
            place += 1
            self._note(segment, segment.end)
        if place < len(segments):
            rest = self._part_left(segments[place], written) if written else segments[place]
            self._give_back([rest, *segments[place + 1 :]])
        self._complete_written()

    def _part_left(self, segment: Bytes, written: int) -> Bytes:
        if segment.end - segment.start != len(segment.data):  # bytes that were added stand for nothing
            return segment._replace(data=memoryview(segment.data)[written:])
        front, rest = segment.split(written)
        self._note(front, front.end)
        return rest

    def _note(self, segment: Bytes, end: int) -> None:
        self._out_to = max(self._out_to, end)
        if not segment.faults:
            return
        touched = [*self._inside] if self._head is None else [*self._inside, self._head]
        for each in touched:
            if (
                each.start < max(end, segment.start + 1)
                and segment.start < each.end
                and each.operation is not None
            ):
                add_faults(each.operation, segment.faults)

    def _complete_written(self) -> None:
        """Complete, in order, what is out whole."""
        queue = self._queue
        while self._inside and self._inside[0].end <= self._out_to:
            done = self._inside.popleft()
            queue.count(-done.size, done.pattern)
            operation = done.operation
            if operation is None:
                continue
            operation.moved = done.size
            request = operation.request
            if isinstance(request, Send) and request.level is SendLevel.ACKNOWLEDGED:
                queue.await_acknowledgement(operation)
            else:
                self._connection.complete(operation)

    # The end of the stream

    def finish(self) -> None:
        """Nothing follows what is queued: the end goes into the pipe behind it."""
        if not self._end_put and not self._queue.waiting and self._head is None:
            self._end_put = True
            self.pipe.put(self._connection.engine.loop.time(), End(How.FIN))
            self._connection.engine.loop.call_soon(self._wake)

    def _end(self, end: End) -> None:
        connection = self._connection
        if end.how is How.RESET:
            streams = connection.faulted
            if streams is not None:
                streams.reset_soon(end.made_by)
        elif not end.made_by:
            self._end_put = False
            connection.ending.end_left(end.faults)
        else:
            self._break_off(end.made_by)

    def _break_off(self, name: str) -> None:
        """A fault has ended the send side: what is queued, and what comes, fails."""
        connection = self._connection
        cause = Cause(Origin.FAULT, Phase.SEND, "EPIPE", name, f"the fault {name!r} has ended the send side")
        failure = Failure(Status.CONNECTION_DISCONNECTED, cause)
        if connection.faulted is not None:
            connection.faulted.broken = failure
        connection.ending.end_left((name,))
        self._queue.end(failure)

    # Ending sends before their time

    def withdraw(self, operation: Operation) -> bool | None:
        """Take a send back of which nothing is out; False when it is too late, None when it is not in the pipe."""
        self.hung.discard(operation)
        found = self._find(operation)
        if found is None:
            return None
        if self._out_to > found.start and found.size:
            return False
        self._remove(found)
        return True

    def cut(self, operation: Operation) -> bool:
        """Whether a send is partly out; it is then taken out, and how far it got is noted."""
        self.hung.discard(operation)
        found = self._find(operation)
        if found is None or not found.start < self._out_to < found.end:
            return False
        operation.moved = self._out_to - found.start
        self._remove(found)
        return True

    def _find(self, operation: Operation) -> _Inside | None:
        if self._head is not None and self._head.operation is operation:
            return self._head
        return next((each for each in self._inside if each.operation is operation), None)

    def _remove(self, found: _Inside) -> None:
        self.pipe.cut(max(found.start, self._out_to), found.end)
        if found is self._head:
            self._head = None
            self._queue.shift()
        else:
            self._inside.remove(found)
        self._queue.count(-found.size, found.pattern)
        self._account()

    def end(self, failure: Failure) -> None:
        """Complete everything in the pipe, in order; nothing of it will leave."""
        inside, self._inside = self._inside, deque()
        if self._head is not None:
            inside.append(self._head)
            self._head = None
            self._queue.shift()
        self.pipe.drain()
        self.hung.clear()
        self.short.clear()
        self._stopped = False
        for each in inside:
            self._queue.count(-each.size, each.pattern)
            if each.operation is not None:
                each.operation.moved = min(each.size, max(0, self._out_to - each.start))
                self._connection.complete(each.operation, failure=failure)
        self._fed_to = self._out_to = max(self._fed_to, self._out_to)
        self._account()

    # What is left

    @property
    def empty(self) -> bool:
        """Whether nothing is in the pipe."""
        return not self._inside and self._head is None and self.pipe.empty

    def close(self) -> None:
        """The connection is over, or the faults are."""
        self._stop_timer()
        self._counted.count(0)


def add_faults(operation: Operation, names: tuple[str, ...]) -> None:
    """Note that faults had a part in an operation."""
    missing = tuple(name for name in names if name not in operation.faults)
    if missing:
        operation.faults += missing
