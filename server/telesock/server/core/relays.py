"""What a session's journal says of relays: each client's way to the upstream, its end, and what came of all.

Values only; events.py has them among all others. Nothing here decides when one is told.
"""

from typing import NamedTuple

from telesock.server.core.requests import Endpoint
from telesock.server.core.status import Cause, Status


class RelayResult(NamedTuple):
    """Clients that were connected to the upstream, those for whom that failed, and the bytes of all."""

    connections: int
    failures: int
    bytes_to_upstream: int
    bytes_to_client: int


class RelayConnected(NamedTuple):
    """A client has a connection to the upstream; with a status it has none, and was reset."""

    downstream_socket_id: int
    upstream_socket_id: int
    client: Endpoint
    upstream: Endpoint | None
    status: Status | None = None
    cause: Cause | None = None


class RelayEnded(NamedTuple):
    """A relayed connection is over: gracefully when there is no status."""

    downstream_socket_id: int
    upstream_socket_id: int
    bytes_to_upstream: int
    bytes_to_client: int
    status: Status | None = None
    cause: Cause | None = None
