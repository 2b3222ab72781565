"""Changing faults and ending them: what is answered, what takes a fault's place, and what it lets go."""

import grpc
import pytest
from tests.agents import RunningAgent
from tests.promises.faults import change, fault_message, fired, inject, lift, listed, shown
from tests.promises.owners import Listen, Open, Owner, refused
from tests.server.service.test_faults import NOT_FOUND, SLOW, names, without_age

from telesock.v1.faults_pb2 import (
    FaultState,
    ResetFaultsRequest,
)
from telesock.v1.sockets_pb2 import SendRequest

# Changing


async def test_a_changed_fault_is_another_in_the_same_place_with_counters_anew(
    owner: Owner, peer: Listen
) -> None:
    socket, far = await owner.connect(peer())
    for name in ("a", "slow", "z"):
        await inject(owner, name=name, **{**SLOW, "timing": {"probability": float(name == "slow")}})
    story = await owner.read()
    await owner.start(SendRequest(socket_id=socket, data=b"held"))
    await fired(story, "slow")

    changed = await change(owner, name="slow", seed=5, stall={"duration": 0.0}, target={"socket_id": socket})

    asked = fault_message(name="slow", seed=5, stall={"duration": 0.0}, target={"socket_id": socket})
    asked.timing.SetInParent()
    assert without_age(changed) == FaultState(fault=asked, sockets=1)
    assert names(await listed(owner)) == ["a", "slow", "z"]
    await far.until_received(b"held")  # what the old one held has left


async def test_a_change_of_a_fault_that_there_is_not_names_those_that_there_are(owner: Owner) -> None:
    for name in ("a", "b"):
        await inject(owner, name=name, **SLOW)

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await change(owner, name="c", stall={})

    assert caught.value.code() is NOT_FOUND
    assert caught.value.details() == "the session has no fault 'c'; it has a, b"


async def test_a_change_that_is_refused_leaves_the_fault_as_it_was(owner: Owner) -> None:
    before = await inject(owner, name="slow", **SLOW)

    for fields in ({"latency": {"delay": -1.0}}, {}, {"stall": {}, "timing": {"on": 1.0}}):
        with refused("MALFORMED", grpc.StatusCode.INVALID_ARGUMENT):
            await change(owner, name="slow", **fields)
    for target in ({"socket_id": 7}, {"listener_id": 7}):
        with refused("SOCKET_UNKNOWN", NOT_FOUND):
            await change(owner, name="slow", stall={}, target=target)

    assert [without_age(each) for each in await listed(owner)] == [without_age(before)]


async def test_a_changed_fault_may_be_of_more_than_the_one_socket_that_it_was_of(
    owner: Owner, peer: Listen
) -> None:
    for _ in range(2):
        await owner.connect(peer())
    await inject(owner, name="slow", stall={}, target={"socket_id": 1})

    assert (await change(owner, name="slow", stall={})).sockets == 2


async def test_a_changed_fault_is_still_found_by_the_request_that_made_it(owner: Owner) -> None:
    await inject(owner, "again", name="slow", **SLOW)
    changed = await change(owner, name="slow", seed=5, stall={})

    assert without_age(await inject(owner, "again", name="slow", **SLOW)) == without_age(changed)


# Ending


async def test_a_deleted_fault_is_answered_as_it_was_and_is_no_more(owner: Owner, peer: Listen) -> None:
    socket, far = await owner.connect(peer())
    await inject(owner, name="slow", **SLOW)
    story = await owner.read()
    await owner.start(SendRequest(socket_id=socket, data=b"held"))
    await fired(story, "slow")
    before = await shown(owner, "slow")

    deleted = await lift(owner, "slow")

    assert without_age(deleted) == without_age(before)
    assert (deleted.decisions, deleted.firings, deleted.sockets, deleted.held_bytes) == (1, 1, 1, 4)
    assert await listed(owner) == []
    await far.until_received(b"held")


async def test_a_deletion_of_a_fault_that_there_is_not_names_those_that_there_are(owner: Owner) -> None:
    with refused("FAULT_UNKNOWN", NOT_FOUND) as info:
        await lift(owner, "slow")
    assert dict(info.metadata) == {"name": "slow"}
    await inject(owner, name="other", **SLOW)

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await lift(owner, "slow")
    assert caught.value.details() == "the session has no fault 'slow'; it has other"


async def test_a_reset_ends_all_faults_of_this_session_and_of_no_other(
    agent: RunningAgent, owner: Owner, open_owner: Open
) -> None:
    other = await open_owner(agent.address)
    for each in (owner, other):
        for name in ("a", "b"):
            await inject(each, name=name, **SLOW)

    ended = (await owner.ask(ResetFaultsRequest())).faults

    assert names(list(ended)) == ["a", "b"]
    assert (names(await listed(owner)), names(await listed(other))) == ([], ["a", "b"])
    assert list((await owner.ask(ResetFaultsRequest())).faults) == []
