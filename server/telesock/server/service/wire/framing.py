"""The parts of protobuf's encoding that are written by hand, for what has to be fast (protobuf.dev, "Encoding")."""

import functools

Parts = tuple[bytes, ...]
"""Something encoded, to be joined with what goes around it: what is large is then copied once."""


@functools.lru_cache(4096)
def varint(number: int) -> bytes:
    """Write a length: seven bits a byte, the lowest first, the highest bit of each says whether more follow."""
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
