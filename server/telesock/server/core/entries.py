"""The entries that a journal retains, by sequence.

They stand in parallel lists, so that what is done to many of them (joined for a reader, acknowledged, dropped) is a
few calls and not a loop. It knows places and weights only: the journal decides what may come and what has to go.
"""

from typing import Any, NamedTuple

from telesock.server.core.events import EventKind

_CUT = 4096
"""Places given up at the front before the lists are cut: cutting moves all that is behind."""


class Entry(NamedTuple):
    """One event, encoded."""

    sequence: int
    kind: EventKind
    socket_id: int
    cost: int
    pinned: bool
    encoded: bytes


class Entries:
    """Entries from `first_sequence` on, without gaps."""

    __slots__ = (
        "_costs",
        "_encoded",
        "_given_up",
        "_kinds",
        "_pinned_costs",
        "_socket_ids",
        "first_sequence",
    )

    def __init__(self) -> None:
        self.first_sequence = 1
        self._given_up = 0  # places at the front that hold nothing any more
        self._encoded: list[bytes] = []
        self._costs: list[int] = []
        self._pinned_costs: list[int] = []  # 0 for what need not stay
        self._kinds: list[EventKind] = []
        self._socket_ids: list[int] = []

    def __len__(self) -> int:
        """How many there are."""
        return len(self._encoded) - self._given_up

    def append(self, encoded: bytes, cost: int, pinned: bool, kind: EventKind, socket_id: int) -> None:
        """Add one behind the last."""
        self._encoded.append(encoded)
        self._costs.append(cost)
        self._pinned_costs.append(cost if pinned else 0)
        self._kinds.append(kind)
        self._socket_ids.append(socket_id)

    def extend(
        self, encoded: list[bytes], cost: int, pinned: bool, kind: EventKind, socket_ids: list[int]
    ) -> None:
        """Add several of one kind that weigh the same."""
        count = len(encoded)
        self._encoded += encoded
        self._costs += [cost] * count
        self._pinned_costs += [cost if pinned else 0] * count
        self._kinds += [kind] * count
        self._socket_ids += socket_ids

    # Reading

    def find(self, sequence: int) -> Entry | None:
        """Return one entry, if it is retained."""
        place = sequence - self.first_sequence + self._given_up
        if not self._given_up <= place < len(self._encoded):
            return None
        return Entry(
            sequence,
            self._kinds[place],
            self._socket_ids[place],
            self._costs[place],
            self._pinned_costs[place] > 0,
            self._encoded[place],
        )

    def read(self, sequence: int, most: int, most_bytes: int) -> list[bytes]:
        """Return what is encoded from a sequence on, or from the first that is left, within both bounds.

        At least one is returned if there is one, however large.
        """
        place = max(sequence - self.first_sequence, 0) + self._given_up
        encoded = self._encoded[place : place + most]
        if sum(map(len, encoded)) <= most_bytes:
            return encoded
        return encoded[: _fitting(encoded, most_bytes)]

    def pinned(self, first: int, last: int) -> tuple[int, int]:
        """How many entries of a range must stay until they are acknowledged, and what they weigh together."""
        offset = self._given_up - self.first_sequence
        costs = self._pinned_costs[first + offset : last + 1 + offset]
        return len(costs) - costs.count(0), sum(costs)

    def cost_of_first(self, count: int) -> int:
        """What so many of the oldest weigh together."""
        return sum(self._costs[self._given_up : self._given_up + count])

    # Forgetting

    def drop(self, count: int) -> None:
        """Forget so many of the oldest. Their bytes go at once, their places in the lists later, many together."""
        end = self._given_up + count
        self._encoded[self._given_up : end] = [b""] * count
        self._given_up = end
        self.first_sequence += count
        if end >= _CUT or end == len(self._encoded):
            self._cut(end)

    def _cut(self, end: int) -> None:
        columns: tuple[list[Any], ...] = (
            self._encoded,
            self._costs,
            self._pinned_costs,
            self._kinds,
            self._socket_ids,
        )
        for column in columns:
            del column[:end]
        self._given_up = 0


def _fitting(encoded: list[bytes], most_bytes: int) -> int:
    """How many of the first fit into so many bytes; never fewer than one."""
    size = 0
    for count, each in enumerate(encoded):
        size += len(each)
        if size > most_bytes:
            return max(1, count)
    return len(encoded)
