"""What the fields of faults do: two faults that differ in one field are told apart by what comes of them, and by nothing else."""

import time
from typing import Any

import pytest
from tests.agents import RunningAgent
from tests.promises.fault_fields import CHANGES, Change
from tests.promises.fault_observers import Session
from tests.promises.faults import change, inject, lift, listed
from tests.promises.owners import Listen, Open, Owner

from telesock.server.engine import packet_loss
from telesock.v1.sockets_pb2 import SendRequest

HOST_FORBIDS = {"Fault.packet_loss": packet_loss.missing()}


@pytest.mark.parametrize(("field", "difference"), CHANGES.items(), ids=list(CHANGES))
async def test_every_field_of_a_fault_changes_what_comes_of_it(
    field: str, difference: Change, agent: RunningAgent, open_owner: Open, peer: Listen
) -> None:
    if HOST_FORBIDS.get(field):
        pytest.skip(HOST_FORBIDS[field])

    async def seen(fields: Any) -> Any:
        return await difference.observe(Session(await open_owner(agent.address), peer), fields)

    one, again, other = [await seen(each) for each in (difference.one, difference.one, difference.other)]

    assert one == again
    assert one != other


@pytest.mark.parametrize(
    ("effect", "at_least"),
    [
        ({"bandwidth": {"bytes_per_second": 100, "burst_bytes": 1}}, 0.09),
        ({"slices": {"size_bytes": 1, "gap": 0.01}}, 0.09),
        ({"drip": {"gap": 0.01}}, 0.09),
    ],
    ids=["rate", "gap of slices", "gap of a drip"],
)
async def test_a_rate_and_a_gap_take_their_time(
    effect: dict[str, Any], at_least: float, owner: Owner, peer: Listen
) -> None:
    socket, far = await owner.connect(peer())
    await inject(owner, **effect)
    began = time.monotonic()

    await owner.start(SendRequest(socket_id=socket, data=b"0123456789"))
    await far.until_received(b"0123456789")

    assert time.monotonic() - began >= at_least


async def test_a_fault_is_made_once_for_one_request_id(owner: Owner) -> None:
    made = [await inject(owner, request_id, stall={}) for request_id in ("a", "a", "b", "", "")]

    assert [state.fault.name for state in made] == ["stall-1", "stall-1", "stall-2", "stall-3", "stall-4"]


async def test_a_change_and_a_deletion_are_of_the_fault_that_they_name(owner: Owner) -> None:
    for name in ("a", "b", "c"):
        await inject(owner, name=name, stall={})

    await change(owner, name="b", half_close={})
    await lift(owner, "c")

    effects = [(state.fault.name, state.fault.WhichOneof("effect")) for state in await listed(owner)]
    assert effects == [("a", "stall"), ("b", "half_close")]
