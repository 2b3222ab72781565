"""Recorded runs: what the events of a session say of the decisions that fired."""

import pytest

from telesock.client import Direction, Fault, FaultDecision, Latency, Recorded, Reset, replay_of
from telesock.v1.events_pb2 import (
    FAULT_END_DELETED,
    FAULT_END_UPDATED,
    DataReceived,
    Event,
    FaultEnded,
    FaultFired,
    Gap,
)
from telesock.v1.faults_pb2 import DIRECTION_RECEIVE

BY_SEED = "this run cannot be replayed exactly by decisions; with the same traffic the seed alone does it"


def fired(name: str, decision: int, socket_id: int = 1, count: int = 1, seed: int = 7) -> Event:
    body = FaultFired(fault=name, decision=decision, count=count, seed=seed)
    return Event(sequence=decision, socket_id=socket_id, fault_fired=body)


def ended(name: str, firings: int, end: int = FAULT_END_DELETED) -> Event:
    body = FaultEnded(fault=name, end=end, firings=firings, seed=7)  # type: ignore[arg-type]  # a plain number
    return Event(fault_ended=body)


def test_each_fault_has_its_own_decisions_in_their_order_and_one_that_never_fired_has_none() -> None:
    downward = fired("latency-1", 4)
    downward.fault_fired.direction = DIRECTION_RECEIVE
    story = [
        fired("latency-1", 2),
        Event(data_received=DataReceived(data=b"x")),
        fired("reset-1", 0, socket_id=3),
        downward,
        ended("latency-1", 2),
        ended("stall-1", 0),
    ]

    assert replay_of(story) == {
        "latency-1": Recorded(7, (FaultDecision(1, None, 2), FaultDecision(1, Direction.RECEIVE, 4))),
        "reset-1": Recorded(7, (FaultDecision(3, None, 0),)),
        "stall-1": Recorded(7, ()),
    }


def test_a_recorded_fault_is_asked_for_again_with_its_seed_and_its_decisions() -> None:
    fault = Fault(Latency(0.1), direction="send", probability=0.5, socket=1)

    again = replay_of([fired("latency-1", 2)])["latency-1"].again(fault)

    assert again == Fault(
        Latency(0.1), direction="send", probability=0.5, socket=1, seed=7, replay=[FaultDecision(1, None, 2)]
    )


@pytest.mark.parametrize(
    ("story", "text"),
    [
        ([fired("a", 64, count=63)], f"event 64 tells of 63 firings of a: {BY_SEED}"),
        ([Gap(first_sequence=3, last_sequence=9)], f"events 3 to 9 are gone: {BY_SEED}"),
        ([fired("a", 1), ended("a", 2)], f"of 2 firings of a these events tell 1: {BY_SEED}"),
    ],
    ids=["several in one", "a gap", "some are missing"],
)
def test_a_run_of_which_not_every_decision_is_known_is_left_to_its_seed(
    story: list[Event | Gap], text: str
) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # its whole text is compared
        replay_of(story)

    assert str(raised.value) == text


@pytest.mark.parametrize(
    "story",
    [
        [fired("a", 1), ended("a", 1, FAULT_END_UPDATED), fired("a", 0)],
        [fired("a", 1), fired("a", 1, seed=8)],
    ],
    ids=["changed", "made anew"],
)
def test_two_faults_of_one_name_are_not_mixed_up(story: list[Event]) -> None:
    with pytest.raises(ValueError, match="two faults had the name a, or it was changed"):
        replay_of(story)


def test_what_is_replayed_can_be_written() -> None:
    again = replay_of([fired("reset-1", 0)])["reset-1"].again(Fault(Reset()))

    assert Fault.from_message(again.to_message()) == again
