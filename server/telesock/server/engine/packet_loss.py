"""Packet loss: a socket filter of the kernel (SO_ATTACH_FILTER) that drops what arrives at random.

It is real loss: TCP sees nothing of a dropped packet and repairs what it can. The kernel draws and does not count.
"""

import ctypes
import socket
import struct
from typing import TYPE_CHECKING

from telesock.server.core.faults.acting import Acting, Firing
from telesock.server.core.refusal import Reason, Refused

if TYPE_CHECKING:
    from telesock.server.engine.faults import ActiveFault
    from telesock.server.engine.sockets import Socket

_SO_ATTACH_FILTER = 26
_SO_DETACH_FILTER = 27
_RANDOM = 0xFFFFF000 + 56  # SKF_AD_OFF + SKF_AD_RANDOM, linux/filter.h
_LOAD, _JUMP_IF_ABOVE, _RETURN = 0x20, 0x25, 0x06
_ALL = 0xFFFFFFFF


def missing() -> str:
    """Why this process cannot drop packets; empty when it can."""
    try:
        with socket.socket() as descriptor:
            _attach(descriptor, 0.5)
    except OSError as error:
        return f"the host does not let the agent filter what arrives at its sockets ({error.strerror})"
    return ""


def check() -> None:
    """Refuse packet loss where the host forbids it."""
    reason = missing()
    if reason:
        raise Refused(Reason.NOT_AVAILABLE, f"packet-loss: {reason}", wsk_status="STATUS_NOT_SUPPORTED")


def change(target: "Socket", losses: "list[tuple[ActiveFault, Acting]]", before: str) -> str:
    """Let the last of some faults filter, or none; return its name."""
    descriptor = target.descriptor
    wanted = losses[-1][0].fault.name if losses else ""
    if descriptor is None or wanted == before or descriptor.family == socket.AF_UNIX:
        return before if descriptor is not None else ""
    if not losses:
        descriptor.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)
        return ""
    active, acting = losses[-1]
    probability = active.fault.timing.probability
    rate = 1.0 if probability is None else probability
    if rate > 0:
        _attach(descriptor, rate)
        acting.tell(Firing(0, detail=f"a filter drops {rate:.1%} of what arrives"))
    return wanted


def _attach(descriptor: socket.socket, rate: float) -> None:
    """Drop where a random number of 32 bits is at or below the rate's share of them. Raises OSError."""
    threshold = min(_ALL, int(rate * (_ALL + 1)))
    code = b"".join(
        (
            struct.pack("HBBI", _LOAD, 0, 0, _RANDOM),
            struct.pack("HBBI", _JUMP_IF_ABOVE, 0, 1, max(0, threshold - 1)),
            struct.pack("HBBI", _RETURN, 0, 0, _ALL),
            struct.pack("HBBI", _RETURN, 0, 0, 0),
        )
    )
    if rate >= 1:
        code = struct.pack("HBBI", _RETURN, 0, 0, 0)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HL", len(code) // 8, ctypes.addressof(buffer))
    descriptor.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
