"""What the agent refuses, taken back: credit that it would not take, and commands that never had an effect.

Decides which command a refusal is about, also where the agent could not even read its number, and undoes what asking for
it has assumed: a place in a stream, a socket that was to be made.
"""

from typing import Any

from telesock.client.core.operations import BaseOperation
from telesock.client.core.outbox import Outbox
from telesock.client.core.sockets import Sockets
from telesock.client.enumerations import OperationKind
from telesock.client.errors import rejected
from telesock.v1.sessions_pb2 import AttachRequest, Refusal

_TOO_LATE_TO_MATTER = frozenset({"SOCKET_CLOSED", "SOCKET_UNKNOWN", "WRONG_STATE"})


class Refused:
    """The refusals of one session."""

    def __init__(self, outbox: Outbox, sockets: Sockets) -> None:
        self._outbox = outbox
        self._sockets = sockets

    def release(self, refusal: Refusal) -> None:
        """Let the socket's readers know that credit was not taken, where that matters still."""
        release = self._outbox.release_at(refusal.request_number, refusal.position)
        record = self._sockets.get(release.socket_id) if release is not None else None
        if record is not None and refusal.reason not in _TOO_LATE_TO_MATTER:
            record.problem = rejected(refusal)
            record.changed()

    def command(self, refusal: Refusal, last_operation_id: int) -> BaseOperation[Any] | None:
        """Return the operation that was refused, with nothing assumed of it any more; None where it is answered."""
        operation_id = refusal.operation_id
        if not operation_id:  # the agent could not even read it
            entry = self._outbox.command_at(refusal.request_number, refusal.position)
            operation_id = entry.operation_id if isinstance(entry, BaseOperation) else 0
        operation = self._outbox.answered(operation_id)
        if not isinstance(operation, BaseOperation):
            return None
        record = self._sockets.get(operation.socket_id)
        if record is not None and operation.kind is OperationKind.SEND:
            send = AttachRequest.FromString(operation.frame).commands[0].send
            record.sending.refused(send, refusal, last_operation_id)
        elif record is not None:
            self._sockets.not_made(operation.kind, record)
        return operation
