"""Drives faults without clock or sockets: what is put in when, what comes out when, what is told."""

import math
from dataclasses import dataclass, field

from telesock.server.core.faults.acting import Acting, Firing
from telesock.server.core.faults.bandwidth import Bandwidth
from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.closing import SlowClose
from telesock.server.core.faults.corruption import Corruption
from telesock.server.core.faults.deciding import Counts, Decider
from telesock.server.core.faults.inserting import DuplicateBytes, InsertBytes
from telesock.server.core.faults.latency import Latency
from telesock.server.core.faults.limiting import HalfClose, Limit
from telesock.server.core.faults.never_reading import NeverRead
from telesock.server.core.faults.pipe import Pipe
from telesock.server.core.faults.segments import Bytes, End, How, Segment
from telesock.server.core.faults.slicing import Drip, Slices
from telesock.server.core.faults.stage import Stage
from telesock.server.core.faults.stalling import Stall
from telesock.server.core.faults.values import Decision, Effect, Fault, Timing

SEED = 7
SOCKET = 1
ALWAYS = Timing()
LATE = Latency(1.0)

OnStreams = (
    Bandwidth
    | Corruption
    | Drip
    | DuplicateBytes
    | HalfClose
    | InsertBytes
    | Latency
    | Limit
    | NeverRead
    | SlowClose
    | Slices
    | Stall
)

MOST_TURNS = 100_000
"""A pipe that is due this often and lets nothing out spins."""


class Told(list[tuple[str, Firing, int]]):
    """What was told: by which fault, the last firing and how many they were."""

    @property
    def firings(self) -> list[tuple[str, Firing]]:
        return [(name, firing) for name, firing, _ in self]


def made(
    effect: Effect, timing: Timing = ALWAYS, name: str = "f", replay: frozenset[Decision] | None = None
) -> Fault:
    return Fault(name, effect, SEED, timing=timing, replay=replay)


def decider(
    timing: Timing,
    *,
    effect: Effect = LATE,
    socket_id: int = SOCKET,
    lane: Lane = Lane.SEND,
    total: Counts | None = None,
    created: float = 0.0,
    begun: float = 0.0,
    seed: int = SEED,
    replay: frozenset[Decision] | None = None,
) -> Decider:
    fault = made(effect, timing, replay=replay)._replace(seed=seed)
    return Decider(fault, socket_id, lane, Counts() if total is None else total, created, begun)


def acting(
    fault: Fault,
    told: Told,
    *,
    lane: Lane = Lane.SEND,
    socket_id: int = SOCKET,
    counts: Counts | None = None,
    created: float = 0.0,
    begun: float = 0.0,
) -> Acting:
    counts = Counts() if counts is None else counts

    def tell(firing: Firing, count: int) -> bool:
        told.append((fault.name, firing, count))
        return True

    return Acting(fault, Decider(fault, socket_id, lane, counts, created, begun), counts, tell)


@dataclass
class Drive:
    """A pipe, the faults in it by name, and everything that came out of it: (moment, segment)."""

    created: float = 0.0
    lane: Lane = Lane.SEND
    now: float = 0.0
    put_in: int = 0
    pipe: Pipe = field(default_factory=Pipe)
    told: Told = field(default_factory=Told)
    came: list[tuple[float, Segment]] = field(default_factory=list)
    stages: dict[str, Stage] = field(default_factory=dict)

    def add(
        self,
        effect: OnStreams,
        timing: Timing = ALWAYS,
        name: str = "",
        replay: frozenset[Decision] | None = None,
    ) -> Stage:
        """A fault comes, behind those that are there, or in the place of the one that has its name."""
        fault = made(effect, timing, name or "f", replay)
        at_work = acting(fault, self.told, lane=self.lane, created=self.created, begun=self.now)
        stage = self.stages[fault.name] = effect.stage(at_work)
        stage.began(self.now)
        self.pipe.change(tuple(self.stages.values()), self.now)
        return stage

    def lift(self, name: str = "f") -> None:
        """A fault ends."""
        del self.stages[name]
        self.pipe.change(tuple(self.stages.values()), self.now)

    def put(self, data: bytes, at: float | None = None) -> None:
        """Bytes come, at a moment."""
        self.until(at)
        self.pipe.put(self.now, Bytes(data, self.put_in, self.put_in + len(data)))
        self.put_in += len(data)

    def end(self, at: float | None = None, how: How = How.FIN) -> None:
        """The end comes."""
        self.until(at)
        self.pipe.put(self.now, End(how))

    def until(self, moment: float | None) -> None:
        """Let out what is due before a moment, and what is due then, each at its time."""
        if moment is not None:
            self.run(moment)
            self.now = moment

    def run(self, until: float = math.inf) -> list[tuple[float, Segment]]:
        """Let out what is due by then, and return everything that came so far."""
        idle = 0
        while (due := self.pipe.due) <= until and due < math.inf:
            self.now = max(self.now, due)
            before = len(self.came)
            self.take()
            idle = 0 if len(self.came) > before else idle + 1
            assert idle < MOST_TURNS, f"due at {due!r} for ever, and nothing comes of it"
        return self.came

    def oversleep(self, moment: float) -> None:
        """It is later, and nobody has looked in between."""
        self.now = moment
        self.take()

    def take(self) -> None:
        """Let out what is due now."""
        while (segment := self.pipe.take(self.now)) is not None:
            if isinstance(segment, Bytes):
                segment = segment._replace(data=bytes(segment.data))
            self.came.append((self.now, segment))

    @property
    def data(self) -> bytes:
        """The bytes that came."""
        return b"".join(segment.data for _, segment in self.came if isinstance(segment, Bytes))

    @property
    def ends(self) -> list[End]:
        """The ends that came."""
        return [segment for _, segment in self.came if isinstance(segment, End)]

    @property
    def when(self) -> list[tuple[float, int]]:
        """When how many bytes came; an end counts 0."""
        return [(at, len(each.data) if isinstance(each, Bytes) else 0) for at, each in self.came]


def driven(
    effect: OnStreams, data: bytes, timing: Timing = ALWAYS, chunk: int = 1 << 30, end: bool = True
) -> Drive:
    """One fault, and bytes that all come at 0, in chunks, and the end."""
    drive = Drive()
    drive.add(effect, timing)
    for place in range(0, len(data), chunk):
        drive.put(data[place : place + chunk])
    if end:
        drive.end()
    drive.run()
    return drive
