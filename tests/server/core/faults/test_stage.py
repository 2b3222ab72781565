"""One fault on one direction: what it holds, what is due, what a cut takes out."""

import math
from collections.abc import Iterator

import pytest
from tests.server.core.faults.driving import LATE, Told, acting, made

from telesock.server.core.faults import (
    bandwidth,
    closing,
    corruption,
    inserting,
    latency,
    limiting,
    never_reading,
    slicing,
    stalling,
)
from telesock.server.core.faults.segments import BLOCK, Bytes, End, How, Segment
from telesock.server.core.faults.slicing import Slices, SlicingStage
from telesock.server.core.faults.stage import NEVER, Stage, without

MODULES = (
    bandwidth,
    closing,
    corruption,
    inserting,
    latency,
    limiting,
    never_reading,
    slicing,
    stalling,
)


def bare(segments: list[Segment]) -> list[Segment]:
    """The same, with bytes for views."""
    return [each._replace(data=bytes(each.data)) if isinstance(each, Bytes) else each for each in segments]


def late_stage() -> Stage:
    stage = LATE.stage(acting(made(LATE), Told()))
    stage.put(0.0, Bytes(b"abcd", 0, 4))
    stage.put(0.5, Bytes(b"ef", 4, 6))
    return stage


def test_a_stage_of_no_effect_passes_everything_on_at_once() -> None:
    stage = Stage(acting(made(LATE), Told()))
    stage.put(1.0, Bytes(b"ab", 0, 2))
    stage.put(2.0, End(How.FIN))

    assert (stage.due, stage.held_bytes, stage.holds, stage.holds_end) == (1.0, 2, True, True)
    assert [stage.take(2.0), stage.take(2.0), stage.take(2.0)] == [
        (1.0, Bytes(b"ab", 0, 2)),
        (2.0, End(How.FIN)),
        None,
    ]
    assert (stage.due, stage.held_bytes, stage.holds, stage.holds_end) == (NEVER, 0, False, False)


def test_what_is_not_due_is_not_taken() -> None:
    stage = late_stage()

    assert (stage.due, stage.take(0.9), stage.held_bytes) == (1.0, None, 6)


def test_who_takes_late_is_told_when_it_was_due() -> None:
    stage = late_stage()

    assert [stage.take(9.0), stage.take(9.0)] == [
        (1.0, Bytes(b"abcd", 0, 4, ("f",))),
        (1.5, Bytes(b"ef", 4, 6, ("f",))),
    ]


def test_bytes_that_pass_are_counted_and_known_by_place() -> None:
    stage = late_stage()
    stage.take(1.0)

    assert (stage.acting.moved, stage.place, stage.held_bytes) == (4, 4, 2)


def test_a_stage_that_is_lifted_gives_back_what_it_holds_in_order_and_names_itself_on_what_waited() -> None:
    stage = late_stage()
    stage.put(0.6, End(How.FIN))
    planned = stage.due

    assert planned == 1.0
    assert stage.lift() == [
        Bytes(b"abcd", 0, 4, ("f",)),
        Bytes(b"ef", 4, 6, ("f",)),
        End(How.FIN, ("f",)),
    ]
    assert (stage.due, stage.held_bytes, stage.holds) == (NEVER, 0, False)


def test_a_cut_takes_a_span_out_of_what_is_held() -> None:
    stage = late_stage()
    stage.cut(1, 5)

    assert stage.held_bytes == 2
    assert bare(stage.lift()) == [Bytes(b"a", 0, 1), Bytes(b"f", 5, 6)]


def test_a_cut_takes_a_span_out_of_what_has_been_planned() -> None:
    stage = SlicingStage(acting(made(Slices(3, gap=1.0)), Told()), Slices(3, gap=1.0))
    stage.put(0.0, Bytes(b"abcdef", 0, 6))
    planned = stage.due
    stage.cut(1, 5)

    assert (planned, stage.acting.moved) == (0.0, 1)
    assert (stage.held_bytes, bare(stage.lift())) == (
        2,
        [Bytes(b"a", 0, 1, ("f",), alone=True), Bytes(b"f", 5, 6)],
    )


def test_bytes_at_hand_end_with_their_block() -> None:
    stage = Stage(acting(made(LATE), Told()))

    assert [
        stage.fires_at(0.0, Bytes(bytes(size), start, start + size))
        for start, size in ((0, 10), (BLOCK - 3, 10), (BLOCK, 3 * BLOCK))
    ] == [(True, 0, 10), (True, 0, 3), (True, 1, BLOCK)]


@pytest.mark.parametrize(
    ("start", "end", "left"),
    [
        (0, 10, [Bytes(b"abcd", 10, 14)]),
        (14, 20, [Bytes(b"abcd", 10, 14)]),
        (10, 14, []),
        (0, 12, [Bytes(b"cd", 12, 14)]),
        (12, 20, [Bytes(b"ab", 10, 12)]),
        (11, 13, [Bytes(b"a", 10, 11), Bytes(b"d", 13, 14)]),
    ],
)
def test_without_a_span_what_is_left_keeps_its_place(start: int, end: int, left: list[Segment]) -> None:
    assert bare(without(Bytes(b"abcd", 10, 14), start, end)) == left


def test_without_a_span_added_bytes_inside_it_are_gone_and_an_end_stays() -> None:
    added, end = Bytes(b"---", 5, 5), End(How.FIN)

    assert [without(added, 3, 8), without(added, 5, 8), without(end, 0, 9)] == [[], [added], [end]]


def stages(of: type[Stage] = Stage) -> Iterator[type[Stage]]:
    for each in of.__subclasses__():
        yield each
        yield from stages(each)


def test_no_stage_has_an_attribute_that_hides_one_of_its_base() -> None:
    """A slot of the same name would be two things for one."""
    found = {each.__name__: each for each in stages() if each.__module__.startswith("telesock.")}
    hidden = {
        name: {
            slot
            for base in each.__mro__[1:]
            for slot in getattr(base, "__slots__", ())
            if slot in each.__dict__.get("__slots__", ())
        }
        for name, each in found.items()
    }

    assert len(hidden) > len(MODULES)
    assert {name: slots for name, slots in hidden.items() if slots} == {}


def test_a_stage_that_holds_nothing_is_never_due() -> None:
    assert Stage(acting(made(LATE), Told())).due == math.inf
