"""Faults that a request brings for the socket that it makes: they are there with it, and never without it."""

from typing import Any

import grpc
from tests.promises.faults import ended, fault_message, inject, listed
from tests.promises.owners import Listen, Open, Owner, connect_to, refused

from telesock.server.core.limits import Limits
from telesock.v1.events_pb2 import FAULT_END_TARGET_GONE
from telesock.v1.sockets_pb2 import CloseRequest, CreateSocketRequest, SendRequest
from telesock.v1.types_pb2 import STATUS_SUCCESS


async def test_what_a_request_brings_is_listed_as_faults_of_its_socket_in_their_order(
    owner: Owner, peer: Listen
) -> None:
    await owner.connect(peer())
    faults = [fault_message(name="b", seed=5, stall={}), fault_message(slow_close={})]

    created = await owner.start(CreateSocketRequest(faults=faults))

    states = await listed(owner)
    assert [state.fault.name for state in states] == ["b", "slow-close-1"]
    assert [state.fault.target.socket_id for state in states] == [created.socket_id] * 2
    assert states[0].fault.seed == 5
    assert [state.sockets for state in states] == [0, 0]  # nothing moves on it yet, and none is for another


async def test_a_request_that_comes_again_brings_its_faults_once(owner: Owner, peer: Listen) -> None:
    request = connect_to("127.0.0.1", peer().port, operation_id=7, faults=[fault_message(stall={})])

    for _ in range(2):
        assert (await owner.run(request)).status == STATUS_SUCCESS

    assert [state.fault.name for state in await listed(owner)] == ["stall-1"]


async def test_what_a_socket_was_born_with_ends_with_it_and_what_it_holds_is_gone(
    owner: Owner, peer: Listen
) -> None:
    socket, _ = await owner.connect(peer(), faults=[fault_message(name="own", stall={})])
    await inject(owner, name="general", half_close={}, target={"peer": "10.0.0.0/8"})
    story = await owner.read()
    await owner.start(SendRequest(socket_id=socket, data=b"held"))

    await owner.run(CloseRequest(socket_id=socket))

    assert (await ended(story, "own")).end == FAULT_END_TARGET_GONE
    assert [state.fault.name for state in await listed(owner)] == ["general"]


async def test_a_name_that_another_fault_has_is_no_name_to_be_born_with(owner: Owner) -> None:
    await inject(owner, name="slow", half_close={})
    taken = [fault_message(name=name, stall={}) for name in ("other", "slow")]
    twice = [fault_message(name=name, stall={}) for name in ("a", "b", "c", "b")]

    for faults, name in ((taken, "slow"), (twice, "b")):
        with refused("FAULT_NAME_USED", grpc.StatusCode.ALREADY_EXISTS) as info:
            await owner.start(CreateSocketRequest(faults=faults))
        assert info.metadata["name"] == name

    assert ((await owner.view()).sockets, len(await listed(owner))) == (0, 1)


async def test_a_socket_is_not_born_with_more_faults_than_the_session_may_have(
    start_agent: Any, open_owner: Open
) -> None:
    agent = await start_agent(limits=Limits(faults=2))
    owner = await open_owner(agent.address)
    await inject(owner, name="slow", half_close={})

    with refused("TOO_MANY_FAULTS", grpc.StatusCode.RESOURCE_EXHAUSTED) as info:
        await owner.start(CreateSocketRequest(faults=[fault_message(stall={})] * 2))
    assert info.metadata["limit"] == "2"
    await owner.start(CreateSocketRequest(faults=[fault_message(stall={})]))

    assert [state.fault.name for state in await listed(owner)] == ["slow", "stall-1"]
