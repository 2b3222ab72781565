"""What an agent has done so far, in numbers that only grow: operations, their durations, events, refusals, ends.

Counting is on the path of every operation, so a number is a place in a list, and only what is read adds up. Whoever
counts is on the loop's thread; nothing here is shared with another. Labels are enumerations of ours, never a client's words.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

from telesock.server.core.events import (
    EVENT_KINDS,
    Body,
    Clock,
    Completion,
    CreditStalled,
    EventKind,
    StallReason,
)
from telesock.server.core.operations import Operation
from telesock.server.core.policy import PolicyAction
from telesock.server.core.refusal import Reason
from telesock.server.core.requests import OperationKind
from telesock.server.core.session import Session, SessionEnd
from telesock.server.core.status import Status

_SECOND = 1_000_000_000  # nanoseconds

BOUNDS = (
    0.0001,
    0.00025,
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    5.0,
    30.0,
    120.0,
)
"""Upper ends of the buckets of durations, seconds; what takes longer is in one more bucket."""

_BOUNDS = tuple(round(bound * _SECOND) for bound in BOUNDS)
_KINDS = max(OperationKind) + 1
_SUCCESS = Status.SUCCESS
_UNKNOWN = (Reason.CREDENTIALS_MISSING.name, Reason.CREDENTIALS_UNKNOWN.name)


class Durations(NamedTuple):
    """How long something took: for each bound, and beyond all, how often at most so long; and in all, seconds."""

    cumulative: tuple[int, ...]
    total: float


class Histogram:
    """Durations in buckets; nanoseconds in, seconds out."""

    __slots__ = ("_bounds", "buckets", "total")

    def __init__(self, bounds: Sequence[int] = _BOUNDS) -> None:
        self._bounds = bounds
        self.buckets = [0] * (len(bounds) + 1)
        self.total = 0

    def add(self, took: int, count: int = 1) -> None:
        """Something took so long, or several things each."""
        self.buckets[bisect_left(self._bounds, took)] += count
        self.total += took * count

    def read(self) -> Durations:
        """Add up."""
        return Durations(tuple(accumulate(self.buckets)), self.total / _SECOND)


class Statistics:
    """The counters of one agent. `now` reads the monotonic clock, nanoseconds."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._moment = 0  # of the batch that is being entered
        self._operations = [[0] * (max(Status) + 1) for _ in range(_KINDS)]
        self._durations = [Histogram() for _ in range(_KINDS)]
        self.events: Counter[EventKind] = Counter()
        """What was told beside completions."""
        self.stalls: Counter[StallReason] = Counter()
        self.refusals: Counter[Reason] = Counter()
        self.denials: Counter[PolicyAction] = Counter()
        """Denied by policy, by what was asked for."""
        self.faults_fired: Counter[str] = Counter()
        """Firings of faults that have ended, by the kind of their effect."""
        self.authentication_failures = Counter(dict.fromkeys(_UNKNOWN, 0))
        self.session_ends: Counter[SessionEnd] = Counter()

    # What sessions tell (see watching.py)

    def batch_begins(self) -> None:
        """The clock is read once for all."""
        self._moment = self._now()

    def batch_ends(self) -> None:
        """And again for what comes later."""
        self._moment = 0

    def entered(self, operation: Operation) -> None:
        """Its time begins."""
        operation.began = self._moment or self._now()

    def completed(self, session: Session, operation: Operation, completion: Completion, clock: Clock) -> None:
        """Count it with its status."""
        self._operations[operation.kind][completion.status] += 1
        self._durations[operation.kind].add(clock.monotonic_ns - operation.began)

    def succeeded(self, session: Session, operations: Sequence[Operation], clock: Clock) -> None:
        """Count them all: most are alike and came together, so those that follow each other are counted at once."""
        first, count = operations[0], 0
        kind, began = first.kind, first.began
        for operation in operations:
            if operation.began != began or operation.kind is not kind:
                self._succeeded(kind, clock.monotonic_ns - began, count)
                kind, began, count = operation.kind, operation.began, 0
            count += 1
        self._succeeded(kind, clock.monotonic_ns - began, count)

    def _succeeded(self, kind: OperationKind, took: int, count: int) -> None:
        self._operations[kind][_SUCCESS] += count
        self._durations[kind].add(took, count)

    def appended(self, body: Body) -> None:
        """Count it with its kind."""
        self.events[EVENT_KINDS[type(body)]] += 1
        if isinstance(body, CreditStalled):
            self.stalls[body.reason] += 1

    def ended(self, end: SessionEnd) -> None:
        """Count it with its cause."""
        self.session_ends[end] += 1

    # What others tell

    def refused(self, reason: Reason) -> None:
        """A request was turned down."""
        self.refusals[reason] += 1

    def denied(self, action: PolicyAction) -> None:
        """Policy has kept a socket from something."""
        self.denials[action] += 1

    def fault_ended(self, effect: str, firings: int) -> None:
        """A fault is no more; so often it has fired."""
        self.faults_fired[effect] += firings

    def authentication_failed(self, reason: str) -> None:
        """Somebody could not say who they are. A reason is one of few words of ours."""
        self.authentication_failures[reason] += 1

    # Reading

    def operations(self) -> dict[tuple[OperationKind, Status], int]:
        """How many have completed how, of those that have at all."""
        return {
            (kind, status): self._operations[kind][status]
            for kind in OperationKind
            for status in Status
            if self._operations[kind][status]
        }

    def durations(self) -> dict[OperationKind, Durations]:
        """How long they took from being accepted to their completion."""
        return {kind: self._durations[kind].read() for kind in _completed(self._operations)}


def _completed(counts: Sequence[Sequence[int]]) -> Iterable[OperationKind]:
    return (kind for kind in OperationKind if any(counts[kind]))
