"""Completions to bytes and back: how an operation ended, and what each kind of it yields.

What a receive yields is not put through a message: copying it there costs more than all the rest.
"""

from collections.abc import Callable
from typing import Any

from telesock.server.core.entries import Entry
from telesock.server.core.events import (
    AcceptResult,
    BindResult,
    ChainResult,
    CloseResult,
    Completion,
    ConnectResult,
    ControlResult,
    Datagram,
    DisconnectResult,
    ReceiveFromResult,
    ReceiveResult,
    ResolveResult,
    SendToResult,
    SocketQueries,
    TcpInfo,
)
from telesock.server.core.relays import RelayResult
from telesock.server.core.requests import Endpoint
from telesock.server.core.status import Cause
from telesock.server.service.wire.framing import Parts, varint
from telesock.server.service.wire.options import write_option
from telesock.v1 import events_pb2, operations_pb2, options_pb2, types_pb2

_RECEIVE = b"\x3a"  # Completion.receive
_DATA = b"\x0a"  # ReceiveResult.data


def encode_completion(completion: Completion) -> Parts:
    """Encode a completion, in parts."""
    result = completion.result
    if not isinstance(result, ReceiveResult):
        return (write_completion(completion).SerializeToString(),)
    rest = operations_pb2.ReceiveResult(
        stream_offset=result.stream_offset,
        end_of_stream=result.end_of_stream,
        digest=result.digest,
        first_difference=result.first_difference,
    ).SerializeToString()
    before = _DATA + varint(len(result.data))
    size = varint(len(before) + len(result.data) + len(rest))
    outcome = write_completion(completion._replace(result=None)).SerializeToString()
    return outcome, _RECEIVE, size, before, result.data, rest


def decode_completion(entry: Entry) -> operations_pb2.Completion:
    """Read the completion back out of the event that holds it."""
    return events_pb2.EventBatch.FromString(entry.encoded).events[0].completion


def write_completion(completion: Completion) -> operations_pb2.Completion:
    """Write a completion, without what a receive yields."""
    message = operations_pb2.Completion(
        status=completion.status,  # type: ignore[arg-type]  # the numbers are the contract's
        kind=completion.kind,  # type: ignore[arg-type]  # the numbers are the contract's
        transferred_bytes=completion.transferred_bytes,
        cancelled_by_operation=completion.cancelled_by_operation,
        faults=completion.faults,
    )
    if completion.cause is not None:
        message.cause.CopyFrom(write_cause(completion.cause))
    if completion.result is not None:
        _RESULTS[type(completion.result)](message, completion.result)
    return message


def write_cause(cause: Cause) -> types_pb2.Cause:
    """Write a cause."""
    return types_pb2.Cause(
        origin=cause.origin,  # type: ignore[arg-type]  # the numbers are the contract's
        phase=cause.phase,  # type: ignore[arg-type]  # the numbers are the contract's
        errno_name=cause.errno_name,
        fault_name=cause.fault_name,
        detail=cause.detail,
    )


def write_endpoint(endpoint: Endpoint | None) -> types_pb2.Endpoint | None:
    """Write an end of a connection, if there is one."""
    return None if endpoint is None else types_pb2.Endpoint(host=endpoint.host, port=endpoint.port)


def _bind(message: operations_pb2.Completion, result: BindResult) -> None:
    message.bind.local.CopyFrom(types_pb2.Endpoint(host=result.local.host, port=result.local.port))


def _connect(message: operations_pb2.Completion, result: ConnectResult) -> None:
    message.connect.CopyFrom(
        operations_pb2.ConnectResult(
            local=write_endpoint(result.local),
            remote=write_endpoint(result.remote),
            attempts=[
                operations_pb2.ConnectAttempt(
                    remote=write_endpoint(attempt.remote),
                    status=attempt.status,  # type: ignore[arg-type]  # the numbers are the contract's
                    cause=None if attempt.cause is None else write_cause(attempt.cause),
                )
                for attempt in result.attempts
            ],
        )
    )


def _disconnect(message: operations_pb2.Completion, result: DisconnectResult) -> None:
    target = message.disconnect
    target.SetInParent()
    if result.tcp_info is not None:
        target.tcp_info.CopyFrom(_tcp_info(result.tcp_info))
    target.final_bytes = result.final_bytes
    target.unsent_bytes = result.unsent_bytes
    target.unacknowledged_bytes = result.unacknowledged_bytes


def _tcp_info(info: TcpInfo) -> types_pb2.TcpInfo:
    return types_pb2.TcpInfo(**info._asdict())


def _close(message: operations_pb2.Completion, result: CloseResult) -> None:
    message.close.SetInParent()
    message.close.aborted = result.aborted
    message.close.discarded_bytes = result.discarded_bytes


def write_accepted(result: AcceptResult) -> operations_pb2.AcceptResult:
    """Write a connection that came to a listener."""
    return operations_pb2.AcceptResult(
        socket_id=result.socket_id,
        local=write_endpoint(result.local),
        remote=write_endpoint(result.remote),
        inspect_id=result.inspect_id,
    )


def write_datagram(datagram: Datagram) -> operations_pb2.Datagram:
    """Write a datagram that arrived."""
    return operations_pb2.Datagram(
        data=datagram.data,
        remote=write_endpoint(datagram.remote),
        local=write_endpoint(datagram.local),
        truncated=datagram.truncated,
        broadcast=datagram.broadcast,
        multicast=datagram.multicast,
    )


def _accept(message: operations_pb2.Completion, result: AcceptResult) -> None:
    message.accept.CopyFrom(write_accepted(result))


def _send_to(message: operations_pb2.Completion, result: SendToResult) -> None:
    message.send_to.SetInParent()
    message.send_to.datagrams = result.datagrams


def _receive_from(message: operations_pb2.Completion, result: ReceiveFromResult) -> None:
    message.receive_from.SetInParent()
    if result.datagram is not None:
        message.receive_from.datagram.CopyFrom(write_datagram(result.datagram))


def _control(message: operations_pb2.Completion, result: ControlResult) -> None:
    target = message.control
    target.SetInParent()
    target.options.extend(map(write_option, result.options))
    target.unavailable.update(result.unavailable)
    if result.queries is not None:
        target.queries.CopyFrom(_queries(result.queries))


def _queries(queries: SocketQueries) -> options_pb2.SocketQueries:
    return options_pb2.SocketQueries(
        receive_backlog_bytes=queries.receive_backlog_bytes,
        unsent_bytes=queries.unsent_bytes,
        unacknowledged_bytes=queries.unacknowledged_bytes,
        ideal_send_backlog_bytes=queries.ideal_send_backlog_bytes,
        tcp_info=None if queries.tcp_info is None else _tcp_info(queries.tcp_info),
        tcp_info_fields=queries.tcp_info_fields,
        addresses=[
            options_pb2.InterfaceAddress(interface=each.interface, address=write_endpoint(each.address))
            for each in queries.addresses
        ],
        inspect_id=queries.inspect_id,
    )


def _resolve(message: operations_pb2.Completion, result: ResolveResult) -> None:
    message.resolve.CopyFrom(
        operations_pb2.ResolveResult(
            addresses=[types_pb2.Endpoint(host=each.host, port=each.port) for each in result.addresses],
            canonical_name=result.canonical_name,
            host_name=result.host_name,
            service_name=result.service_name,
        )
    )


def _chain(message: operations_pb2.Completion, result: ChainResult) -> None:
    message.chain.CopyFrom(operations_pb2.ChainResult(rounds=result.rounds, failed_link=result.failed_link))


def _relay(message: operations_pb2.Completion, result: RelayResult) -> None:
    message.relay.CopyFrom(operations_pb2.RelayResult(**result._asdict()))


_RESULTS: dict[type[Any], Callable[[operations_pb2.Completion, Any], None]] = {
    BindResult: _bind,
    ConnectResult: _connect,
    DisconnectResult: _disconnect,
    CloseResult: _close,
    AcceptResult: _accept,
    SendToResult: _send_to,
    ReceiveFromResult: _receive_from,
    ControlResult: _control,
    ResolveResult: _resolve,
    ChainResult: _chain,
    RelayResult: _relay,
}
