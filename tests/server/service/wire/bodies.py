"""One body of every kind, each with the message that says the same."""

from typing import Any

from tests.server.service.wire.examples import (
    ACCEPTED,
    ACCEPTED_MESSAGE,
    COMPLETIONS,
    DATAGRAM,
    DATAGRAM_MESSAGE,
    INJECTED,
    INJECTED_MESSAGE,
    LOCAL,
    LOCAL_MESSAGE,
    REMOTE,
    REMOTE_MESSAGE,
    RESET,
    RESET_MESSAGE,
)

from telesock.server.core.events import (
    Body,
    ChainProgress,
    ConnectionAccepted,
    ConnectionInspect,
    ConnectionInspectAborted,
    CreditStalled,
    DatagramReceived,
    DataReceived,
    Draining,
    FaultEnd,
    FaultEnded,
    FaultFired,
    PeerDisconnected,
    PolicyDenied,
    SendBacklogChanged,
    SessionExpiring,
    SocketClosed,
    StallReason,
)
from telesock.server.core.faults.acting import Firing
from telesock.server.core.faults.chance import Lane
from telesock.server.core.policy import PolicyAction
from telesock.server.core.relays import RelayConnected, RelayEnded
from telesock.server.core.status import Status

RELAYS: list[tuple[RelayConnected | RelayEnded, dict[str, Any]]] = [
    (
        RelayConnected(2**63, 2**64 - 1, REMOTE, LOCAL),
        {
            "downstream_socket_id": 2**63,
            "upstream_socket_id": 2**64 - 1,
            "client": REMOTE_MESSAGE,
            "upstream": LOCAL_MESSAGE,
        },
    ),
    (
        RelayConnected(3, 0, REMOTE, None, Status.CONNECTION_REFUSED, INJECTED),
        {
            "downstream_socket_id": 3,
            "client": REMOTE_MESSAGE,
            "status": "STATUS_CONNECTION_REFUSED",
            "cause": INJECTED_MESSAGE,
        },
    ),
    (
        RelayEnded(3, 4, 2**64 - 1, 2**63),
        {
            "downstream_socket_id": 3,
            "upstream_socket_id": 4,
            "bytes_to_upstream": 2**64 - 1,
            "bytes_to_client": 2**63,
        },
    ),
    (
        RelayEnded(3, 4, 0, 5, Status.CONNECTION_RESET, RESET),
        {
            "downstream_socket_id": 3,
            "upstream_socket_id": 4,
            "bytes_to_client": 5,
            "status": "STATUS_CONNECTION_RESET",
            "cause": RESET_MESSAGE,
        },
    ),
]
_RELAY_FIELDS = {RelayConnected: "relay_connected", RelayEnded: "relay_ended"}
BODIES: list[tuple[Body, dict[str, Any]]] = [
    *((completion, {"completion": message}) for completion, message in COMPLETIONS),
    (DataReceived(b"x" * 300, 2**63), {"data_received": {"data": b"x" * 300, "stream_offset": 2**63}}),
    (
        PeerDisconnected(cause=INJECTED),
        {"peer_disconnected": {"kind": "PEER_DISCONNECT_KIND_GRACEFUL", "cause": INJECTED_MESSAGE}},
    ),
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
    (DatagramReceived(DATAGRAM), {"datagram_received": {"datagram": DATAGRAM_MESSAGE}}),
    (ConnectionAccepted(ACCEPTED), {"connection_accepted": {"accepted": ACCEPTED_MESSAGE}}),
    (
        ConnectionInspect(2**64 - 1, LOCAL, REMOTE),
        {
            "connection_inspect": {
                "inspect_id": 2**64 - 1,
                "local": LOCAL_MESSAGE,
                "remote": REMOTE_MESSAGE,
            }
        },
    ),
    (ConnectionInspectAborted(5), {"connection_inspect_aborted": {"inspect_id": 5}}),
    (SendBacklogChanged(2**40), {"send_backlog_changed": {"ideal_bytes": 2**40}}),
    (ChainProgress(3, 2**40), {"chain_progress": {"rounds": 3, "transferred_bytes": 2**40}}),
    *((body, {_RELAY_FIELDS[type(body)]: message}) for body, message in RELAYS),
    (
        FaultFired("late", 2**64 - 1, Firing(2**63, 2**62, 1.5, 2**61, "why"), 2**60, Lane.RECEIVE),
        {
            "fault_fired": {
                "fault": "late",
                "decision": 2**63,
                "count": 2**60,
                "direction": "DIRECTION_RECEIVE",
                "stream_offset": 2**62,
                "delay": {"seconds": 1, "nanos": 500_000_000},
                "bytes": 2**61,
                "detail": "why",
                "seed": 2**64 - 1,
            }
        },
    ),
    (
        FaultFired("late", 0, Firing(0, delay=0.0), 1, Lane.SEND),
        {"fault_fired": {"fault": "late", "count": 1, "direction": "DIRECTION_SEND", "delay": {}}},
    ),
    *(
        (
            FaultFired("no-way", 5, Firing(7, operation_id=8), 1, lane),
            {"fault_fired": {"fault": "no-way", "decision": 7, "count": 1, "seed": 5}},
        )
        for lane in (Lane.CONNECT, Lane.RESOLVE, Lane.ACCEPT, Lane.OPERATION)
    ),
    *(
        (
            FaultEnded("late", 2**64 - 1, end, 2**63, 2**62),
            {
                "fault_ended": {
                    "fault": "late",
                    "end": f"FAULT_END_{end.name}",
                    "decisions": 2**63,
                    "firings": 2**62,
                    "seed": 2**64 - 1,
                }
            },
        )
        for end in FaultEnd
    ),
    *(
        (
            PolicyDenied(action, "169.254.169.254", 65_535, "why"),
            {
                "policy_denied": {
                    "action": f"POLICY_ACTION_{action.name}",
                    "host": "169.254.169.254",
                    "port": 65_535,
                    "explanation": "why",
                }
            },
        )
        for action in PolicyAction
    ),
]
