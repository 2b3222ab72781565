"""How scenarios ended: values."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from telesock.client.timeline import Timeline
from telesock.client.timeline.entries import in_order


class Result(Enum):
    """How one ended."""

    PASSED = "passed"
    FAILED = "failed"
    """An assertion of it did not hold."""
    ERROR = "error"
    """It raised something else, took too long, was interrupted, or had no lab."""
    SKIPPED = "skipped"
    """It raised `unittest.SkipTest`."""


@dataclass(frozen=True)
class Outcome:
    """How one scenario ended; `at_ns` is when it began, nanoseconds since 1970."""

    name: str
    title: str
    result: Result
    seconds: float
    why: str = ""
    """One line; nothing where it passed."""
    told: str = ""
    """The whole of it: the traceback in the scenario's own code."""
    timeline: Timeline = field(default_factory=Timeline)

    @property
    def bad(self) -> bool:
        """Whether the run fails for it."""
        return self.result in (Result.FAILED, Result.ERROR)


def summary(outcomes: Iterable[Outcome], not_run: int = 0) -> str:
    """Count them: "2 passed, 1 failed"."""
    results = [outcome.result for outcome in outcomes]
    counted = [_counted(results.count(result), result) for result in Result if result in results]
    return ", ".join([*counted, *([f"{not_run} not run"] if not_run else [])])


def _counted(number: int, result: Result) -> str:
    plural = "s" if result is Result.ERROR and number > 1 else ""
    return f"{number} {result.value}{plural}"


def whole_timeline(outcomes: Iterable[Outcome], title: str) -> Timeline:
    """Put their timelines together: they have one clock."""
    timelines = [outcome.timeline for outcome in outcomes if outcome.timeline.entries]
    if not timelines:
        return Timeline(title=title)
    return Timeline(
        in_order(entry for timeline in timelines for entry in timeline.entries),
        tuple(dict.fromkeys(agent for timeline in timelines for agent in timeline.agents)),
        timelines[-1].wall_offset_ns,
        timelines[-1].clocks,
        sum(timeline.forgotten for timeline in timelines),
        title,
    )
