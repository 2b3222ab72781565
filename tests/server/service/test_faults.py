"""FaultService: making and looking at faults, and whose they are. Changing and ending: test_faults_changing.py."""

from typing import Any

import grpc
import pytest
from tests.agents import RunningAgent
from tests.promises.faults import change, fault_message, fired, firings, inject, lift, listed, shown
from tests.promises.owners import TOKEN_KEY, Listen, Open, Owner, refused

from telesock.server.core.limits import Limits
from telesock.v1.faults_pb2 import (
    DIRECTION_SEND,
    CreateFaultRequest,
    DeleteFaultRequest,
    Fault,
    FaultState,
    ListFaultsRequest,
    ResetFaultsRequest,
    UpdateFaultRequest,
)
from telesock.v1.sessions_pb2 import CloseSessionRequest
from telesock.v1.sockets_pb2 import CreateSocketRequest, SendRequest

NOT_FOUND = grpc.StatusCode.NOT_FOUND
SLOW: dict[str, Any] = {"latency": {"delay": 3600.0}, "target": {"direction": DIRECTION_SEND}}
METHODS = [
    CreateFaultRequest(fault=fault_message(name="a", stall={})),
    UpdateFaultRequest(fault=fault_message(name="slow", stall={})),
    DeleteFaultRequest(name="slow"),
    ListFaultsRequest(),
    ResetFaultsRequest(),
]


def without_age(state: FaultState) -> FaultState:
    """The state but for the time since its making, which has to be there."""
    assert state.HasField("age")
    assert state.age.ToNanoseconds() >= 0
    state.ClearField("age")
    return state


def names(states: list[FaultState]) -> list[str]:
    return [state.fault.name for state in states]


# Making


async def test_a_fault_that_is_made_is_answered_whole(owner: Owner) -> None:
    asked = fault_message(
        name="late",
        seed=2**64 - 1,
        target={"peer": "127.0.0.0/8:80", "direction": 1},
        timing={"probability": 0.5, "decided_per": 2, "on": 1.0, "off": 2.0},
        expires_after=3600.0,
        stall={"duration": 0.25},
    )

    state = await inject(owner, name="other", stall={})
    answered = (await owner.ask(CreateFaultRequest(fault=asked))).state

    assert without_age(answered) == FaultState(fault=asked)
    assert state.fault.HasField("seed")


async def test_a_fault_acts_on_the_sockets_that_there_are_and_counts_them(owner: Owner, peer: Listen) -> None:
    for _ in range(2):
        await owner.connect(peer())
    await owner.start(CreateSocketRequest())

    everywhere = await inject(owner, stall={})
    on_one = await inject(owner, stall={}, target={"socket_id": 2})

    assert (everywhere.sockets, on_one.sockets) == (2, 1)
    await owner.connect(peer())
    assert [state.sockets for state in await listed(owner)] == [3, 1]


async def test_a_name_that_is_left_to_the_agent_is_of_the_effect_and_never_one_that_is_taken(
    owner: Owner,
) -> None:
    await inject(owner, name="half-close-2", half_close={})

    made = [await inject(owner, half_close={}) for _ in range(2)]
    made.append(await inject(owner, datagram_loss={}))

    assert names(made) == ["half-close-1", "half-close-3", "datagram-loss-4"]
    assert names(await listed(owner)) == ["half-close-2", *names(made)]


async def test_a_seed_that_is_left_to_the_agent_is_drawn_anew_and_told(owner: Owner) -> None:
    made = [await inject(owner, stall={}) for _ in range(3)]

    assert all(state.fault.HasField("seed") for state in made)
    assert len({state.fault.seed for state in made}) == 3


async def test_a_request_that_comes_again_returns_the_fault_that_it_made(owner: Owner) -> None:
    first = await inject(owner, "again", **SLOW)

    second = await inject(owner, "again", **SLOW)

    assert without_age(second) == without_age(first)
    assert names(await listed(owner)) == [first.fault.name]


async def test_a_request_that_comes_again_finds_its_fault_under_the_name_that_is_taken_by_it(
    owner: Owner,
) -> None:
    await inject(owner, "again", name="slow", **SLOW)

    assert (await inject(owner, "again", name="slow", **SLOW)).fault.name == "slow"


async def test_a_request_that_comes_again_after_its_fault_has_ended_makes_another(owner: Owner) -> None:
    first = await inject(owner, "again", **SLOW)
    await lift(owner, first.fault.name)

    assert (await inject(owner, "again", **SLOW)).fault.name != first.fault.name


async def test_the_ids_of_requests_are_each_sessions_own(
    agent: RunningAgent, owner: Owner, open_owner: Open
) -> None:
    other = await open_owner(agent.address)
    await inject(owner, "again", name="one", **SLOW)

    assert (await inject(other, "again", name="other", **SLOW)).fault.name == "other"


async def test_a_name_that_another_fault_has_is_refused_and_that_fault_goes_on(owner: Owner) -> None:
    before = await inject(owner, name="slow", **SLOW)

    with refused("FAULT_NAME_USED", grpc.StatusCode.ALREADY_EXISTS) as info:
        await inject(owner, name="slow", stall={})

    assert dict(info.metadata) == {"name": "slow"}
    assert [without_age(each) for each in await listed(owner)] == [without_age(before)]


async def test_more_faults_than_the_agent_allows_are_refused_until_one_has_ended(
    start_agent: Any, open_owner: Open
) -> None:
    agent = await start_agent(limits=Limits(faults=2))
    owner = await open_owner(agent.address)
    for name in ("a", "b"):
        await inject(owner, name=name, **SLOW)

    with refused("TOO_MANY_FAULTS", grpc.StatusCode.RESOURCE_EXHAUSTED) as info:
        await inject(owner, name="c", **SLOW)
    assert info.metadata["limit"] == "2"
    await lift(owner, "a")
    await inject(owner, name="c", **SLOW)

    assert names(await listed(owner)) == ["b", "c"]
    await change(owner, name="b", stall={})  # that makes no more of them


# Looking


async def test_counters_are_as_they_are_now(owner: Owner, peer: Listen) -> None:
    socket, far = await owner.connect(peer())
    await inject(owner, name="slow", seed=5, **SLOW)
    story = await owner.read()
    before = without_age(await shown(owner, "slow"))

    await owner.start(SendRequest(socket_id=socket, data=b"held"))
    await fired(story, "slow")

    now = await shown(owner, "slow")
    expected = FaultState(fault=before.fault, decisions=1, firings=1, sockets=1, held_bytes=4)
    assert before == FaultState(fault=before.fault, sockets=1)
    assert without_age(now) == expected
    assert [each.count for each in firings(story, "slow")] == [1]
    assert far.received == b""


async def test_what_waits_is_counted_in_operations_connections_and_datagrams(
    owner: Owner, peer: Listen
) -> None:
    socket, _ = await owner.connect(peer())
    await inject(owner, name="hang", operation_hang={}, target={"operations": ["OPERATION_KIND_SEND"]})
    for _ in range(3):
        await owner.start(SendRequest(socket_id=socket, data=b"held"))

    state = await shown(owner, "hang")

    assert (state.decisions, state.firings, state.held, state.held_bytes) == (3, 3, 3, 0)


async def test_the_age_of_a_fault_grows_and_begins_anew_when_it_is_changed(owner: Owner) -> None:
    await inject(owner, name="slow", **SLOW)
    ages = [(await shown(owner, "slow")).age.ToNanoseconds() for _ in range(2)]
    other = await inject(owner, name="other", **SLOW)

    assert 0 < ages[0] < ages[1]
    await change(owner, name="slow", stall={})
    states = await listed(owner)
    assert names(states) == ["slow", other.fault.name]
    assert states[0].age.ToNanoseconds() < states[1].age.ToNanoseconds()


# Whose they are


@pytest.mark.parametrize("request_", METHODS, ids=lambda each: type(each).__name__)
async def test_no_method_is_for_whoever_has_not_the_sessions_token(request_: Any, owner: Owner) -> None:
    await inject(owner, name="slow", **SLOW)
    thief = Owner(owner.channel, owner.opened)
    thief.metadata = ((TOKEN_KEY, "guessed"),)
    request = type(request_)()
    request.CopyFrom(request_)

    with refused("SESSION_UNKNOWN", NOT_FOUND):
        await thief.ask(request)

    assert names(await listed(owner)) == ["slow"]


@pytest.mark.parametrize("request_", METHODS, ids=lambda each: type(each).__name__)
async def test_every_method_tells_an_owner_that_the_session_is_lost(request_: Any, owner: Owner) -> None:
    await owner.ask(CloseSessionRequest())
    request = type(request_)()
    request.CopyFrom(request_)
    request.session_id = owner.session_id

    with refused("SESSION_LOST", NOT_FOUND) as info:
        await owner.ask(request)

    assert dict(info.metadata) == {"session_id": owner.session_id, "cause": "CLOSED"}


async def test_a_fault_needs_the_socket_that_it_names(owner: Owner) -> None:
    for target in ({"socket_id": 7}, {"listener_id": 7}):
        with refused("SOCKET_UNKNOWN", NOT_FOUND) as info:
            await inject(owner, stall={}, target=target)
        assert info.metadata["socket_id"] == "7"

    assert await listed(owner) == []


async def test_nothing_is_a_fault_without_an_effect(owner: Owner) -> None:
    with refused("MALFORMED", grpc.StatusCode.INVALID_ARGUMENT) as info:
        await owner.ask(CreateFaultRequest(fault=Fault(name="nothing")))

    assert info.metadata["field"] == "effect"
