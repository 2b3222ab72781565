"""Whatever faults come and go, and however bytes come: nothing is lost that may not be, and chunks do not show."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.server.core.faults.driving import Drive, OnStreams
from tests.server.core.faults.stories import (
    CHANGING,
    CLOCKS,
    CUTS,
    ENDING,
    ENDING_IN_TIME,
    HOLDING,
    PLACES,
    RATES,
    TIMINGS,
    UNTIMED,
    Cut,
    Step,
    happen,
    some_bytes,
    stories,
)

from telesock.server.core.faults.acting import Firing
from telesock.server.core.faults.segments import Bytes, End, How
from telesock.server.core.faults.values import Timing

EXAMPLES = settings(max_examples=150, derandomize=True, deadline=None)


def begun(clock: float, place: int) -> Drive:
    return Drive(created=clock, now=clock, put_in=place)


def spans(drive: Drive) -> list[int]:
    """The offsets that came, in the order in which they did."""
    found = (segment for _, segment in drive.came if isinstance(segment, Bytes))
    return [offset for segment in found for offset in range(segment.start, segment.end)]


@EXAMPLES
@given(CLOCKS, PLACES, stories(HOLDING | RATES))
def test_what_only_holds_back_lets_all_bytes_out_in_order_and_then_the_end(
    clock: float, place: int, story: list[Step]
) -> None:
    drive = begun(clock, place)
    for step in story:
        assert not isinstance(step, Cut)
        happen(drive, step)
        assert drive.pipe.held_bytes == drive.put_in - place - len(drive.data)

    drive.end()
    drive.run()

    assert drive.data == some_bytes(place, drive.put_in - place)
    assert spans(drive) == list(range(place, drive.put_in))
    assert [(end.how, end.made_by) for end in drive.ends] == [(How.FIN, "")]
    assert isinstance(drive.came[-1][1], End)
    assert (drive.pipe.held_bytes, drive.pipe.empty, drive.pipe.ended) == (0, True, False)


@EXAMPLES
@given(CLOCKS, PLACES, stories(HOLDING | RATES | CHANGING | ENDING | ENDING_IN_TIME))
def test_whatever_happens_an_end_is_the_last_thing_and_nothing_is_left_when_all_faults_have_ended(
    clock: float, place: int, story: list[Step]
) -> None:
    drive = begun(clock, place)
    for step in story:
        assert not isinstance(step, Cut)
        happen(drive, step)
        assert drive.pipe.held_bytes >= 0

    drive.end()
    drive.run()
    for name in [*drive.stages]:
        drive.lift(name)
    drive.run()

    assert [isinstance(segment, End) for _, segment in drive.came].index(True) == len(drive.came) - 1
    assert all(earlier < later for earlier, later in pairwise(spans(drive)))
    assert (drive.pipe.held_bytes, drive.pipe.empty) == (0, True)


@EXAMPLES
@given(CLOCKS, PLACES, stories(HOLDING | RATES | CHANGING, CUTS, CUTS))
def test_a_cut_takes_out_exactly_what_it_names(clock: float, place: int, story: list[Step]) -> None:
    drive = begun(clock, place)
    cut: set[int] = set()
    for step in story:
        if isinstance(step, Cut):
            first = max(spans(drive), default=place - 1) + 1
            start, end = sorted(first + (drive.put_in - first) * part // 1000 for part in step)
            assert drive.pipe.due is not None
            drive.pipe.cut(start, end)
            cut.update(range(start, end))
        else:
            happen(drive, step)

    drive.end()
    drive.run()

    assert spans(drive) == [offset for offset in range(place, drive.put_in) if offset not in cut]
    assert (drive.pipe.held_bytes, drive.pipe.empty) == (0, True)


# Chunks

Rules = list[tuple[OnStreams, Timing]]
NO_RATES = st.lists(st.tuples(HOLDING | CHANGING | ENDING | ENDING_IN_TIME, TIMINGS), max_size=3)
RATES_TOO = st.lists(st.tuples(HOLDING | CHANGING | ENDING | RATES, UNTIMED), max_size=3)
Told = dict[str, list[tuple[Firing, int]]]


def told_by(drive: Drive) -> Told:
    """What each fault has told."""
    told: Told = {}
    for name, firing, count in drive.told:
        told.setdefault(name, []).append((firing, count))
    return told


def result(
    rules: Rules, clock: float, place: int, size: int, chunks: list[int]
) -> tuple[bytes, list[End], Told]:
    """What comes, and what each fault tells, when bytes come in chunks of these sizes, over and over."""
    drive = begun(clock, place)
    for number, (effect, timing) in enumerate(rules):
        drive.add(effect, timing, f"fault-{number}")
    left, turn = size, 0
    while left:
        chunk = min(left, chunks[turn % len(chunks)])
        drive.put(some_bytes(drive.put_in, chunk))
        left, turn = left - chunk, turn + 1
        if chunk % 2:
            drive.run(clock)
    drive.end()
    drive.run()
    return drive.data, drive.ends, told_by(drive)


@EXAMPLES
@given(
    NO_RATES | RATES_TOO,
    CLOCKS,
    PLACES,
    st.integers(0, 900),
    st.lists(st.integers(1, 200), min_size=1, max_size=4),
)
def test_how_bytes_that_come_at_once_are_cut_into_chunks_does_not_show(
    rules: Rules, clock: float, place: int, size: int, chunks: list[int]
) -> None:
    whole = result(rules, clock, place, size, [1000])

    assert result(rules, clock, place, size, chunks) == whole
    assert result(rules, clock, place, size, [1]) == whole


BURSTS = st.lists(st.tuples(st.sampled_from([0.0, 0.05, 0.3, 1.0]), st.integers(1, 400)), max_size=4)


def result_of_bursts(
    rules: Rules, clock: float, place: int, bursts: list[tuple[float, int]], chunk: int
) -> tuple[list[tuple[float, bytes]], list[End], Told]:
    """What had come by each moment, the ends, and what each fault tells, when bytes come in bursts of chunks."""
    drive = begun(clock, place)
    for number, (effect, timing) in enumerate(rules):
        drive.add(effect, timing, f"fault-{number}")
    came = []
    for pause, size in bursts:
        drive.until(drive.now + pause)
        begin, end = drive.put_in, drive.put_in + size
        for start in range(begin, end, chunk):
            drive.put(some_bytes(start, min(chunk, end - start)))
        came.append((drive.now, drive.data))
    drive.end()
    drive.run()
    came.append((drive.now, drive.data))
    return came, drive.ends, told_by(drive)


@EXAMPLES
@given(NO_RATES, CLOCKS, PLACES, BURSTS)
def test_how_each_burst_is_cut_into_chunks_does_not_show_in_what_comes_when(
    rules: Rules, clock: float, place: int, bursts: list[tuple[float, int]]
) -> None:
    whole = result_of_bursts(rules, clock, place, bursts, 1000)

    assert result_of_bursts(rules, clock, place, bursts, 7) == whole
