"""A moment that several agents are to start something at: one moment of our clock, and how far apart they may be."""

from collections.abc import Iterable
from dataclasses import dataclass

from telesock.client.core.clocks import ClockEstimate


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment to come. `at_ns` is of our monotonic clock.

    `uncertainty_ns` is how far apart two agents can be at most because of what is not known of their clocks. How late each
    host's own program is comes on top.
    """

    at_ns: int
    uncertainty_ns: int

    @property
    def uncertainty(self) -> float:
        """The same in seconds."""
        return self.uncertainty_ns / 1e9


def make_moment(at_ns: int, clocks: Iterable[ClockEstimate]) -> Moment:
    """Return a moment for agents with these clocks: the two that are known worst may err to opposite sides."""
    worst = sorted((clock.uncertainty_at(at_ns) for clock in clocks), reverse=True)[:2]
    return Moment(at_ns, sum(worst))
