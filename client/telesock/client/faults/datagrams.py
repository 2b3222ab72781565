"""Effects on datagrams. Times are seconds, sizes bytes; both directions unless told otherwise."""

from dataclasses import dataclass

from telesock.client.faults.streams import CorruptionUnit, Distribution
from telesock.client.faults.value import Effect


@dataclass(frozen=True)
class DatagramLoss(Effect):
    """A datagram is dropped. Whoever sent it is told of success, as by a network."""


@dataclass(frozen=True)
class DatagramDuplication(Effect):
    """A datagram comes again, so many more times, 1 to 16."""

    copies: int = 1


@dataclass(frozen=True)
class DatagramReordering(Effect):
    """A datagram comes behind so many later ones, 1 to 64. It waits for them at most so long, None for 1 s."""

    displacement: int = 1
    longest_wait: float | None = None


@dataclass(frozen=True)
class DatagramDelay(Effect):
    """A datagram comes late. With `jitter` others may overtake it; the rest is as in `Latency`."""

    delay: float
    jitter: float = 0.0
    distribution: Distribution = "uniform"
    correlation: float = 0.0


@dataclass(frozen=True)
class DatagramTruncation(Effect):
    """Only the first `length` bytes of a datagram come."""

    length: int


@dataclass(frozen=True)
class DatagramCorruption(Effect):
    """Bytes of a datagram change, at so many places, 1 to 64: one bit of each, or the whole "byte"."""

    places: int = 1
    unit: CorruptionUnit = "bit"
