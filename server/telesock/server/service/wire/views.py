"""What can be looked at — operations, sockets, sessions, limits — as messages. Reads, changes nothing."""

from telesock.server.core.limits import Limits
from telesock.server.core.operations import Operation
from telesock.server.engine.sessions import HeldSession
from telesock.server.engine.sockets import Socket
from telesock.server.service.wire.completions import decode_completion, write_endpoint
from telesock.server.service.wire.events import write_duration
from telesock.server.service.wire.fields import INDICATIONS
from telesock.v1 import agent_pb2, operations_pb2, sessions_pb2, sockets_pb2


def view_operation(session: HeldSession, operation: Operation) -> operations_pb2.Operation:
    """Write an operation as it is now."""
    entry = session.journal.entry(operation.sequence)
    return operations_pb2.Operation(
        session_id=session.session_id,
        operation_id=operation.operation_id,
        kind=operation.kind,  # type: ignore[arg-type]  # the numbers are the contract's
        socket_id=operation.socket_id,
        state=operation.state,  # type: ignore[arg-type]  # the numbers are the contract's
        completion=None if entry is None else decode_completion(entry),
        completion_sequence=operation.sequence,
    )


def view_socket(socket: Socket) -> sockets_pb2.Socket:
    """Write a socket as it is now."""
    return sockets_pb2.Socket(
        session_id=socket.session.session_id,
        socket_id=socket.socket_id,
        category=socket.category,  # type: ignore[arg-type]  # the numbers are the contract's
        state=socket.state,  # type: ignore[arg-type]  # the numbers are the contract's
        family=socket.family,  # type: ignore[arg-type]  # the numbers are the contract's
        local=write_endpoint(socket.local),
        remote=write_endpoint(socket.remote),
        send_offset=socket.send_offset,
        receive_offset=socket.receive_offset,
        pending_operations=socket.pending,
        enabled_indications=[number for number, kind in INDICATIONS.items() if kind & socket.indications],
        available_credit_bytes=socket.available_credit,
        available_credit_connections=socket.available_credit_connections,
        available_credit_datagrams=socket.available_credit_datagrams,
    )


def view_session(session: HeldSession, lease_remaining: float) -> sessions_pb2.Session:
    """Write a session as it is now, without its token."""
    journal, ledger = session.journal, session.ledger
    return sessions_pb2.Session(
        session_id=session.session_id,
        label=session.label,
        lease_remaining=write_duration(lease_remaining),
        lease_duration=write_duration(session.lease.duration),
        retention=journal.retention,  # type: ignore[arg-type]  # the numbers are the contract's
        last_sequence=journal.last_sequence,
        first_retained_sequence=journal.first_sequence,
        acknowledged_sequence=journal.acknowledged_sequence,
        highest_operation_id=ledger.highest_id,
        highest_socket_id=session.highest_socket_id,
        sockets=len(session.sockets),
        pending_operations=ledger.pending,
        attached=session.attachment is not None,
        identity=session.identity.name,
        recorded=session.recorded,
    )


def view_limits(limits: Limits, descriptors: int) -> agent_pb2.Limits:
    """Write the limits that hold."""
    return agent_pb2.Limits(
        sessions=limits.sessions,
        sockets=limits.sockets,
        descriptors=descriptors,
        journal_events=limits.journal_events,
        journal_bytes=limits.journal_bytes,
        total_journal_bytes=limits.total_journal_bytes,
        send_bytes=limits.send_bytes,
        pending_send_bytes=limits.pending_send_bytes,
        total_pending_send_bytes=limits.total_pending_send_bytes,
        initial_data_bytes=limits.initial_data_bytes,
        batch_commands=limits.batch_commands,
        message_bytes=limits.message_bytes,
        default_credit_bytes=limits.default_credit_bytes,
        maximum_credit_bytes=limits.maximum_credit_bytes,
        default_lease=write_duration(limits.default_lease),
        maximum_lease=write_duration(limits.maximum_lease),
        default_connect_timeout=write_duration(limits.default_connect_timeout),
        default_close_timeout=write_duration(limits.default_close_timeout),
        default_credit_connections=limits.default_credit_connections,
        maximum_credit_connections=limits.maximum_credit_connections,
        default_credit_datagrams=limits.default_credit_datagrams,
        maximum_credit_datagrams=limits.maximum_credit_datagrams,
        chain_links=limits.chain_links,
        send_datagrams=limits.send_datagrams,
        faults=limits.faults,
        fault_held_bytes=limits.fault_held_bytes,
        total_fault_held_bytes=limits.total_fault_held_bytes,
        session_sockets=limits.session_sockets,
        session_pending_operations=limits.session_pending_operations,
        session_operations_per_second=limits.session_operations_per_second,
        session_pending_send_bytes=limits.session_pending_send_bytes,
        session_subscribers=limits.session_subscribers,
        recording_bytes=limits.recording_bytes,
    )
