"""What an agent is doing now and has done so far, read in one go: on the loop's thread, for whoever is on another.

Reading walks over every session and socket once; nothing of it refers back to the engine.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from telesock.server.core.events import EventKind, StallReason
from telesock.server.core.policy import PolicyAction
from telesock.server.core.refusal import Reason
from telesock.server.core.requests import OperationKind
from telesock.server.core.session import SessionEnd
from telesock.server.core.states import Category, State
from telesock.server.core.statistics import Durations, Statistics
from telesock.server.core.status import Status

if TYPE_CHECKING:
    from telesock.server.engine.engine import Engine


Label = TypeVar("Label", bound=Enum)


_ENDS = [
    end for end in SessionEnd if end is not SessionEnd.AGENT_RESTARTED
]  # of which no agent tells before the next


class Now(NamedTuple):
    """What there is at this moment."""

    sessions: int
    attachments: int
    sockets: Mapping[tuple[Category, State], int]
    """By category and state."""
    operations_pending: int
    journal_events: int
    journal_bytes: int
    journal_limit_bytes: int
    journal_fullest: float
    """How much of its own room the journal has used up that has the least left, 0 to 1."""
    pending_send_bytes: int
    fault_held_bytes: int
    faults: Mapping[str, int]
    """By the kind of their effect."""
    resolver_threads_busy: int
    tasks: int
    """Of the event loop."""
    draining: bool


class SoFar(NamedTuple):
    """What has happened since the start."""

    operations: Mapping[tuple[OperationKind, Status], int]
    durations: Mapping[OperationKind, Durations]
    events: Mapping[EventKind, int]
    stalls: Mapping[StallReason, int]
    refusals: Mapping[Reason, int]
    denials: Mapping[PolicyAction, int]
    faults_fired: Mapping[str, int]
    authentication_failures: Mapping[str, int]
    session_ends: Mapping[SessionEnd, int]


class Snapshot(NamedTuple):
    """Both."""

    now: Now
    so_far: SoFar


def take_snapshot(engine: "Engine", statistics: Statistics) -> Snapshot:
    """Read an engine and its counters."""
    return Snapshot(_now(engine), _so_far(engine, statistics))


def _now(engine: "Engine") -> Now:
    sessions = list(engine.sessions)
    return Now(
        sessions=len(sessions),
        attachments=sum(session.attachment is not None for session in sessions),
        sockets=Counter(
            (socket.category, socket.state) for each in sessions for socket in each.sockets.values()
        ),
        operations_pending=sum(session.ledger.pending for session in sessions),
        journal_events=sum(session.journal.retained for session in sessions),
        journal_bytes=engine.sessions.storage.used,
        journal_limit_bytes=engine.sessions.storage.limit,
        journal_fullest=max((session.journal.fullness for session in sessions), default=0.0),
        pending_send_bytes=engine.pending_send_bytes,
        fault_held_bytes=engine.fault_held_bytes,
        faults=Counter(active.fault.effect.kind for session in sessions for active in session.faults or ()),
        resolver_threads_busy=engine.resolver.busy,
        tasks=len(asyncio.all_tasks(engine.loop)),
        draining=engine.draining,
    )


def _so_far(engine: "Engine", statistics: Statistics) -> SoFar:
    fired = Counter(statistics.faults_fired)
    for session in engine.sessions:
        for active in session.faults or ():
            fired[active.fault.effect.kind] += active.counts.firings
    return SoFar(
        statistics.operations(),
        statistics.durations(),
        dict(statistics.events),
        _all(StallReason, statistics.stalls),
        _all(Reason, statistics.refusals),
        _all(PolicyAction, statistics.denials),
        fired,
        dict(statistics.authentication_failures),
        _all(_ENDS, statistics.session_ends),
    )


def _all(labels: Iterable[Label], counts: Mapping[Label, int]) -> dict[Label, int]:
    """Those that have not been yet as well, at 0: else nobody sees how the first of them grows out of nothing."""
    return {label: counts.get(label, 0) for label in labels}
