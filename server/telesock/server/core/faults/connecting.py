"""Effects on connecting, on names and on accepting: what does not happen, and what happens late."""

import errno
from dataclasses import dataclass
from enum import IntEnum

from telesock.server.core.faults.amounts import span
from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.values import Effect, Place


class Outcome(IntEnum):
    """How a connect does not succeed. Numbers as in the contract."""

    REFUSED = 1
    BLACKHOLE = 2
    HOST_UNREACHABLE = 3
    NETWORK_UNREACHABLE = 4
    RESET = 5


ERRORS = {
    Outcome.REFUSED: errno.ECONNREFUSED,
    Outcome.HOST_UNREACHABLE: errno.EHOSTUNREACH,
    Outcome.NETWORK_UNREACHABLE: errno.ENETUNREACH,
    Outcome.RESET: errno.ECONNRESET,
}
"""What the host would have said. A blackhole says nothing."""


@dataclass(frozen=True)
class ConnectFailure(Effect):
    """An attempt fails, after a time, and nothing is sent."""

    outcome: Outcome = Outcome.REFUSED
    delay: float = 0.0

    kind = "connect-failure"
    acts_on = Place.CONNECTING
    lanes = (Lane.CONNECT,)

    def check(self) -> None:
        """Refuse negative times."""
        span("connect_failure.delay", self.delay)


@dataclass(frozen=True)
class ConnectDelay(Effect):
    """An attempt begins late."""

    delay: float
    jitter: float = 0.0

    kind = "connect-delay"
    acts_on = Place.CONNECTING
    lanes = (Lane.CONNECT,)

    def check(self) -> None:
        """Refuse negative times."""
        span("connect_delay.delay", self.delay)
        span("connect_delay.jitter", self.jitter)


@dataclass(frozen=True)
class ResolveFailure(Effect):
    """A name does not resolve, after a time."""

    delay: float = 0.0

    kind = "resolve-failure"
    acts_on = Place.RESOLVING
    lanes = (Lane.RESOLVE,)

    def check(self) -> None:
        """Refuse negative times."""
        span("resolve_failure.delay", self.delay)


@dataclass(frozen=True)
class ResolveDelay(Effect):
    """A name resolves late."""

    delay: float
    jitter: float = 0.0

    kind = "resolve-delay"
    acts_on = Place.RESOLVING
    lanes = (Lane.RESOLVE,)

    def check(self) -> None:
        """Refuse negative times."""
        span("resolve_delay.delay", self.delay)
        span("resolve_delay.jitter", self.jitter)


@dataclass(frozen=True)
class AcceptDelay(Effect):
    """A connection that has arrived is handed on late."""

    delay: float
    jitter: float = 0.0

    kind = "accept-delay"
    acts_on = Place.ACCEPTING
    lanes = (Lane.ACCEPT,)

    def check(self) -> None:
        """Refuse negative times."""
        span("accept_delay.delay", self.delay)
        span("accept_delay.jitter", self.jitter)


@dataclass(frozen=True)
class NeverAccept(Effect):
    """Connections stay in the kernel's queue."""

    kind = "never-accept"
    acts_on = Place.ACCEPTING
    lanes = (Lane.ACCEPT,)


@dataclass(frozen=True)
class AcceptReset(Effect):
    """A connection that has arrived is reset."""

    kind = "accept-reset"
    acts_on = Place.ACCEPTING
    lanes = (Lane.ACCEPT,)
