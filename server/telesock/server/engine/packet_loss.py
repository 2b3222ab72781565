"""Packet loss: a socket filter of the kernel (SO_ATTACH_FILTER) that drops what arrives at random.

It is real loss: TCP sees nothing of a dropped packet and repairs what it can. The kernel draws and does not count.
"""

import asyncio
import ctypes
import errno
import math
import socket
import struct
from typing import TYPE_CHECKING

from telesock.server.core.faults.acting import Acting, Firing
from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.resetting import PacketLoss
from telesock.server.core.faults.values import Place
from telesock.server.core.refusal import Reason, Refused
from telesock.server.engine.privileges import ADMINISTRATION, lacks

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
        why = lacks(ADMINISTRATION) if error.errno == errno.EPERM else error.strerror
        return f"the host does not let the agent filter what arrives at its sockets: {why}"
    return ""


def check() -> None:
    """Refuse packet loss where the host forbids it."""
    reason = missing()
    if reason:
        raise Refused(Reason.NOT_AVAILABLE, f"packet-loss: {reason}", wsk_status="STATUS_NOT_SUPPORTED")


class PacketFilter:
    """The filter of one socket: there while a fault that loses packets holds, and one for all of them together."""

    __slots__ = ("_holding", "_rate", "_socket", "_timer")

    def __init__(self, target: "Socket") -> None:
        self._socket = target
        self._holding: frozenset[str] = frozenset()
        self._rate = 0.0  # of the filter that is attached; 0 for none
        self._timer: asyncio.TimerHandle | None = None  # when the faults have to be looked at again

    @property
    def idle(self) -> bool:
        """Whether there is neither a filter nor anything to wait for."""
        return not self._rate and self._timer is None

    def look(self) -> None:
        """Filter as the faults say now, and look again when that changes."""
        found = self._losses()
        now = self._socket.engine.loop.time()  # not before they have come
        holding = [each for each in found if each[1].decider.holds(now)]
        self._filter(1 - math.prod(1 - _rate_of(active) for active, _ in holding))
        self._tell(holding)
        self._look_again(min((_next_change(acting, now) for _, acting in found), default=math.inf))

    def _losses(self) -> "list[tuple[ActiveFault, Acting]]":
        target, faults = self._socket, self._socket.session.faults
        descriptor = target.descriptor
        if faults is None or descriptor is None or descriptor.family == socket.AF_UNIX:
            return []
        found = faults.fitting(Place.CONNECTION, target, Lane.RECEIVE)
        return [each for each in found if isinstance(each[0].fault.effect, PacketLoss)]

    def _filter(self, rate: float) -> None:
        descriptor = self._socket.descriptor
        if rate == self._rate or descriptor is None:
            return
        if rate:
            _attach(descriptor, rate)
        else:
            descriptor.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)
        self._rate = rate

    def _tell(self, holding: "list[tuple[ActiveFault, Acting]]") -> None:
        for active, acting in holding:
            rate = _rate_of(active)
            if rate and active.fault.name not in self._holding:
                active.counts.decisions += 1
                acting.tell(Firing(0, detail=f"a filter drops {rate:.1%} of what arrives"))
        self._holding = frozenset(active.fault.name for active, _ in holding)

    def _look_again(self, moment: float) -> None:
        self.close()
        if moment < math.inf:
            self._timer = self._socket.engine.loop.call_at(moment, self._socket.faults_changed)

    def close(self) -> None:
        """The socket is about to close, and the filter with it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _rate_of(active: "ActiveFault") -> float:
    probability = active.fault.timing.probability
    return 1.0 if probability is None else probability


def _next_change(acting: Acting, now: float) -> float:
    decider = acting.decider
    return decider.holds_until(now) if decider.holds(now) else decider.next_hold(now)


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
