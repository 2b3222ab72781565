"""The faults of datagrams, one behind the other, while they come and go."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.server.core.faults.passing import OnDatagrams, Passage, passed
from tests.server.core.faults.stories import SHORT, TIMINGS

from telesock.server.core.faults.acting import Firing
from telesock.server.core.faults.datagrams import (
    DatagramDelay,
    DatagramDuplication,
    DatagramLoss,
    DatagramReordering,
    DatagramTruncation,
)
from telesock.server.core.faults.packets import Packet
from telesock.server.core.faults.peers import Peers
from telesock.server.core.faults.values import Target, Timing
from telesock.server.core.policy_rules import parse_rule
from telesock.server.core.requests import Endpoint


def test_without_faults_datagrams_leave_at_once_as_they_came() -> None:
    passage = Passage()
    passage.put(b"a", b"b")
    before = (passage.pipe.due, passage.pipe.held, passage.pipe.held_bytes)
    passage.run()

    assert before == (-math.inf, 2, 2)
    assert passage.came == [(0.0, Packet(b"a", 0)), (0.0, Packet(b"b", 1))]
    assert (passage.pipe.due, passage.pipe.held, passage.pipe.held_bytes) == (math.inf, 0, 0)


def test_each_fault_sees_what_the_one_before_lets_out() -> None:
    passage = Passage()
    passage.add(DatagramDuplication(1), name="twice")
    passage.add(DatagramTruncation(1), name="short")
    passage.add(DatagramDelay(2.0), name="late")
    passage.put(b"abc")
    passage.run()

    assert passage.came == [(2.0, Packet(b"a", 0, faults=("twice", "short", "late")))] * 2


def test_what_is_held_is_counted_in_datagrams_and_bytes() -> None:
    passage = Passage()
    passage.add(DatagramDelay(2.0))
    passage.put(b"abc", b"de")

    assert (passage.pipe.held, passage.pipe.held_bytes, passage.pipe.due) == (2, 5, 2.0)


def test_who_asks_is_told_which_faults_have_fired_on_a_datagram() -> None:
    passage = Passage()
    passage.add(DatagramLoss(), Timing(nth=2), name="lost")
    passage.add(DatagramTruncation(1), name="short")
    passage.put(b"ab")
    passage.run()
    first = passage.pipe.fired_on(0)
    passage.put(b"cd")

    assert (first, passage.pipe.fired_on(1)) == (("short",), ("lost",))


def test_a_fault_that_ends_lets_go_at_once_in_the_order_in_which_datagrams_came() -> None:
    passage = Passage()
    passage.add(DatagramDelay(9.0, 8.0))
    passage.put(b"a", b"b", b"c", b"d")
    passage.now = 0.5

    passage.lift()
    passage.run()

    assert passage.when == [(0.5, b"a"), (0.5, b"b"), (0.5, b"c"), (0.5, b"d")]


def test_what_a_fault_lets_go_goes_to_the_ones_behind_it() -> None:
    passage = Passage()
    passage.add(DatagramDelay(9.0), name="late")
    passage.add(DatagramTruncation(1), name="short")
    passage.put(b"ab")

    passage.lift("late")
    passage.run()

    assert passage.came == [(0.0, Packet(b"a", 0, faults=("late", "short")))]


def test_another_fault_in_its_place_does_not_act_on_what_the_first_held() -> None:
    passage = Passage()
    passage.add(DatagramDelay(9.0))
    passage.put(b"a")

    passage.add(DatagramDelay(5.0))
    passage.put(b"b")
    passage.run()

    assert passage.when == [(0.0, b"a"), (5.0, b"b")]


def test_what_is_held_leaves_when_the_conditions_about_time_end() -> None:
    assert passed(DatagramDelay(9.0), b"a", timing=Timing(window_end=2.0)).when == [(2.0, b"a")]


def test_about_datagrams_of_other_peers_nothing_is_decided() -> None:
    passage = Passage()
    passage.add(DatagramLoss(), Timing(times=1), target=Target(peers=Peers(parse_rule("10.0.0.0/8:53"))))
    passage.put(b"a")
    passage.put(b"b", peer=Endpoint("10.0.0.1", 54))
    passage.put(b"c", b"d", peer=Endpoint("10.0.0.1", 53))
    passage.run()

    assert passage.data == [b"a", b"b", b"d"]
    assert passage.told.firings == [("f", Firing(2, size=1))]


KEEPING: st.SearchStrategy[OnDatagrams] = st.one_of(
    st.builds(DatagramDelay, SHORT, SHORT),
    st.builds(DatagramReordering, st.integers(1, 4), SHORT),
)
COMES = st.tuples(
    st.sampled_from(["one", "two"]), KEEPING, TIMINGS.map(lambda timing: timing._replace(after_bytes=0))
)
STEPS = st.lists(st.one_of(COMES, st.sampled_from(["one", "two"]), st.integers(1, 5), SHORT), max_size=12)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(STEPS)
def test_what_only_delays_lets_every_datagram_out_once_unchanged(
    steps: list[tuple[str, OnDatagrams, Timing] | str | int | float],
) -> None:
    passage = Passage()
    for step in steps:
        match step:
            case (name, effect, timing):
                passage.add(effect, timing, name)
            case str(name):
                if name in passage.stages:
                    passage.lift(name)
            case int(count):
                passage.put(*(bytes([number]) for number in range(passage.put_in, passage.put_in + count)))
            case seconds:
                passage.put(at=passage.now + seconds)
        assert passage.pipe.held == passage.pipe.held_bytes == passage.put_in - len(passage.came)

    passage.run()

    assert sorted(passage.data) == [bytes([number]) for number in range(passage.put_in)]
    assert all(
        passage.came[number][0] <= passage.came[number + 1][0] for number in range(len(passage.came) - 1)
    )
