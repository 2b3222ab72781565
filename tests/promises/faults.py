"""Faults as any program with the generated stubs asks for them, for the owners of owners.py.

state = await inject(owner, name="slow", latency={"delay": 0.05}, target={"socket_id": 1})    # floats are seconds
state = await shown(owner, "slow")                          # as it is now
await lift(owner, "slow")
story = await owner.read(); await fired(story, "slow")      # waits for the first FaultFired of it
"""

from typing import Any

from tests.promises.owners import Owner
from tests.promises.stories import Story
from tests.wire.faults import fault_message

from telesock.v1.events_pb2 import FaultEnded, FaultFired
from telesock.v1.faults_pb2 import (
    CreateFaultRequest,
    DeleteFaultRequest,
    FaultState,
    ListFaultsRequest,
    UpdateFaultRequest,
)

__all__ = ["change", "ended", "fault_message", "fired", "firings", "inject", "lift", "listed", "shown"]


async def inject(owner: Owner, request_id: str = "", **fields: Any) -> FaultState:
    """Make a fault."""
    request = CreateFaultRequest(request_id=request_id, fault=fault_message(**fields))
    state: FaultState = (await owner.ask(request)).state
    return state


async def change(owner: Owner, **fields: Any) -> FaultState:
    """Put another fault in the place of the one of its name."""
    state: FaultState = (await owner.ask(UpdateFaultRequest(fault=fault_message(**fields)))).state
    return state


async def lift(owner: Owner, name: str) -> FaultState:
    """End a fault; return it as it was at its end."""
    state: FaultState = (await owner.ask(DeleteFaultRequest(name=name))).state
    return state


async def listed(owner: Owner) -> list[FaultState]:
    """Return the session's faults as they are now."""
    return list((await owner.ask(ListFaultsRequest())).faults)


async def shown(owner: Owner, name: str) -> FaultState:
    """Return one of them."""
    [state] = [each for each in await listed(owner) if each.fault.name == name]
    return state


def firings(story: Story, name: str) -> list[FaultFired]:
    """What was told of a fault's firings so far."""
    return [each.fault_fired for each in story.bodies("fault_fired") if each.fault_fired.fault == name]


async def fired(story: Story, name: str) -> FaultFired:
    """Wait until a fault has fired; return what was told of it first."""
    await story.until(lambda: bool(firings(story, name)))
    return firings(story, name)[0]


async def ended(story: Story, name: str) -> FaultEnded:
    """Wait until a fault has ended; return what was told of that."""

    def told() -> list[FaultEnded]:
        return [each.fault_ended for each in story.bodies("fault_ended") if each.fault_ended.fault == name]

    await story.until(lambda: bool(told()))
    [end] = told()
    return end
