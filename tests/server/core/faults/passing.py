"""Drives faults on datagrams without clock or sockets."""

import math
from dataclasses import dataclass, field

from tests.server.core.faults.driving import ALWAYS, Told, acting, made

from telesock.server.core.faults.datagrams import (
    DatagramCorruption,
    DatagramDelay,
    DatagramDuplication,
    DatagramLoss,
    DatagramReordering,
    DatagramTruncation,
)
from telesock.server.core.faults.packets import Packet, PacketPipe, PacketStage
from telesock.server.core.faults.values import Target, Timing
from telesock.server.core.requests import Endpoint

OnDatagrams = (
    DatagramCorruption
    | DatagramDelay
    | DatagramDuplication
    | DatagramLoss
    | DatagramReordering
    | DatagramTruncation
)

ANY_TARGET = Target()


@dataclass
class Passage:
    """A pipe of datagrams, the faults in it by name, and what came out of it: (moment, datagram)."""

    now: float = 0.0
    put_in: int = 0
    pipe: PacketPipe = field(default_factory=PacketPipe)
    told: Told = field(default_factory=Told)
    came: list[tuple[float, Packet]] = field(default_factory=list)
    stages: dict[str, PacketStage] = field(default_factory=dict)

    def add(
        self, effect: OnDatagrams, timing: Timing = ALWAYS, name: str = "f", target: Target = ANY_TARGET
    ) -> None:
        """A fault comes, behind those that are there, or in the place of the one that has its name."""
        fault = made(effect, timing, name)._replace(target=target)
        self.stages[name] = effect.stage(acting(fault, self.told, begun=self.now))
        self.pipe.change(tuple(self.stages.values()), self.now)

    def lift(self, name: str = "f") -> None:
        """A fault ends."""
        del self.stages[name]
        self.pipe.change(tuple(self.stages.values()), self.now)

    def put(self, *datagrams: bytes, at: float | None = None, peer: Endpoint | None = None) -> None:
        """Datagrams come, at a moment, to or from a peer."""
        if at is not None:
            self.run(at)
            self.now = at
        for data in datagrams:
            self.pipe.put(self.now, Packet(data, self.put_in, peer=peer))
            self.put_in += 1

    def run(self, until: float = math.inf) -> None:
        """Let out what is due by then, each at its time."""
        while (due := self.pipe.due) <= until and due < math.inf:
            self.now = max(self.now, due)
            self.came += [(self.now, packet) for packet in self.pipe.take(self.now)]

    @property
    def when(self) -> list[tuple[float, bytes]]:
        """When what came."""
        return [(at, packet.data) for at, packet in self.came]

    @property
    def data(self) -> list[bytes]:
        """What came."""
        return [packet.data for _, packet in self.came]


def passed(effect: OnDatagrams, *datagrams: bytes, timing: Timing = ALWAYS) -> Passage:
    """One fault, and datagrams that all come at 0."""
    passage = Passage()
    passage.add(effect, timing)
    passage.put(*datagrams)
    passage.run()
    return passage
