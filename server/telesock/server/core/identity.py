"""Who a caller is to an agent: a name, what it may do, where its sockets may go, and how much it may use.

How a caller proves who it is, the service decides (authentication.py there).
"""

from dataclasses import dataclass
from enum import IntEnum

from telesock.server.core.policy import Policy


class Role(IntEnum):
    """What an identity may do. Numbers as in the contract."""

    OWNER = 1
    """Opens sessions and acts in its own."""
    OBSERVER = 2
    """Sees all sessions and reads their events, never acts."""
    ADMINISTRATOR = 3
    """All of both; drains the agent and ends the sessions of others."""

    @property
    def acts(self) -> bool:
        """Whether it may open sessions and act in them."""
        return self is not Role.OBSERVER

    @property
    def sees_all(self) -> bool:
        """Whether it may see the sessions of others."""
        return self is not Role.OWNER


@dataclass(frozen=True)
class Quotas:
    """What the sessions of one identity may use together; 0 means what the agent has."""

    sessions: int = 0
    sockets: int = 0
    pending_operations: int = 0
    pending_send_bytes: int = 0
    journal_bytes: int = 0
    operations_per_second: float = 0.0


@dataclass(frozen=True)
class Identity:
    """A caller that is known."""

    name: str
    role: Role = Role.OWNER
    quotas: Quotas = Quotas()
    policy: Policy | None = None
    """Where its sockets may go; None means where the agent's may."""
    sees_payload: bool = False
    """Whether an observer's events have their payload."""


ANYBODY = Identity("", Role.ADMINISTRATOR, sees_payload=True)
"""Whoever calls an agent that authenticates nobody."""
