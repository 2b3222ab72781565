"""Entries of several agents, put on one clock: ours.

An event has its agent's time, which an estimate of that clock turns into ours: the one made nearest to when we heard of
it. Of an agent whose clock nobody has estimated, the story itself tells: an operation was asked for before it ended there,
and ended before we heard of it. Where there is not even that, an event stands where we heard of it, with no bound for how
much earlier it was. Estimates may contradict each other within their bounds; nobody's own order is ever turned round.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from telesock.client.core.clocks import ClockEstimate, ClockSample, estimate_clock
from telesock.client.timeline.entries import Entry, in_order

Clocks = Mapping[str, Sequence[ClockEstimate]]
"""Estimates of the agents' clocks, by name, in the order of their making."""

_WINDOW_NS = 5_000_000_000  # over which clocks of a story are estimated: longer, and they drift apart too far
_SHARPEST = 16


@dataclass(frozen=True, slots=True)
class Seen:
    """An entry as it was seen: when we heard of it, and on whose clock its own time is."""

    entry: Entry
    heard_ns: int
    is_agents_time: bool


def placed(story: Sequence[Seen], clocks: Clocks) -> tuple[Entry, ...]:
    """Put a story on our clock and in order."""
    known = {**story_clocks(seen for seen in story if seen.entry.agent not in clocks), **clocks}
    order = Order()
    return in_order(order.place(seen, known.get(seen.entry.agent, ())) for seen in story)


class Order:
    """Puts one entry after the other on our clock, and remembers how far each session has come."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], int] = {}

    def place(self, seen: Seen, estimates: Sequence[ClockEstimate]) -> Entry:
        """Put an entry on our clock: neither before what its session told before, nor before it was asked for."""
        entry = seen.entry
        if not seen.is_agents_time:
            return entry
        own = (entry.agent, entry.session)
        at_ns, uncertainty_ns = _on_our_clock(seen, estimates)
        at_ns = max(at_ns, self._last.get(own, at_ns), at_ns if entry.began_ns is None else entry.began_ns)
        self._last[own] = at_ns
        return replace(entry, at_ns=at_ns, uncertainty_ns=uncertainty_ns)


def _on_our_clock(seen: Seen, estimates: Sequence[ClockEstimate]) -> tuple[int, int | None]:
    if not estimates:
        return seen.heard_ns, None
    clock = nearest(estimates, seen.heard_ns)
    at_ns = clock.to_ours(seen.entry.at_ns)
    return at_ns, clock.uncertainty_at(at_ns)


def nearest(estimates: Sequence[ClockEstimate], ours_ns: int) -> ClockEstimate:
    """Return the estimate that was made nearest to a moment."""
    place = bisect_left(estimates, ours_ns, key=lambda estimate: estimate.at_ns)
    beside = estimates[max(0, place - 1) : place + 1]
    return min(beside, key=lambda estimate: abs(estimate.at_ns - ours_ns))


def story_clocks(story: Iterable[Seen]) -> dict[str, list[ClockEstimate]]:
    """Estimate clocks from operations: when asked for, when ended, when heard of. Some for each stretch of time."""
    windows: dict[tuple[str, int], list[ClockSample]] = defaultdict(list)
    for seen in story:
        began = seen.entry.began_ns
        if seen.is_agents_time and began is not None and began <= seen.heard_ns:
            sample = ClockSample(began, seen.entry.at_ns, seen.heard_ns)
            windows[seen.entry.agent, seen.heard_ns // _WINDOW_NS].append(sample)
    clocks: dict[str, list[ClockEstimate]] = defaultdict(list)
    for (agent, _), samples in sorted(windows.items()):
        samples.sort(key=lambda sample: sample.received_ns - sample.sent_ns)
        clocks[agent].append(estimate_clock(samples[:_SHARPEST]))
    return dict(clocks)
