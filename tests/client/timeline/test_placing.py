"""Entries of several clocks are put on ours, with what they can be wrong by, and nobody's own order is turned round."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from telesock.client.core.clocks import ClockEstimate
from telesock.client.timeline import Entry
from telesock.client.timeline.placing import Seen, nearest, placed, story_clocks

SECOND = 1_000_000_000
EXACT = ClockEstimate(1000, 5, 0, drift_uncertainty_ppm=0)


def told(at_ns: int, heard_ns: int, agent: str = "a", sequence: int = 1, began_ns: int | None = None) -> Seen:
    entry = Entry(at_ns, "operation", "send", agent, sequence=sequence, began_ns=began_ns, status="SUCCESS")
    return Seen(entry, heard_ns, is_agents_time=True)


def test_an_event_is_put_on_our_clock_by_its_agents_estimate() -> None:
    early, late = told(1100, 200), told(1150, 210, "b")

    assert placed(
        [early, late], {"a": [EXACT], "b": [ClockEstimate(1100, 7, 0, drift_uncertainty_ppm=0)]}
    ) == (
        replace(late.entry, at_ns=50, uncertainty_ns=7),
        replace(early.entry, at_ns=100, uncertainty_ns=5),
    )


def test_of_several_estimates_the_one_made_nearest_to_the_hearing_counts() -> None:
    first, second = ClockEstimate(0, 1, 100), ClockEstimate(10, 2, 200)

    assert [nearest([first, second], at) for at in (0, 100, 149, 151, 200, 900)] == [
        first,
        first,
        first,
        second,
        second,
        second,
    ]


def test_estimates_that_contradict_each_other_do_not_turn_an_agents_order_round() -> None:
    clocks = [ClockEstimate(0, 5, 0), ClockEstimate(50, 5, 1000)]

    story = placed([told(490, 490, sequence=1), told(510, 510, sequence=2)], {"a": clocks})

    assert [(entry.sequence, entry.at_ns) for entry in story] == [(1, 490), (2, 490)]


def test_nothing_ends_before_it_was_asked_for() -> None:
    (entry,) = placed([told(1100, 200, began_ns=150)], {"a": [EXACT]})

    assert (entry.began_ns, entry.at_ns) == (150, 150)


def test_an_agent_of_whose_clock_nothing_is_known_is_placed_by_when_we_heard() -> None:
    (entry,) = placed([told(5 * SECOND, 200)], {})

    assert (entry.at_ns, entry.uncertainty_ns) == (200, None)


def test_what_is_on_our_clock_stays_where_it_is() -> None:
    note = Entry(70, "note", "now")

    assert placed([Seen(note, 70, is_agents_time=False)], {"a": [EXACT]}) == (note,)


@given(
    offset=st.integers(-(10**15), 10**15),
    operations=st.lists(st.tuples(*[st.integers(0, 10**8)] * 3), min_size=1, max_size=20),
)
def test_the_story_itself_bounds_a_clock_that_nobody_estimated(
    offset: int, operations: list[tuple[int, int, int]]
) -> None:
    """Whatever the ways took: the true moment is within the error bar."""
    story = []
    for there, work, back in operations:
        ended = 10**10 + there + work
        story.append((told(ended + offset, ended + back, began_ns=10**10), ended))

    clocks = story_clocks(seen for seen, _ in story)

    assert list(clocks) == ["a"]
    for seen, ended in story:
        clock = nearest(clocks["a"], seen.heard_ns)
        assert abs(clock.to_ours(seen.entry.at_ns) - ended) <= clock.uncertainty_at(ended) + 1
