"""What the kernel knows of a TCP connection: TCP_INFO and the queue sizes (tcp(7)).

Reads only. Field offsets are those of Linux's `struct tcp_info`, which grows at its end.
"""

import fcntl
import socket
import struct

from telesock.server.core.events import TcpInfo

_STATES = (
    "UNKNOWN",
    "ESTABLISHED",
    "SYN_SENT",
    "SYN_RECV",
    "FIN_WAIT1",
    "FIN_WAIT2",
    "TIME_WAIT",
    "CLOSE",
    "CLOSE_WAIT",
    "LAST_ACK",
    "LISTEN",
    "CLOSING",
    "NEW_SYN_RECV",
)
_SIZE = 148
# state; snd_mss, unacked, rtt, rttvar, snd_cwnd, total_retrans; bytes_acked, bytes_received; notsent_bytes
_LAYOUT = struct.Struct("=B15xI4xI40xII4xI16xI16xQQ8xI")
_SIOCINQ = 0x541B
_SIOCOUTQ = 0x5411

FIN_ACKNOWLEDGED = frozenset({"FIN_WAIT2", "TIME_WAIT", "CLOSE"})
"""TCP states that a connection which sent a FIN reaches only by its acknowledgement, or by a reset."""


def read_tcp_info(descriptor: socket.socket) -> TcpInfo:
    """Ask the kernel for a snapshot."""
    raw = descriptor.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _SIZE).ljust(_SIZE, b"\0")
    state, mss, unacked, rtt, rttvar, cwnd, retrans, acked, received, unsent = _LAYOUT.unpack(raw)
    name = _STATES[state] if state < len(_STATES) else str(state)
    return TcpInfo(name, rtt, rttvar, mss, cwnd, unacked, retrans, acked, received, unsent)


def unread_bytes(descriptor: socket.socket) -> int:
    """Bytes that arrived and were not read (SIOCINQ)."""
    return _query(descriptor, _SIOCINQ)


def unacknowledged_bytes(descriptor: socket.socket) -> int:
    """Bytes written and not acknowledged, sent or not; an unacknowledged FIN counts as one (SIOCOUTQ)."""
    return _query(descriptor, _SIOCOUTQ)


def _query(descriptor: socket.socket, request: int) -> int:
    answer = fcntl.ioctl(descriptor.fileno(), request, b"\0\0\0\0")
    return int.from_bytes(answer, "little", signed=True)
