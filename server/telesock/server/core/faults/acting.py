"""One fault at work on one socket and lane: its decisions, its draws, and what is told of them."""

from collections.abc import Callable
from typing import NamedTuple

from telesock.server.core.faults.chance import Distribution, delayed, draw, draw_integer
from telesock.server.core.faults.deciding import Counts, Decider
from telesock.server.core.faults.values import Fault

SINGLY = 64
"""Firings that are told one by one."""
_SELDOM = 65_536


class Firing(NamedTuple):
    """What a fault did."""

    decision: int
    stream_offset: int = 0
    delay: float | None = None
    size: int = 0
    detail: str = ""
    operation_id: int = 0


class Acting:
    """One fault on one socket and lane. `tell` gets the last of some firings and how many they were."""

    __slots__ = (
        "_before",
        "_fires",
        "_number",
        "_said",
        "_tell",
        "_told",
        "_total",
        "_untold",
        "decider",
        "fault",
        "moved",
    )

    def __init__(
        self, fault: Fault, decider: Decider, total: Counts, tell: Callable[[Firing, int], bool]
    ) -> None:
        self.fault = fault
        self.decider = decider
        self.moved = 0
        """Bytes that have come this way since the fault came."""
        self._before: float | None = None  # the draw before, which a correlated one leans on
        self._fires = False
        self._number = -1
        self._said = 0
        self._tell = tell
        self._told = 0
        self._total = total
        self._untold: Firing | None = None

    @property
    def name(self) -> str:
        """The fault's name."""
        return self.fault.name

    # Decisions

    def fires(self, number: int, now: float) -> bool:
        """Whether decision `number` fires now; it is made once, however often it is asked for in a row."""
        if self.decider.once:
            return self.decider.decide_once(now, self.moved)
        if number != self._number:
            self._number = number
            self._fires = self.decider.decide(number, now, self.moved)
        return self._fires and self.decider.stands(now)

    @property
    def last_number(self) -> int:
        """The number of the decision that was made last."""
        return max(0, self._number)

    def fires_once(self, now: float) -> bool:
        """Whether it fires where there is one decision only, whatever the scope."""
        return self.decider.decide_once(now, self.moved)

    def next_number(self) -> int:
        """The number of the next decision about something that is not numbered otherwise."""
        return self._number + 1

    def number(self, number: int) -> int:
        """The number that the decision has: 0 where one is for the whole connection."""
        return 0 if self.decider.once else number

    def draw(self, number: int, purpose: str) -> float:
        """From 0 up to 1."""
        return draw(self.decider.key, number, purpose)

    def draw_integer(self, number: int, purpose: str) -> int:
        """A whole number of 53 bits."""
        return draw_integer(self.decider.key, number, purpose)

    def delay(
        self,
        number: int,
        delay: float,
        jitter: float,
        distribution: Distribution = Distribution.UNIFORM,
        correlation: float = 0.0,
    ) -> float:
        """A delay with its jitter, which may lean on the one before it."""
        if not jitter:
            return delay
        drawn = self.draw(number, "delay")
        if correlation and self._before is not None:
            drawn = (1 - correlation) * drawn + correlation * self._before
        self._before = drawn
        return delayed(delay, distribution, jitter, drawn)

    # Telling

    def tell(self, firing: Firing) -> None:
        """A firing is told at once, or with others: so that their number depends on the traffic only."""
        self._total.firings += 1
        self._told += 1
        self._untold = firing
        told = self._told
        if told <= SINGLY or told & (told - 1) == 0 or told % _SELDOM == 0:
            self.tell_rest()

    def tell_rest(self) -> None:
        """Tell what has not been told."""
        firing, waiting = self._untold, self._told - self._said
        if firing is not None and self._tell(firing, waiting):
            self._untold = None
            self._said += waiting
