"""A session as its owner holds it: what was asked, what was answered, and how to go on after a broken stream.

Decides ids, what goes into the next message, and which outcome belongs to which operation. Every event is taken once
and in order: one that was seen is dropped, one that is missing ends the session, a gap that the agent tells of is
handed on. Whatever is asked gets its outcome: from the agent, or by the session's end.
"""

import struct
from collections.abc import Callable, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar

from telesock.client.core.cancels import Answer, Cancel, Cancels
from telesock.client.core.cursor import Cursor
from telesock.client.core.lease import Lease
from telesock.client.core.links import Links
from telesock.client.core.operations import BaseOperation, too_large, unknown
from telesock.client.core.outbox import Outbox
from telesock.client.core.pattern import Pattern
from telesock.client.core.refused import Refused
from telesock.client.core.requests import send_pattern
from telesock.client.core.send_frames import SendFrames
from telesock.client.core.sockets import SocketRecord, Sockets
from telesock.client.core.witness import Witness
from telesock.client.enumerations import SendLevel
from telesock.client.errors import SessionLost
from telesock.v1.events_pb2 import Event, Gap
from telesock.v1.operations_pb2 import (
    OPERATION_KIND_ACCEPT,
    OPERATION_KIND_BIND,
    OPERATION_KIND_CLOSE,
    OPERATION_KIND_CONNECT,
    OPERATION_KIND_CREATE_SOCKET,
    Completion,
)
from telesock.v1.sessions_pb2 import (
    REFUSED_PART_ACKNOWLEDGE,
    REFUSED_PART_RELEASE,
    AttachRequest,
    AttachResponse,
    Command,
    Refusal,
    Session,
)
from telesock.v1.sockets_pb2 import ReleaseRequest, Socket

LARGEST_FRAME = 4 << 20
"""Bytes: what no agent takes would only break the stream, again and again."""

_ACKNOWLEDGE = struct.Struct("<BQ")  # AttachRequest.acknowledge, as protobuf writes a fixed64
_ACKNOWLEDGE_TAG = 5 << 3 | 1

Parameters = ParamSpec("Parameters")
SomeOperation = TypeVar("SomeOperation", bound=BaseOperation[Any])


class SessionCore:
    """One session's client side.

    `wake` is called when there may be a message to send, `when_lost` once when the session is no more.
    """

    def __init__(
        self,
        session_id: str,
        boot_id: str,
        lease: Lease,
        *,
        start_after: int = 0,
        highest_operation_id: int = 0,
        highest_socket_id: int = 0,
    ) -> None:
        self.session_id = session_id
        self.boot_id = boot_id
        self.lease = lease
        self.cursor = Cursor(start_after)
        self.sockets = Sockets(highest_socket_id)
        self.lost: SessionLost | None = None
        """Why the session is no more; None while it lives."""
        self.wake: Callable[[], None] = lambda: None
        self.when_lost: Callable[[SessionLost], None] = lambda why: None
        self.shell: Any = None
        """What the shell gives the session's sockets for their single calls; nothing here looks at it."""
        self.traced: Callable[[bytes], bytes] | None = None
        """Lets a frame say of which trace its command is a part; None where nobody follows traces."""
        self.witness: Witness | None = None
        """Is told of all that is asked and told; None where nobody looks on."""
        self._links = Links()
        self._outbox = Outbox()
        self._cancels = Cancels(self._outbox)
        self._refused = Refused(self._outbox, self.sockets)
        self._send_frames = SendFrames()
        self._last_operation_id = highest_operation_id
        self._first = True
        self._urgent = False
        self._gapped = False

    @property
    def unsettled(self) -> int:
        """Operations and cancels without an answer."""
        return len(self._outbox)

    # Asking

    def new_socket(self, *, made_by_connect: bool = False, initial_bytes: int = 0) -> SocketRecord:
        """Choose the number of a socket that is to be made."""
        return self.sockets.new(made_by_connect=made_by_connect, initial_bytes=initial_bytes)

    def take_up(self, found: Socket) -> SocketRecord:
        """Remember a socket that exists already, as the agent sees it."""
        record = self.sockets.know(found.socket_id)
        record.take_up(found)
        return record

    def submit(
        self,
        operation: SomeOperation,
        fill: Callable[Concatenate[Command, int, Parameters], None],
        *arguments: Parameters.args,
        **named: Parameters.kwargs,
    ) -> SomeOperation:
        """Give an operation its id and queue its command. Never waits; what ended at once is settled at once."""
        request = AttachRequest()
        operation_id = self._last_operation_id + 1
        fill(request.commands.add(), operation_id, *arguments, **named)
        self._ask(operation, operation_id, request.SerializeToString())
        return operation

    def submit_send(
        self,
        operation: SomeOperation,
        record: SocketRecord,
        data: bytes,
        level: SendLevel,
        timeout: float | None,
    ) -> SomeOperation:
        """Submit a send with the offset at which its bytes belong."""
        sending = record.sending
        operation_id, offset = self._last_operation_id + 1, sending.next
        frame = self._send_frames.write(operation_id, record.socket_id, data, offset, level, timeout)
        if self._ask(operation, operation_id, frame):
            sending.next = offset + len(data)
        return operation

    def _ask(self, operation: BaseOperation[Any], operation_id: int, frame: bytes) -> bool:
        """Queue a command; return whether it is on its way."""
        operation.operation_id = self._last_operation_id = operation_id
        if self.traced is not None:
            frame = self.traced(frame)
        operation.frame = frame
        if self.witness is not None:
            self.witness.asked(operation)
        if self.lost is not None:
            self._end(operation, self.lost)
        elif len(frame) > LARGEST_FRAME:
            self._end(operation, too_large(operation_id, len(frame), LARGEST_FRAME))
        else:
            self._outbox.add(operation, operation_id)
            self.wake()
            return True
        return False

    def submit_pattern(
        self,
        operation: SomeOperation,
        record: SocketRecord,
        pattern: Pattern,
        length: int,
        level: SendLevel,
        timeout: float | None,
    ) -> SomeOperation:
        """Submit a send of bytes that the agent makes."""
        offset = record.sending.next
        self.submit(operation, send_pattern, record.socket_id, pattern, length, offset, level, timeout)
        if not operation.done():
            record.sending.next = offset + length
        return operation

    def submit_chain(
        self,
        operation: SomeOperation,
        links: Sequence[BaseOperation[Any]],
        fill: Callable[Concatenate[Command, int, Parameters], None],
        *arguments: Parameters.args,
        **named: Parameters.kwargs,
    ) -> SomeOperation:
        """Submit a chain: its links have the ids behind its own, and are answered by their own events."""
        self._links.expect(links, self._last_operation_id + 2)
        self.submit(operation, fill, *arguments, **named)
        self._last_operation_id += len(links)
        if self.witness is not None:
            self.witness.asked_links(operation, links)
        return operation

    def settle_links(self, chain: BaseOperation[Any], links: Sequence[BaseOperation[Any]]) -> None:
        """A chain has its outcome: links that have none share it, unless theirs is gone."""
        for link, outcome in self._links.left(chain, links):
            record = self.sockets.get(link.socket_id)
            if record is not None and not isinstance(chain.outcome, Completion):
                self.sockets.not_made(link.kind, record)
            self._end(link, outcome)

    def rewind(self, record: SocketRecord, offset: int) -> None:
        """Sends that were never accepted take no place in their stream."""
        record.sending.start(offset, self._last_operation_id)

    def begin_connect(self, record: SocketRecord, initial_bytes: int) -> None:
        """A bound socket is about to be connected: its stream begins behind the initial data."""
        if record.remote is None:
            record.sending.start(initial_bytes, self._last_operation_id)

    def cancel(self, operation: BaseOperation[Any], answer: Answer) -> None:
        """Ask for an operation to end. `answer` is called with what became of it, or with the session's end."""
        if self.lost is not None:
            answer(self.lost)
            return
        self._cancels.ask(operation, answer)
        self.wake()

    def release(
        self, record: SocketRecord, sequence: int, accepted_bytes: int | None = None, refuse: bool = False
    ) -> None:
        """Give credit back, at the next turn; with `accepted_bytes`, refuse the rest, with `refuse` all of it."""
        if accepted_bytes is None and not refuse:
            self._outbox.release(record.socket_id, sequence)
        else:
            self._outbox.refuse(
                ReleaseRequest(
                    socket_id=record.socket_id,
                    sequence=sequence,
                    accepted_bytes=accepted_bytes,
                    refuse=refuse,
                )
            )
        if refuse:
            self.sockets.turn_down(sequence)
        self._hurry()

    def consume(self, record: SocketRecord, event: Event) -> None:
        """Give credit back for a data indication, soon."""
        self._outbox.release(record.socket_id, event.sequence)
        if record.consume(event):
            self._hurry()

    # Sending

    def begin(self) -> None:
        """A new attachment: the next message opens it, and everything unanswered is sent again."""
        self.lease.begin()
        self._outbox.restart()
        self._first = True
        self.cursor.restart()
        self._cancels.restart()

    def next_message(self, now: float) -> bytes | None:
        """Return the next AttachRequest, encoded, or None when there is nothing to say before `lease.next_mark`."""
        outbox, lease = self._outbox, self.lease
        if not (outbox.waiting or self._urgent or self._first or now >= lease.next_mark):
            return None
        frames = outbox.take(lease.number + 1)
        lease.sent(now, mark=not frames.commands, resending=outbox.resending > 0)
        self._urgent = False
        return b"".join((self._head(), *frames.encoded))

    def _head(self) -> bytes:
        """What a message says beside its frames."""
        acknowledge = self.cursor.acknowledge()
        if not self._first:
            return _ACKNOWLEDGE.pack(_ACKNOWLEDGE_TAG, acknowledge) if acknowledge else b""
        self._first = False
        return AttachRequest(
            session_id=self.session_id,
            boot_id=self.boot_id,
            start_after=self.cursor.seen,
            acknowledge=acknowledge,
        ).SerializeToString()

    def _hurry(self) -> None:
        self._urgent = True
        self.wake()

    # Receiving

    def take(self, response: AttachResponse, size: int) -> bool:
        """Take in a message of `size` bytes; return whether it shows that the stream works. Raises SessionLost."""
        batch, cursor, handled = response.batch, self.cursor, response.handled_requests
        before = cursor.seen
        if response.HasField("session"):
            self._go_on_behind(response.session)
        if batch.HasField("gap"):
            self._skip(batch.gap)
        for event in batch.events:
            if cursor.take(event.sequence):
                self._take_event(event)
        cursor.check(batch.last_sequence)
        for refusal in response.refusals:
            self._take_refusal(refusal)
        for cancellation in response.cancellations:
            self._cancels.take(cancellation)
        cursor.count(size)
        if cursor.due:
            self._hurry()
        self._outbox.confirm(handled)
        return self.lease.confirm(handled) or cursor.seen > before

    def _go_on_behind(self, found: Session) -> None:
        """An owner before us may have asked for more since we looked: its last words were on their way still."""
        self._last_operation_id = max(self._last_operation_id, found.highest_operation_id)
        self.sockets.go_on_behind(found.highest_socket_id)

    def _take_event(self, event: Event) -> None:
        if self.witness is not None:
            self.witness.told(event)
        operation_id = event.operation_id
        if not operation_id:
            body = event.WhichOneof("body")
            if body in _PRESSING:
                self._hurry()  # credit, acknowledgement or a sign of life: whatever it waits for goes out now
            if body not in _STORY:
                self.sockets.indicate(event)
            return
        if not event.HasField("completion"):
            return  # about an operation, but not its end
        completion = event.completion
        operation = self._outbox.answered(operation_id)
        if operation is None and self._links.waiting:
            operation = self._links.answered(operation_id)
        if isinstance(operation, BaseOperation):
            if operation.kind in _FOLLOWED:
                self.sockets.follow(event.socket_id, completion)
            operation.settle(completion)
        elif completion.kind in _FOLLOWED:  # asked by an owner before us
            self.sockets.follow(event.socket_id, completion)

    def _skip(self, gap: Gap) -> None:
        """Events are gone for good: whatever they completed is asked for again, and answered one way or the other."""
        if gap.last_sequence <= self.cursor.seen:
            return
        self.cursor.seen = gap.last_sequence
        self._gapped = True
        if self.witness is not None:
            self.witness.gap(gap)
        self.sockets.tell_gap(gap)
        self._outbox.restart()
        self._hurry()

    def _take_refusal(self, refusal: Refusal) -> None:
        if refusal.part == REFUSED_PART_RELEASE:
            self._refused.release(refusal)
        elif refusal.part == REFUSED_PART_ACKNOWLEDGE:
            raise SessionLost(refusal.message, refusal.reason)
        elif (operation := self._refused.command(refusal, self._last_operation_id)) is not None:
            if self._gapped and refusal.reason == "OPERATION_RETIRED":
                refusal = unknown(refusal)
            self._end(operation, refusal)

    # The end

    def _end(self, operation: BaseOperation[Any], outcome: Refusal | SessionLost) -> None:
        """Settle an operation that no completion will come of."""
        if self.witness is not None:
            self.witness.refused(operation, outcome)
        operation.settle(outcome)

    def lose(self, why: SessionLost) -> None:
        """The session is no more: settle everything. The first reason counts."""
        if self.lost is not None:
            return
        self.lost = why
        for entry in self._outbox.clear():
            if isinstance(entry, BaseOperation):
                self._end(entry, why)
            elif isinstance(entry, Cancel):
                entry.answer(why)
        if self.witness is not None:
            self.witness.lost(why)
        self.sockets.lose()
        self.when_lost(why)


_PRESSING = frozenset({"credit_stalled", "session_expiring"})
# For readers of the story only: nobody may be there to take them, and nothing bounds how many there are.
_STORY = frozenset({"fault_fired", "fault_ended", "relay_connected", "relay_ended"})

# Their ends say something about their sockets.
_FOLLOWED: frozenset[int] = frozenset(
    {
        OPERATION_KIND_CREATE_SOCKET,
        OPERATION_KIND_BIND,
        OPERATION_KIND_CONNECT,
        OPERATION_KIND_CLOSE,
        OPERATION_KIND_ACCEPT,
    }
)
