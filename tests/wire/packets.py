"""What travelled on the loopback interface between a peer and its callers, from a packet socket (packet(7)).

with Capture(listener.port) as capture:
    ...                                        # connect, send, disconnect
said(capture.packets(far), to=listener.port)   # ["SYN", b"hello", "FIN"]: what one side said, in order

Needs CAP_NET_RAW. Reads IPv4 without options, as the loopback interface carries it.
"""

import ctypes
import socket
import struct
from collections.abc import Iterable
from typing import NamedTuple

from tests.peers import PeerConnection

_ETH_P_ALL = 3
_SO_ATTACH_FILTER = 26
_SO_RCVBUFFORCE = 33
_TCP = struct.Struct("!HHIIBB")
_FLAGS = {"FIN": 1, "SYN": 2, "RST": 4}
_SEQUENCES = 1 << 32  # they wrap
_ETHERNET_BYTES = 14
_IP_BYTES = 20


class Packet(NamedTuple):
    """A TCP segment."""

    source: int
    target: int
    sequence: int
    flags: frozenset[str]
    payload: bytes


class Capture:
    """Keeps every TCP segment to or from a port on the loopback interface.

    Who had the port before may still be sought there: what others say is not this connection's.
    """

    def __init__(self, port: int) -> None:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 1 << 24)
        self._attach(_port_filter(port))
        self._socket.bind(("lo", _ETH_P_ALL))
        self._packets: list[Packet] = []

    def _attach(self, program: bytes) -> None:
        code = ctypes.create_string_buffer(program)
        self._socket.setsockopt(
            socket.SOL_SOCKET,
            _SO_ATTACH_FILTER,
            struct.pack("HL", len(program) // 8, ctypes.addressof(code)),
        )

    def __enter__(self) -> "Capture":
        return self

    def __exit__(self, *exception: object) -> None:
        self._socket.close()

    def packets(self, connection: PeerConnection) -> list[Packet]:
        """Return all that has travelled so far between the two ends of a connection."""
        self._read()
        ends = {connection.local[1], connection.remote[1]}
        return [packet for packet in self._packets if {packet.source, packet.target} == ends]

    def _read(self) -> None:
        while True:
            try:
                frame, address = self._socket.recvfrom(1 << 17)
            except BlockingIOError:
                return
            if address[2] != socket.PACKET_OUTGOING:  # each packet passes here twice, going out and coming in
                self._packets.append(_parse(frame))


def said(packets: Iterable[Packet], *, to: int) -> list[str | bytes]:
    """What was said to a port: flags, and bytes in one piece however they were cut. Acknowledging is silence."""
    story: list[str | bytes] = []
    start = heard = 0
    for packet in packets:
        if packet.target != to:
            continue
        for item, end in _items(packet):
            if item == "SYN":
                start = packet.sequence
            reached = (packet.sequence + end - start) % _SEQUENCES
            if reached <= heard and item != "RST":  # a retransmission
                continue
            heard = max(heard, reached)
            if isinstance(item, bytes) and isinstance(story[-1], bytes):
                story[-1] += item
            else:
                story.append(item)
    return story


def _items(packet: Packet) -> list[tuple[str | bytes, int]]:
    """What a segment says, and where each item ends, from the segment's sequence number on."""
    size = len(packet.payload)
    items = (
        ("SYN" in packet.flags, "SYN", 1),
        (size > 0, packet.payload, size),
        ("FIN" in packet.flags, "FIN", size + 1),
        ("RST" in packet.flags, "RST", 0),
    )
    return [(item, end) for there, item, end in items if there]


def _parse(frame: bytes) -> Packet:
    total = int.from_bytes(frame[_ETHERNET_BYTES + 2 : _ETHERNET_BYTES + 4])
    segment = frame[_ETHERNET_BYTES + _IP_BYTES : _ETHERNET_BYTES + total]
    source, target, sequence, _, offset, bits = _TCP.unpack_from(segment)
    flags = frozenset(name for name, bit in _FLAGS.items() if bits & bit)
    return Packet(source, target, sequence, flags, segment[(offset >> 4) * 4 :])


def _port_filter(port: int) -> bytes:
    """A classic BPF program: IPv4, TCP, and the port at either end (kernel.org, networking/filter)."""
    load_half, load_byte, equal, give = 0x28, 0x30, 0x15, 0x06
    program = (
        (load_half, 0, 0, 12),
        (equal, 0, 7, 0x0800),
        (load_byte, 0, 0, _ETHERNET_BYTES + 9),
        (equal, 0, 5, socket.IPPROTO_TCP),
        (load_half, 0, 0, _ETHERNET_BYTES + _IP_BYTES),
        (equal, 2, 0, port),
        (load_half, 0, 0, _ETHERNET_BYTES + _IP_BYTES + 2),
        (equal, 0, 1, port),
        (give, 0, 0, 1 << 18),
        (give, 0, 0, 0),
    )
    return b"".join(struct.pack("HBBI", *instruction) for instruction in program)
