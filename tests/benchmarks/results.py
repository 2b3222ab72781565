"""What a benchmark found, as values: figures, the goals they are held to, and both as JSON.

A figure keeps every round, so that its spread can be shown. A goal compares figures of one run only, because absolute
figures move with the machine: it is the ratio of two medians, or a figure that no machine's mood changes.
"""

import statistics
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Scale:
    """How much a run does: `rounds` interleaved rounds, and a `share` (0 to 1] of the full work of each."""

    rounds: int
    share: float

    def of(self, count: int) -> int:
        """The part of a full count that this run does, at least 1."""
        return max(1, round(count * self.share))


@dataclass(frozen=True)
class Figure:
    """One quantity, measured once a round."""

    name: str
    unit: str
    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The figure to quote."""
        return statistics.median(self.values)

    @property
    def lowest(self) -> float:
        """The smallest of the rounds."""
        return min(self.values)

    @property
    def highest(self) -> float:
        """The largest of the rounds."""
        return max(self.values)


@dataclass(frozen=True)
class Goal:
    """A bound that a run meets or misses: `value` is at most `bound`, or at least, if `at_least`.

    With `at_least` there may be a second bound above the first: `value` is then `at_most` that.
    """

    text: str
    value: float
    bound: float
    at_least: bool = False
    at_most: float | None = None

    @property
    def met(self) -> bool:
        """Whether the run kept to it."""
        if not self.at_least:
            return self.value <= self.bound
        return self.bound <= self.value and (self.at_most is None or self.value <= self.at_most)


@dataclass(frozen=True)
class Result:
    """What one benchmark found."""

    title: str
    figures: tuple[Figure, ...]
    goals: tuple[Goal, ...] = ()
    note: str = ""
    """One line on what was measured how, or why something was not."""

    def to_json(self) -> dict[str, Any]:
        """Write it as JSON takes it."""
        return asdict(self)

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Self:
        """Read what `to_json` has written. Raises KeyError or TypeError for anything else."""
        figures = tuple(
            Figure(each["name"], each["unit"], tuple(each["values"])) for each in found["figures"]
        )
        goals = tuple(Goal(**each) for each in found["goals"])
        return cls(found["title"], figures, goals, found["note"])
