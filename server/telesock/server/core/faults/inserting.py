"""Duplicated and inserted bytes: a stream that is corrupt because somebody asked for that."""

from dataclasses import dataclass

from telesock.server.core.faults.acting import Acting
from telesock.server.core.faults.amounts import between
from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.segments import BLOCK, Bytes, End
from telesock.server.core.faults.stage import Plan, Stage
from telesock.server.core.faults.values import Effect, Place

_LARGEST = 65_536


@dataclass(frozen=True)
class DuplicateBytes(Effect):
    """The first bytes of a block come twice in a row."""

    length: int

    kind = "duplicate-bytes"
    acts_on = Place.STREAM
    lanes = (Lane.SEND, Lane.RECEIVE)

    def check(self) -> None:
        """Refuse copies of nothing."""
        between("duplicate_bytes.length", self.length, 1, BLOCK)

    def stage(self, acting: Acting) -> "DuplicatingStage":
        """Act on one direction."""
        return DuplicatingStage(acting, self)


class DuplicatingStage(Stage):
    """Repeats the first bytes of a block as soon as they have passed: they come twice in a row."""

    __slots__ = ("_block", "_copy", "_length")

    def __init__(self, acting: Acting, effect: DuplicateBytes) -> None:
        super().__init__(acting)
        self._length = effect.length
        self._block = -1
        self._copy = bytearray()  # of the first bytes of that block

    def plan(self, at: float, segment: Bytes) -> Plan:
        """The first bytes of the block leave, and again; then the rest of it."""
        fires, number, size = self.fires_at(at, segment)
        if not fires:
            return Plan(at, size)
        if number != self._block:
            self._block = number
            self._copy.clear()
        missing = self._length - len(self._copy)
        if missing <= 0:
            return Plan(at, size)
        taken = min(size, missing)
        self._copy += segment.data[:taken]
        front = segment.split(taken)[0]
        if taken < missing:
            return Plan(at, taken)
        self.tell(number, segment.start + taken - self._length, size=self._length)
        return Plan(at, taken, (front, Bytes(bytes(self._copy), front.end, front.end)), fired=True)


@dataclass(frozen=True)
class InsertBytes(Effect):
    """At an offset from where the fault came, these come in between."""

    offset: int
    data: bytes

    kind = "insert-bytes"
    acts_on = Place.STREAM
    lanes = (Lane.SEND, Lane.RECEIVE)

    def check(self) -> None:
        """Refuse nothing, and too much."""
        between("insert_bytes.data", len(self.data), 1, _LARGEST)
        between("insert_bytes.offset", self.offset, 0, 2**62)

    def stage(self, acting: Acting) -> "InsertingStage":
        """Act on one direction."""
        return InsertingStage(acting, self)


class InsertingStage(Stage):
    """Lets bytes pass up to the offset, then its own, then the rest, or the end."""

    __slots__ = ("_effect", "_inserted")

    def __init__(self, acting: Acting, effect: InsertBytes) -> None:
        super().__init__(acting)
        self._effect = effect
        self._inserted = False

    def plan(self, at: float, segment: Bytes) -> Plan:
        """What is before the offset passes first."""
        left = self._effect.offset - self.acting.moved
        if self._inserted or left < 0:
            return Plan(at, len(segment.data))
        if left > 0:
            return Plan(at, min(left, len(segment.data)))
        self._inserted = True
        fires, number, size = self.fires_at(at, segment)
        if not fires:
            return Plan(at, size)
        return Plan(at, size, (self._added(number, segment.start), segment.split(size)[0]), fired=True)

    def plan_end(self, at: float, end: End) -> Plan:
        """A stream that ends at the offset has them before its end."""
        if self._inserted or self.acting.moved != self._effect.offset:
            return Plan(at, 0)
        fires, number = self.fires_at_end(at)
        return Plan(at, 0, (self._added(number, self.place), end), fired=True) if fires else Plan(at, 0)

    def _added(self, number: int, offset: int) -> Bytes:
        self.tell(number, offset, size=len(self._effect.data))
        return Bytes(self._effect.data, offset, offset)
