"""Effects on datagrams: loss, duplication, reordering, delay, truncation, corruption, as networks have them."""

import heapq
from dataclasses import dataclass

from telesock.server.core.faults.acting import Acting
from telesock.server.core.faults.amounts import between, span
from telesock.server.core.faults.chance import Distribution, Lane
from telesock.server.core.faults.mangling import Unit, mangled
from telesock.server.core.faults.packets import Packet, PacketStage
from telesock.server.core.faults.values import Effect, Place

_LARGEST = 65_535
_BOTH = (Lane.SEND, Lane.RECEIVE)


class _PacketEffect(Effect):
    acts_on = Place.DATAGRAMS
    lanes = _BOTH


@dataclass(frozen=True)
class DatagramLoss(_PacketEffect):
    """It does not come."""

    kind = "datagram-loss"

    def stage(self, acting: Acting) -> PacketStage:
        """Act on one direction."""
        return _Losing(acting)


class _Losing(PacketStage):
    def become(self, at: float, packet: Packet) -> list[tuple[float, Packet]]:
        self.tell(packet, size=len(packet.data))
        return []


@dataclass(frozen=True)
class DatagramDuplication(_PacketEffect):
    """It comes so many more times."""

    copies: int = 1

    kind = "datagram-duplication"

    def check(self) -> None:
        """Refuse no copies, and floods."""
        between("datagram_duplication.copies", self.copies, 1, 16)

    def stage(self, acting: Acting) -> PacketStage:
        """Act on one direction."""
        return _Duplicating(acting, self)


class _Duplicating(PacketStage):
    def __init__(self, acting: Acting, effect: DatagramDuplication) -> None:
        super().__init__(acting)
        self._copies = effect.copies

    def become(self, at: float, packet: Packet) -> list[tuple[float, Packet]]:
        self.tell(packet, size=self._copies * len(packet.data))
        return [(at, packet)] * (1 + self._copies)


@dataclass(frozen=True)
class DatagramReordering(_PacketEffect):
    """So many overtake it, or so many seconds pass."""

    displacement: int = 1
    longest_wait: float = 1.0

    kind = "datagram-reordering"

    def check(self) -> None:
        """Refuse no displacement, and too long ones."""
        between("datagram_reordering.displacement", self.displacement, 1, 64)
        span("datagram_reordering.longest_wait", self.longest_wait)

    def stage(self, acting: Acting) -> PacketStage:
        """Act on one direction."""
        return _Reordering(acting, self)


class _Reordering(PacketStage):
    def __init__(self, acting: Acting, effect: DatagramReordering) -> None:
        super().__init__(acting)
        self._effect = effect
        self._waiting: list[tuple[int, Packet]] = []  # with how many have still to overtake it

    def become(self, at: float, packet: Packet) -> list[tuple[float, Packet]]:
        self.tell(packet, detail=f"behind the next {self._effect.displacement}")
        self._waiting.append((self._effect.displacement + 1, packet))
        return [(at + self._effect.longest_wait, packet)]

    def passed(self, at: float, packet: Packet) -> None:
        """One more has come: those that waited for it leave behind it."""
        counted = [(left - 1, each) for left, each in self._waiting]
        self._waiting = [(left, each) for left, each in counted if left > 0]
        for left, each in counted:
            if left == 0:
                self._release(at, each)

    def _release(self, at: float, packet: Packet) -> None:
        kept = [entry for entry in self._held if entry[2] is not packet or entry[0] <= at]
        if len(kept) < len(self._held):
            self._held[:] = kept
            heapq.heapify(self._held)
            self.held_bytes -= len(packet.data)
            self._hold(at, packet)


@dataclass(frozen=True)
class DatagramDelay(_PacketEffect):
    """It comes so much later; with jitter others may overtake it."""

    delay: float
    jitter: float = 0.0
    distribution: Distribution = Distribution.UNIFORM
    correlation: float = 0.0

    kind = "datagram-delay"

    def check(self) -> None:
        """Refuse negative times."""
        span("datagram_delay.delay", self.delay)
        span("datagram_delay.jitter", self.jitter)
        between("datagram_delay.correlation", self.correlation, 0, 1)

    def stage(self, acting: Acting) -> PacketStage:
        """Act on one direction."""
        return _Delaying(acting, self)


class _Delaying(PacketStage):
    def __init__(self, acting: Acting, effect: DatagramDelay) -> None:
        super().__init__(acting)
        self._effect = effect

    def become(self, at: float, packet: Packet) -> list[tuple[float, Packet]]:
        effect = self._effect
        delay = self.acting.delay(
            packet.number, effect.delay, effect.jitter, effect.distribution, effect.correlation
        )
        self.tell(packet, delay=delay)
        return [(at + delay, packet)]


@dataclass(frozen=True)
class DatagramTruncation(_PacketEffect):
    """Only its first bytes come."""

    length: int

    kind = "datagram-truncation"

    def check(self) -> None:
        """Refuse more than a datagram has."""
        between("datagram_truncation.length", self.length, 0, _LARGEST)

    def stage(self, acting: Acting) -> PacketStage:
        """Act on one direction."""
        return _Truncating(acting, self)


class _Truncating(PacketStage):
    def __init__(self, acting: Acting, effect: DatagramTruncation) -> None:
        super().__init__(acting)
        self._length = effect.length

    def become(self, at: float, packet: Packet) -> list[tuple[float, Packet]]:
        missing = len(packet.data) - self._length
        if missing > 0:
            self.tell(packet, size=missing)
        return [(at, packet._replace(data=packet.data[: self._length]))]


@dataclass(frozen=True)
class DatagramCorruption(_PacketEffect):
    """Bytes of it change, at so many places."""

    places: int = 1
    unit: Unit = Unit.BIT

    kind = "datagram-corruption"

    def check(self) -> None:
        """Refuse no places."""
        between("datagram_corruption.places", self.places, 1, 64)

    def stage(self, acting: Acting) -> PacketStage:
        """Act on one direction."""
        return _Corrupting(acting, self)


class _Corrupting(PacketStage):
    def __init__(self, acting: Acting, effect: DatagramCorruption) -> None:
        super().__init__(acting)
        self._effect = effect

    def become(self, at: float, packet: Packet) -> list[tuple[float, Packet]]:
        if not packet.data:
            return [(at, packet)]
        changed, hits = bytearray(packet.data), set()
        for count in range(self._effect.places):
            place = self.acting.draw_integer(packet.number, f"place {count}") % len(changed)
            if place not in hits:  # a byte that is changed twice might be as it was
                drawn = self.acting.draw_integer(packet.number, f"change {count}")
                changed[place] = mangled(changed[place], self._effect.unit, drawn)
                hits.add(place)
        self.tell(packet, size=len(hits))
        return [(at, packet._replace(data=bytes(changed)))]
