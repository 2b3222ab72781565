"""An operation as its owner holds it: its handle from the start, its outcome once.

The outcome is a completion, a refusal, or the end of the session. It never changes: a second one is a bug of the
caller and is said so.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

from telesock.client.core.outbox import COMMAND
from telesock.client.enumerations import CancelOutcome, OperationKind
from telesock.client.errors import OutcomeUnknown, SessionLost, failed, rejected
from telesock.v1.operations_pb2 import Completion
from telesock.v1.sessions_pb2 import Refusal
from telesock.v1.types_pb2 import STATUS_SUCCESS

Result = TypeVar("Result")
Outcome = Completion | Refusal | SessionLost


class Owner(Protocol):
    """Whoever the operation is asked of, as far as the operation needs it: to be called off."""

    def cancel(
        self, operation: "BaseOperation[Any]", answer: Callable[[CancelOutcome | SessionLost], None]
    ) -> None:
        """Ask for its end; `answer` is called once with what became of that."""


class SettledTwice(Exception):
    """An operation got a second outcome: a bug of ours."""


class BaseOperation(Generic[Result]):
    """One request. The shells add how to wait for it."""

    __slots__ = ("_callbacks", "_core", "_outcome", "_read", "frame", "kind", "operation_id", "socket_id")

    rank: ClassVar[int] = COMMAND
    _waiting: ClassVar[str] = ""
    """What a shell's user writes to wait for what it yields."""

    def __init__(
        self,
        core: Owner,
        kind: OperationKind,
        socket_id: int,
        read: Callable[[Completion], Result],
    ) -> None:
        self._core = core
        self.kind = kind
        """What it does."""
        self.socket_id = socket_id
        """The socket it acts on, or makes."""
        self.operation_id = 0
        """Its number in the session."""
        self.frame = b""
        self._read = read
        self._outcome: Outcome | None = None
        self._callbacks: list[Callable[[], None]] = _NONE

    if not TYPE_CHECKING:  # a checker would take any name for one that there is

        def __getattr__(self, name: str) -> object:
            """Name what is mostly forgotten where an operation is taken for what it yields: to wait for that."""
            raise AttributeError(f"{self!r} has no {name!r}; {self._waiting} waits for what it yields")

    def __repr__(self) -> str:
        """Name, number and state."""
        state = "pending" if self._outcome is None else "done"
        return f"<{self.kind.name} operation {self.operation_id} of socket {self.socket_id}, {state}>"

    def done(self) -> bool:
        """Whether it has an outcome: a completion, a refusal, or the end of its session."""
        return self._outcome is not None

    @property
    def completion(self) -> Completion | None:
        """What the agent told of its end; None while it is pending, and when it was refused or its session lost."""
        return self._outcome if isinstance(self._outcome, Completion) else None

    @property
    def faults(self) -> tuple[str, ...]:
        """Names of the faults that had a part in how or when it ended, also of a success; none while it is pending."""
        completion = self.completion
        return () if completion is None else tuple(completion.faults)

    @property
    def outcome(self) -> Outcome | None:
        """How it ended, if it has."""
        return self._outcome

    def settle(self, outcome: Outcome) -> None:
        """Give it its outcome, once, and tell whoever waits."""
        if self._outcome is not None:
            raise SettledTwice(repr(self))
        self._outcome = outcome
        self.frame = b""  # it will not be sent again
        if self._callbacks:
            callbacks, self._callbacks = self._callbacks, _NONE
            for callback in callbacks:
                callback()

    def when_done(self, callback: Callable[[], None]) -> None:
        """Call back once when there is an outcome; there is none yet."""
        if not self._callbacks:
            self._callbacks = []
        self._callbacks.append(callback)

    def forget(self, callback: Callable[[], None]) -> None:
        """Do not call back."""
        if callback in self._callbacks:
            self._callbacks.remove(callback)

    def take_result(self) -> Result:
        """Return what it yields, or raise why it did not. Each time a new exception: they carry tracebacks."""
        outcome = self._outcome
        if isinstance(outcome, Completion):
            if outcome.status == STATUS_SUCCESS:
                return self._read(outcome)
            raise failed(outcome, self.operation_id)
        if isinstance(outcome, Refusal):
            if outcome.reason == OUTCOME_UNKNOWN:
                raise OutcomeUnknown(outcome.message)
            raise rejected(outcome)
        assert outcome is not None, "asked only of an operation that is done"
        raise outcome.again()


OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
"""Reason of the refusal that stands for a completion which is gone."""

_INVALID_ARGUMENT = 3
_NONE: list[Callable[[], None]] = []  # never appended to: most operations are never waited for one by one


def too_large(operation_id: int, size: int, limit: int) -> Refusal:
    """Return the refusal of a command that no agent would take."""
    return Refusal(
        operation_id=operation_id,
        code=_INVALID_ARGUMENT,
        message=f"{size} bytes are more than the {limit} that one command may have",
        reason="TOO_LARGE",
        metadata={"limit": str(limit)},
    )


def unknown(refusal: Refusal) -> Refusal:
    """Return what stands for a completion that is gone."""
    message = (
        f"operation {refusal.operation_id} is done, but its completion is gone, as Retention.LATEST allows"
    )
    return Refusal(operation_id=refusal.operation_id, message=message, reason=OUTCOME_UNKNOWN)
