"""A fault as a rule: an effect, what it acts on, when it fires, whence its decisions come.

A `Fault` is flat where the contract's message has parts: one table says where each of its fields stands there.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, Protocol, Self, TypedDict, Unpack

from telesock.client.enumerations import Direction, OperationKind, Phase
from telesock.client.faults.effects import name_of_effect, read_effect
from telesock.client.faults.places import PLACES, check_at, read_at, write_at
from telesock.client.faults.value import Effect, Value
from telesock.v1 import faults_pb2


@dataclass(frozen=True)
class GilbertElliott(Value):
    """Bursts, by the chain of Gilbert and Elliott: one step between a good and a bad state for each decision.

    All are probabilities: from good to bad, from bad to good, of firing in either.
    """

    bad: float
    good: float
    fires_in_good: float = 0.0
    fires_in_bad: float = 1.0


@dataclass(frozen=True)
class FaultDecision(Value):
    """A decision that fires: its number on a socket (0 for a lookup), in a direction for bytes and datagrams."""

    socket_id: int
    direction: Direction | Literal["send", "receive"] | None = None
    number: int = 0


class HasNumber(Protocol):
    """A socket."""

    @property
    def socket_id(self) -> int:
        """Its number in the session."""


Span = tuple[float, float]
DirectionName = Direction | Literal["send", "receive"]
RelaySide = Literal["downstream", "upstream"]


class Rule(TypedDict, total=False):
    """What a fault can be told beside its effect: the fields of `Fault`, which says what they mean."""

    name: str
    socket: int | HasNumber
    listener: int | HasNumber
    peer: str
    peers: str | Iterable[str]
    direction: DirectionName | None
    operations: OperationKind | str | Iterable[OperationKind | str]
    phases: Phase | str | Iterable[Phase | str]
    relay_side: RelaySide | None
    probability: float | None
    burst: GilbertElliott | None
    correlation: float
    decided_per: Literal["connection", "each"] | None
    nth: int
    after_bytes: int
    after_decisions: int
    after: float | None
    times: int
    window: tuple[float | None, float | None] | None
    flapping: Span | None
    counted_per: Literal["socket", "fault"] | None
    seed: int | None
    expires_after: float | None
    replay: Iterable[FaultDecision] | None


@dataclass(frozen=True, repr=False)
class Fault:
    """An effect, and beside it whatever is to be told; what is left out is not asked for. Times are seconds.

    It acts on what matches all of `socket`, `listener` (and what comes from it), `peer` ("10.0.0.0/8:80",
    "unix:GLOB", of lookups a name, "*.example") or one of several `peers`, `direction`, `operations`, `phases` and
    `relay_side`; with none of them on everything in the session. Sockets are given as such or by number.

    It fires always, or with a `probability` (0 to 1; with `correlation` each draw depends on the one before it), or in a
    `burst`; `decided_per` "connection" (for bytes unless told otherwise) or "each" operation, datagram, connect, accept
    or block of 4,096 bytes. Only the `nth` that would fire, at most so many `times`, not for the first `after_bytes` or
    `after_decisions`: counted for each "socket" or the whole "fault" (`counted_per`). Not before `after` since the socket
    was there. Only in the `window` (from, until) of the fault's age, either of which may be None; `flapping` (on, off).

    The same `seed` and the same traffic give the same decisions; None lets the agent draw one. It ends by itself after
    `expires_after`. With `replay` it fires exactly at these decisions, see `replay_of`. `name`, 1 to 64 printable
    characters without spaces, is its name in the session; when empty the agent chooses ("latency-1").

    Raises TypeError or ValueError in one line where it is made wrongly.
    """

    effect: Effect
    name: str = ""
    socket: int | HasNumber = 0
    listener: int | HasNumber = 0
    peer: str = ""
    peers: str | Iterable[str] = ()
    direction: DirectionName | None = None
    operations: OperationKind | str | Iterable[OperationKind | str] = ()
    phases: Phase | str | Iterable[Phase | str] = ()
    relay_side: RelaySide | None = None
    probability: float | None = None
    burst: GilbertElliott | None = None
    correlation: float = 0.0
    decided_per: Literal["connection", "each"] | None = None
    nth: int = 0
    after_bytes: int = 0
    after_decisions: int = 0
    after: float | None = None
    times: int = 0
    window: tuple[float | None, float | None] | None = None
    flapping: Span | None = None
    counted_per: Literal["socket", "fault"] | None = None
    seed: int | None = None
    expires_after: float | None = None
    replay: Iterable[FaultDecision] | None = None

    def __post_init__(self) -> None:
        """Check each field, and give it its one form."""
        if not isinstance(self.effect, Effect):
            raise TypeError(f"{self.effect!r} is no effect, such as Latency(0.2)")
        for name in PLACES:
            given = getattr(self, name)
            if given is not None:
                object.__setattr__(self, name, check_at(name, given))
        if self.probability is not None and self.burst is not None:
            raise ValueError("Fault takes one of probability and burst, not both")
        if self.peer and self.peers:
            raise ValueError("Fault takes one of peer and peers, not both")

    def __repr__(self) -> str:
        """What is named."""
        told = [f"{name}={value!r}" for name, value in self._told()]
        return f"Fault({', '.join([repr(self.effect), *told])})"

    def _told(self) -> list[tuple[str, Any]]:
        """The fields that are not left out."""
        named = [(field.name, getattr(self, field.name), field.default) for field in fields(self)[1:]]
        return [(name, value) for name, value, default in named if value is not None and value != default]

    def but(self, effect: Effect | None = None, **rule: Unpack[Rule]) -> "Fault":
        """Return one that differs only in what is named."""
        return replace(self, effect=self.effect if effect is None else effect, **rule)

    def to_message(self) -> faults_pb2.Fault:
        """Write it as the contract has it."""
        message = faults_pb2.Fault()
        for name, value in self._told():
            write_at(message, name, value)
        getattr(message, name_of_effect(type(self.effect))).CopyFrom(self.effect.to_message())
        return message

    @classmethod
    def from_message(cls, message: faults_pb2.Fault) -> Self:
        """Read it."""
        rule: dict[str, Any] = {name: read_at(message, name) for name in PLACES}
        return cls(read_effect(message), **{name: value for name, value in rule.items() if value is not None})


Faults = Iterable[Effect | Fault]
"""What a socket is born with."""


def as_fault(effect: Effect | Fault, **rule: Unpack[Rule]) -> Fault:
    """Return a fault with this effect and rule, or one that is there already with what is named changed."""
    return effect.but(**rule) if isinstance(effect, Fault) else Fault(effect, **rule)


def write_faults(faults: Faults) -> list[faults_pb2.Fault]:
    """Write what a socket is to be born with. Raises TypeError for what is neither an effect nor a fault."""
    return [as_fault(each).to_message() for each in faults]
