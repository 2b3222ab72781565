"""The bytes of a pattern, as agents make them: for a program that is the other end itself."""

import hashlib
from typing import NamedTuple

_BLOCK = 65_536


class Pattern(NamedTuple):
    """Which pattern, and where in it to begin."""

    seed: int
    offset: int = 0


def pattern(seed: int, offset: int, length: int) -> bytes:
    """Return `length` bytes of the pattern of a seed, from an offset on.

    Block k of 65,536 bytes is the first output of SHAKE-128 over the seed and k, each as 8 bytes, the lowest first.
    """
    first, last = offset // _BLOCK, (offset + max(length, 1) - 1) // _BLOCK
    made = b"".join(_block(seed, number) for number in range(first, last + 1))
    return made[offset - first * _BLOCK :][:length]


def _block(seed: int, number: int) -> bytes:
    return hashlib.shake_128(seed.to_bytes(8, "little") + number.to_bytes(8, "little")).digest(_BLOCK)
