"""What faults did and what became of relayed connections, in words for a person."""

from collections.abc import Sequence

from telesock.client.texts.durations import duration_text
from telesock.client.texts.words import bare_name, cause_text, count, endpoint_text, join, status_name
from telesock.v1 import events_pb2, faults_pb2, operations_pb2
from telesock.v1.types_pb2 import Endpoint


def fault_fired(body: events_pb2.FaultFired) -> tuple[str, str]:
    """Say which fault did what, and at which decision."""
    decision = (
        f"decision {body.decision}" if body.count < 2 else f"{body.count} up to decision {body.decision}"
    )
    return "", join(
        f"{body.fault}: {decision}",
        _where(body),
        f"for {duration_text(body.delay)}" if body.HasField("delay") else "",
        count(body.bytes, "bytes"),
        body.detail,
    )


def fault_ended(body: events_pb2.FaultEnded) -> tuple[str, str]:
    """Say why a fault ended, and what it had done."""
    why = bare_name(events_pb2.FaultEnd, body.end).lower().replace("_", " ")
    return "", join(
        f"{body.fault}: {why}", f"{body.firings} of {body.decisions} decisions fired", f"seed {body.seed}"
    )


def relay_connected(body: events_pb2.RelayConnected) -> tuple[str, str]:
    """Say who was connected to the upstream, or why not."""
    sockets = join(
        f"socket {body.downstream_socket_id}",
        f"socket {body.upstream_socket_id}" if body.upstream_socket_id else "",
    )
    status = status_name(body.status) if body.status else ""
    return status, join(relay_way(body.client, body.upstream), cause_text(body.cause), sockets)


def relay_ended(body: events_pb2.RelayEnded) -> tuple[str, str]:
    """Say how much went each way, and what ended it."""
    sockets = f"socket {body.downstream_socket_id}, socket {body.upstream_socket_id}"
    status = status_name(body.status) if body.status else ""
    return status, join(both_ways(body), cause_text(body.cause), sockets)


def relay_result(body: operations_pb2.RelayResult) -> str:
    """Say what a relay has done in all."""
    return join(
        f"{body.connections} connection{'' if body.connections == 1 else 's'}",
        count(body.failures, "could not be made"),
        both_ways(body),
    )


def relay_way(client: Endpoint, upstream: Endpoint) -> str:
    """Say whose connection it is and where it goes; nothing of an end that is not known."""
    ends = (endpoint_text(each) for each in (client, upstream) if each.host)
    return " → ".join(ends)


def faults_text(names: Sequence[str]) -> str:
    """Name faults that had a part in something."""
    return f"{'fault' if len(names) == 1 else 'faults'} {', '.join(names)}" if names else ""


def both_ways(body: events_pb2.RelayEnded | operations_pb2.RelayResult) -> str:
    """Say how much went each way."""
    return f"{body.bytes_to_upstream} bytes to the upstream, {body.bytes_to_client} to the client"


def _where(body: events_pb2.FaultFired) -> str:
    if not body.direction:
        return ""
    way = "sending" if body.direction == faults_pb2.DIRECTION_SEND else "receiving"
    return f"{way} at offset {body.stream_offset}" if body.stream_offset else way
