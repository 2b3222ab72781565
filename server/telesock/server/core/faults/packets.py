"""One fault on one direction of a datagram socket: each datagram leaves later, changed, several times or not at all.

Unlike bytes datagrams may overtake each other; those that are due at one moment keep their order.
"""

import heapq
from typing import NamedTuple

from telesock.server.core.faults.acting import Acting, Firing
from telesock.server.core.faults.stage import NEVER
from telesock.server.core.requests import Endpoint


class Packet(NamedTuple):
    """A datagram on its way, to or from a peer. `about` is whoever put it in's own; copies have the same number."""

    data: bytes
    number: int
    about: object = None
    peer: Endpoint | None = None
    faults: tuple[str, ...] = ()


class PacketStage:
    """Holds what its effect holds back; this one changes nothing."""

    __slots__ = ("_held", "_order", "acting", "held_bytes", "last_fired")

    def __init__(self, acting: Acting) -> None:
        self.acting = acting
        self.held_bytes = 0
        self._held: list[tuple[float, int, Packet]] = []
        self._order = 0
        self.last_fired = -1
        """The number of the last datagram on which the fault fired."""

    def become(self, at: float, packet: Packet) -> list[tuple[float, Packet]]:
        """What becomes of a datagram on which the fault fires: moments and datagrams."""
        return [(at, packet)]

    def passed(self, at: float, packet: Packet) -> None:
        """A datagram has been put in; another may wait for that."""

    def put(self, at: float, packet: Packet) -> None:
        """Take a datagram in. There are no decisions about those of peers that the fault is not for."""
        concerned = self.acting.fault.target.peers.match(packet.peer)
        if concerned and self.acting.fires(packet.number, at):
            self.last_fired = packet.number
            until = self.acting.decider.holds_until(at)
            touched = packet._replace(faults=(*packet.faults, self.acting.name))
            for due, each in self.become(at, touched):
                self._hold(max(at, min(due, until)), each)
        else:
            self._hold(at, packet)
        self.passed(at, packet)

    def _hold(self, due: float, packet: Packet) -> None:
        self._order += 1
        heapq.heappush(self._held, (due, self._order, packet))
        self.held_bytes += len(packet.data)

    @property
    def held(self) -> int:
        """Datagrams that are in it."""
        return len(self._held)

    @property
    def due(self) -> float:
        """When something will leave; infinity for never."""
        return self._held[0][0] if self._held else NEVER

    def take(self, now: float) -> tuple[float, Packet] | None:
        """Return what leaves by now, and the moment at which it was to."""
        if self.due > now:
            return None
        due, _, packet = heapq.heappop(self._held)
        self.held_bytes -= len(packet.data)
        return due, packet

    def lift(self) -> list[Packet]:
        """The fault is over: return what it held, in the order in which it came."""
        held = [packet for _, _, packet in sorted(self._held, key=lambda each: each[1])]
        self._held.clear()
        self.held_bytes = 0
        return held

    def tell(self, packet: Packet, **facts: object) -> None:
        """Tell of a firing."""
        number = self.acting.number(packet.number)
        self.acting.tell(Firing(number, **facts))  # type: ignore[arg-type]  # its fields


class PacketPipe:
    """The faults of one direction, one behind the other."""

    __slots__ = ("_out", "stages")

    def __init__(self) -> None:
        self.stages: tuple[PacketStage, ...] = ()
        self._out: list[Packet] = []

    def put(self, now: float, packet: Packet) -> None:
        """Take a datagram in."""
        self._put(0, now, packet)

    def _put(self, place: int, at: float, packet: Packet) -> None:
        if place < len(self.stages):
            self.stages[place].put(at, packet)
        else:
            self._out.append(packet)

    def take(self, now: float) -> list[Packet]:
        """Return the datagrams that leave by now."""
        for place, stage in enumerate(self.stages):
            while (taken := stage.take(now)) is not None:
                self._put(place + 1, *taken)
        out, self._out = self._out, []
        return out

    def fired_on(self, number: int) -> tuple[str, ...]:
        """The faults that have fired on a datagram by now."""
        return tuple(stage.acting.name for stage in self.stages if stage.last_fired == number)

    @property
    def due(self) -> float:
        """When something will leave; infinity for never."""
        return -NEVER if self._out else min((stage.due for stage in self.stages), default=NEVER)

    @property
    def held_bytes(self) -> int:
        """Bytes that are in it."""
        return sum(stage.held_bytes for stage in self.stages) + sum(len(each.data) for each in self._out)

    @property
    def held(self) -> int:
        """Datagrams that are in it."""
        return sum(stage.held for stage in self.stages) + len(self._out)

    def change(self, stages: tuple[PacketStage, ...], now: float) -> None:
        """Put other stages there; what a stage held that goes is handed on, in order and at once."""
        old, self.stages = self.stages, stages
        for stage in reversed(old):
            if stage in stages:
                continue
            later = [each for each in old[old.index(stage) + 1 :] if each in stages]
            place = stages.index(later[0]) if later else len(stages)
            for packet in stage.lift():
                self._put(place, now, packet)
