"""One body of every kind and completions with every result, each with the message that says the same."""

from typing import Any

from telesock.server.core.events import (
    BindResult,
    Body,
    CloseResult,
    Completion,
    ConnectAttempt,
    ConnectResult,
    CreditStalled,
    DataReceived,
    DisconnectResult,
    Draining,
    PeerDisconnected,
    ReceiveResult,
    SessionExpiring,
    SocketClosed,
    StallReason,
    TcpInfo,
)
from telesock.server.core.requests import Endpoint, OperationKind
from telesock.server.core.status import Cause, Origin, Phase, Status

RESET = Cause(Origin.PEER, Phase.SEND, "ECONNRESET", "fault", "it was reset")
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

COMPLETIONS: list[tuple[Completion, dict[str, Any]]] = [
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
BODIES: list[tuple[Body, dict[str, Any]]] = [
    *((completion, {"completion": message}) for completion, message in COMPLETIONS),
    (DataReceived(b"x" * 300, 2**63), {"data_received": {"data": b"x" * 300, "stream_offset": 2**63}}),
    (PeerDisconnected(), {"peer_disconnected": {"kind": "PEER_DISCONNECT_KIND_GRACEFUL"}}),
    (
        PeerDisconnected(Status.CONNECTION_RESET, RESET),
        {
            "peer_disconnected": {
                "kind": "PEER_DISCONNECT_KIND_ABORTIVE",
                "status": "STATUS_CONNECTION_RESET",
                "cause": RESET_MESSAGE,
            }
        },
    ),
    (
        SocketClosed(Status.CANCELLED, RESET),
        {"socket_closed": {"status": "STATUS_CANCELLED", "cause": RESET_MESSAGE}},
    ),
    (CreditStalled(StallReason.CREDIT), {"credit_stalled": {"reason": "STALL_REASON_CREDIT"}}),
    (CreditStalled(StallReason.JOURNAL), {"credit_stalled": {"reason": "STALL_REASON_JOURNAL"}}),
    (SessionExpiring(1.25), {"session_expiring": {"expires_in": {"seconds": 1, "nanos": 250_000_000}}}),
    (Draining(0.0), {"draining": {"grace_period": {}}}),
]
