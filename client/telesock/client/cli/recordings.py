"""Recorded runs: what faults there were, with all decisions that fired, as text, and as faults that do the same again.

The text is JSON in the forms of other commands: faults as `telesock faults list --json` prints them, then their events as
`telesock events --json` or `telesock recording` does. So what those print, one behind the other, is a recorded run too.
Raises ValueError for what is none, and for a run of which not every decision is known: it cannot be made again exactly.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from google.protobuf.json_format import ParseDict, ParseError

from telesock.client.faults import Fault, replay_of
from telesock.v1 import events_pb2
from telesock.v1.faults_pb2 import FaultState, ListFaultsResponse

Told = events_pb2.Event | events_pb2.Gap


class Recording(NamedTuple):
    """Faults as they were at some time, and what was told of them."""

    faults: Sequence[FaultState]
    told: Sequence[Told]

    def again(self) -> list[Fault]:
        """Return the faults so that what fired fires again, and nothing else does.

        They name no socket: the decisions do, and it need not be there yet.
        """
        recorded = replay_of(self.told)
        known = {state.fault.name: state for state in self.faults}
        unknown = sorted(recorded.keys() - known.keys())
        if unknown:
            raise ValueError(f"{unknown[0]} fired, but what it was is not there; record before it ends")
        again = []
        for name, state in known.items():
            fault = Fault.from_message(state.fault)
            decisions = recorded[name].decisions if name in recorded else ()
            if len(decisions) < state.firings:
                raise ValueError(f"of {state.firings} firings of {name} the events tell {len(decisions)}")
            again.append(fault.but(replay=decisions, socket=0, listener=0))
        return again


def of_the_living(told: Iterable[Told], names: Iterable[str]) -> list[events_pb2.Event]:
    """Keep the firings of these faults, without those of others that had their names before; in their order."""
    living: dict[str, list[events_pb2.Event]] = {name: [] for name in names}
    for event in told:
        if not isinstance(event, events_pb2.Event):
            continue  # whether anything is missing, the counters tell
        if event.HasField("fault_ended"):
            living.get(event.fault_ended.fault, []).clear()
        elif event.HasField("fault_fired"):
            living.get(event.fault_fired.fault, []).append(event)
    return sorted((event for each in living.values() for event in each), key=lambda event: event.sequence)


def read_recording(text: str) -> Recording:
    """Read a recorded run."""
    faults: dict[str, FaultState] = {}
    told: list[Told] = []
    for line, value in _values(text):
        try:
            for message in _messages(value):
                if isinstance(message, FaultState):
                    faults[message.fault.name] = message  # the last time that it was listed
                else:
                    told.append(message)
        except ParseError as error:
            raise ValueError(f"line {line} is not as an agent tells it: {error}") from None
    return Recording(list(faults.values()), told)


def _values(text: str) -> Iterator[tuple[int, Any]]:
    """Read values of JSON that stand one behind the other, on lines of their own or over several."""
    decoder, place = json.JSONDecoder(), 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        line = text.count("\n", 0, place) + 1
        try:
            value, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            raise ValueError(f"line {line} is not JSON") from None
        if not isinstance(value, dict):
            raise ValueError(f"line {line} is neither faults nor an event")
        yield line, value


def _messages(value: dict[str, Any]) -> Iterator[FaultState | Told]:
    if "faults" in value:
        yield from ParseDict(value, ListFaultsResponse(), ignore_unknown_fields=True).faults
    elif "fault" in value:
        yield ParseDict(value, FaultState(), ignore_unknown_fields=True)
    elif "recording" in value:
        return  # the first line of `telesock recording`: it has no fault, and no decision
    elif "gap" in value:
        yield ParseDict(value["gap"], events_pb2.Gap(), ignore_unknown_fields=True)
    elif "sequence" in value:
        yield ParseDict(value, events_pb2.Event(), ignore_unknown_fields=True)
    else:
        raise ParseError("it is neither faults nor an event")
