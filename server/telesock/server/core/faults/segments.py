"""What moves through the faults of one direction of a connection: bytes, and then an end.

Bytes know which span of the stream they stand for: changed bytes the same as before, added ones an empty one. So whoever
put bytes in knows what of it has come out, whatever was done to it.
"""

from enum import Enum, auto
from typing import NamedTuple

BLOCK = 4096
"""Bytes of a stream that share a decision."""


class How(Enum):
    """How a direction ends."""

    FIN = auto()
    RESET = auto()
    STALL = auto()


class Bytes(NamedTuple):
    """Some bytes, and the offsets that they stand for; `faults` are the names of those that had a part in them.

    What is `alone` is written alone.
    """

    data: bytes | memoryview
    start: int
    end: int
    faults: tuple[str, ...] = ()
    alone: bool = False

    def split(self, size: int) -> "tuple[Bytes, Bytes]":
        """The first `size` bytes and the rest. Those of added bytes stand for nothing either."""
        view = memoryview(self.data)
        middle = min(self.start + size, self.end)
        return self._replace(data=view[:size], end=middle), self._replace(data=view[size:], start=middle)

    def touched(self, name: str) -> "Bytes":
        """The same, and this fault had a part in it."""
        return self if name in self.faults else self._replace(faults=(*self.faults, name))


class End(NamedTuple):
    """Nothing follows. Without a name it is the program's own, or the peer's; a reset of the peer's has its errno."""

    how: How
    faults: tuple[str, ...] = ()
    made_by: str = ""
    number: int = 0
    phase: int = 0


Segment = Bytes | End
