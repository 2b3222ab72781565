"""Credit in pieces: how many connections or datagrams a socket may indicate before its client releases some.

What credit.py is for bytes. Release is cumulative, so repeating it is harmless. It keeps no piece itself.
"""

from collections import deque


class CountedCredit:
    """The indications of one socket that are given and not released, and pieces that are held without an event."""

    __slots__ = ("_given", "held", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.held = 0
        """Pieces that count although they were not given, or not yet."""
        self._given: deque[int] = deque()

    @property
    def available(self) -> int:
        """How many may be indicated now."""
        return max(0, self.limit - len(self._given) - self.held)

    def give(self, sequence: int) -> None:
        """Note that a piece was indicated as event `sequence`."""
        self._given.append(sequence)

    def release(self, sequence: int) -> list[int]:
        """Everything up to and including event `sequence` is consumed; return the events that were."""
        released = []
        while self._given and self._given[0] <= sequence:
            released.append(self._given.popleft())
        return released

    def holds(self, sequence: int) -> bool:
        """Whether event `sequence` was given and is not released."""
        return sequence in self._given

    def refuse(self, sequence: int) -> list[int]:
        """Everything before event `sequence` is consumed, it and all after it come back; return those."""
        self.release(sequence - 1)
        refused, self._given = list(self._given), deque()
        return refused
