"""Which addresses a session's sockets have, as its events tell them one after the other.

What a socket talks to is said once, when it connects or is accepted; everything later about it is then known to be with
that peer. A socket is forgotten when it closes.
"""

from typing import NamedTuple

from telesock.client.texts.words import endpoint_text
from telesock.v1 import events_pb2, operations_pb2
from telesock.v1.types_pb2 import Endpoint


class Pair(NamedTuple):
    """Both ends of a socket; empty where not known."""

    local: str = ""
    peer: str = ""


NOWHERE = Pair()


class Addresses:
    """The addresses of one session's open sockets."""

    def __init__(self) -> None:
        self._pairs: dict[int, Pair] = {}

    def of(self, socket_id: int) -> Pair:
        """Return what is known of a socket."""
        return self._pairs.get(socket_id, NOWHERE)

    def learn(self, event: events_pb2.Event) -> Pair:
        """Take in an event; return the addresses of what it tells of."""
        body = event.WhichOneof("body")
        if body == "completion":
            return self._learn_completion(event.socket_id, event.completion)
        if body == "connection_accepted":
            return self._learn_accepted(event.connection_accepted.accepted)
        if body == "connection_inspect":
            return _pair(event.connection_inspect.local, event.connection_inspect.remote)
        if body == "relay_connected":
            return self._learn_relayed(event)
        if body == "datagram_received":
            return self._from(event.socket_id, event.datagram_received.datagram.remote)
        known = self.of(event.socket_id)
        if body == "socket_closed":
            self._pairs.pop(event.socket_id, None)
        return known

    def _learn_completion(self, socket_id: int, completion: operations_pb2.Completion) -> Pair:
        result = completion.WhichOneof("result")
        if result == "connect":
            return self._learn_connected(socket_id, completion.connect)
        if result == "accept":
            return self._learn_accepted(completion.accept)
        if result == "receive_from":
            return self._from(socket_id, completion.receive_from.datagram.remote)
        if result == "bind":
            return self._know(socket_id, _pair(completion.bind.local, Endpoint()))
        known = self.of(socket_id)
        if completion.kind == operations_pb2.OPERATION_KIND_CLOSE:
            self._pairs.pop(socket_id, None)
        return known

    def _learn_connected(self, socket_id: int, result: operations_pb2.ConnectResult) -> Pair:
        if result.HasField("remote"):
            return self._know(socket_id, _pair(result.local, result.remote))
        tried = result.attempts[-1].remote if result.attempts else Endpoint()
        return Pair(
            self.of(socket_id).local, _text(tried)
        )  # it is with nobody: what comes next may go elsewhere

    def _learn_accepted(self, accepted: operations_pb2.AcceptResult) -> Pair:
        return self._know(accepted.socket_id, _pair(accepted.local, accepted.remote))

    def _learn_relayed(self, event: events_pb2.Event) -> Pair:
        told = event.relay_connected
        listener = self.of(event.socket_id)
        self._know(told.downstream_socket_id, Pair(listener.local, _text(told.client)))
        if told.upstream_socket_id:
            self._know(told.upstream_socket_id, Pair("", _text(told.upstream)))
        return Pair(listener.local, _text(told.client))

    def _from(self, socket_id: int, remote: Endpoint) -> Pair:
        known = self.of(socket_id)
        return Pair(known.local, _text(remote) or known.peer)

    def _know(self, socket_id: int, pair: Pair) -> Pair:
        self._pairs[socket_id] = pair
        return pair


def _pair(local: Endpoint, remote: Endpoint) -> Pair:
    return Pair(_text(local), _text(remote))


def _text(endpoint: Endpoint) -> str:
    return endpoint_text(endpoint) if endpoint.host else ""
