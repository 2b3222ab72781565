"""Limit, half-close: so much may pass, and then there is an end, by a FIN, a RST or a stall.

What comes behind a FIN or a RST goes nowhere; behind a stall it is held, and leaves when the fault ends.
"""

from dataclasses import dataclass

from telesock.server.core.faults.acting import Acting
from telesock.server.core.faults.amounts import between, span
from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.segments import Bytes, End, How, Segment
from telesock.server.core.faults.stage import NEVER, Plan, Stage
from telesock.server.core.faults.values import Effect, Place
from telesock.server.core.refusal import malformed


@dataclass(frozen=True)
class Limit(Effect):
    """So many bytes, or so long: one of the two."""

    size: int | None = None
    duration: float | None = None
    end: How = How.FIN

    kind = "limit"
    acts_on = Place.STREAM
    lanes = (Lane.SEND, Lane.RECEIVE)

    def check(self) -> None:
        """Refuse a limit of nothing in particular, and of two things."""
        if (self.size is None) is (self.duration is None):
            raise malformed("limit", "either bytes or duration is needed")
        if self.size is not None:
            between("limit.bytes", self.size, 0, 2**62)
        span("limit.duration", self.duration)

    def stage(self, acting: Acting) -> "LimitingStage":
        """Act on one direction."""
        return LimitingStage(acting, self)


@dataclass(frozen=True)
class HalfClose(Effect):
    """An end at once."""

    kind = "half-close"
    acts_on = Place.STREAM
    lanes = (Lane.SEND,)

    def stage(self, acting: Acting) -> "LimitingStage":
        """Act on one direction."""
        return LimitingStage(acting, Limit(0))


class LimitingStage(Stage):
    """Counts what passes, and ends. The decision is made when the limit is reached; where time forbids it, later."""

    __slots__ = ("_at", "_ended", "_from", "_how", "_off", "_size")

    def __init__(self, acting: Acting, effect: Limit) -> None:
        super().__init__(acting)
        fault = acting.fault
        self._size = max(effect.size or 0, fault.timing.after_bytes if fault.replay is None else 0)
        self._from = effect.duration or 0.0  # from then on the limit may be reached
        self._how = effect.end
        self._at = NEVER  # when it is reached, or to be looked at again
        self._ended = False
        self._off = False

    def began(self, now: float) -> None:
        """Time runs from here; a limit of nothing is reached already."""
        self._from += now
        if not self._size:
            self._at = self._from

    @property
    def due(self) -> float:
        """When bytes leave, or the limit has to be looked at."""
        return min(self.next_due(), self._at)

    def take(self, now: float) -> tuple[float, Segment] | None:
        """Return what leaves by now. What was due before the limit comes first."""
        if self._at <= now and self.next_due() > self._at:
            self._reach(self._at)
        return super().take(now)

    def plan(self, at: float, segment: Bytes) -> Plan:
        """What is left of the limit passes; what comes behind the end does not."""
        self._look(at)
        size = len(segment.data)
        if self._ended:
            return Plan(NEVER, size, fired=True) if self._how is How.STALL else Plan(at, size, ())
        left = self._size - self.acting.moved
        return Plan(at, min(size, left) if left > 0 and not self._off else size)

    def plan_end(self, at: float, end: End) -> Plan:
        """The end that was coming anyway: there is no second one behind it, nor it behind the limit's."""
        self._look(at)
        if self._ended:
            return Plan(NEVER, 0, fired=True) if self._how is How.STALL else Plan(at, 0, ())
        self._at, self._off = NEVER, True
        return Plan(at, 0)

    def _carry_out(self) -> None:
        super()._carry_out()
        idle = self._at == NEVER and not (self._ended or self._off)
        if idle and self.acting.moved >= self._size:
            self._at = max(self._from, self._last)
        self._look(self._last)

    def _look(self, at: float) -> None:
        if self._at <= at:
            self._reach(self._at)

    def _reach(self, at: float) -> None:
        """Make the decision."""
        self._at = NEVER
        decider = self.acting.decider
        if self.acting.fires_once(at):
            self._end(at)
        elif self.acting.fault.replay is None and not decider.holds(at):
            self._at = decider.next_hold(at)
        self._off = not self._ended and self._at == NEVER

    def _end(self, at: float) -> None:
        self._ended = True
        name, how = self.acting.name, self._how
        self.tell(0, self.place, detail=f"ended by {how.name}")
        if how is not How.STALL:
            self._last = max(self._last, at)
            self._out.append(End(how, (name,), name))
