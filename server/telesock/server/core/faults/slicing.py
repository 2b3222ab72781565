"""Slices and drips: bytes leave in small writes with gaps between them.

Where a slice ends is a matter of the stream's offsets, so that it does not show how bytes came in.
"""

from dataclasses import dataclass

from telesock.server.core.faults.acting import Acting
from telesock.server.core.faults.amounts import between, span
from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.segments import Bytes
from telesock.server.core.faults.stage import ContinuousStage, Plan
from telesock.server.core.faults.values import Effect, Place

_LARGEST = 1 << 20


@dataclass(frozen=True)
class Slices(Effect):
    """Slices of about a size; it varies by so many bytes up and down."""

    size: int
    variation: int = 0
    gap: float = 0.0

    kind = "slices"
    acts_on = Place.STREAM
    lanes = (Lane.SEND, Lane.RECEIVE)

    def check(self) -> None:
        """Refuse slices of nothing."""
        between("slices.size_bytes", self.size, 1, _LARGEST)
        between("slices.size_variation_bytes", self.variation, 0, self.size - 1)
        span("slices.gap", self.gap)

    def stage(self, acting: Acting) -> "SlicingStage":
        """Act on one direction."""
        return SlicingStage(acting, self)


@dataclass(frozen=True)
class Drip(Effect):
    """One byte at a time."""

    gap: float

    kind = "drip"
    acts_on = Place.STREAM
    lanes = (Lane.SEND, Lane.RECEIVE)

    def check(self) -> None:
        """Refuse negative times."""
        span("drip.gap", self.gap)

    def stage(self, acting: Acting) -> "SlicingStage":
        """Act on one direction."""
        return SlicingStage(acting, Slices(1, 0, self.gap))


class SlicingStage(ContinuousStage):
    """Cuts what passes. A slice that has not come in whole leaves in parts, with no gap inside it."""

    __slots__ = ("_effect", "_left", "_next", "_slices")

    def __init__(self, acting: Acting, effect: Slices) -> None:
        super().__init__(acting)
        self._effect = effect
        self._left = 0  # bytes missing in the slice that is under way
        self._next = float("-inf")  # when the next slice may leave
        self._slices = 0

    def plan(self, at: float, segment: Bytes) -> Plan:
        """A slice, or what there is of it, leaves when its gap is over."""
        fires, number, size = self.fires_at(at, segment)
        if not fires:
            self._left = 0
            return Plan(at, size)
        self.tell_once(number, segment.start, size=self._effect.size)
        due = at
        if not self._left:
            due = max(at, self._next)
            self._next = due + self._effect.gap
            self._left = self._size()
        taken = min(self._left, len(segment.data) if self.acting.decider.once else size)
        self._left -= taken
        return Plan(due, taken, (segment.split(taken)[0]._replace(alone=True),), fired=True)

    def _size(self) -> int:
        effect = self._effect
        self._slices += 1
        if not effect.variation:
            return effect.size
        steps = 2 * effect.variation + 1
        return effect.size - effect.variation + self.acting.draw_integer(self._slices, "size") % steps
