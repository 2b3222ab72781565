"""What a client remembers of its sockets: how far each send stream is accepted, and the indications not yet taken.

Every send names the offset at which its bytes belong. When one is refused, those pipelined behind it name offsets
that the agent has not reached, and are refused too (STREAM_OFFSET_MISMATCH): no hole, no byte out of order. From the
first refusal on, new sends go on from the offset that the agent has accepted; the refusals of the old chain that still
come in change nothing.
"""

from collections import deque
from collections.abc import Callable, Sequence

from telesock.client.enumerations import OperationKind
from telesock.v1.events_pb2 import PEER_DISCONNECT_KIND_ABORTIVE, Event, Gap
from telesock.v1.operations_pb2 import OPERATION_KIND_CLOSE, AcceptResult, Completion
from telesock.v1.sessions_pb2 import Refusal
from telesock.v1.sockets_pb2 import SendRequest, Socket
from telesock.v1.types_pb2 import STATUS_SUCCESS, Endpoint

Indication = Event | Gap
_DEFAULT_CREDIT = 64 * 1024  # assumed where the agent's default holds: too little only costs a message more


class SendOffset:
    """The next Send.stream_offset of one socket."""

    def __init__(self) -> None:
        self.next = 0
        self._chain_after = 0  # operations up to this one belong to a chain that is refused already

    def start(self, offset: int, last_operation_id: int) -> None:
        """Go on from an offset; sends up to an operation do not belong to this stream."""
        self.next = offset
        self._chain_after = last_operation_id

    def refused(self, send: SendRequest, refusal: Refusal, last_operation_id: int) -> None:
        """A send of ours was refused; `last_operation_id` is the last that may be pipelined behind it."""
        if send.operation_id <= self._chain_after or not (send.data or send.pattern_length):
            return  # of an older chain; or without bytes, so that those behind it are in their place
        told = refusal.metadata.get("send_offset", "")
        known = refusal.reason == "STREAM_OFFSET_MISMATCH" and told.isdecimal()
        self.start(int(told) if known else send.stream_offset, last_operation_id)


class SocketRecord:
    """One socket of a session, from its creation's request to its close's completion."""

    def __init__(self, socket_id: int, *, made_by_connect: bool = False) -> None:
        self.socket_id = socket_id
        self.local: Endpoint | None = None
        self.remote: Endpoint | None = None
        self.sending = SendOffset()
        self.made_by_connect = made_by_connect
        self.indications: deque[Indication] = deque()
        self.handed_out: Event | None = None
        """The data indication that was taken last, if its credit is to be given back with the next taking."""
        self.ended = False
        """Whether nothing more will be indicated: the connection is gone, or the socket is closed."""
        self.closed = False
        self.problem: Exception | None = None
        """What whoever takes indications has to be told before all others."""
        self.notify: Callable[[], None] | None = None
        """Called when there is an indication, a problem or the end."""
        self.indicating = False
        """Whether indications were ever asked for."""
        self.told_by = 0
        """Sequence of the ConnectionAccepted that told of the socket; 0 for any other."""
        self._credit = 0
        self._consumed = 0

    def take_up(self, found: Socket) -> None:
        """Go on from what the agent says of the socket."""
        self.local = found.local if found.HasField("local") else None
        self.remote = found.remote if found.HasField("remote") else None
        self.sending.next = found.send_offset
        self.indicating = bool(found.enabled_indications)

    def indicate(self, indication: Indication) -> None:
        """Something happened on the socket."""
        self.indications.append(indication)
        self.changed()

    def end(self) -> None:
        """Nothing more will be indicated."""
        self.ended = True
        self.changed()

    def changed(self) -> None:
        """Tell whoever waits for indications to look again."""
        if self.notify is not None:
            self.notify()

    def expect(self, credit_bytes: int) -> None:
        """Indications are enabled, with so much credit; 0 means the agent's default."""
        self.indicating = True
        self._credit = credit_bytes or self._credit

    def inherit(self, listener: "SocketRecord") -> None:
        """The socket indicates what its listener hands on."""
        if listener.indicating:
            self.expect(listener._credit)

    def consume(self, event: Event) -> bool:
        """Note that an indication is consumed. Return whether to give the credit back now.

        Not for each indication, which would make a message of each, but early enough that the agent never runs out
        while there is work under way; if it does all the same, it says so (CreditStalled). Connections and datagrams
        are counted in pieces, of which few are out at a time: they are given back at once.
        """
        if not event.HasField("data_received"):
            return True
        self._consumed += len(event.data_received.data)
        due = self._consumed * 4 >= (self._credit or _DEFAULT_CREDIT)
        if due:
            self._consumed = 0
        return due


class Sockets:
    """The sockets of one session that are, or are about to be."""

    def __init__(self, highest_id: int) -> None:
        self._records: dict[int, SocketRecord] = {}
        self._last_id = highest_id
        self._expected: int | None = None  # credit of what every socket indicates; None for nothing

    def get(self, socket_id: int) -> SocketRecord | None:
        """Return what is known of a socket."""
        return self._records.get(socket_id)

    def new(self, *, made_by_connect: bool = False, initial_bytes: int = 0) -> SocketRecord:
        """Choose the number of a new socket, and remember it."""
        record = self.plan(made_by_connect=made_by_connect, initial_bytes=initial_bytes)
        self._records[record.socket_id] = record
        return record

    def go_on_behind(self, highest_id: int) -> None:
        """Numbers up to this one are used, whoever did."""
        self._last_id = max(self._last_id, highest_id)

    def plan(self, *, made_by_connect: bool = False, initial_bytes: int = 0) -> SocketRecord:
        """Choose the number of a socket that is asked for later, if ever."""
        self._last_id += 1
        record = self._record(self._last_id, made_by_connect)
        record.sending.next = initial_bytes
        return record

    def enter(self, planned: Sequence[SocketRecord]) -> dict[int, int]:
        """Planned sockets are asked for now. Return the numbers that had to be chosen anew, old to new.

        The agent takes only numbers above all before: those of sockets that were planned later may be in use already.
        """
        first = self._last_id - len(planned) + 1
        renumbered = {}
        if [record.socket_id for record in planned] != list(range(first, self._last_id + 1)):
            renumbered = {each.socket_id: self._last_id + place for place, each in enumerate(planned, 1)}
            self._last_id += len(planned)
        for record in planned:
            record.socket_id = renumbered.get(record.socket_id, record.socket_id)
            self._records[record.socket_id] = record
        return renumbered

    def know(self, socket_id: int) -> SocketRecord:
        """Remember a socket by its number."""
        known = self._records.get(socket_id)
        if known is None:
            known = self._records[socket_id] = self._record(socket_id)
        return known

    def _record(self, socket_id: int, made_by_connect: bool = False) -> SocketRecord:
        record = SocketRecord(socket_id, made_by_connect=made_by_connect)
        if self._expected is not None:
            record.expect(self._expected)
        return record

    def expect(self, credit_bytes: int) -> None:
        """Every socket that comes will indicate, with so much credit; 0 means the agent's default."""
        self._expected = credit_bytes

    def indicate(self, event: Event) -> None:
        """Something happened on a socket unasked."""
        record = self._records.get(event.socket_id)
        if record is None:
            return
        if event.HasField("connection_accepted"):
            accepted = self.adopt(event.connection_accepted.accepted)
            accepted.told_by = event.sequence
            accepted.inherit(record)
        record.indicate(event)
        if event.HasField("socket_closed"):
            self._forget(record)
        elif event.peer_disconnected.kind == PEER_DISCONNECT_KIND_ABORTIVE:
            record.end()

    def adopt(self, accepted: AcceptResult) -> SocketRecord:
        """The agent has made a socket of a connection that came to a listener; what it tells is kept from now on."""
        record = self.know(accepted.socket_id)
        record.local, record.remote = accepted.local, accepted.remote
        return record

    def turn_down(self, sequence: int) -> None:
        """The connection that an event told of is refused, if it is one: the agent says nothing more of it."""
        for record in list(self._records.values()):
            if sequence and record.told_by == sequence:
                self._forget(record)

    def follow(self, socket_id: int, completion: Completion) -> None:
        """Remember what the end of an operation says about its socket."""
        record = self._records.get(socket_id)
        if record is None:
            return
        succeeded = completion.status == STATUS_SUCCESS
        if completion.HasField("accept"):
            self.adopt(completion.accept)
        elif completion.kind == OPERATION_KIND_CLOSE:
            self._forget(record)
        elif not succeeded:
            self.not_made(completion.kind, record)
        elif completion.HasField("connect"):
            record.local, record.remote = completion.connect.local, completion.connect.remote
        elif completion.HasField("bind"):
            record.local = completion.bind.local

    def not_made(self, kind: int, record: SocketRecord) -> None:
        """An operation came to nothing; if it was to make the socket, there is none."""
        makes = kind == OperationKind.CREATE_SOCKET or (
            kind == OperationKind.CONNECT and record.made_by_connect
        )
        if makes:
            self._forget(record)

    def _forget(self, record: SocketRecord) -> None:
        self._records.pop(record.socket_id, None)
        record.closed = True
        record.end()

    def tell_gap(self, gap: Gap) -> None:
        """Events are gone: each socket's reader has to know."""
        for record in self._records.values():
            if record.indicating:
                record.indicate(gap)

    def lose(self) -> None:
        """The session is no more: whoever waits for an indication has to look at that."""
        records, self._records = self._records, {}
        for record in records.values():
            record.changed()
