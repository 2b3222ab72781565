"""Stall: bytes and the end are held back, for a time or as long as the fault holds. Then all of it leaves."""

from dataclasses import dataclass

from telesock.server.core.faults.acting import Acting
from telesock.server.core.faults.amounts import span
from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.segments import Bytes, End
from telesock.server.core.faults.stage import NEVER, ContinuousStage, Plan
from telesock.server.core.faults.values import Effect, Place


@dataclass(frozen=True)
class Stall(Effect):
    """For so long; None means as long as the fault holds."""

    duration: float | None = None

    kind = "stall"
    acts_on = Place.STREAM
    lanes = (Lane.SEND, Lane.RECEIVE)

    def check(self) -> None:
        """Refuse negative times."""
        span("stall.duration", self.duration)

    def stage(self, acting: Acting) -> "StallingStage":
        """Act on one direction."""
        return StallingStage(acting, self)


class StallingStage(ContinuousStage):
    """Holds everything back. A stall of some length begins with the first byte of its decision, and comes once for it."""

    __slots__ = ("_duration", "_stalled_for", "_until")

    def __init__(self, acting: Acting, effect: Stall) -> None:
        super().__init__(acting)
        self._duration = effect.duration
        self._stalled_for = -1
        self._until = float("-inf")

    def plan(self, at: float, segment: Bytes) -> Plan:
        """The block leaves when the stall is over."""
        fires, number, size = self.fires_at(at, segment)
        if not fires:
            return Plan(at, size)
        return self._hold(at, number, segment.start, size)

    def plan_end(self, at: float, end: End) -> Plan:
        """So does the end."""
        fires, number = self.fires_at_end(at)
        return self._hold(at, number, self.place, 0) if fires else Plan(at, 0)

    def _hold(self, at: float, number: int, offset: int, size: int) -> Plan:
        number = self.acting.number(number)
        if self._duration is None:
            self.tell_once(number, offset)
            return Plan(NEVER, size, fired=True)
        if number != self._stalled_for:
            self._stalled_for = number
            self._until = at + self._duration
            self.tell(number, offset, delay=self._duration)
        return Plan(max(at, self._until), size, fired=True)
