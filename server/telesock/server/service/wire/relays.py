"""What is told of relays, as messages: each client's way to the upstream, and its end."""

from telesock.server.core.relays import RelayConnected, RelayEnded
from telesock.server.service.wire.completions import write_cause, write_endpoint
from telesock.v1 import events_pb2


def write_relay_connected(body: RelayConnected) -> events_pb2.RelayConnected:
    """Write that a client has a connection to the upstream, or none."""
    return events_pb2.RelayConnected(
        downstream_socket_id=body.downstream_socket_id,
        upstream_socket_id=body.upstream_socket_id,
        client=write_endpoint(body.client),
        upstream=write_endpoint(body.upstream),
        status=body.status or 0,  # type: ignore[arg-type]  # the numbers are the contract's
        cause=None if body.cause is None else write_cause(body.cause),
    )


def write_relay_ended(body: RelayEnded) -> events_pb2.RelayEnded:
    """Write that a relayed connection is over."""
    return events_pb2.RelayEnded(
        downstream_socket_id=body.downstream_socket_id,
        upstream_socket_id=body.upstream_socket_id,
        bytes_to_upstream=body.bytes_to_upstream,
        bytes_to_client=body.bytes_to_client,
        status=body.status or 0,  # type: ignore[arg-type]  # the numbers are the contract's
        cause=None if body.cause is None else write_cause(body.cause),
    )
