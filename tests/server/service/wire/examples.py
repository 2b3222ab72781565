"""Completions with every result, each with the message that says the same; the other bodies are in bodies.py."""

from typing import Any

from telesock.server.core.events import (
    AcceptResult,
    BindResult,
    ChainResult,
    CloseResult,
    Completion,
    ConnectAttempt,
    ConnectResult,
    ControlResult,
    Datagram,
    DisconnectResult,
    InterfaceAddress,
    ReceiveFromResult,
    ReceiveResult,
    ResolveResult,
    SendToResult,
    SocketQueries,
    TcpInfo,
)
from telesock.server.core.options import OptionKind, SetOption
from telesock.server.core.relays import RelayResult
from telesock.server.core.requests import Endpoint, OperationKind
from telesock.server.core.status import Cause, Origin, Phase, Status

RESET = Cause(Origin.PEER, Phase.SEND, "ECONNRESET", "fault", "it was reset")
INJECTED = Cause(Origin.FAULT, Phase.CONNECT, "ECONNREFUSED", "no-way", "a fault did it")
INJECTED_MESSAGE = {
    "origin": "ORIGIN_FAULT",
    "phase": "PHASE_CONNECT",
    "errno_name": "ECONNREFUSED",
    "fault_name": "no-way",
    "detail": "a fault did it",
}
RESET_MESSAGE = {
    "origin": "ORIGIN_PEER",
    "phase": "PHASE_SEND",
    "errno_name": "ECONNRESET",
    "fault_name": "fault",
    "detail": "it was reset",
}
LOCAL, REMOTE = Endpoint("127.0.0.1", 1), Endpoint("fe80::1%lo", 65_535)
LOCAL_MESSAGE, REMOTE_MESSAGE = {"host": "127.0.0.1", "port": 1}, {"host": "fe80::1%lo", "port": 65_535}
TCP_INFO = TcpInfo("FIN_WAIT2", 1, 2, 3, 4, 5, 6, 2**64 - 1, 8, 2**32 - 1)
TCP_INFO_MESSAGE = {
    "state": "FIN_WAIT2",
    "round_trip_time_us": 1,
    "round_trip_variation_us": 2,
    "send_segment_bytes": 3,
    "congestion_window": 4,
    "unacknowledged_segments": 5,
    "retransmitted_segments": 6,
    "acknowledged_bytes": 2**64 - 1,
    "received_bytes": 8,
    "unsent_bytes": 2**32 - 1,
}

DATAGRAM = Datagram(b"\0\xff", REMOTE, LOCAL, truncated=True, broadcast=True, multicast=True)
DATAGRAM_MESSAGE = {
    "data": b"\0\xff",
    "remote": REMOTE_MESSAGE,
    "local": LOCAL_MESSAGE,
    "truncated": True,
    "broadcast": True,
    "multicast": True,
}
ACCEPTED = AcceptResult(2**63 + 1, LOCAL, REMOTE, 2**64 - 1)
ACCEPTED_MESSAGE = {
    "socket_id": 2**63 + 1,
    "local": LOCAL_MESSAGE,
    "remote": REMOTE_MESSAGE,
    "inspect_id": 2**64 - 1,
}
QUERIES = SocketQueries(
    0, 1, 2, 3, TCP_INFO, {"tcpi_state": 5}, (InterfaceAddress("lo", Endpoint("127.0.0.1", 0)),), 9
)
QUERIES_MESSAGE = {
    "receive_backlog_bytes": 0,
    "unsent_bytes": 1,
    "unacknowledged_bytes": 2,
    "ideal_send_backlog_bytes": 3,
    "tcp_info": TCP_INFO_MESSAGE,
    "tcp_info_fields": {"tcpi_state": 5},
    "addresses": [{"interface": "lo", "address": {"host": "127.0.0.1"}}],
    "inspect_id": 9,
}

COMPLETIONS: list[tuple[Completion, dict[str, Any]]] = [
    (
        Completion(OperationKind.SEND, Status.SUCCESS, 7, faults=("late", "later")),
        {
            "kind": "OPERATION_KIND_SEND",
            "status": "STATUS_SUCCESS",
            "transferred_bytes": 7,
            "faults": ["late", "later"],
        },
    ),
    (
        Completion(
            OperationKind.RECEIVE,
            Status.CONNECTION_RESET,
            0,
            INJECTED,
            ReceiveResult(b"", 0, False),
            faults=("no-way",),
        ),
        {
            "kind": "OPERATION_KIND_RECEIVE",
            "status": "STATUS_CONNECTION_RESET",
            "cause": INJECTED_MESSAGE,
            "receive": {},
            "faults": ["no-way"],
        },
    ),
    (
        Completion(OperationKind.RELAY, Status.CANCELLED, 2**64 - 1, RESET, RelayResult(1, 2, 3, 2**63)),
        {
            "kind": "OPERATION_KIND_RELAY",
            "status": "STATUS_CANCELLED",
            "transferred_bytes": 2**64 - 1,
            "cause": RESET_MESSAGE,
            "relay": {
                "connections": 1,
                "failures": 2,
                "bytes_to_upstream": 3,
                "bytes_to_client": 2**63,
            },
        },
    ),
    (
        Completion(OperationKind.RECEIVE, Status.SUCCESS, 3, result=ReceiveResult(b"", 0, False, b"sum", 0)),
        {
            "kind": "OPERATION_KIND_RECEIVE",
            "status": "STATUS_SUCCESS",
            "transferred_bytes": 3,
            "receive": {"digest": b"sum", "first_difference": 0},
        },
    ),
    (
        Completion(OperationKind.ACCEPT, Status.SUCCESS, result=ACCEPTED),
        {"kind": "OPERATION_KIND_ACCEPT", "status": "STATUS_SUCCESS", "accept": ACCEPTED_MESSAGE},
    ),
    (
        Completion(OperationKind.SEND_TO, Status.SUCCESS, 9, result=SendToResult(2)),
        {
            "kind": "OPERATION_KIND_SEND_TO",
            "status": "STATUS_SUCCESS",
            "transferred_bytes": 9,
            "send_to": {"datagrams": 2},
        },
    ),
    (
        Completion(OperationKind.RECEIVE_FROM, Status.SUCCESS, 2, result=ReceiveFromResult(DATAGRAM)),
        {
            "kind": "OPERATION_KIND_RECEIVE_FROM",
            "status": "STATUS_SUCCESS",
            "transferred_bytes": 2,
            "receive_from": {"datagram": DATAGRAM_MESSAGE},
        },
    ),
    (
        Completion(OperationKind.RECEIVE_FROM, Status.CANCELLED, result=ReceiveFromResult(None)),
        {"kind": "OPERATION_KIND_RECEIVE_FROM", "status": "STATUS_CANCELLED", "receive_from": {}},
    ),
    (
        Completion(
            OperationKind.CONTROL_SOCKET,
            Status.SUCCESS,
            result=ControlResult((SetOption(OptionKind.NO_DELAY, False),), {"mark": "no"}, QUERIES),
        ),
        {
            "kind": "OPERATION_KIND_CONTROL_SOCKET",
            "status": "STATUS_SUCCESS",
            "control": {
                "options": [{"no_delay": False}],
                "unavailable": {"mark": "no"},
                "queries": QUERIES_MESSAGE,
            },
        },
    ),
    (
        Completion(OperationKind.CONTROL_SOCKET, Status.SUCCESS, result=ControlResult()),
        {"kind": "OPERATION_KIND_CONTROL_SOCKET", "status": "STATUS_SUCCESS", "control": {}},
    ),
    (
        Completion(
            OperationKind.RESOLVE, Status.SUCCESS, result=ResolveResult((LOCAL, REMOTE), "c", "h", "s")
        ),
        {
            "kind": "OPERATION_KIND_RESOLVE",
            "status": "STATUS_SUCCESS",
            "resolve": {
                "addresses": [LOCAL_MESSAGE, REMOTE_MESSAGE],
                "canonical_name": "c",
                "host_name": "h",
                "service_name": "s",
            },
        },
    ),
    (
        Completion(OperationKind.CHAIN, Status.CANCELLED, 4, RESET, ChainResult(2, 0), 2**64 - 1),
        {
            "kind": "OPERATION_KIND_CHAIN",
            "status": "STATUS_CANCELLED",
            "transferred_bytes": 4,
            "cause": RESET_MESSAGE,
            "chain": {"rounds": 2, "failed_link": 0},
            "cancelled_by_operation": 2**64 - 1,
        },
    ),
    (
        Completion(OperationKind.SEND, Status.SUCCESS, 7),
        {"kind": "OPERATION_KIND_SEND", "status": "STATUS_SUCCESS", "transferred_bytes": 7},
    ),
    (
        Completion(OperationKind.SEND, Status.CONNECTION_RESET, 2**64 - 1, RESET),
        {
            "kind": "OPERATION_KIND_SEND",
            "status": "STATUS_CONNECTION_RESET",
            "transferred_bytes": 2**64 - 1,
            "cause": RESET_MESSAGE,
        },
    ),
    (
        Completion(OperationKind.BIND, Status.SUCCESS, result=BindResult(LOCAL)),
        {"kind": "OPERATION_KIND_BIND", "status": "STATUS_SUCCESS", "bind": {"local": LOCAL_MESSAGE}},
    ),
    (
        Completion(
            OperationKind.CONNECT,
            Status.SUCCESS,
            result=ConnectResult(
                LOCAL,
                REMOTE,
                (ConnectAttempt(LOCAL, Status.IO_TIMEOUT, RESET), ConnectAttempt(REMOTE, Status.SUCCESS)),
            ),
        ),
        {
            "kind": "OPERATION_KIND_CONNECT",
            "status": "STATUS_SUCCESS",
            "connect": {
                "local": LOCAL_MESSAGE,
                "remote": REMOTE_MESSAGE,
                "attempts": [
                    {"remote": LOCAL_MESSAGE, "status": "STATUS_IO_TIMEOUT", "cause": RESET_MESSAGE},
                    {"remote": REMOTE_MESSAGE, "status": "STATUS_SUCCESS"},
                ],
            },
        },
    ),
    (
        Completion(OperationKind.CONNECT, Status.NO_MATCH, 0, RESET, ConnectResult(None, None, ())),
        {
            "kind": "OPERATION_KIND_CONNECT",
            "status": "STATUS_NO_MATCH",
            "cause": RESET_MESSAGE,
            "connect": {},
        },
    ),
    (
        Completion(OperationKind.RECEIVE, Status.SUCCESS, 3, result=ReceiveResult(b"\0\xff\n", 2**40, True)),
        {
            "kind": "OPERATION_KIND_RECEIVE",
            "status": "STATUS_SUCCESS",
            "transferred_bytes": 3,
            "receive": {"data": b"\0\xff\n", "stream_offset": 2**40, "end_of_stream": True},
        },
    ),
    (
        Completion(
            OperationKind.DISCONNECT, Status.SUCCESS, result=DisconnectResult(TCP_INFO, 1, 2, 2**64 - 1)
        ),
        {
            "kind": "OPERATION_KIND_DISCONNECT",
            "status": "STATUS_SUCCESS",
            "disconnect": {
                "tcp_info": TCP_INFO_MESSAGE,
                "final_bytes": 1,
                "unsent_bytes": 2,
                "unacknowledged_bytes": 2**64 - 1,
            },
        },
    ),
    (
        Completion(OperationKind.DISCONNECT, Status.SUCCESS, result=DisconnectResult(None, 0, 0, 0)),
        {"kind": "OPERATION_KIND_DISCONNECT", "status": "STATUS_SUCCESS", "disconnect": {}},
    ),
    (
        Completion(OperationKind.CLOSE, Status.SUCCESS, result=CloseResult(True, 9)),
        {
            "kind": "OPERATION_KIND_CLOSE",
            "status": "STATUS_SUCCESS",
            "close": {"aborted": True, "discarded_bytes": 9},
        },
    ),
    (
        Completion(OperationKind.CLOSE, Status.SUCCESS, result=CloseResult(False, 0)),
        {"kind": "OPERATION_KIND_CLOSE", "status": "STATUS_SUCCESS", "close": {}},
    ),
]
