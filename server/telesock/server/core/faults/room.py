"""How much all faults of a session may be together: how many, the peers they name, the decisions they are to repeat.

Each may be large by itself. Refused, with TOO_MANY_FAULTS, is what would make a session's faults too large.
"""

from collections.abc import Iterable
from typing import NamedTuple

from telesock.server.core.faults.values import Fault
from telesock.server.core.refusal import Reason, Refused

MOST_PEERS_OF_ONE = 1_024
"""Rules about peers that one fault may name."""
MOST_PEERS = 16_384
"""Those that the faults of a session may name together."""
MOST_DECISIONS = 65_536
"""Decisions that the replays of a session may name together: as many as a journal tells of."""


class Size(NamedTuple):
    """How much some faults are."""

    faults: int = 0
    peers: int = 0
    decisions: int = 0

    def plus(self, other: "Size", times: int = 1) -> "Size":
        """Add others, so many times."""
        return Size(*(mine + times * theirs for mine, theirs in zip(self, other, strict=True)))


def size_of(faults: Iterable[Fault]) -> Size:
    """Measure faults."""
    size = Size()
    for fault in faults:
        size = size.plus(Size(1, len(fault.target.peers), len(fault.replay or ())))
    return size


def check_room(there: Size, more: Size, most_faults: int) -> None:
    """Refuse faults for which a session has no room beside those that are there."""
    most = Size(most_faults, MOST_PEERS, MOST_DECISIONS)
    words = ("", "peers in its ", "decisions to repeat in its ")
    for had, new, limit, what in zip(there, more, most, words, strict=True):
        if new and had + new > limit:
            message = f"the session has {had} {what}faults, of at most {limit}, and no room for {new} more; delete some"
            raise Refused(Reason.TOO_MANY_FAULTS, message, limit=str(limit))
