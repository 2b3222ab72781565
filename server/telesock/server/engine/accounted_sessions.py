"""A session as its identity's account sees it: whose it is, what it may, and what it uses.

What it uses is counted where it is taken and given back; whether it may have more, the account decides (core/account.py).
"""

from typing import TYPE_CHECKING, NamedTuple

from telesock.server.core.account import Account
from telesock.server.core.journal import Journal
from telesock.server.core.lease import Lease
from telesock.server.core.policy import Policy
from telesock.server.core.session import Session

if TYPE_CHECKING:
    from telesock.server.engine.sockets import Socket


class Grant(NamedTuple):
    """What a session is given at its opening, at a moment of the monotonic clock."""

    account: Account
    policy: Policy
    now: float
    recorded: bool = False


class AccountedSession(Session):
    """What a session has to do with its identity."""

    def __init__(self, session_id: str, label: str, lease: Lease, journal: Journal, grant: Grant) -> None:
        super().__init__(session_id, label, lease, journal)
        self.account = grant.account
        self.identity = grant.account.identity
        """Who opened it."""
        self.policy = grant.policy
        """Where its sockets may go."""
        self.recorded = grant.recorded
        """Whether its journal is written to disk when it ends."""
        self.rate = self.account.new_rate(grant.now)
        """How fast it may begin operations."""
        self.counts_operations = self.account.counts_operations
        self.sockets: dict[int, Socket] = {}
        self.held_connections = 0
        """Connections that its listeners hold for a decision."""
        self.pending_send_bytes = 0
        """Bytes that wait to be sent."""
        self.fault_held_bytes = 0
        """Bytes that faults hold back."""

    @property
    def owner(self) -> str:
        """Whose lookups it makes: its identity's, or where nobody has to say who he is its own."""
        return self.identity.name or self.session_id

    @property
    def socket_count(self) -> int:
        """Sockets that are not closed, and connections that wait for a decision."""
        return len(self.sockets) + self.held_connections

    @property
    def pending_operations(self) -> int:
        """Operations that have not completed."""
        return self.ledger.pending

    def forget_acknowledged(self) -> None:
        """Give back what its journal keeps for replay alone."""
        self.journal.forget_acknowledged()
