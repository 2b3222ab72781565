"""One fault on one direction of a connection: bytes in, and out again later, otherwise or not at all, in order.

An effect says what becomes of the segment at the front, by a plan; when its time has come, the plan is carried out and the
next one made. So nothing runs by itself, and a drip of a megabyte is a megabyte and one plan. The end of the stream waits
behind all bytes.
"""

import math
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from telesock.server.core.faults.acting import Acting, Firing
from telesock.server.core.faults.segments import BLOCK, Bytes, End, Segment

NEVER = math.inf


class Plan(NamedTuple):
    """What becomes of the front: so many of its bytes leave at a moment, as they are or as `instead`."""

    due: float
    size: int
    instead: tuple[Segment, ...] | None = None
    fired: bool = False


class Stage:
    """Holds what its effect holds back; this one holds nothing."""

    __slots__ = ("_last", "_number", "_out", "_plan", "_queue", "_queued_bytes", "acting", "place")

    def __init__(self, acting: Acting) -> None:
        self.acting = acting
        self.place = 0
        """Where in the stream it is: the end of what left last."""
        self._number = 0  # of the block that was at the front last
        self._queued_bytes = 0
        self._last = -NEVER  # when the last segment left, or was to leave
        self._out: deque[Segment] = deque()  # made of the front, to leave at `_last`
        self._plan: Plan | None = None
        self._queue: deque[tuple[float, Segment]] = deque()

    # What an effect decides

    def plan(self, at: float, segment: Bytes) -> Plan:
        """What becomes of bytes that came to the front at a moment: all of them at once."""
        return Plan(at, len(segment.data))

    def plan_end(self, at: float, end: End) -> Plan:
        """What becomes of the end."""
        return Plan(at, 0)

    def reads(self, now: float) -> bool:
        """Whether what has not come in yet may do so."""
        return True

    def began(self, now: float) -> None:
        """The fault has come to a direction that is open."""

    # What a pipe does

    def put(self, at: float, segment: Segment) -> None:
        """Take a segment in that came at a moment."""
        self._queue.append((at, segment))
        if isinstance(segment, Bytes):
            self._queued_bytes += len(segment.data)

    @property
    def held_bytes(self) -> int:
        """Bytes that are in it."""
        return self._queued_bytes + _size(self._out)

    @property
    def due(self) -> float:
        """When something will leave; infinity for never."""
        return self.next_due()

    def next_due(self) -> float:
        """When something will leave of what is held."""
        if self._out:
            return self._last
        plan = self._plan
        if plan is None:
            if not self._queue:
                return NEVER
            plan = self._plan = self._make_plan()
        return self._last if self._out else plan.due  # planning may have made something

    def take(self, now: float) -> tuple[float, Segment] | None:
        """Return what leaves by now, and the moment at which it was to."""
        while self.next_due() <= now and not self._out:
            self._carry_out()
        if not self._out or self._last > now:
            return None
        return self._last, self._out.popleft()

    def _make_plan(self) -> Plan:
        at, segment = self._queue[0]
        at = max(at, self._last)
        plan = self.plan(at, segment) if isinstance(segment, Bytes) else self.plan_end(at, segment)
        if plan.due > at:
            plan = plan._replace(due=min(plan.due, max(at, self.acting.decider.holds_until(at))))
        return plan

    def _carry_out(self) -> None:
        plan, self._plan = self._plan, None
        assert plan is not None, "something is due"
        at, segment = self._queue.popleft()
        self._last = max(self._last, plan.due)
        leaving: Segment = segment
        if isinstance(segment, Bytes):
            leaving, rest = segment.split(plan.size) if plan.size < len(segment.data) else (segment, None)
            if rest is not None:
                self._queue.appendleft((at, rest))
            self._queued_bytes -= plan.size
            self.acting.moved += plan.size
            self.place = leaving.end
        for each in (leaving,) if plan.instead is None else plan.instead:
            self._out.append(_touched(each, self.acting.name) if plan.fired else each)

    def lift(self) -> list[Segment]:
        """The fault is over: return what it held, in order. What has been made of the front, and told, stays."""
        plan = self._plan
        # What is behind a front that waits has waited too.
        holds = plan is not None and plan.fired and plan.due > self.arrived()
        if plan is not None and plan.instead is not None:
            self._carry_out()
        queued = (_touched(each, self.acting.name) if holds else each for _, each in self._queue)
        held = [*self._out, *queued]
        self._out.clear()
        self._queue.clear()
        self._plan = None
        self._queued_bytes = 0
        return held

    def cut(self, start: int, end: int) -> None:
        """Take out the bytes of a span: they will not leave."""
        if self._plan is not None:
            self._cut_planned(self._plan, start, end)
        self._queue = deque((at, left) for at, each in self._queue for left in without(each, start, end))
        self._queued_bytes = _size(each for _, each in self._queue)
        self._out = deque(left for each in self._out for left in without(each, start, end))

    def _cut_planned(self, plan: Plan, start: int, end: int) -> None:
        """What has been made of the front, and told, is not made again; what is only to leave is planned anew."""
        front = self._queue[0][1]
        if not isinstance(front, Bytes) or without(front, start, end) == [front]:
            return
        if plan.instead is None:
            self._plan = None
            return
        left = _size(without(front.split(plan.size)[0], start, end))
        self._carry_out()
        self.acting.moved -= plan.size - left

    @property
    def holds(self) -> bool:
        """Whether anything is in it."""
        return bool(self._out or self._queue)

    @property
    def holds_end(self) -> bool:
        """Whether an end is in it."""
        return any(isinstance(each, End) for each in (*self._out, *(each for _, each in self._queue)))

    # What effects share

    def arrived(self) -> float:
        """When the segment at the front came."""
        return self._queue[0][0]

    def fires_at(self, at: float, segment: Bytes) -> tuple[bool, int, int]:
        """Whether the fault fires on the block at the front, its number, and its bytes at hand."""
        acting, number = self.acting, segment.start // BLOCK
        size = min(len(segment.data), (number + 1) * BLOCK - segment.start)
        missing = acting.fault.timing.after_bytes - acting.moved
        self._number = number
        return acting.fires(number, at), number, min(size, missing) if missing > 0 else size

    def fires_at_end(self, at: float) -> tuple[bool, int]:
        """Whether it fires on the end, which shares the last block's decision, and that block's number."""
        return self.acting.fires(self._number, at), self._number

    def tell(self, number: int, offset: int, **facts: object) -> None:
        """Tell of a firing."""
        self.acting.tell(Firing(self.acting.number(number), offset, **facts))  # type: ignore[arg-type]  # its fields


class ContinuousStage(Stage):
    """One whose firings are told once for each decision: what follows in the block is the same firing."""

    __slots__ = ("_told_of",)

    def __init__(self, acting: Acting) -> None:
        super().__init__(acting)
        self._told_of = -1

    def tell_once(self, number: int, offset: int, **facts: object) -> None:
        """Tell of a firing, unless it is the one that was told of last."""
        number = self.acting.number(number)
        if number != self._told_of:
            self._told_of = number
            self.tell(number, offset, **facts)


def without(segment: Segment, start: int, end: int) -> list[Segment]:
    """What is left of a segment without a span. Bytes are put in send by send, but may be joined and split here."""
    if not isinstance(segment, Bytes) or segment.end <= start or segment.start >= end:
        return [segment]
    if segment.end - segment.start != len(segment.data):
        return []
    head = [] if segment.start >= start else [segment.split(start - segment.start)[0]]
    tail = [] if segment.end <= end else [segment.split(end - segment.start)[1]]
    return [*head, *tail]


def _size(segments: Iterable[Segment]) -> int:
    return sum(len(each.data) for each in segments if isinstance(each, Bytes))


def _touched(segment: Segment, name: str) -> Segment:
    if isinstance(segment, Bytes):
        return segment.touched(name)
    return segment if name in segment.faults else segment._replace(faults=(*segment.faults, name))
