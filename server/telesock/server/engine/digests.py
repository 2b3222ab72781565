"""What a receive keeps of its bytes instead of the bytes: their number, a hash or a checksum, and where they differ.

Nothing here grows with what arrives.
"""

import hashlib
from collections.abc import Callable
from typing import Any

import google_crc32c

from telesock.server.core.events import ReceiveResult
from telesock.server.core.pattern import PatternReader
from telesock.server.core.requests import Digest, Pattern, Receive


class Digesting:
    """The digest of one receive, as far as it has come."""

    __slots__ = ("_check", "_hash", "_reader", "count", "first_difference")

    def __init__(self, digest: Digest, check: Pattern | None) -> None:
        self._hash = _HASHES[digest]() if digest in _HASHES else None
        self._check = check
        self._reader = None if check is None else PatternReader(check.seed)
        self.count = 0
        self.first_difference: int | None = None

    def take(self, data: bytes) -> None:
        """Take the next bytes in."""
        if self._hash is not None:
            self._hash.update(data)
        if self._reader is not None and self._check is not None and self.first_difference is None:
            place = self._reader.first_difference(self._check.offset + self.count, data)
            if place is not None:
                self.first_difference = self.count + place
        self.count += len(data)

    @property
    def digest(self) -> bytes:
        """The hash or the checksum so far; nothing where only the number is kept."""
        return b"" if self._hash is None else bytes(self._hash.digest())

    def result(self, offset: int, end: bool) -> ReceiveResult:
        """What the receive yields, with the stream's offset behind its last byte."""
        return ReceiveResult(b"", offset - self.count, end, self.digest, self.first_difference)


def digesting(request: Receive) -> Digesting | None:
    """What a receive keeps that has no byte yet; None where it keeps the bytes."""
    if request.digest or request.check is not None:
        return Digesting(request.digest, request.check)
    return None


_HASHES: dict[Digest, Callable[[], Any]] = {
    Digest.SHA256: hashlib.sha256,
    Digest.CRC32C: google_crc32c.Checksum,
}
