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

    @property
    def full_for(self) -> str:
        """Whose storage it is that is full."""
        return "agent"

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


class Share(Storage):
    """What one identity may take of a storage that it shares with others: full when either of the two is."""

    __slots__ = ("_taken", "_whole")

    def __init__(self, whole: Storage, limit: int) -> None:
        self._whole = whole
        self._taken = 0
        super().__init__(limit)

    @property
    def used(self) -> int:
        """Bytes that cannot be had: those taken here, or as many as leave what the whole has left."""
        return max(self._taken, self.limit - (self._whole.limit - self._whole.used))

    @used.setter
    def used(self, value: int) -> None:
        more = value - self.used
        self._taken += more
        self._whole.used += more

    @property
    def full_for(self) -> str:
        """Whose storage it is that is full: the identity's, or that of all."""
        has_less = self.limit - self._taken <= self._whole.limit - self._whole.used
        return "identity" if has_less else self._whole.full_for

    def room(self, wanted: int) -> int:
        """Bytes that still fit, after reclaiming here and elsewhere if fewer than `wanted` do."""
        left = super().room(wanted)
        if left < wanted:
            self._whole.room(wanted)
        return self.limit - self.used

    def give_back(self, size: int) -> None:
        """Give back here and to all."""
        super().give_back(size)
        self._whole.give_back(0)
