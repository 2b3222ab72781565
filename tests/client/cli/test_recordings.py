"""Recorded runs as text: read as other commands write them, and refused where they are not the whole run."""

import pytest

from telesock.client.cli.events import event_json
from telesock.client.cli.output import json_text
from telesock.client.cli.recording import header_json
from telesock.client.cli.recordings import Recording, Told, of_the_living, read_recording
from telesock.client.faults import FaultDecision, Stall
from telesock.v1 import events_pb2, faults_pb2
from telesock.v1.recordings_pb2 import SessionRecording
from telesock.v1.sessions_pb2 import Session


def state(name: str, firings: int) -> faults_pb2.FaultState:
    fault = faults_pb2.Fault(name=name, seed=7, stall=faults_pb2.Stall())
    fault.target.socket_id = 4
    return faults_pb2.FaultState(fault=fault, decisions=9, firings=firings)


def fired(sequence: int, name: str, decision: int) -> events_pb2.Event:
    body = events_pb2.FaultFired(
        fault=name, seed=7, decision=decision, count=1, direction=faults_pb2.DIRECTION_SEND
    )
    return events_pb2.Event(sequence=sequence, socket_id=4, fault_fired=body)


def ended(sequence: int, name: str, firings: int = 0) -> events_pb2.Event:
    return events_pb2.Event(
        sequence=sequence, fault_ended=events_pb2.FaultEnded(fault=name, seed=7, firings=firings)
    )


FAULTS = faults_pb2.ListFaultsResponse(faults=[state("one", 2), state("two", 0)])
TOLD = [fired(3, "one", 0), fired(5, "one", 4)]


@pytest.mark.parametrize("indent", [None, 2])
def test_what_other_commands_print_is_a_recorded_run(indent: int | None) -> None:
    text = "\n".join([json_text(FAULTS, indent=indent), *map(event_json, TOLD)])

    one, two = read_recording(text).again()

    assert (one.name, one.seed, one.effect, one.socket) == ("one", 7, Stall(), 0)
    assert one.replay == (FaultDecision(4, "send", 0), FaultDecision(4, "send", 4))
    assert two.replay == ()


def test_the_faults_listed_in_time_and_what_the_agent_has_recorded_since_are_one_too() -> None:
    header = header_json(
        SessionRecording(session=Session(session_id="s-1", last_sequence=7), cause="LEASE_EXPIRED")
    )
    recorded = [header, *map(event_json, [*TOLD, ended(6, "one", 2), ended(7, "two")])]

    one, two = read_recording("\n".join([json_text(FAULTS), *recorded])).again()

    assert one.replay == (FaultDecision(4, "send", 0), FaultDecision(4, "send", 4))
    assert two.replay == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nothing", "line 1 is not JSON"),
        ('{"faults": []}\n[]', "line 2 is neither faults nor an event"),
        ("{}", "line 1 is not as an agent tells it: it is neither faults nor an event"),
        ('{"sequence": "much"}', "line 1 is not as an agent tells it: "),
        (event_json(TOLD[0]), "one fired, but what it was is not there; record before it ends"),
        (json_text(FAULTS), "of 2 firings of one the events tell 0"),
    ],
)
def test_what_is_no_whole_run_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match="^" + problem):
        read_recording(text).again()


def test_the_firings_of_a_fault_that_had_the_name_before_are_left_out() -> None:
    gap = events_pb2.Gap(first_sequence=1, last_sequence=2)
    told: list[Told] = [
        gap,
        fired(3, "one", 0),
        ended(4, "one"),
        fired(5, "two", 1),
        fired(6, "one", 2),
        fired(7, "no", 0),
    ]

    living = of_the_living(told, ["one", "two"])

    assert living == [told[3], told[4]]
    assert Recording([state("one", 1), state("two", 1)], living).again()
