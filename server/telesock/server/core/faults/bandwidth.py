"""Bandwidth: a token bucket. What is not used up is saved, as far as the burst goes."""

from dataclasses import dataclass

from telesock.server.core.faults.acting import Acting
from telesock.server.core.faults.amounts import between
from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.segments import Bytes
from telesock.server.core.faults.stage import ContinuousStage, Plan
from telesock.server.core.faults.values import Effect, Place

_TURN = 0.01
"""Seconds' worth of bytes that leave at once: finer than anybody measures, coarse enough for a loop's clock."""
_MOST = 2**50


@dataclass(frozen=True)
class Bandwidth(Effect):
    """Bytes a second, and how many may go at once after a pause; 0 means a hundredth of a second's."""

    bytes_per_second: int
    burst_bytes: int = 0

    kind = "bandwidth"
    acts_on = Place.STREAM
    lanes = (Lane.SEND, Lane.RECEIVE)

    def check(self) -> None:
        """Refuse a rate of nothing: that is a stall."""
        between("bandwidth.bytes_per_second", self.bytes_per_second, 1, _MOST)
        between("bandwidth.burst_bytes", self.burst_bytes, 0, _MOST)

    def stage(self, acting: Acting) -> "BandwidthStage":
        """Act on one direction."""
        return BandwidthStage(acting, self)


class BandwidthStage(ContinuousStage):
    """Lets bytes pass as there are tokens for them. The bucket is a moment: the one at which it was, or will be, empty."""

    __slots__ = ("_burst", "_empty", "_piece", "_rate")

    def __init__(self, acting: Acting, effect: Bandwidth) -> None:
        super().__init__(acting)
        self._rate = effect.bytes_per_second
        self._piece = max(1, int(self._rate * _TURN))
        self._burst = (effect.burst_bytes or self._piece) / self._rate
        self._empty = float("-inf")

    def plan(self, at: float, segment: Bytes) -> Plan:
        """A piece leaves when there are tokens for it."""
        fires, number, size = self.fires_at(at, segment)
        if not fires:
            return Plan(at, size)
        self.tell_once(number, segment.start)
        size = min(size, self._piece)
        self._empty = max(self._empty, at - self._burst) + size / self._rate
        return Plan(max(at, self._empty), size, fired=True)
