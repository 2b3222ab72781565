"""Latency: every byte, and the end, leaves so much later than it came, and never before one that was before it."""

from dataclasses import dataclass

from telesock.server.core.faults.acting import Acting
from telesock.server.core.faults.amounts import between, span
from telesock.server.core.faults.chance import Distribution, Lane
from telesock.server.core.faults.segments import Bytes, End
from telesock.server.core.faults.stage import ContinuousStage, Plan
from telesock.server.core.faults.values import Effect, Place


@dataclass(frozen=True)
class Latency(Effect):
    """A delay, and how it varies from block to block."""

    delay: float
    jitter: float = 0.0
    distribution: Distribution = Distribution.UNIFORM
    correlation: float = 0.0

    kind = "latency"
    acts_on = Place.STREAM
    lanes = (Lane.SEND, Lane.RECEIVE)

    def check(self) -> None:
        """Refuse negative times."""
        span("latency.delay", self.delay)
        span("latency.jitter", self.jitter)
        between("latency.correlation", self.correlation, 0, 1)

    def stage(self, acting: Acting) -> "LatencyStage":
        """Act on one direction."""
        return LatencyStage(acting, self)


class LatencyStage(ContinuousStage):
    """Delays what passes."""

    __slots__ = ("_delay", "_drawn_for", "_effect")

    def __init__(self, acting: Acting, effect: Latency) -> None:
        super().__init__(acting)
        self._effect = effect
        self._delay = 0.0
        self._drawn_for = -1

    def plan(self, at: float, segment: Bytes) -> Plan:
        """The block leaves when its delay is over."""
        fires, number, size = self.fires_at(self.arrived(), segment)
        if not fires:
            return Plan(at, size)
        if self.acting.decider.once and not self._effect.jitter:  # all blocks are alike
            size = len(segment.data)
        return self._late(at, number, segment.start, size)

    def plan_end(self, at: float, end: End) -> Plan:
        """The end comes late too: as the last block did, where there was one."""
        fires, number = self.fires_at_end(self.arrived())
        return self._late(at, number, self.place, 0) if fires else Plan(at, 0)

    def _late(self, at: float, number: int, offset: int, size: int) -> Plan:
        if number != self._drawn_for:
            effect = self._effect
            self._drawn_for = number
            self._delay = self.acting.delay(
                number, effect.delay, effect.jitter, effect.distribution, effect.correlation
            )
        self.tell_once(number, offset, delay=self._delay)
        return Plan(max(at, self.arrived() + self._delay), size, fired=True)
