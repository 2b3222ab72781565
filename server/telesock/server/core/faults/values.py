"""A fault as a value: its target, its timing, its effect. Times are seconds, sizes bytes.

What a fault may not be is refused by `check` (checking.py), before anything is made of it.
"""

from enum import IntEnum
from typing import ClassVar, NamedTuple

from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.peers import EVERY_PEER, Peers
from telesock.server.core.requests import OperationKind
from telesock.server.core.status import Phase


class Side(IntEnum):
    """The two sockets of a relayed connection. Numbers as in the contract; 0 means both."""

    ANY = 0
    DOWNSTREAM = 1
    UPSTREAM = 2


class Scope(IntEnum):
    """What one decision is for. Numbers as in the contract; 0 means what the effect has by default."""

    DEFAULT = 0
    CONNECTION = 1
    EACH = 2


class Counting(IntEnum):
    """Whose decisions are counted together. Numbers as in the contract; 0 means what the effect has by default."""

    DEFAULT = 0
    SOCKET = 1
    FAULT = 2


class Target(NamedTuple):
    """What a fault acts on: all parts that are set."""

    socket_id: int = 0
    listener_id: int = 0
    peers: Peers = EVERY_PEER
    """Addresses, or for an effect on lookups patterns of names."""
    direction: Lane | None = None
    operations: frozenset[OperationKind] = frozenset()
    phases: frozenset[Phase] = frozenset()
    side: Side = Side.ANY


class GilbertElliott(NamedTuple):
    """Bursts: the steps of a chain of two states, and how it fires in each. Probabilities."""

    bad: float
    good: float
    fires_in_good: float = 0.0
    fires_in_bad: float = 1.0


class Timing(NamedTuple):
    """When a fault fires: when all parts that are set hold."""

    probability: float | None = None
    burst: GilbertElliott | None = None
    correlation: float = 0.0
    scope: Scope = Scope.DEFAULT
    nth: int = 0
    after_bytes: int = 0
    after_decisions: int = 0
    after: float = 0.0
    times: int = 0
    window_start: float = 0.0
    window_end: float | None = None
    on: float = 0.0
    off: float = 0.0
    counting: Counting = Counting.DEFAULT


class Decision(NamedTuple):
    """One decision, by what it is numbered."""

    socket_id: int
    lane: Lane
    number: int


class Place(IntEnum):
    """What an effect acts on."""

    STREAM = 1
    DATAGRAMS = 2
    CONNECTION = 3
    """The connection as a whole: a reset, a filter of packets."""
    CONNECTING = 4
    RESOLVING = 5
    ACCEPTING = 6
    OPERATIONS = 7


class Effect:
    """What a fault does. Each is a frozen dataclass in a file of its own; those on streams have a `stage`."""

    kind: ClassVar[str]
    """Its name in the contract, with hyphens: what a fault is called that nobody has named."""
    acts_on: ClassVar[Place]
    lanes: ClassVar[tuple[Lane, ...]]
    """Where it acts unless the target says otherwise."""

    def check(self) -> None:
        """Refuse what it cannot be."""


class Fault(NamedTuple):
    """A rule that makes sockets misbehave on purpose. Without a seed, or a name, it is given one when it is made."""

    name: str
    effect: Effect
    seed: int | None = None
    target: Target = Target()
    timing: Timing = Timing()
    expires_after: float | None = None
    replay: frozenset[Decision] | None = None

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """Where it acts."""
        direction = self.target.direction
        return self.effect.lanes if direction is None else (direction,)
