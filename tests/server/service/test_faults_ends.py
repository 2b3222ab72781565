"""How a fault ends: each end is told once, with its cause and with all that it did, and what it held goes on."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.agents import RunningAgent
from tests.promises.faults import change, ended, fault_message, fired, inject, lift, listed
from tests.promises.owners import Listen, Open, Owner, connect_to
from tests.promises.stories import told

from telesock.v1 import events_pb2
from telesock.v1.agent_pb2 import DrainRequest
from telesock.v1.events_pb2 import FaultEnded
from telesock.v1.faults_pb2 import ResetFaultsRequest
from telesock.v1.sessions_pb2 import CloseSessionRequest
from telesock.v1.sockets_pb2 import (
    BindRequest,
    CloseRequest,
    CreateSocketRequest,
    SendRequest,
    SocketSpec,
)
from telesock.v1.types_pb2 import SOCKET_CATEGORY_LISTENING, STATUS_SUCCESS

HELD: dict[str, Any] = {"name": "stalls", "seed": 5, "stall": {}, "target": {"direction": 1}}


async def is_deleted(owner: Owner) -> None:
    await lift(owner, "stalls")


async def is_reset(owner: Owner) -> None:
    await owner.ask(ResetFaultsRequest())


async def is_changed(owner: Owner) -> None:
    await change(owner, name="stalls", half_close={}, target={"peer": "10.0.0.0/8"})


ENDINGS: dict[Callable[[Owner], Awaitable[None]], Any] = {
    is_deleted: events_pb2.FAULT_END_DELETED,
    is_reset: events_pb2.FAULT_END_DELETED,
    is_changed: events_pb2.FAULT_END_UPDATED,
}


@pytest.mark.parametrize("end", ENDINGS, ids=lambda end: end.__name__)
async def test_whoever_ends_a_fault_is_told_of_it_whole_and_what_it_held_has_left(
    end: Callable[[Owner], Awaitable[None]], owner: Owner, peer: Listen
) -> None:
    socket, far = await owner.connect(peer())
    await inject(owner, **HELD)
    story = await owner.read()
    await owner.start(SendRequest(socket_id=socket, data=b"held"))
    await fired(story, "stalls")

    await end(owner)

    expected = FaultEnded(fault="stalls", end=ENDINGS[end], decisions=1, firings=1, seed=5)
    assert await ended(story, "stalls") == expected
    await far.until_received(b"held")


async def test_a_fault_expires_by_itself(owner: Owner, peer: Listen) -> None:
    socket, far = await owner.connect(peer())
    story = await owner.read()
    await inject(owner, **HELD, expires_after=0.05)
    await owner.start(SendRequest(socket_id=socket, data=b"held"))

    await far.until_received(b"held")

    told_of = await ended(story, "stalls")
    assert (told_of.end, await listed(owner)) == (events_pb2.FAULT_END_EXPIRED, [])


async def test_a_fault_that_ended_before_its_time_does_not_expire_nor_does_its_successor(
    owner: Owner,
) -> None:
    story = await owner.read()
    await inject(owner, **HELD, expires_after=0.01)
    await change(owner, name="stalls", stall={})
    await inject(owner, name="brief", stall={}, expires_after=0.02)

    await ended(story, "brief")

    ends = [(event.fault_ended.fault, event.fault_ended.end) for event in story.bodies("fault_ended")]
    assert ends == [("stalls", events_pb2.FAULT_END_UPDATED), ("brief", events_pb2.FAULT_END_EXPIRED)]
    assert [state.fault.name for state in await listed(owner)] == ["stalls"]


@pytest.mark.parametrize("graceful", [True, False])
async def test_a_fault_of_one_socket_ends_with_it(graceful: bool, owner: Owner, peer: Listen) -> None:
    (one, _), (other, _) = await owner.connect(peer()), await owner.connect(peer())
    story = await owner.read()
    await inject(owner, name="of-one", seed=5, half_close={}, target={"socket_id": one, "direction": 2})
    for name, socket in (("of-other", other), ("of-all", 0)):
        await inject(owner, name=name, slow_close={"delay": 0.0}, target={"socket_id": socket})

    await owner.run(CloseRequest(socket_id=one, graceful=graceful))

    expected = FaultEnded(
        fault="of-one", end=events_pb2.FAULT_END_TARGET_GONE, decisions=1, firings=1, seed=5
    )
    assert await ended(story, "of-one") == expected
    assert [state.fault.name for state in await listed(owner)] == ["of-other", "of-all"]


async def test_a_fault_of_a_listener_ends_with_it(owner: Owner) -> None:
    spec = SocketSpec(category=SOCKET_CATEGORY_LISTENING)
    await owner.start(CreateSocketRequest(spec=spec))
    bound = await owner.run(BindRequest(socket_id=1, local={"host": "127.0.0.1"}))
    await inject(owner, name="of-it", never_accept={}, target={"listener_id": 1})
    story = await owner.read()

    await owner.run(CloseRequest(socket_id=1))

    assert bound.status == STATUS_SUCCESS
    assert (await ended(story, "of-it")).end == events_pb2.FAULT_END_TARGET_GONE


async def test_a_fault_of_a_socket_that_never_came_to_be_ends_too(owner: Owner, unanswered: int) -> None:
    faults = [fault_message(name="own", stall={})]
    connecting = await owner.start(connect_to("127.0.0.1", unanswered, faults=faults))
    story = await owner.read()

    await owner.cancel(connecting)

    assert (await ended(story, "own")).end == events_pb2.FAULT_END_TARGET_GONE


async def session_is_closed(agent: RunningAgent, owner: Owner) -> None:
    await owner.ask(CloseSessionRequest())


async def agent_is_drained(agent: RunningAgent, owner: Owner) -> None:
    serving = asyncio.create_task(agent.server.serve_until_drained())
    await owner.ask(DrainRequest(grace_period={"nanos": 1}))
    await serving


@pytest.mark.parametrize("end", [session_is_closed, agent_is_drained], ids=lambda end: end.__name__)
async def test_with_its_session_every_fault_ends_first_of_all_in_the_order_of_their_making(
    end: Callable[[RunningAgent, Owner], Awaitable[None]], agent: RunningAgent, owner: Owner, peer: Listen
) -> None:
    socket, _ = await owner.connect(peer())
    await inject(owner, **HELD)
    await inject(owner, name="another", reset={}, target={"peer": "10.0.0.0/8"})
    await owner.start(SendRequest(socket_id=socket, data=b"held"))
    story = await owner.read()
    await fired(story, "stalls")
    before = len(story.events)

    await end(agent, owner)

    await story.until_ended()
    after = [event for event in story.events[before:] if not event.HasField("draining")]
    assert [event.WhichOneof("body") for event in after[:2]] == ["fault_ended", "fault_ended"]
    assert [(each.fault_ended.fault, each.fault_ended.end) for each in after[:2]] == [
        (name, events_pb2.FAULT_END_SESSION_ENDED) for name in ("stalls", "another")
    ]
    assert told(after)[-1].endswith("socket_closed")


async def test_faults_of_another_session_outlive_this_one(
    agent: RunningAgent, owner: Owner, open_owner: Open, peer: Listen
) -> None:
    other = await open_owner(agent.address)
    socket, far = await other.connect(peer())
    for each in (owner, other):
        await inject(each, **HELD)
    story = await other.read()

    await owner.ask(CloseSessionRequest())
    await other.start(SendRequest(socket_id=socket, data=b"held"))
    await fired(story, "stalls")

    assert [state.fault.name for state in await listed(other)] == ["stalls"]
    assert far.received == b""
