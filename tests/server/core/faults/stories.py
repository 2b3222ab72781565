"""What may happen to a pipe, for hypothesis to choose from: effects, timings, and stories of what comes when."""

from typing import Any, NamedTuple

from hypothesis import strategies as st
from tests.server.core.faults.driving import ALWAYS, Drive, OnStreams

from telesock.server.core.faults.bandwidth import Bandwidth
from telesock.server.core.faults.chance import Distribution
from telesock.server.core.faults.closing import SlowClose
from telesock.server.core.faults.corruption import Corruption
from telesock.server.core.faults.inserting import DuplicateBytes, InsertBytes
from telesock.server.core.faults.latency import Latency
from telesock.server.core.faults.limiting import HalfClose, Limit
from telesock.server.core.faults.mangling import Unit
from telesock.server.core.faults.segments import BLOCK, How
from telesock.server.core.faults.slicing import Drip, Slices
from telesock.server.core.faults.stalling import Stall
from telesock.server.core.faults.values import Counting, GilbertElliott, Scope, Timing

MOST_PUT = 300
SHORT = st.sampled_from([0.0, 0.001, 0.05, 0.3, 1.0])
SOME = st.sampled_from([0.05, 0.3, 1.0])
PROBABILITIES = st.sampled_from([0.0, 0.3, 0.7, 1.0])
CLOCKS = st.sampled_from([0.0, 0.1, 86_400.3, 1_234_567.891])
"""When it begins: a clock that has run for long knows moments less exactly."""
PLACES = st.integers(0, BLOCK - 1)
"""Where in the stream it begins, so that few bytes reach from one block to the next."""

# Effects

RATES = st.builds(Bandwidth, st.sampled_from([100, 1000, 100_000]), st.sampled_from([0, 1, 500]))
HOLDING: st.SearchStrategy[OnStreams] = st.one_of(
    st.builds(Latency, SHORT, SHORT, st.sampled_from(Distribution), PROBABILITIES),
    st.builds(Slices, st.just(10), st.sampled_from([0, 9]), SHORT),
    st.builds(Drip, st.sampled_from([0.0, 0.01])),
    st.builds(Stall, SHORT),
    st.builds(SlowClose, SHORT),
)
CHANGING: st.SearchStrategy[OnStreams] = st.one_of(
    st.builds(
        Corruption,
        offsets=st.lists(st.integers(0, MOST_PUT), min_size=1, max_size=3).map(tuple),
        unit=st.sampled_from(Unit),
        pattern=st.sampled_from([b"", b"pattern"]),
    ),
    st.builds(Corruption, per_million=st.sampled_from([10_000, 1_000_000])),
    st.builds(DuplicateBytes, st.sampled_from([1, 20, BLOCK])),
    st.builds(InsertBytes, st.integers(0, MOST_PUT), st.sampled_from([b"!", b"between" * 50])),
)
ENDING: st.SearchStrategy[OnStreams] = st.one_of(
    st.builds(Limit, size=st.integers(0, MOST_PUT), end=st.sampled_from(How)),
    st.just(HalfClose()),
    st.just(Stall()),
    st.just(SlowClose()),
)
ENDING_IN_TIME = st.builds(Limit, duration=SHORT, end=st.sampled_from(How))

# Timings


def timings(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Timing]:
    """Of these parts. Hypothesis would choose the others of a named tuple too, and beyond what a rule may say."""
    return st.fixed_dictionaries(parts).map(lambda chosen: Timing(**chosen))


BURSTS = st.tuples(PROBABILITIES, PROBABILITIES).map(lambda chosen: GilbertElliott(*chosen))
UNTIMED = st.one_of(
    st.just(ALWAYS),
    timings(
        probability=PROBABILITIES | st.none(),
        scope=st.sampled_from(Scope),
        nth=st.integers(0, 2),
        after_bytes=st.sampled_from([0, 0, 50, 250]),
        after_decisions=st.integers(0, 1),
        times=st.integers(0, 2),
        counting=st.sampled_from(Counting),
    ),
    timings(probability=PROBABILITIES, correlation=PROBABILITIES, scope=st.sampled_from(Scope)),
    timings(burst=BURSTS, scope=st.sampled_from(Scope)),
)


@st.composite
def timed(draw: st.DrawFn) -> Timing:
    """Conditions about time, and others."""
    timing: Timing = draw(UNTIMED)._replace(after=draw(SHORT), window_start=draw(SHORT))
    if draw(st.booleans()):
        timing = timing._replace(window_end=timing.window_start + draw(SOME))
    if draw(st.booleans()):
        timing = timing._replace(on=draw(SOME), off=draw(SOME))
    return timing


TIMINGS = UNTIMED | timed()

# Stories


class Comes(NamedTuple):
    """A fault comes, or takes the place of the one with its name."""

    name: str
    effect: OnStreams
    timing: Timing


class Goes(NamedTuple):
    """A fault ends, if it is there."""

    name: str


class Put(NamedTuple):
    """So many bytes come."""

    size: int


class Wait(NamedTuple):
    """Time passes. Who oversleeps looks at nothing in between."""

    seconds: float
    oversleeping: bool


class Cut(NamedTuple):
    """Part of what has not come out is taken out, from some thousandths of it to others."""

    start: int
    end: int


Step = Comes | Goes | Put | Wait | Cut

NAMES = st.sampled_from(["one", "two", "three"])
THOUSANDTHS = st.integers(0, 1000)
PUTS = st.builds(Put, st.integers(1, MOST_PUT))
WAITS = st.builds(Wait, SHORT, st.booleans())
CUTS = st.builds(Cut, THOUSANDTHS, THOUSANDTHS)


def stories(
    effects: st.SearchStrategy[OnStreams], *others: st.SearchStrategy[Step]
) -> st.SearchStrategy[list[Step]]:
    """Of faults that come and go while bytes come."""
    comes = st.builds(Comes, NAMES, effects, TIMINGS)
    return st.lists(st.one_of(comes, st.builds(Goes, NAMES), PUTS, WAITS, *others), max_size=12)


def happen(drive: Drive, step: Comes | Goes | Put | Wait) -> None:
    """Let it happen."""
    match step:
        case Comes(name, effect, timing):
            drive.add(effect, timing, name)
        case Goes(name):
            if name in drive.stages:
                drive.lift(name)
        case Put(size):
            drive.put(some_bytes(drive.put_in, size))
        case Wait(seconds, oversleeping=True):
            drive.oversleep(drive.now + seconds)
        case Wait(seconds):
            drive.until(drive.now + seconds)


def some_bytes(start: int, size: int) -> bytes:
    """Bytes of a stream, each by its offset. Neighbours differ, and so do blocks."""
    return bytes((offset * 7 + offset // 256) % 256 for offset in range(start, start + size))
