"""How bytes are changed, and where."""

import math
from collections.abc import Callable, Iterator
from enum import IntEnum


class Unit(IntEnum):
    """What happens to a byte. Numbers as in the contract."""

    BIT = 1
    BYTE = 2


def mangled(byte: int, unit: Unit, drawn: int) -> int:
    """Another byte, always."""
    if unit is Unit.BIT:
        return byte ^ (1 << drawn % 8)
    return (byte + 1 + drawn % 255) % 256


def places(rate: float, size: int, draw: Callable[[int], float]) -> Iterator[int]:
    """Places in so many bytes that are hit, each with probability `rate`: the gaps between them are drawn."""
    place, count = -1, 0
    while True:
        place += 1 + _gap(rate, draw(count))
        if place >= size:
            return
        yield place
        count += 1


def _gap(rate: float, drawn: float) -> int:
    """How many are passed over before the next hit."""
    return 0 if rate >= 1 else int(math.log1p(-drawn) / math.log1p(-rate))
