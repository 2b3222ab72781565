"""The bytes that all journals of an agent share. It counts them; what is counted is the journals' business."""

from collections.abc import Callable


class Storage:
    """Bytes that all journals of an agent may hold together."""

    __slots__ = ("_short", "freed", "limit", "reclaim", "used")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0
        self.reclaim: Callable[[], None] = lambda: None
        """Called when the storage is full: asks every journal to forget what is acknowledged."""
        self.freed: Callable[[], None] = lambda: None
        """Called when there may be room again, once after somebody found too little."""
        self._short = False

    def room(self, wanted: int) -> int:
        """Bytes that still fit, after reclaiming if fewer than `wanted` do."""
        if self.used + wanted > self.limit:
            self.reclaim()
            self._short = self._short or self.used + wanted > self.limit
        return self.limit - self.used

    def has(self, size: int) -> bool:
        """Whether `size` more bytes fit, after reclaiming if need be."""
        return self.used + size <= self.limit or self.room(size) >= size

    def give_back(self, size: int) -> None:
        """Use `size` bytes less, or, with none, have some that can be reclaimed."""
        self.used -= size
        if self._short:
            self._short = False
            self.freed()
