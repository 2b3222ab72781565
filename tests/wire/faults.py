"""Faults over gRPC, as the tests of this folder ask for them, and what was told of them.

state = await create_fault(caller, latency={"delay": 0.05}, target={"socket_id": 3})   # floats are seconds
state = await end_fault(caller, state.fault.name)                  # as it was at its end
firings(await caller.events(), "latency-1")                        # [Fired(socket, direction, decision, …)]
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from google.protobuf.duration_pb2 import Duration
from tests.wire.caller import Caller
from tests.wire.story import Event

from telesock.v1 import faults_pb2, faults_pb2_grpc

FaultState = faults_pb2.FaultState
PROBABILITIES = ("probability", "correlation", "bad", "good", "fires_in_good", "fires_in_bad")


class Fired(NamedTuple):
    """What one FaultFired says, its times aside."""

    socket_id: int
    direction: int
    decision: int
    firings: int = 1
    stream_offset: int = 0
    size: int = 0


def fault_message(**fields: Any) -> faults_pb2.Fault:
    """Write a fault; a float is a duration unless it is a probability."""
    return faults_pb2.Fault(**with_durations(fields))


def with_durations(fields: dict[str, Any]) -> dict[str, Any]:
    """Turn seconds into what the contract has for them."""
    return {key: _value(key, value) for key, value in fields.items()}


def _value(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        return with_durations(value)
    if not isinstance(value, float) or key in PROBABILITIES:
        return value
    duration = Duration()
    duration.FromNanoseconds(round(value * 1e9))
    return duration


def _service(caller: Caller) -> Any:
    return faults_pb2_grpc.FaultServiceStub(caller.channel)


async def create_fault(caller: Caller, **fields: Any) -> FaultState:
    """Make a fault."""
    request = faults_pb2.CreateFaultRequest(session_id=caller.session_id, fault=fault_message(**fields))
    state: FaultState = (await _service(caller).CreateFault(request, metadata=caller.metadata)).state
    return state


async def end_fault(caller: Caller, name: str) -> FaultState:
    """End a fault; return it as it was then."""
    request = faults_pb2.DeleteFaultRequest(session_id=caller.session_id, name=name)
    state: FaultState = (await _service(caller).DeleteFault(request, metadata=caller.metadata)).state
    return state


async def reset_faults(caller: Caller) -> list[FaultState]:
    """End all faults of the session."""
    request = faults_pb2.ResetFaultsRequest(session_id=caller.session_id)
    return list((await _service(caller).ResetFaults(request, metadata=caller.metadata)).faults)


async def fault_states(caller: Caller) -> dict[str, FaultState]:
    """Return the session's faults as they are now, by name."""
    request = faults_pb2.ListFaultsRequest(session_id=caller.session_id)
    answer = await _service(caller).ListFaults(request, metadata=caller.metadata)
    return {state.fault.name: state for state in answer.faults}


def firings(events: Iterable[Event], name: str = "") -> list[Fired]:
    """What was told of a fault's firings, or of all."""
    return [
        fired(event)
        for event in events
        if event.HasField("fault_fired") and name in ("", event.fault_fired.fault)
    ]


def fired(event: Event) -> Fired:
    """Read one of them."""
    body = event.fault_fired
    numbers = (body.decision, body.count, body.stream_offset, body.bytes)
    return Fired(event.socket_id, body.direction, *numbers)


async def until_fired(caller: Caller, name: str) -> Fired:
    """Wait until a fault has fired for the first time."""

    def is_it(event: Event) -> bool:
        return event.HasField("fault_fired") and event.fault_fired.fault == name

    return fired(await caller.until(is_it))
