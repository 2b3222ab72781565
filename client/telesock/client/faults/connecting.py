"""Effects on the making of connections: on connects, lookups of names and accepts. Times are seconds."""

from dataclasses import dataclass
from typing import Literal

from telesock.client.faults.value import Effect


@dataclass(frozen=True)
class ConnectFailure(Effect):
    """An attempt to connect fails after so many seconds, and nothing is sent.

    "blackhole" is no answer: the attempt's time passes.
    """

    outcome: Literal["refused", "blackhole", "host_unreachable", "network_unreachable", "reset"] = "refused"
    delay: float = 0.0


@dataclass(frozen=True)
class ConnectDelay(Effect):
    """An attempt to connect begins so much later, evenly varied by `jitter`; its time runs meanwhile."""

    delay: float
    jitter: float = 0.0


@dataclass(frozen=True)
class ResolveFailure(Effect):
    """A name does not resolve, after so many seconds: of connects and of `resolve`."""

    delay: float = 0.0


@dataclass(frozen=True)
class ResolveDelay(Effect):
    """A name resolves so much later, evenly varied by `jitter`."""

    delay: float
    jitter: float = 0.0


@dataclass(frozen=True)
class AcceptDelay(Effect):
    """A connection that has arrived is handed on so much later, evenly varied by `jitter`; those behind it wait."""

    delay: float
    jitter: float = 0.0


@dataclass(frozen=True)
class NeverAccept(Effect):
    """Connections wait in the kernel's queue until it is full, and then get no answer. Takes no `peer`."""


@dataclass(frozen=True)
class AcceptReset(Effect):
    """A connection that has arrived is reset, and told of only by FaultFired."""
