"""What an operation came to, in words: how it ended, who caused that, and what it yielded."""

from collections.abc import Callable
from typing import Any

from telesock.client.core.options import read_options
from telesock.client.texts.fault_text import faults_text, relay_result
from telesock.client.texts.words import cause_text, count, data_text, endpoint_text, join, status_name
from telesock.v1 import operations_pb2, types_pb2


def completion_text(body: operations_pb2.Completion) -> tuple[str, str]:
    """Say how an operation ended, and the details."""
    result = body.WhichOneof("result")
    yielded = _RESULTS[result](getattr(body, result)) if result else ""
    if body.cancelled_by_operation:
        yielded = join(yielded, f"because of operation {body.cancelled_by_operation}")
    named = [name for name in body.faults if name != body.cause.fault_name]
    yielded = join(yielded, faults_text(named))
    cause = cause_text(body.cause) if body.HasField("cause") else ""
    if result == "connect":  # where to comes before what went wrong there
        return status_name(body.status), join(yielded, cause)
    moved = count(body.transferred_bytes, "bytes") if result != "disconnect" else ""
    return status_name(body.status), join(cause, moved, yielded)


def _connect(result: operations_pb2.ConnectResult) -> str:
    way = (
        f"{endpoint_text(result.local)} → {endpoint_text(result.remote)}" if result.HasField("remote") else ""
    )
    if len(result.attempts) == 1:
        return way or endpoint_text(result.attempts[0].remote)
    tried = (f"{endpoint_text(each.remote)} {status_name(each.status)}" for each in result.attempts)
    return join(way, "tried " + ", ".join(tried) if result.attempts else "")


def _receive(result: operations_pb2.ReceiveResult) -> str:
    if result.HasField("first_difference"):
        return f"differs at offset {result.first_difference}"
    if result.end_of_stream:
        return "the peer's end"
    if result.digest:
        return f"digest {result.digest.hex()}"
    return data_text(result.data) if result.data else ""


def accept_text(result: operations_pb2.AcceptResult) -> str:
    """Say which connection came."""
    inspected = f"inspection {result.inspect_id}" if result.inspect_id else ""
    way = f"{endpoint_text(result.local)} ← {endpoint_text(result.remote)}"
    return join(f"socket {result.socket_id}", way, inspected)


def datagram_text(datagram: operations_pb2.Datagram) -> str:
    """Say what came, from where and how."""
    return join(
        f"from {endpoint_text(datagram.remote)}",
        data_text(datagram.data),
        "truncated" if datagram.truncated else "",
        "broadcast" if datagram.broadcast else "",
        "multicast" if datagram.multicast else "",
    )


def _control(result: operations_pb2.ControlResult) -> str:
    options = (f"{name} {value}" for name, value in read_options(result.options).items())
    queries = (field.name.replace("_", " ") for field, _ in result.queries.ListFields())
    return join(*options, *queries)


def _resolve(result: operations_pb2.ResolveResult) -> str:
    addresses = (endpoint_text(each) if each.port else each.host for each in result.addresses)
    return join(*addresses, result.host_name, result.service_name)


def _chain(result: operations_pb2.ChainResult) -> str:
    failed = f"link {result.failed_link} failed" if result.HasField("failed_link") else ""
    return join(count(result.rounds, "rounds") if result.rounds != 1 else "", failed)


def _disconnect(result: operations_pb2.DisconnectResult) -> str:
    return join(
        count(result.final_bytes, "bytes of final data"),
        count(result.unsent_bytes, "bytes unsent"),
        count(result.unacknowledged_bytes, "bytes unacknowledged"),
        tcp_info_text(result.tcp_info) if result.HasField("tcp_info") else "",
    )


def tcp_info_text(info: types_pb2.TcpInfo) -> str:
    """The parts of TCP_INFO that tell how a connection was doing."""
    return join(
        f"TCP {info.state}",
        f"RTT {info.round_trip_time_us / 1000:.3g} ms",
        count(info.retransmitted_segments, "segments retransmitted"),
    )


def _close(result: operations_pb2.CloseResult) -> str:
    return join("reset" if result.aborted else "", count(result.discarded_bytes, "bytes discarded"))


_RESULTS: dict[str, Callable[[Any], str]] = {
    "bind": lambda result: endpoint_text(result.local),
    "connect": _connect,
    "receive": _receive,
    "disconnect": _disconnect,
    "close": _close,
    "accept": accept_text,
    "send_to": lambda result: count(result.datagrams, "datagrams"),
    "receive_from": lambda result: datagram_text(result.datagram) if result.HasField("datagram") else "",
    "control": _control,
    "resolve": _resolve,
    "chain": _chain,
    "relay": relay_result,
}
