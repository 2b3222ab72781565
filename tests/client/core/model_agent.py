"""An agent made of lists: what the contract promises of Attach, and nothing more, with every message on its way visible.

Messages and responses wait in `requests` and `responses` until a test lets them arrive; `break_stream` loses them all.
"""

from collections.abc import Iterable

from telesock.v1.events_pb2 import DataReceived, Event, EventBatch, Gap
from telesock.v1.operations_pb2 import CancelOperationResponse, Completion
from telesock.v1.sessions_pb2 import (
    REFUSED_PART_COMMAND,
    AttachRequest,
    AttachResponse,
    Command,
    Refusal,
)

SUCCESS, CANCELLED = 1, 2
OUTCOME_CANCELLED, OUTCOME_TOO_LATE, OUTCOME_NOT_FOUND = 1, 2, 3


class ModelAgent:
    """One session of an agent."""

    def __init__(self) -> None:
        self.journal: list[Event] = []
        self.first_retained = 1
        self.acknowledged = 0
        self.requests: list[bytes] = []
        self.responses: list[AttachResponse] = []
        self.accepted: dict[int, Command] = {}
        self.completed_at: dict[int, int] = {}
        self.pending: list[int] = []
        self.highest_id = 0
        self.streams: dict[int, bytes] = {}
        self.released: dict[int, int] = {}
        self.refusing = 0
        """How many commands are refused from now on, whatever they are."""
        self.break_stream()

    def break_stream(self) -> None:
        """Lose the attachment with everything on its way."""
        self.requests.clear()
        self.responses.clear()
        self._cursor: int | None = None
        self._handled = 0
        self._refusals: list[Refusal] = []
        self._cancellations: list[CancelOperationResponse] = []
        self._mark = False

    # Up

    def handle(self) -> None:
        """Take in the message that arrived first."""
        request = AttachRequest.FromString(self.requests.pop(0))
        if self._cursor is None:
            assert request.session_id == "s-1", "the first message says where to attach"
            self._cursor = request.start_after
        else:
            assert not request.session_id, "only the first does"
        assert request.acknowledge <= len(self.journal), "nobody has seen what did not happen"
        self.acknowledged = max(self.acknowledged, request.acknowledge)
        for release in request.releases:
            self.released[release.socket_id] = max(release.sequence, self.released.get(release.socket_id, 0))
        number = self._handled + 1
        for position, command in enumerate(request.commands):
            reason = self._submit(command)
            if reason:
                message = getattr(command, command.WhichOneof("request") or "")
                self._refusals.append(
                    Refusal(
                        request_number=number,
                        position=position,
                        part=REFUSED_PART_COMMAND,
                        operation_id=message.operation_id,
                        code=9,
                        reason=reason,
                    )
                )
        for cancel in request.cancels:
            self._cancel(cancel.operation_id)
        self._handled = number
        self._mark = self._mark or not request.commands

    def _submit(self, command: Command) -> str:
        """Accept a command, or say why not."""
        message = getattr(command, command.WhichOneof("request") or "")
        operation_id = message.operation_id
        if operation_id in self.accepted:
            assert self.accepted[operation_id] == command, "a retry is the same request"
            return ""
        if operation_id <= self.highest_id:
            return "OPERATION_RETIRED"
        if self.refusing:
            self.refusing -= 1
            return "TOO_MANY_PENDING_BYTES"
        if command.HasField("send"):
            stream = self.streams.setdefault(message.socket_id, b"")
            if message.stream_offset != len(stream):
                return "STREAM_OFFSET_MISMATCH"
            self.streams[message.socket_id] = stream + message.data
        self.accepted[operation_id] = command
        self.highest_id = operation_id
        self.pending.append(operation_id)
        return ""

    def _cancel(self, operation_id: int) -> None:
        outcome = OUTCOME_TOO_LATE
        completed_at = self.completed_at.get(operation_id, len(self.journal) + 1)
        if operation_id not in self.accepted or completed_at <= self.acknowledged:  # unknown, or forgotten
            outcome = OUTCOME_NOT_FOUND
        elif operation_id in self.pending:
            self.complete(operation_id, CANCELLED)
            outcome = OUTCOME_CANCELLED
        self._cancellations.append(
            CancelOperationResponse(operation_id=operation_id, outcome=outcome)  # type: ignore[arg-type]  # numbers
        )

    # What happens

    def complete(self, operation_id: int, status: int = SUCCESS) -> None:
        """Complete a pending operation."""
        self.pending.remove(operation_id)
        command = self.accepted[operation_id]
        message = getattr(command, command.WhichOneof("request") or "")
        kind = 4 if command.HasField("send") else 5
        completion = Completion(status=status, kind=kind, transferred_bytes=7)  # type: ignore[arg-type]  # numbers
        self._append(Event(socket_id=message.socket_id, operation_id=operation_id, completion=completion))
        self.completed_at[operation_id] = len(self.journal)

    def indicate(self, socket_id: int, data: bytes = b"x") -> None:
        """Tell of data that nobody asked for."""
        self._append(Event(socket_id=socket_id, data_received=DataReceived(data=data)))

    def _append(self, event: Event) -> None:
        event.sequence = len(self.journal) + 1
        self.journal.append(event)

    def drop_oldest(self, count: int) -> None:
        """Forget events, seen or not, as Retention.LATEST may."""
        self.first_retained = min(self.first_retained + count, len(self.journal) + 1)
        for event in self.journal[: self.first_retained - 1]:
            self.accepted.pop(event.operation_id, None)

    # Down

    def respond(self, most: int = 256) -> bool:
        """Write a response with at most so many events, if there is anything to say."""
        if self._cursor is None:
            return False
        gap = None
        if self._cursor + 1 < self.first_retained:
            gap = Gap(first_sequence=self._cursor + 1, last_sequence=self.first_retained - 1)
            self._cursor = gap.last_sequence
        events = self.journal[self._cursor : self._cursor + most]
        if not (events or gap or self._mark or self._refusals or self._cancellations):
            return False
        self._cursor += len(events)
        self.responses.append(
            AttachResponse(
                batch=EventBatch(events=events, last_sequence=self._cursor, gap=gap),
                handled_requests=self._handled,
                refusals=self._refusals,
                cancellations=self._cancellations,
            )
        )
        self._refusals, self._cancellations, self._mark = [], [], False
        return True


def sequences(events: Iterable[object]) -> list[int]:
    """The numbers of events."""
    return [event.sequence for event in events if isinstance(event, Event)]
