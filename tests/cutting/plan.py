"""Which cut each connection gets: the same seed gives the same plan. Knows no sockets."""

import math
import random
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple


class Direction(StrEnum):
    """Seen from the client."""

    UP = "up"
    DOWN = "down"


class Kind(StrEnum):
    """What happens when the byte is reached; all but the first two let `pause` seconds go by before both ends are reset."""

    RESET = "reset"  # a RST to both ends
    FINISH = "finish"  # a FIN to both ends
    STALL = "stall"  # nothing passes any more, either way
    HALF_CLOSE = "half close"  # a FIN that way; the other way goes on
    TRUNCATE = "truncate"  # what comes that way is thrown away; the other way goes on
    LAG = "lag"  # what comes that way waits, and arrives late, perhaps after those who have come back


class Cut(NamedTuple):
    """The end of one connection: when so many bytes have passed in a direction."""

    direction: Direction
    offset: int
    kind: Kind
    pause: float
    refused: float
    """Seconds after it in which nobody is let in."""


_EARLY = 120  # bytes: preface and settings are about as many
_LATE = 1_000  # the first calls and their answers
_DEEP = 200_000


def plan(seed: int, way: int) -> Iterator[Cut]:
    """Yield the cuts of one way, without end."""
    chance = random.Random(f"{seed} {way}")
    while True:
        yield Cut(
            direction=chance.choice(list(Direction)),
            offset=_offset(chance),
            kind=chance.choice(list(Kind)),
            pause=chance.choice((0.0, 0.01, 0.05, 0.2)),
            refused=chance.choice((0.0, 0.0, 0.0, 0.02, 0.1)),
        )


def _offset(chance: random.Random) -> int:
    """A third each in the handshake, in what takes the session up again, and in what goes on then."""
    match chance.randrange(3):
        case 0:
            return chance.randrange(_EARLY)
        case 1:
            return chance.randrange(_EARLY, _LATE)
        case _:
            return int(math.exp(chance.uniform(math.log(_LATE), math.log(_DEEP))))
