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
_SIOCOUTQNSD = 0x894B
_BYTES = (
    "state ca_state retransmits probes backoff options wscales flags",
    "rto ato snd_mss rcv_mss unacked sacked lost retrans fackets last_data_sent last_ack_sent last_data_recv "
    "last_ack_recv pmtu rcv_ssthresh rtt rttvar snd_ssthresh snd_cwnd advmss reordering rcv_rtt rcv_space "
    "total_retrans",
    "pacing_rate max_pacing_rate bytes_acked bytes_received",
    "segs_out segs_in notsent_bytes min_rtt data_segs_in data_segs_out",
    "delivery_rate busy_time rwnd_limited sndbuf_limited",
    "delivered delivered_ce",
    "bytes_sent bytes_retrans",
    "dsack_dups reord_seen rcv_ooopack snd_wnd rcv_wnd rehash",
    "total_rto total_rto_recoveries",
    "total_rto_time",
)
_CODES = "BIQIQIQIHI"  # of each of these groups, as linux/tcp.h has them
_BITS = {  # fields that share a byte: where each begins, and how many it has
    "tcpi_wscales": {"tcpi_snd_wscale": (0, 4), "tcpi_rcv_wscale": (4, 4)},
    "tcpi_flags": {"tcpi_delivery_rate_app_limited": (0, 1), "tcpi_fastopen_client_fail": (1, 2)},
}
_FIELDS = [
    (f"tcpi_{name}", code) for names, code in zip(_BYTES, _CODES, strict=True) for name in names.split()
]
_WHOLE = struct.Struct("=" + "".join(code for _, code in _FIELDS))
_ENDS = {
    name: struct.calcsize("=" + "".join(code for _, code in _FIELDS[: place + 1]))
    for place, (name, _) in enumerate(_FIELDS)
}

FIN_ACKNOWLEDGED = frozenset({"FIN_WAIT2", "TIME_WAIT", "CLOSE"})
"""TCP states that a connection which sent a FIN reaches only by its acknowledgement, or by a reset."""


def read_tcp_info(descriptor: socket.socket) -> TcpInfo:
    """Ask the kernel for a snapshot."""
    raw = descriptor.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _SIZE).ljust(_SIZE, b"\0")
    state, mss, unacked, rtt, rttvar, cwnd, retrans, acked, received, unsent = _LAYOUT.unpack(raw)
    name = _STATES[state] if state < len(_STATES) else str(state)
    return TcpInfo(name, rtt, rttvar, mss, cwnd, unacked, retrans, acked, received, unsent)


def ideal_send_backlog(descriptor: socket.socket) -> int:
    """Bytes to keep pending for sending: the congestion window."""
    info = read_tcp_info(descriptor)
    return info.congestion_window * info.send_segment_bytes


def read_fields(descriptor: socket.socket) -> dict[str, int]:
    """All of the kernel's `struct tcp_info`, field by field, as far as this kernel fills it."""
    raw = descriptor.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _WHOLE.size)
    known = [field for field, end in _ENDS.items() if end <= len(raw)]
    values = dict(zip(known, _WHOLE.unpack(raw.ljust(_WHOLE.size, b"\0")), strict=False))
    for name, parts in _BITS.items():
        byte = values.pop(name)
        values |= {part: byte >> start & (1 << bits) - 1 for part, (start, bits) in parts.items()}
    return values


def unsent_bytes(descriptor: socket.socket) -> int:
    """Bytes written and not sent (SIOCOUTQNSD)."""
    return _query(descriptor, _SIOCOUTQNSD)


def unread_bytes(descriptor: socket.socket) -> int:
    """Bytes that arrived and were not read (SIOCINQ)."""
    return _query(descriptor, _SIOCINQ)


def unacknowledged_bytes(descriptor: socket.socket) -> int:
    """Bytes written and not acknowledged, sent or not; an unacknowledged FIN counts as one (SIOCOUTQ)."""
    return _query(descriptor, _SIOCOUTQ)


def _query(descriptor: socket.socket, request: int) -> int:
    answer = fcntl.ioctl(descriptor.fileno(), request, b"\0\0\0\0")
    return int.from_bytes(answer, "little", signed=True)
