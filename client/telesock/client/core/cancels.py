"""Cancels that are on their way, and what became of them. Each gets one outcome, or the session's end."""

from collections import deque
from collections.abc import Callable
from typing import Any

from telesock.client.core.operations import BaseOperation
from telesock.client.core.outbox import CANCEL, Outbox
from telesock.client.enumerations import CancelOutcome
from telesock.client.errors import SessionLost
from telesock.v1.operations_pb2 import CancelOperationRequest, CancelOperationResponse
from telesock.v1.sessions_pb2 import AttachRequest
from telesock.v1.types_pb2 import STATUS_CANCELLED

Answer = Callable[[CancelOutcome | SessionLost], None]


class Cancel:
    """A cancel that wants its outcome."""

    __slots__ = ("answer", "frame", "key", "operation", "resent")

    rank = CANCEL

    def __init__(self, operation: BaseOperation[Any], answer: Answer) -> None:
        request = CancelOperationRequest(operation_id=operation.operation_id)
        self.frame = AttachRequest(cancels=[request]).SerializeToString()
        self.operation = operation
        self.answer = answer
        self.key = 0
        self.resent = False


class Cancels:
    """Those of one session. The agent answers those of one operation in their order."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._waiting: dict[int, deque[Cancel]] = {}

    def ask(self, operation: BaseOperation[Any], answer: Answer) -> None:
        """Queue a cancel; `answer` is called once."""
        cancel = Cancel(operation, answer)
        cancel.key = self._outbox.add(cancel)
        self._waiting.setdefault(operation.operation_id, deque()).append(cancel)

    def restart(self) -> None:
        """All that wait are sent again: what became of the first sending may never be told."""
        for waiting in self._waiting.values():
            for cancel in waiting:
                cancel.resent = True

    def take(self, told: CancelOperationResponse) -> None:
        """Take in what became of one."""
        waiting = self._waiting.get(told.operation_id)
        if not waiting:
            return
        cancel = waiting.popleft()
        if not waiting:
            del self._waiting[told.operation_id]
        self._outbox.answered(cancel.key)
        cancel.frame = b""
        cancel.answer(_outcome(cancel, CancelOutcome(told.outcome)))


def _outcome(cancel: Cancel, told: CancelOutcome) -> CancelOutcome:
    """What the agent knows no more of the operation, this side does."""
    completion = cancel.operation.completion
    if completion is None:
        return told
    if cancel.resent and completion.status == STATUS_CANCELLED:
        return CancelOutcome.CANCELLED  # by the first sending
    if told is CancelOutcome.NOT_FOUND:
        return CancelOutcome.TOO_LATE  # acknowledged in the same message, and so forgotten
    return told
