"""A relay: every client of a listener gets a connection to an upstream, with faults where there are some.

A client is taken only when there is room for all that it needs: two sockets, and the two events that tell of it. What has
none waits in the kernel's queue. The connect to the upstream is made beside all else, and the client's bytes stay in the
kernel meanwhile. The relay is pending until it is cancelled or the listener goes, and takes its connections with it.
"""

from typing import TYPE_CHECKING

from telesock.server.core.faults.values import Side
from telesock.server.core.operations import Operation
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.relays import RelayConnected, RelayEnded, RelayResult
from telesock.server.core.requests import Connect, Endpoint
from telesock.server.core.requests import Relay as RelayRequest
from telesock.server.core.slots import Slot
from telesock.server.core.status import Failure
from telesock.server.engine.connecting import check_remote
from telesock.server.engine.inspecting import HeldConnection
from telesock.server.engine.provenance import provenance
from telesock.server.engine.relayed_connection import RelayedPair
from telesock.server.engine.resolver import literal_address
from telesock.server.engine.splicing import Pipes

if TYPE_CHECKING:
    from telesock.server.engine.listening import Listener

_EVENTS = 2  # of each client: RelayConnected, and RelayEnded unless it has failed
SOCKETS_OF_A_CLIENT = 2


class Relay:
    """What one relay does, and what came of it."""

    def __init__(self, listener: "Listener", operation: Operation, request: RelayRequest) -> None:
        literal = literal_address(*request.upstream)
        check_remote(listener, literal, request.upstream)
        limit = listener.engine.limits.default_connect_timeout
        timeout = limit if request.connect_timeout is None else request.connect_timeout
        self.listener = listener
        self.operation = operation
        self.to_upstream = (Connect(0, request.upstream, make=True), timeout, literal)
        self.provenance = [provenance(listener.socket_id, side) for side in (Side.DOWNSTREAM, Side.UPSTREAM)]
        self.pipes = Pipes(listener.engine.descriptors)
        self._pairs: dict[RelayedPair, None] = {}  # in the order of their making
        self._has_room = False
        self._connections = self._failures = 0
        self._bytes_to_upstream = self._bytes_to_client = 0

    def may_take(self) -> bool:
        """Whether the journal has room for the events of another client; it is then set aside."""
        session = self.listener.session
        if not self._has_room:
            try:
                session.reserve(_EVENTS)
            except Refused:
                session.stalled.add(self.listener)
                return False
            self._has_room = True
        return True

    def take(self, held: HeldConnection) -> None:
        """Serve a client for whom there is room."""
        self._has_room = False
        pair = RelayedPair(self)
        self._pairs[pair] = None
        pair.begin(held)

    def connected(self, pair: RelayedPair) -> None:
        """A client has its connection to the upstream."""
        self._connections += 1
        self._tell(_connected(pair, pair.upstream.socket_id, pair.upstream.remote, None))

    def ended(self, pair: RelayedPair, failure: Failure | None) -> None:
        """A client's connections are over, or it has got none."""
        del self._pairs[pair]
        self._bytes_to_upstream += pair.to_upstream.moved
        self._bytes_to_client += pair.to_client.moved
        if pair.is_connected:
            self._tell(_ended(pair, failure))
        else:
            self._failures += 1
            self.listener.session.journal.cancel_reservation()
            self._tell(_connected(pair, 0, None, failure))

    def _tell(self, body: RelayConnected | RelayEnded) -> None:
        listener = self.listener
        listener.session.append(body, listener.engine.clock(), Slot.RESERVED, listener.socket_id)

    def end(self, failure: Failure) -> None:
        """Reset all connections, and complete."""
        for pair in list(self._pairs):
            pair.end(failure)
        for _ in range(_EVENTS if self._has_room else 0):
            self.listener.session.journal.cancel_reservation()
        self.pipes.close()
        self.operation.moved = self._bytes_to_upstream + self._bytes_to_client
        result = RelayResult(
            self._connections, self._failures, self._bytes_to_upstream, self._bytes_to_client
        )
        self.listener.complete(self.operation, result, failure)


def check_idle(accepting: bool = False, indicating: bool = False, relaying: bool = False) -> None:
    """Refuse to give connections to one that go to another."""
    if accepting or indicating or relaying:
        whose = "a relay" if relaying else "an accept" if accepting else "indications of connections"
        message = f"the listener's connections go to {whose}; end that first, or use another listener"
        raise Refused(Reason.WRONG_STATE, message, wsk_status="STATUS_INVALID_DEVICE_STATE")


def _connected(
    pair: RelayedPair, upstream_id: int, upstream: Endpoint | None, failure: Failure | None
) -> RelayConnected:
    client = pair.downstream.remote
    assert client is not None, "it was accepted"
    return RelayConnected(pair.downstream.socket_id, upstream_id, client, upstream, *(failure or ()))


def _ended(pair: RelayedPair, failure: Failure | None) -> RelayEnded:
    numbers = (pair.downstream.socket_id, pair.upstream.socket_id)
    return RelayEnded(*numbers, pair.to_upstream.moved, pair.to_client.moved, *(failure or ()))
