"""Corruption: bytes of a stream change at given offsets, or at places that are drawn; their number stays."""

from dataclasses import dataclass

from telesock.server.core.faults.acting import Acting
from telesock.server.core.faults.amounts import between
from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.mangling import Unit, mangled, places
from telesock.server.core.faults.segments import BLOCK, Bytes
from telesock.server.core.faults.stage import Plan, Stage
from telesock.server.core.faults.values import Effect, Place
from telesock.server.core.refusal import malformed

_MOST = 1024


@dataclass(frozen=True)
class Corruption(Effect):
    """At offsets from where the fault came, or at so many places in a million bytes; a pattern goes where it hits."""

    offsets: tuple[int, ...] = ()
    per_million: int = 0
    unit: Unit = Unit.BIT
    pattern: bytes = b""

    kind = "corruption"
    acts_on = Place.STREAM
    lanes = (Lane.SEND, Lane.RECEIVE)

    def check(self) -> None:
        """Refuse corruption at no place."""
        if bool(self.offsets) == bool(self.per_million):
            raise malformed("corruption", "either offsets or per_million is needed")
        between("corruption.offsets", len(self.offsets), 0, _MOST)
        between("corruption.per_million", self.per_million, 0, 1_000_000)
        between("corruption.pattern", len(self.pattern), 0, _MOST)

    def stage(self, acting: Acting) -> "CorruptingStage":
        """Act on one direction."""
        return CorruptingStage(acting, self)


class CorruptingStage(Stage):
    """Changes bytes as they pass. A pattern may reach into the bytes that come next."""

    __slots__ = ("_begun", "_block", "_drawn", "_effect", "_offsets", "_rest")

    def __init__(self, acting: Acting, effect: Corruption) -> None:
        super().__init__(acting)
        self._effect = effect
        self._begun = -1  # where in the stream the fault came
        self._block = -1
        self._drawn: tuple[int, ...] = ()  # the places drawn in that block
        self._offsets = tuple(sorted(set(effect.offsets)))
        self._rest = b""  # of a pattern that is being written

    def plan(self, at: float, segment: Bytes) -> Plan:
        """The block leaves at once, changed where it is hit."""
        if self._begun < 0:
            self._begun = segment.start
        fires, number, size = self.fires_at(at, segment)
        added = segment.start == segment.end  # it has no place in the stream
        hits = self._hits(segment.start, size) if fires and not added else ()
        if not hits and not self._rest:
            return Plan(at, size)
        changed = bytearray(segment.data[:size])
        self._write(changed, 0)
        for offset in hits:
            self._change(changed, offset - segment.start, offset)
            self.tell(number, offset, size=max(1, len(self._effect.pattern)))
        front = segment if size == len(segment.data) else segment.split(size)[0]
        return Plan(at, size, (front._replace(data=bytes(changed)),), fired=True)

    def _change(self, changed: bytearray, place: int, offset: int) -> None:
        effect = self._effect
        if effect.pattern:
            self._rest = effect.pattern
            self._write(changed, place)
        else:
            drawn = self.acting.draw_integer(offset, "change")
            changed[place] = mangled(changed[place], effect.unit, drawn)

    def _write(self, changed: bytearray, place: int) -> None:
        """Write what is left of a pattern, as far as there are bytes."""
        count = min(len(self._rest), len(changed) - place)
        changed[place : place + count] = self._rest[:count]
        self._rest = self._rest[count:]

    def _hits(self, start: int, size: int) -> tuple[int, ...]:
        """The offsets in some bytes of a block that are hit."""
        if self._offsets:
            hits = tuple(offset + self._begun for offset in self._offsets)
        else:
            hits = self._drawn_in(start // BLOCK)
        return tuple(offset for offset in hits if start <= offset < start + size)

    def _drawn_in(self, block: int) -> tuple[int, ...]:
        if block != self._block:
            self._block = block
            rate = self._effect.per_million / 1_000_000
            drawn = places(rate, BLOCK, lambda count: self.acting.draw(block, f"place {count}"))
            self._drawn = tuple(block * BLOCK + place for place in drawn)
        return self._drawn
