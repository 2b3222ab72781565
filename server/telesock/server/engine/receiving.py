"""The receive side of a connection: receives in order, then data indications, then nothing.

Decides who gets the next bytes and when the kernel is asked for them: only for somebody who wants them and has
room. A pending receive goes before an indication. Bytes that a client refused are given again, before all
others, after its next receive. The end of the stream is seen only after the last byte before it was taken.
"""

import socket
from collections import deque
from typing import TYPE_CHECKING

from telesock.server.core.credit import Credit
from telesock.server.core.events import CreditStalled, DataReceived, ReceiveResult, StallReason
from telesock.server.core.journal import EVENT_COST
from telesock.server.core.operations import Operation
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import Receive
from telesock.server.core.states import State
from telesock.server.core.status import Failure
from telesock.server.engine.digests import Digesting, digesting
from telesock.server.engine.faulted_sending import add_faults
from telesock.server.engine.tcp_info import unread_bytes

if TYPE_CHECKING:
    from telesock.server.engine.connection import Connection
    from telesock.server.engine.faulted_receiving import FaultedReceiving

_CHUNK = 65_536
_TURN = 4 * _CHUNK  # bytes one connection may read before others get their turn
_LEAST = 4096  # bytes that even the smallest piece counts: it takes its time
_PATIENCE = 0.02  # seconds for which a socket may be without credit before that is told
_LARGEST_BUFFER = 64 * 1024 * 1024  # more than any kernel keeps for one connection, tcp(7) tcp_rmem


class ReceiveQueue:
    """Who wants the bytes of one connection, and what became of them.

    What grows is there while something is in it: most connections are idle, and an empty deque weighs 600 bytes.
    """

    __slots__ = (
        "_connection",
        "_digesting",
        "_held",
        "_indicated_end",
        "_partial",
        "_pending",
        "_refused",
        "_stall_told",
        "_stalled_at",
        "_waits_for_receive",
        "credit",
        "discarded",
        "indicating",
        "offset",
    )

    def __init__(self, connection: "Connection", credit: int) -> None:
        self._connection = connection
        self._pending: deque[Operation] | tuple[()] = ()
        self._partial: bytearray | bytes = b""  # what the first pending receive has, if it waits for all
        self._digesting: Digesting | None = None  # what the first pending receive keeps, if not the bytes
        self._refused = b""
        self._waits_for_receive = False
        self._held = 0  # bytes kept here and counted by the journal
        self._stall_told = False
        self._stalled_at: int | None = None  # where in the stream the stall began that is looked at soon
        self._indicated_end = 0  # where in the stream the last indication ended
        self.credit = Credit(credit)
        self.offset = 0
        self.indicating = False
        self.discarded = 0

    def put(self, operation: Operation) -> None:
        """Queue a receive; it also lets refused data come again."""
        self._waits_for_receive = False
        self._pending = self._pending or deque()
        self._pending.append(operation)

    def read(self) -> None:
        """Give bytes to whoever wants them, until there are none or the turn is over."""
        if not self._read(_TURN):
            self._connection.engine.read_later(self._connection)

    def read_rest(self) -> None:
        """Give what had arrived when the connection was lost: no more will come, so others wait for it."""
        self._read(_LARGEST_BUFFER)

    def _read(self, left: int) -> bool:
        """Read so many bytes; return whether that was all that anybody wants now."""
        while left > 0:
            taken = self._next()
            if taken is None:
                return True
            left -= max(taken, _LEAST)
        return False

    def _next(self) -> int | None:
        """Take one step; return the bytes it moved, or None when there is no further step now."""
        if self._pending:
            return self._serve(self._pending[0])
        if self._connection.state is State.CLOSING:  # nobody will ask for it
            return self._discard()
        if self.indicating and not self._waits_for_receive:
            return self._indicate()
        self._look_for_end()
        return None

    # Receives

    def _serve(self, operation: Operation) -> int | None:
        request = operation.request
        assert isinstance(request, Receive), "only receives are queued here"
        if request.drain:
            return self._drain(operation)
        if not request.length:
            self._complete_first()
            return 0
        self._digesting = self._digesting or digesting(request)
        if self._digesting is not None:
            return self._digest(operation, request, self._digesting)
        wanted = self._room(request.length - len(self._partial))
        if wanted <= 0:
            self._stall(StallReason.JOURNAL)
            return None
        data = self.take(wanted, peek=request.peek)
        if data is None:
            return None
        if request.peek:
            self._complete_peek(operation, data)
        elif request.wait_all and len(self._partial) + len(data) < request.length:
            self._partial = self._partial or bytearray()
            self._partial += data
            self._account()
        else:
            self._complete_first(data)
        return len(data)

    def _room(self, wanted: int) -> int:
        """Bytes, up to `wanted`, that the journal has room for beside the notice of a stall."""
        return self._connection.session.journal.byte_room(wanted + EVENT_COST) - EVENT_COST

    def _drain(self, operation: Operation) -> int | None:
        data = self.take(_CHUNK)
        if data is None:
            return None
        operation.moved += len(data)
        self.offset += len(data)
        return len(data)

    def _digest(self, operation: Operation, request: Receive, kept: Digesting) -> int | None:
        """Take bytes in of which no more is kept than their digest."""
        data = self.take(min(_CHUNK, request.length - operation.moved))
        if data is None:
            return None
        kept.take(data)
        operation.moved += len(data)
        self.offset += len(data)
        if operation.moved >= request.length or not request.wait_all:
            self._complete_first()
        return len(data)

    def _complete_peek(self, operation: Operation, data: bytes) -> None:
        self._shift()
        self._note_faults(operation)
        operation.moved = len(data)
        self._connection.complete(operation, ReceiveResult(data, self.offset, end_of_stream=False))

    def _complete_first(
        self, data: bytes = b"", failure: Failure | None = None, *, end: bool = False
    ) -> None:
        """Complete the first pending receive with what it has collected and `data`."""
        operation = self._shift()
        self._note_faults(operation)
        data = bytes(self._partial) + data if self._partial else data
        self._partial = b""
        self._account()
        kept, self._digesting = self._digesting, None
        result = self._result(operation, kept, data, end=end)
        operation.moved += len(data)
        self.offset += len(data)
        self._connection.complete(operation, result, failure)

    def _result(
        self, operation: Operation, kept: Digesting | None = None, data: bytes = b"", *, end: bool = False
    ) -> ReceiveResult:
        """What a receive yields that has kept this much; of nothing there is a digest too."""
        request = operation.request
        assert isinstance(request, Receive), "only receives are queued here"
        kept = kept or digesting(request)
        if kept is None:
            return ReceiveResult(data, self.offset, end_of_stream=end)
        return kept.result(self.offset, end)

    def _note_faults(self, operation: Operation) -> None:
        """The faults that had a part in the bytes had one in the receive."""
        receiving = self._faulted
        if receiving is not None and receiving.touched:
            add_faults(operation, receiving.touched)
            receiving.touched = ()

    def note_faults_of_partial(self, names: tuple[str, ...]) -> None:
        """Faults that are over had a part in what the first pending receive has so far."""
        if self._pending and (self._partial or self._digesting is not None):
            add_faults(self._pending[0], names)

    @property
    def _faulted(self) -> "FaultedReceiving | None":
        """Where bytes come from while faults act on them."""
        return None if self._connection.faulted is None else self._connection.faulted.receiving

    def _shift(self) -> Operation:
        """Take the first pending receive off the queue."""
        assert self._pending, "somebody completes it"
        operation = self._pending.popleft()
        if not self._pending:
            self._pending = ()
        return operation

    def end_of_stream(self) -> None:
        """The peer has ended its side: every pending receive completes with what there is, mostly nothing."""
        while self._pending:
            self._complete_first(end=True)

    def end(self, failure: Failure) -> None:
        """Complete every pending receive; nothing more will arrive."""
        while self._pending:
            self._complete_first(failure=failure)

    def withdraw(self, operation: Operation, failure: Failure) -> None:
        """Complete one pending receive ahead of the others, with what it has collected."""
        assert self._pending, "it is one of them"
        if operation is self._pending[0]:
            self._complete_first(failure=failure)
        else:
            self._pending.remove(operation)
            self._connection.complete(operation, self._result(operation), failure)

    # Indications

    def _indicate(self) -> int | None:
        session = self._connection.session
        size = min(self.credit.available, _CHUNK)
        if not size:
            self._stall(StallReason.CREDIT)
            return None
        size = session.journal.indication_room(size)
        if not size:
            self._stall(StallReason.JOURNAL)
            return None
        data = self.take(size)
        if data is None:
            return None
        clock = self._connection.engine.clock()
        sequence = session.append(
            DataReceived(data, self.offset), clock, socket_id=self._connection.socket_id
        )
        self.credit.give(sequence, data)
        self.offset += len(data)
        self._indicated_end = self.offset
        self._account()
        return len(data)

    def release(self, sequence: int, accepted_bytes: int | None) -> None:
        """Take credit back; with `accepted_bytes`, the rest is refused. Raises ValueError for a wrong event."""
        if accepted_bytes is None:
            self.credit.release(sequence)
        else:
            self._refuse(sequence, accepted_bytes)
        self._account()

    def _refuse(self, sequence: int, accepted_bytes: int) -> None:
        if self.credit.holds(sequence) and self.offset + len(self._partial) != self._indicated_end:
            message = "sequence: a receive has taken bytes behind this event since; it can only be accepted"
            raise Refused(Reason.WRONG_STATE, message, sequence=str(sequence))
        refused = self.credit.refuse(sequence, accepted_bytes)
        self._refused = refused + self._refused
        self.offset -= len(refused)
        self._indicated_end = self.offset
        self._waits_for_receive = self._waits_for_receive or bool(refused)

    def _stall(self, reason: StallReason) -> None:
        """Leave data unread, and say so once, unless there is none."""
        connection = self._connection
        if reason is StallReason.JOURNAL:
            connection.session.stalled.add(connection)
        if not self.waiting:
            self._look_for_end()
        elif reason is StallReason.JOURNAL:
            self._tell_stall(reason)
        elif self._stalled_at is None:
            self._stalled_at = self.offset
            connection.engine.loop.call_later(_PATIENCE, self._look_at_stall)

    def _look_at_stall(self) -> None:
        """Tell of a stall that has lasted; a window that fills and is released again is flow control and no stall."""
        stalled_at, self._stalled_at = self._stalled_at, None
        if not self.indicating or self._pending or self.credit.available or not self.waiting:
            return
        if self.offset == stalled_at:
            self._tell_stall(StallReason.CREDIT)
        else:
            self._stall(StallReason.CREDIT)

    def _tell_stall(self, reason: StallReason) -> None:
        connection = self._connection
        if self._stall_told:
            return
        if not connection.session.journal.room_for_notice():
            connection.session.stalled.add(connection)
        else:
            self._stall_told = True
            connection.session.append(
                CreditStalled(reason), connection.engine.clock(), socket_id=connection.socket_id
            )

    # Bytes

    @property
    def waiting(self) -> int:
        """Bytes that have arrived and were taken by nobody."""
        descriptor, receiving = self._connection.descriptor, self._faulted
        ready = len(self._refused) + (0 if receiving is None else receiving.ready_bytes)
        return ready + (unread_bytes(descriptor) if descriptor is not None else 0)

    @property
    def taken(self) -> int:
        """Bytes taken out of the kernel so far."""
        return self.offset + len(self._refused) + len(self._partial) + self.discarded

    def take(self, size: int, *, peek: bool = False) -> bytes | None:
        """Return the next bytes, or None when there are none now; notices the end and the loss."""
        if self._refused:
            return self._take_refused(size, peek)
        connection = self._connection
        if connection.peer_finished:
            self.end_of_stream()
            return None
        if connection.descriptor is None:
            return None
        receiving = self._faulted
        if receiving is not None:
            self._stall_told = False
            return receiving.take(size, peek=peek)
        if not connection.readable:
            return None
        try:
            data = connection.descriptor.recv(size, socket.MSG_PEEK if peek else 0)
        except BlockingIOError:
            connection.readable = False
            return None
        except OSError as error:
            connection.reading_failed(error.errno or 0)
            return None
        if not data:
            connection.peer_fin()
            return None
        self._stall_told = False
        return data

    def _take_refused(self, size: int, peek: bool) -> bytes:
        data = self._refused[:size]
        if not peek:
            self._refused = self._refused[size:]
            self._account()
        return data

    def _look_for_end(self) -> None:
        if not self._refused:
            self.take(1, peek=True)

    def _discard(self) -> int | None:
        data = self.take(_CHUNK)
        if data is None:
            return None
        self.discarded += len(data)
        return len(data)

    def drop(self) -> int:
        """Give up everything that nobody took; return how many bytes that were."""
        receiving = self._faulted
        dropped = self.discarded + self.waiting + (0 if receiving is None else receiving.close())
        self._refused = b""
        self.credit = Credit(self.credit.limit)
        self._account()
        return dropped

    def _account(self) -> None:
        """Let the journal count the bytes that are kept here for its session."""
        held = self.credit.outstanding + len(self._refused) + len(self._partial)
        if held != self._held:
            self._connection.session.journal.hold(held - self._held)
            self._held = held
