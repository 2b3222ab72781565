"""Credit: how many bytes of data indications a socket may give before its client releases some.

Acknowledging an event says that it was delivered; releasing credit says that its data is consumed. Both are
needed before memory is free, and neither stands for the other. Release is cumulative, so repeating it is
harmless. What a client refuses comes back to the caller, in order, to be given again.
"""

from collections import deque


class Credit:
    """The indications of one socket that are given and not released."""

    __slots__ = ("_given", "limit", "outstanding")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.outstanding = 0
        self._given: deque[tuple[int, bytes]] | tuple[()] = ()  # empty, it would weigh 600 bytes

    @property
    def available(self) -> int:
        """Bytes that may be indicated now."""
        return max(0, self.limit - self.outstanding)

    def give(self, sequence: int, data: bytes) -> None:
        """Note that `data` was indicated as event `sequence`."""
        self._given = self._given or deque()
        self._given.append((sequence, data))
        self.outstanding += len(data)

    def release(self, sequence: int) -> None:
        """Everything up to and including event `sequence` is consumed."""
        while self._given and self._given[0][0] <= sequence:
            self.outstanding -= len(self._given.popleft()[1])
        if not self._given:
            self._given = ()

    def holds(self, sequence: int) -> bool:
        """Whether event `sequence`, or an earlier one, is not released."""
        return bool(self._given and self._given[0][0] <= sequence)

    def refuse(self, sequence: int, accepted_bytes: int) -> bytes:
        """Of event `sequence` only `accepted_bytes` are consumed: return the rest and all given after it.

        Returns nothing for an event that is released already. Raises ValueError when the event has fewer
        bytes than that, or was not given.
        """
        if not self.holds(sequence):
            return b""
        self._check(sequence, accepted_bytes)
        self.release(sequence - 1)
        refused = b"".join(data for _, data in self._given)[accepted_bytes:]
        self._given = ()
        self.outstanding = 0
        return refused

    def _check(self, sequence: int, accepted_bytes: int) -> None:
        size = next((len(data) for number, data in self._given if number == sequence), None)
        if size is None:
            raise ValueError(f"event {sequence} is not a data indication of this socket")
        if accepted_bytes > size:
            raise ValueError(f"event {sequence} has {size} bytes, fewer than {accepted_bytes}")
