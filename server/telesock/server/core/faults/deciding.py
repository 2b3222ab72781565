"""Whether a fault fires: one decider for each fault on each socket and lane.

A decision is made once and in the order of its numbers. Conditions about time and amounts come first, and what they
rule out is not counted; then the draw, then how many may fire. Replayed decisions know no conditions.
"""

import math
from dataclasses import dataclass

from telesock.server.core.faults.chance import Key, Lane, draw
from telesock.server.core.faults.values import Counting, Decision, Fault, GilbertElliott, Place, Scope

_FOR_EVER = math.inf
_OF_CONNECTIONS = (Place.STREAM, Place.CONNECTION)


@dataclass(slots=True)
class Counts:
    """What has been decided so far."""

    decisions: int = 0
    """All, also those that conditions ruled out or a draw did not let fire."""
    considered: int = 0
    """Those that after_decisions counts."""
    would_fire: int = 0
    """Those that nth counts."""
    fired: int = 0
    """Those that did."""
    firings: int = 0
    """What came of them, as FaultFired tells it."""


class Decider:
    """Makes the decisions of one fault on one socket and lane.

    `created` is when the fault was made, `begun` when it came to the socket, both on the clock that `now` is read from.
    """

    __slots__ = ("_chain_bad", "_counts", "_drawn", "_fault", "_once", "_total", "begun", "created", "key")

    def __init__(
        self, fault: Fault, socket_id: int, lane: Lane, total: Counts, created: float, begun: float
    ) -> None:
        self._fault = fault
        self._total = total
        self._counts = total if counts_together(fault, lane) else Counts()
        self._once: bool | None = None
        self._drawn: float | None = None  # the draw before, which a correlated one leans on
        self._chain_bad = False
        self.key = Key(fault.seed or 0, fault.name, socket_id, lane)
        self.created = created
        self.begun = begun

    def decide(self, number: int, now: float, moved: int = 0) -> bool:
        """Make decision `number`, after `moved` bytes since the fault came; return whether it fires."""
        fault, timing, counts = self._fault, self._fault.timing, self._counts
        self._total.decisions += 1
        if fault.replay is not None:
            fires = Decision(self.key.socket_id, self.key.lane, number) in fault.replay
        else:
            fires = self.holds(now) and moved >= timing.after_bytes and self._fires(number, counts)
        counts.fired += fires
        return fires

    def _fires(self, number: int, counts: Counts) -> bool:
        timing = self._fault.timing
        counts.considered += 1
        if counts.considered <= timing.after_decisions or not self._chosen(number):
            return False
        counts.would_fire += 1
        if timing.nth and counts.would_fire != timing.nth:
            return False
        return not timing.times or counts.fired < timing.times

    def _chosen(self, number: int) -> bool:
        """Whether the draw lets it fire."""
        timing = self._fault.timing
        if timing.burst is not None:
            return self._burst(number, timing.burst)
        if timing.probability is None:
            return True
        drawn = draw(self.key, number)
        if timing.correlation and self._drawn is not None:
            drawn = (1 - timing.correlation) * drawn + timing.correlation * self._drawn
        self._drawn = drawn
        return drawn < timing.probability

    def _burst(self, number: int, burst: GilbertElliott) -> bool:
        step = draw(self.key, number, "step")
        self._chain_bad = step >= burst.good if self._chain_bad else step < burst.bad
        return draw(self.key, number) < (burst.fires_in_bad if self._chain_bad else burst.fires_in_good)

    # Once for a connection

    @property
    def once(self) -> bool:
        """Whether one decision is for the whole connection."""
        return scope(self._fault, self.key.lane) is Scope.CONNECTION

    def decide_once(self, now: float, moved: int) -> bool:
        """The decision for the whole connection, which holds as long as the conditions do."""
        if self._fault.replay is not None:
            if self._once is None:
                self._once = self.decide(0, now, moved)
            return self._once
        if not self.holds(now) or moved < self._fault.timing.after_bytes:
            return False
        if self._once is None:
            self._once = self.decide(0, now, moved)
        return self._once

    # Time

    def stands(self, now: float) -> bool:
        """Whether a decision that fired still counts: the bytes of a block may come long after its first."""
        return self._fault.replay is not None or self.holds(now)

    def holds(self, now: float) -> bool:
        """Whether the conditions about time hold."""
        timing = self._fault.timing
        if not self._first_moment() <= now < self._last_moment():
            return False
        return not timing.on or now < self._turn(self._turns(now)) + timing.on

    def holds_until(self, now: float) -> float:
        """Until when they hold that hold now; infinity where nothing ends them."""
        timing = self._fault.timing
        if self._fault.replay is not None:
            return _FOR_EVER
        until = self._last_moment()
        return min(until, self._turn(self._turns(now)) + timing.on) if timing.on else until

    def next_hold(self, now: float) -> float:
        """When they will hold next that do not hold now; infinity for never."""
        timing = self._fault.timing
        moment = max(now, self._first_moment())
        if timing.on:
            turns = self._turns(moment)
            if moment >= self._turn(turns) + timing.on:
                moment = self._turn(turns + 1)
        return moment if moment < self._last_moment() else _FOR_EVER

    # Moments, and not times since others, are compared: what is said to hold at one moment then does hold at it.

    def _first_moment(self) -> float:
        timing = self._fault.timing
        return max(self.created + timing.window_start, self.begun + timing.after)

    def _last_moment(self) -> float:
        end = self._fault.timing.window_end
        return _FOR_EVER if end is None else self.created + end

    def _turn(self, turns: int) -> float:
        """When the flapping has been on and off so many times."""
        return self.created + turns * (self._fault.timing.on + self._fault.timing.off)

    def _turns(self, now: float) -> int:
        """How many times the flapping has been on and off."""
        timing = self._fault.timing
        turns = int((now - self.created) // (timing.on + timing.off))
        while self._turn(turns) > now:
            turns -= 1
        while self._turn(turns + 1) <= now:
            turns += 1
        return turns


def scope(fault: Fault, lane: Lane) -> Scope:
    """What one decision is for."""
    if fault.timing.scope is not Scope.DEFAULT:
        return fault.timing.scope
    return Scope.CONNECTION if fault.effect.acts_on in _OF_CONNECTIONS else Scope.EACH


def counts_together(fault: Fault, lane: Lane) -> bool:
    """Whether all sockets of a fault are counted together."""
    if fault.timing.counting is not Counting.DEFAULT:
        return fault.timing.counting is Counting.FAULT
    return lane in (Lane.CONNECT, Lane.RESOLVE, Lane.ACCEPT)
