"""Faults outlive neither their session nor its lease: they are lifted first, then operations complete, then sockets go."""

import errno
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.agents import RunningAgent
from tests.peers import PeerConnection
from tests.promises.faults import fired, inject, listed
from tests.promises.owners import MIB, STALLING, Caller, Listen, Open, Owner, refused
from tests.promises.stories import told
from tests.promises.test_07_nothing_outlives_its_owner import LEASE, LOST

from telesock.server.core.limits import Limits
from telesock.v1.events_pb2 import FAULT_END_SESSION_ENDED, FaultEnded
from telesock.v1.sessions_pb2 import CloseSessionRequest, OpenSessionRequest
from telesock.v1.sockets_pb2 import (
    CloseRequest,
    DisconnectRequest,
    ReceiveRequest,
    SendRequest,
)

SEND: dict[str, Any] = {"target": {"direction": 1}}


async def test_at_the_end_of_a_lease_faults_end_before_operations_and_sockets(
    agent: RunningAgent, open_owner: Open, peer: Listen
) -> None:
    owner = await open_owner(agent.address, lease_duration=LEASE)
    socket, far = await owner.connect(peer())
    await inject(owner, name="one", seed=5, never_read={}, target={"socket_id": socket})
    await inject(owner, name="other", seed=6, latency={"delay": 3600.0}, target={"peer": "10.0.0.0/8"})
    await owner.start(ReceiveRequest(socket_id=socket, length=1))
    attachment = await owner.attach()
    far.send(b"never read")
    await fired(attachment, "one")
    before = len(attachment.events)

    await attachment.until_ended()

    assert [line.partition(" ")[2] for line in told(attachment.events[before:])] == [
        "socket 0 session_expiring",
        "socket 0 fault_ended",
        "socket 0 fault_ended",
        "socket 1 operation 2 completion of kind 5 with status 2",
        "socket 1 socket_closed",
    ]
    assert [event.fault_ended for event in attachment.bodies("fault_ended")] == [
        FaultEnded(fault="one", seed=5, end=FAULT_END_SESSION_ENDED, decisions=1, firings=1),
        FaultEnded(fault="other", seed=6, end=FAULT_END_SESSION_ENDED),
    ]
    assert attachment.metadata["cause"] == "LEASE_EXPIRED"
    with refused(*LOST):
        await listed(owner)


async def stalled(owner: Owner, peer: Listen) -> PeerConnection:
    socket, far = await owner.connect(peer())
    await inject(owner, stall={})
    await owner.start(SendRequest(socket_id=socket, data=bytes(MIB)))
    return far


async def withheld_end(owner: Owner, peer: Listen) -> PeerConnection:
    socket, far = await owner.connect(peer())
    await inject(owner, slow_close={})
    await owner.start(DisconnectRequest(socket_id=socket))
    return far


async def withheld_close(owner: Owner, peer: Listen) -> PeerConnection:
    socket, far = await owner.connect(peer())
    await inject(owner, slow_close={})
    await owner.start(CloseRequest(socket_id=socket, graceful=True))
    return far


async def never_read(owner: Owner, peer: Listen) -> PeerConnection:
    _, far = await owner.connect(peer())
    await inject(owner, never_read={})
    far.send(bytes(MIB))
    return far


async def hung(owner: Owner, peer: Listen) -> PeerConnection:
    socket, far = await owner.connect(peer())
    await inject(owner, operation_hang={})
    for request in (SendRequest(data=b"x"), ReceiveRequest(length=1), DisconnectRequest()):
        request.socket_id = socket
        await owner.start(request)
    return far


async def late(owner: Owner, peer: Listen) -> PeerConnection:
    socket, far = await owner.connect(peer())
    await inject(owner, operation_delay={"delay": 3600.0})
    await owner.start(SendRequest(socket_id=socket, data=b"x"))
    return far


async def limited(owner: Owner, peer: Listen) -> PeerConnection:
    socket, far = await owner.connect(peer(**STALLING))
    await inject(owner, limit={"bytes": 1, "end": "LIMIT_END_STALL"}, **SEND)
    await owner.start(SendRequest(socket_id=socket, data=bytes(MIB)))
    return far


@pytest.mark.parametrize(
    "state",
    [stalled, withheld_end, withheld_close, never_read, hung, late, limited],
    ids=lambda each: each.__name__,
)
async def test_a_connection_on_which_a_fault_acts_is_gone_with_its_session_and_everything_completes(
    state: Callable[[Owner, Listen], Awaitable[PeerConnection]],
    agent: RunningAgent,
    owner: Owner,
    peer: Listen,
) -> None:
    far = await state(owner, peer)
    story = await owner.read()
    accepted = (await owner.view()).highest_operation_id

    await owner.ask(CloseSessionRequest())

    await story.until_ended()
    assert await far.until_gone() in (errno.ECONNRESET, errno.EPIPE)
    completed = [event.operation_id for event in story.bodies("completion")]
    assert sorted(completed) == list(range(1, accepted + 1))
    assert (agent.engine.fault_held_bytes, agent.engine.sockets, agent.bugs) == (0, 0, [])


async def test_what_faults_held_for_one_session_can_be_held_for_another_after_it(
    start_agent: Any, open_owner: Open, peer: Listen
) -> None:
    agent = await start_agent(limits=Limits(faults=1))
    for _ in range(3):
        owner = await open_owner(agent.address)
        socket, _ = await owner.connect(peer())
        await inject(owner, name="same", stall={}, **SEND)
        story = await owner.read()
        await owner.start(SendRequest(socket_id=socket, data=b"held"))
        await fired(story, "same")
        assert agent.engine.fault_held_bytes == 4
        await owner.ask(CloseSessionRequest())

    opened = await Caller(owner.channel).ask(OpenSessionRequest())
    assert await listed(Owner(owner.channel, opened)) == []
