"""The faults of one direction of a connection, one behind the other, in the order in which they were made.

It may be changed at any time: what a fault held that is no more goes on to the one behind it, in order and at once.
"""

from collections import deque

from telesock.server.core.faults.segments import Bytes, End, Segment
from telesock.server.core.faults.stage import NEVER, Stage, without


class Pipe:
    """Segments in at one end, out at the other when they are due."""

    __slots__ = ("_out", "_over", "stages")

    def __init__(self) -> None:
        self.stages: tuple[Stage, ...] = ()
        self._out: deque[Segment] = deque()
        self._over = False  # an end has come out

    def put(self, now: float, segment: Segment) -> None:
        """Take a segment in."""
        if self.stages:
            self.stages[0].put(now, segment)
        else:
            self._out.append(segment)

    def take(self, now: float) -> Segment | None:
        """Return the next segment that leaves by now. Behind an end there is none: what comes there goes nowhere."""
        while True:
            if not self._out:
                self._move(now)
            if not self._out:
                return None
            segment = self._out.popleft()
            if not self._over:
                self._over = isinstance(segment, End)
                return segment

    def _move(self, now: float) -> None:
        """Let what is due go on, from stage to stage; the last gives one segment at a time."""
        for place, stage in enumerate(self.stages):
            last = place == len(self.stages) - 1
            while (taken := stage.take(now)) is not None:
                self._hand_on(place + 1, *taken)
                if last:
                    return

    def _hand_on(self, place: int, at: float, segment: Segment) -> None:
        if place < len(self.stages):
            self.stages[place].put(at, segment)
        else:
            self._out.append(segment)

    def give_back(self, segment: Segment) -> None:
        """What was taken could not leave after all: it is the next again."""
        self._out.appendleft(segment)
        self._over = False

    @property
    def due(self) -> float:
        """When there is something to do; infinity for never."""
        if self._out:
            return -NEVER
        return min((stage.due for stage in self.stages), default=NEVER)

    def reads(self, now: float) -> bool:
        """Whether more may come in."""
        return all(stage.reads(now) for stage in self.stages)

    @property
    def held_bytes(self) -> int:
        """Bytes that are in it."""
        ready = sum(len(each.data) for each in self._out if isinstance(each, Bytes))
        return ready + sum(stage.held_bytes for stage in self.stages)

    @property
    def empty(self) -> bool:
        """Whether nothing is in it."""
        return not self._out and not any(stage.holds for stage in self.stages)

    @property
    def ended(self) -> bool:
        """Whether an end is in it."""
        return any(isinstance(each, End) for each in self._out) or any(s.holds_end for s in self.stages)

    # Changes

    def change(self, stages: tuple[Stage, ...], now: float) -> None:
        """Put other stages there; those that stay keep what they hold."""
        staying = set(stages)
        old, self.stages = self.stages, stages
        following = [*stages]
        for stage in reversed(old):
            if stage not in staying:
                self._release(stage.lift(), self._behind(stage, old, following), now)

    @staticmethod
    def _behind(stage: Stage, old: tuple[Stage, ...], stages: list[Stage]) -> Stage | None:
        """The first stage behind one that goes which stays; None for the way out."""
        later = old[old.index(stage) + 1 :]
        return next((each for each in later if each in stages), None)

    def _release(self, segments: list[Segment], following: Stage | None, now: float) -> None:
        for segment in segments:
            if following is None:
                self._out.append(segment)
            else:
                following.put(now, segment)

    def cut(self, start: int, end: int) -> None:
        """Take bytes out that will not leave: those of a span."""
        for stage in self.stages:
            stage.cut(start, end)
        self._out = deque(left for each in self._out for left in without(each, start, end))

    def drain(self) -> list[Segment]:
        """Take everything out, in order."""
        found = list(self._out)
        self._out.clear()
        for stage in reversed(self.stages):
            found += stage.lift()
        return found
