"""Who looks on while a session works: told of operations and events, asked nothing, and changing nothing.

A session without an onlooker pays for one comparison, so what counts and what traces is only ever joined to it here.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from telesock.server.core.events import Body, Clock, Completion
    from telesock.server.core.operations import Operation
    from telesock.server.core.session import Session, SessionEnd


class Watcher(Protocol):
    """An onlooker."""

    def batch_begins(self) -> None:
        """What is entered until `batch_ends` came together: one moment may stand for all of it."""

    def batch_ends(self) -> None:
        """It is all entered."""

    def entered(self, operation: "Operation") -> None:
        """An operation was accepted: note in `Operation.began` when, by the clock of completions."""

    def completed(
        self, session: "Session", operation: "Operation", completion: "Completion", clock: "Clock"
    ) -> None:
        """It has completed; its request is still there."""

    def succeeded(self, session: "Session", operations: "Sequence[Operation]", clock: "Clock") -> None:
        """Several have succeeded at one moment."""

    def appended(self, body: "Body") -> None:
        """A session tells something that is no completion."""

    def ended(self, end: "SessionEnd") -> None:
        """A session has ended."""


class Traces(Watcher, Protocol):
    """An onlooker that knows of which trace an operation is a part."""

    parent: str
    """Of what is entered now, as in the header `traceparent`; empty for none, as it is after each batch."""


class Both:
    """Two onlookers as one."""

    def __init__(self, first: Watcher, second: Watcher) -> None:
        self._first = first
        self._second = second

    def batch_begins(self) -> None:
        """Tell both."""
        self._first.batch_begins()
        self._second.batch_begins()

    def batch_ends(self) -> None:
        """Tell both."""
        self._first.batch_ends()
        self._second.batch_ends()

    def entered(self, operation: "Operation") -> None:
        """Tell both."""
        self._first.entered(operation)
        self._second.entered(operation)

    def completed(
        self, session: "Session", operation: "Operation", completion: "Completion", clock: "Clock"
    ) -> None:
        """Tell both."""
        self._first.completed(session, operation, completion, clock)
        self._second.completed(session, operation, completion, clock)

    def succeeded(self, session: "Session", operations: "Sequence[Operation]", clock: "Clock") -> None:
        """Tell both."""
        self._first.succeeded(session, operations, clock)
        self._second.succeeded(session, operations, clock)

    def appended(self, body: "Body") -> None:
        """Tell both."""
        self._first.appended(body)
        self._second.appended(body)

    def ended(self, end: "SessionEnd") -> None:
        """Tell both."""
        self._first.ended(end)
        self._second.ended(end)


def joined(first: Watcher | None, second: Watcher | None) -> Watcher | None:
    """Make one of two, where there are two."""
    return Both(first, second) if first is not None and second is not None else first or second
