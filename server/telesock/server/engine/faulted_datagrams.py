"""Datagrams through faults, both ways: what is sent goes into a pipe before the kernel has it, what arrives afterwards.

Whoever sends is told of success as by a network: what a fault loses has left the sender. A full pipe is like a full buffer
of the kernel: sends wait.
"""

import asyncio
import math
from collections import deque
from typing import TYPE_CHECKING

from telesock.server.core.events import Datagram
from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.packets import Packet, PacketPipe, PacketStage
from telesock.server.core.faults.values import Place
from telesock.server.core.operations import Operation
from telesock.server.engine.faulted_direction import Counted
from telesock.server.engine.faulted_sending import add_faults
from telesock.server.engine.received_datagrams import LARGEST, take_datagram
from telesock.server.engine.resolver import SocketAddress
from telesock.server.engine.sockets import remote_endpoint

if TYPE_CHECKING:
    from telesock.server.engine.datagrams import DatagramSocket

_MOST_A_TURN = 64
_MOST_HELD = 65_536  # datagrams in one direction, however small


class _Way:
    """One direction: its pipe, its numbers, its timer."""

    def __init__(self, socket: "DatagramSocket") -> None:
        self.pipe = PacketPipe()
        self.number = 0
        self.timer: asyncio.TimerHandle | None = None
        self.counted = Counted(socket)
        self.out_bytes = 0  # out of the pipe, but not yet with the kernel or the client

    @property
    def held_bytes(self) -> int:
        """Bytes that are here, whether a fault holds them still or not."""
        return self.pipe.held_bytes + self.out_bytes


class FaultedDatagrams:
    """What faults do to the datagrams of one socket."""

    def __init__(self, socket: "DatagramSocket") -> None:
        self._socket = socket
        self._stages: dict[tuple[str, float, Lane], PacketStage] = {}
        self._sending = _Way(socket)
        self._receiving = _Way(socket)
        self._leaving: deque[Packet] = deque()
        self._ready: deque[tuple[Datagram, tuple[str, ...]]] = deque()
        self._readable = True
        self.touched: tuple[str, ...] = ()
        """Names of the faults that had a part in the datagram taken last."""

    @property
    def idle(self) -> bool:
        """Whether nothing acts on the socket any more."""
        return not (
            self._stages
            or self._leaving
            or self._ready
            or self._sending.pipe.held
            or self._receiving.pipe.held
        )

    def look(self) -> None:
        """Act as the session's faults say now."""
        sending, receiving = self._stages_of(Lane.SEND), self._stages_of(Lane.RECEIVE)
        now = self._socket.engine.loop.time()  # not before they have come
        self._sending.pipe.change(sending, now)
        self._receiving.pipe.change(receiving, now)
        self._socket.engine.loop.call_soon(self._wake)

    def _stages_of(self, lane: Lane) -> tuple[PacketStage, ...]:
        faults = self._socket.session.faults
        found = () if faults is None else faults.fitting(Place.DATAGRAMS, self._socket, lane)
        stages = {}
        for active, acting in found:
            key = (active.fault.name, active.created, lane)
            stages[key] = self._stages.get(key) or active.fault.effect.stage(acting)  # type: ignore[attr-defined]  # those on datagrams have it
        self._stages = {key: stage for key, stage in self._stages.items() if key[2] is not lane} | stages
        return tuple(stages.values())

    def _wake(self) -> None:
        socket = self._socket
        if socket.descriptor is None:
            return
        self.leave()
        socket.sends.write()
        self.pull()
        if self._ready:
            socket.receives.readable = True
            socket.read()
        socket.drop_faulted_if_idle()

    # Sending

    def send(self, data: bytes, sockaddr: SocketAddress, operation: Operation) -> None:
        """Let a datagram go its way. Raises BlockingIOError when there is no room, and OSError when it leaves at once."""
        self.leave()
        way = self._sending
        if self._leaving or self._full(way):
            raise BlockingIOError
        number, now = way.number, self._socket.engine.loop.time()
        way.number += 1
        way.pipe.put(now, Packet(data, number, sockaddr, remote_endpoint(sockaddr)))
        self._let_leave(way, now)
        add_faults(operation, way.pipe.fired_on(number))
        self._account(way)
        self._set_timer(way)
        self.leave(strict=True)

    def leave(self, *, strict: bool = False) -> None:
        """Hand over what is due. An error of one that was late is nobody's; `strict` raises the last one's."""
        way, descriptor = self._sending, self._socket.descriptor
        self._let_leave(way, self._socket.engine.loop.time())
        while self._leaving and descriptor is not None:
            packet = self._leaving[0]
            try:
                descriptor.sendto(packet.data, packet.about)  # type: ignore[call-overload]  # it is the address
            except BlockingIOError:
                break
            except OSError:
                self._left()
                if strict and packet.number == way.number - 1:
                    raise
                continue
            self._left()
        self._account(way)
        self._set_timer(way)

    def _let_leave(self, way: _Way, now: float) -> None:
        for packet in way.pipe.take(now):
            self._leaving.append(packet)
            way.out_bytes += len(packet.data)

    def _left(self) -> None:
        self._sending.out_bytes -= len(self._leaving.popleft().data)

    # Receiving

    def pull(self) -> None:
        """Take in what has arrived, as far as there is room. Raises nothing: an error is met by whoever asks."""
        way = self._receiving
        socket = self._socket
        self._readable = self._readable or socket.receives.readable
        for _ in range(_MOST_A_TURN):
            if not self._readable or self._full(way) or socket.descriptor is None or socket.local is None:
                break
            try:
                datagram = take_datagram(socket.descriptor, LARGEST, socket.local)
            except BlockingIOError:
                self._readable = False
                break
            except OSError as error:
                socket.receives.fail_first(error)
                continue
            packet = Packet(datagram.data, way.number, datagram, datagram.remote)
            way.pipe.put(socket.engine.loop.time(), packet)
            way.number += 1
        else:
            socket.engine.read_later(socket)
        self._let_out()

    def _let_out(self) -> None:
        way = self._receiving
        for packet in way.pipe.take(self._socket.engine.loop.time()):
            datagram = packet.about
            assert isinstance(datagram, Datagram), "it was put in so"
            self._ready.append((datagram._replace(data=packet.data), packet.faults))
            way.out_bytes += len(packet.data)
        self._account(way)
        self._set_timer(way)

    def take(self, length: int) -> Datagram:
        """Return the next datagram, cut to a length. Raises BlockingIOError when there is none now."""
        self.pull()
        if not self._ready:
            raise BlockingIOError
        datagram, self.touched = self._ready.popleft()
        self._receiving.out_bytes -= len(datagram.data)
        self._account(self._receiving)
        cut = datagram.truncated or len(datagram.data) > length
        return datagram._replace(data=datagram.data[:length], truncated=cut)

    @property
    def next_size(self) -> int | None:
        """Bytes of the datagram that may be taken next; None where there is none."""
        return len(self._ready[0][0].data) if self._ready else None

    # Bounds and timers

    def _full(self, way: _Way) -> bool:
        crowded = way.pipe.held + len(self._ready) >= _MOST_HELD
        return crowded or way.counted.room(way.held_bytes) <= 0

    def _account(self, way: _Way) -> None:
        way.counted.count(way.held_bytes)

    def _set_timer(self, way: _Way) -> None:
        due = way.pipe.due
        if way.timer is not None:
            if way.timer.when() == due:
                return
            way.timer.cancel()
            way.timer = None
        if -math.inf < due < math.inf:
            way.timer = self._socket.engine.loop.call_at(due, self._due_now, way)

    def _due_now(self, way: _Way) -> None:
        way.timer = None
        self._wake()

    def held_by(self, fault: str) -> tuple[int, int]:
        """Bytes and datagrams that one fault holds back."""
        stages = [stage for (name, _, _), stage in self._stages.items() if name == fault]
        return sum(stage.held_bytes for stage in stages), sum(stage.held for stage in stages)

    def close(self) -> None:
        """The socket is about to close: nothing that is held will leave."""
        for way in (self._sending, self._receiving):
            if way.timer is not None:
                way.timer.cancel()
            way.counted.count(0)
