"""What a run shows of its agent: whether memory stands still, and whether everything was given back."""

from collections.abc import Sequence
from statistics import linear_regression
from typing import NamedTuple

MIB = 1 << 20
WARM_UP = 0.3
"""Share of the samples in which memory may still grow: caches fill and allocators find their size."""
MOST_GROWTH = 16 * MIB
"""Bytes by which the line through the other samples may rise from its first to its last: the noise of an allocator."""
SPARE_DESCRIPTORS = 4
"""That gRPC keeps for itself."""
SPARE_THREADS = 32
"""That gRPC and the resolver keep."""


class Sample(NamedTuple):
    """An agent at a moment."""

    seconds: float
    operations: float
    """Completed so far."""
    resident_bytes: int
    own_bytes: int
    """With its share of what it shares (PSS)."""
    descriptors: int
    threads: int
    tasks: int
    """Of its loop."""
    sessions: int
    sockets: int
    journal_bytes: int
    lag: float
    """Seconds that its loop is late."""


def growth(samples: Sequence[Sample]) -> float:
    """Return by how many bytes the straight line through the samples after the warm-up rises."""
    rest = samples[int(len(samples) * WARM_UP) :]
    if len(rest) < 3:
        return 0.0
    moments = [sample.seconds for sample in rest]
    line = linear_regression(moments, [float(sample.own_bytes) for sample in rest])
    return line.slope * (moments[-1] - moments[0])


def complaints(before: Sample, during: Sequence[Sample], after: Sample) -> list[str]:
    """Say what is not as it should be, a line each."""
    found = []
    grown = growth(during)
    if grown > MOST_GROWTH:
        found.append(f"memory grew by {grown / MIB:.1f} MiB, {MOST_GROWTH / MIB:.0f} are allowed")
    if after.descriptors > before.descriptors + SPARE_DESCRIPTORS:
        found.append(f"{after.descriptors} descriptors are open, {before.descriptors} were before")
    left = {"sessions": after.sessions, "sockets": after.sockets, "journal bytes": after.journal_bytes}
    found += [f"{count} {what} are left" for what, count in left.items() if count]
    if after.tasks > before.tasks:
        found.append(f"{after.tasks} tasks go on, {before.tasks} did before")
    if after.threads > before.threads + SPARE_THREADS:
        found.append(f"{after.threads} threads are there, {before.threads} were before")
    if during and not during[-1].operations > during[0].operations:
        found.append("no operation has completed")
    return found


HEADINGS = (
    f"{'time':>7} {'ops/s':>7} {'rss MiB':>8} {'pss MiB':>8} {'fds':>5} {'threads':>7} {'tasks':>5} "
    f"{'sessions':>8} {'sockets':>7} {'journal KiB':>11} {'lag ms':>7}"
)


def line(sample: Sample, before: Sample) -> str:
    """Write a sample, and the rate since the one before it."""
    rate = (sample.operations - before.operations) / max(sample.seconds - before.seconds, 1e-9)
    return (
        f"{sample.seconds:7.0f} {rate:7.0f} {sample.resident_bytes / MIB:8.1f} {sample.own_bytes / MIB:8.1f} "
        f"{sample.descriptors:5} {sample.threads:7} {sample.tasks:5} {sample.sessions:8} {sample.sockets:7} "
        f"{sample.journal_bytes / 1024:11.0f} {1e3 * sample.lag:7.1f}"
    )
