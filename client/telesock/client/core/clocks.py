"""How an agent's monotonic clock stands to ours: an estimate, and how wrong it can be at most.

A sample asks the agent for its clock between two looks at ours, so that the true offset lies between what it would be if
the answer had been read at once and if it had been read at the last moment. Each sample is such an interval; all of them
hold, so the offset is in what they have in common. Nothing is assumed of the network: its two ways may differ.

How fast the clocks drift apart is known only from an earlier estimate. Until then, and where the earlier one does not fit
(an agent on a host that has started again), it is anything up to 100 ppm: two quartz clocks of 50 ppm each. A host whose
time service slews its clock faster than that is beyond these bounds until the next estimate.
"""

from collections.abc import Iterable
from dataclasses import dataclass

DRIFT_LIMIT_PPM = 100.0
_DRIFT_CHANGES_PPM = 1.0  # a rate that was measured is not the rate for ever: quartz follows the temperature
_ROUNDED_NS = 3  # by the clocks, and here: two estimates soon after one another must not make a drift of that
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class ClockSample:
    """One look at an agent's clock, nanoseconds: ours when asked, the agent's, ours when the answer was here."""

    sent_ns: int
    agent_ns: int
    received_ns: int

    def __post_init__(self) -> None:
        """Raise ValueError for an answer that was here before it was asked for."""
        if self.received_ns < self.sent_ns:
            raise ValueError(
                f"a sample was received at {self.received_ns} ns, before it was sent: {self.sent_ns}"
            )


@dataclass(frozen=True, slots=True)
class ClockEstimate:
    """An agent's monotonic clock beside ours.

    `offset_ns` is the agent's clock minus ours at `at_ns` of ours, and wrong by `uncertainty_ns` at most; from there on
    the agent's is faster by `drift_ppm` millionths, wrong by `drift_uncertainty_ppm` at most.
    """

    offset_ns: int
    uncertainty_ns: int
    at_ns: int
    drift_ppm: float = 0.0
    drift_uncertainty_ppm: float = DRIFT_LIMIT_PPM

    def to_agent(self, ours_ns: int) -> int:
        """Return what the agent's clock shows when ours shows this."""
        return ours_ns + self.offset_ns + _share(ours_ns - self.at_ns, self.drift_ppm)

    def to_ours(self, agent_ns: int) -> int:
        """Return what our clock shows when the agent's shows this."""
        undrifted = agent_ns - self.offset_ns
        rate = self.drift_ppm / (1 + self.drift_ppm / _MILLION)
        return undrifted - _share(undrifted - self.at_ns, rate)

    def uncertainty_at(self, ours_ns: int) -> int:
        """Return by how much a moment that is converted can be wrong, before or after the estimate was made."""
        return self.uncertainty_ns + abs(_share(ours_ns - self.at_ns, self.drift_uncertainty_ppm))


def estimate_clock(samples: Iterable[ClockSample], earlier: ClockEstimate | None = None) -> ClockEstimate:
    """Estimate a clock from samples taken one soon after the other; `earlier` tells how it drifts.

    Raises ValueError without a sample.
    """
    taken = list(samples)
    if not taken:
        raise ValueError("no samples of a clock: take one at least")
    at_ns = max(sample.received_ns for sample in taken)
    low, high = _bounds(taken, at_ns)
    drift, uncertainty = _drift(low, high, at_ns, earlier)
    return ClockEstimate((low + high) // 2, -((low - high) // 2), at_ns, drift, uncertainty)


def _bounds(samples: list[ClockSample], at_ns: int) -> tuple[int, int]:
    """Between what the offset is at a moment: what all samples say or, if they contradict each other, the quickest."""
    bounds = [_bounds_of(sample, at_ns) for sample in samples]
    low, high = max(low for low, _ in bounds), min(high for _, high in bounds)
    return (low, high) if low <= high else min(bounds, key=lambda one: one[1] - one[0])


def _bounds_of(sample: ClockSample, at_ns: int) -> tuple[int, int]:
    aged = _share(at_ns - sample.sent_ns, DRIFT_LIMIT_PPM)
    return sample.agent_ns - sample.received_ns - aged, sample.agent_ns - sample.sent_ns + aged


def _drift(low: int, high: int, at_ns: int, earlier: ClockEstimate | None) -> tuple[float, float]:
    """The rate between two estimates, and how wrong it can be; nothing is known of it where they are no neighbours."""
    passed = at_ns - earlier.at_ns if earlier is not None else 0
    if earlier is None or passed <= 0:
        return 0.0, DRIFT_LIMIT_PPM
    before, wrong = earlier.offset_ns, earlier.uncertainty_ns + _ROUNDED_NS
    slowest = max(-DRIFT_LIMIT_PPM, (low - before - wrong) * _MILLION / passed)
    fastest = min(DRIFT_LIMIT_PPM, (high - before + wrong) * _MILLION / passed)
    if slowest > fastest:
        return 0.0, DRIFT_LIMIT_PPM
    return (slowest + fastest) / 2, min(DRIFT_LIMIT_PPM, (fastest - slowest) / 2 + _DRIFT_CHANGES_PPM)


def _share(nanoseconds: int, ppm: float) -> int:
    return round(nanoseconds * ppm / _MILLION)
