"""Bytes made from a seed: any piece of any length of a stream that is never stored.

Block k of 65,536 bytes is the first output of SHAKE-128 (FIPS 202) over the seed and k, each as 8 bytes, the lowest
first. Whoever knows the seed can make any piece of it, and so verify what arrives.
"""

import hashlib

BLOCK = 65_536


def block(seed: int, number: int) -> bytes:
    """Make one block."""
    return hashlib.shake_128(seed.to_bytes(8, "little") + number.to_bytes(8, "little")).digest(BLOCK)


class PatternReader:
    """Gives pieces of one pattern, mostly in order; it keeps the block that it made last."""

    __slots__ = ("_block", "_number", "_seed")

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._number = -1
        self._block = b""

    def piece(self, offset: int, length: int) -> bytes:
        """Return at most `length` bytes from an offset on: what is left of the block that it is in."""
        number, start = divmod(offset, BLOCK)
        if number != self._number:
            self._number, self._block = number, block(self._seed, number)
        if start == 0 and length >= BLOCK:
            return self._block
        return self._block[start : start + length]

    def first_difference(self, offset: int, data: bytes) -> int | None:
        """Return where `data` first differs from the pattern at an offset, counted from its own beginning."""
        done = 0
        while done < len(data):
            expected = self.piece(offset + done, len(data) - done)
            found = data[done : done + len(expected)]
            if found != expected:
                return done + next(
                    place
                    for place, (one, other) in enumerate(zip(found, expected, strict=True))
                    if one != other
                )
            done += len(expected)
        return None


class PatternData:
    """So many bytes of a pattern, to be sent: made as they leave."""

    __slots__ = ("_length", "_offset", "_reader")

    def __init__(self, seed: int, offset: int, length: int) -> None:
        self._reader = PatternReader(seed)
        self._offset = offset
        self._length = length

    def __len__(self) -> int:
        """How many bytes there are in all."""
        return self._length

    def piece(self, start: int) -> bytes:
        """Return some bytes from a place on: what is left of their block."""
        return self._reader.piece(self._offset + start, self._length - start)
