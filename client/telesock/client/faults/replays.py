"""Recorded runs: from the events of a session, the decisions at which each of its faults fired."""

from collections.abc import Iterable
from typing import NamedTuple

from telesock.client.enumerations import Direction
from telesock.client.faults.rules import Fault, FaultDecision
from telesock.v1.events_pb2 import Event, FaultFired, Gap


class Recorded(NamedTuple):
    """What one fault did: its seed, and every decision that fired."""

    seed: int
    decisions: tuple[FaultDecision, ...]

    def again(self, fault: Fault) -> Fault:
        """Return the fault so that it does the same again. Its timing counts no longer, but its targets do."""
        return fault.but(seed=self.seed, replay=self.decisions)


def replay_of(events: Iterable[Event | Gap]) -> dict[str, Recorded]:
    """Return what each fault did, by name, from all events of a session, or all of one fault.

    Sockets are named by their numbers, so the run that repeats it makes its sockets in the same order. Raises ValueError
    where the events do not say every decision: where one tells of several firings at once, where some are gone, and where
    two faults had one name. Such a run cannot be replayed exactly by decisions; with the same traffic the seed alone does.
    """
    recording = _Recording()
    for event in events:
        recording.take(event)
    return recording.found


class _Recording:
    def __init__(self) -> None:
        self.found: dict[str, Recorded] = {}
        self._ended: set[str] = set()

    def take(self, event: Event | Gap) -> None:
        if isinstance(event, Gap):
            lost = f"events {event.first_sequence} to {event.last_sequence} are gone"
            raise ValueError(f"{lost}: {_BY_SEED}")
        if event.HasField("fault_fired"):
            self._add(event.fault_fired.fault, event.fault_fired.seed, (_decision(event),))
        elif event.HasField("fault_ended"):
            self._add(event.fault_ended.fault, event.fault_ended.seed, ())
            self._end(event)

    def _add(self, name: str, seed: int, decisions: tuple[FaultDecision, ...]) -> None:
        before = self.found.get(name, Recorded(seed, ()))
        if name in self._ended or before.seed != seed:
            raise ValueError(
                f"two faults had the name {name}, or it was changed: replay each by its own events"
            )
        self.found[name] = Recorded(seed, before.decisions + decisions)

    def _end(self, event: Event) -> None:
        ended = event.fault_ended
        known = len(self.found[ended.fault].decisions)
        if known != ended.firings:
            missing = f"of {ended.firings} firings of {ended.fault} these events tell {known}"
            raise ValueError(f"{missing}: {_BY_SEED}")
        self._ended.add(ended.fault)


_BY_SEED = "this run cannot be replayed exactly by decisions; with the same traffic the seed alone does it"


def _decision(event: Event) -> FaultDecision:
    fired: FaultFired = event.fault_fired
    if fired.count > 1:
        raise ValueError(
            f"event {event.sequence} tells of {fired.count} firings of {fired.fault}: {_BY_SEED}"
        )
    return FaultDecision(
        event.socket_id, Direction(fired.direction) if fired.direction else None, fired.decision
    )
