"""An operation is accepted only if the journal has room for its completion; what frees things always is.

What a client that takes nothing does to its peers is in test_03_back_pressure.py.
"""

import asyncio
from typing import Any

import grpc
import pytest
from tests.agents import RunningAgent
from tests.promises.owners import MIB, STALLING, Listen, Open, Owner, connect_to, refused

from telesock.server.core.limits import Limits
from telesock.v1.agent_pb2 import DrainRequest
from telesock.v1.operations_pb2 import CANCEL_OUTCOME_CANCELLED, Operation
from telesock.v1.sessions_pb2 import AcknowledgeEventsRequest, Session
from telesock.v1.sockets_pb2 import (
    DISCONNECT_MODE_ABORTIVE,
    INDICATION_KIND_DATA,
    CloseRequest,
    CreateSocketRequest,
    DisconnectRequest,
    EventCallbacks,
    GetSocketRequest,
    ReceiveRequest,
    ReleaseRequest,
    SendRequest,
    SetEventCallbacksRequest,
)
from telesock.v1.types_pb2 import STATUS_CONNECTION_ABORTED, STATUS_SUCCESS

FULL = ("JOURNAL_FULL", grpc.StatusCode.RESOURCE_EXHAUSTED)


@pytest.fixture
async def tight(start_agent: Any) -> RunningAgent:
    agent: RunningAgent = await start_agent(limits=Limits(journal_events=16, sockets=3))
    return agent


async def fill(owner: Owner, socket: int) -> list[Operation]:
    """Let receives wait until no further one is accepted."""
    accepted = []
    with refused(*FULL):
        for _ in range(32):
            accepted.append(await owner.start(ReceiveRequest(socket_id=socket, length=1)))
    return accepted


def still(session: Session) -> Session:
    """A view of a session without what time changes."""
    session.ClearField("lease_remaining")
    return session


@pytest.mark.parametrize("kind", ["send", "receive", "connect", "create_socket", "set_event_callbacks"])
async def test_a_request_without_room_for_its_completion_is_refused_and_has_no_effect(
    kind: str, tight: RunningAgent, open_owner: Open, peer: Listen
) -> None:
    owner, listener = await open_owner(tight.address), peer()
    socket, far = await owner.connect(listener)
    await fill(owner, socket)
    before = still(await owner.view())
    state = await owner.ask(GetSocketRequest(socket_id=socket))
    request: Any = {
        "send": SendRequest(socket_id=socket, data=b"never"),
        "receive": ReceiveRequest(socket_id=socket, length=0),
        "connect": connect_to(listener.host, listener.port),
        "create_socket": CreateSocketRequest(),
        "set_event_callbacks": SetEventCallbacksRequest(socket_id=socket, enable=[INDICATION_KIND_DATA]),
    }[kind]

    with refused(*FULL):
        await owner.start(request)

    assert still(await owner.view()) == before
    assert await owner.ask(GetSocketRequest(socket_id=socket)) == state
    await owner.ask(AcknowledgeEventsRequest(sequence=before.last_sequence))
    await owner.run(SendRequest(socket_id=socket, data=b"seen"))
    await far.until_received(b"seen")
    assert len(listener.connections) == 1


async def test_the_refusal_for_lack_of_room_names_the_call_that_makes_room(
    tight: RunningAgent, open_owner: Open, peer: Listen
) -> None:
    owner = await open_owner(tight.address)
    socket, _ = await owner.connect(peer())
    await fill(owner, socket)

    with pytest.raises(grpc.aio.AioRpcError, match="call AcknowledgeEvents"):
        await owner.start(ReceiveRequest(socket_id=socket, length=1))


async def test_every_operation_accepted_before_the_journal_was_full_completes_in_it(
    tight: RunningAgent, open_owner: Open, peer: Listen
) -> None:
    owner = await open_owner(tight.address)
    socket, far = await owner.connect(peer())
    accepted = await fill(owner, socket)

    far.send(bytes(range(len(accepted))))

    received = [(await owner.finish(operation)).receive.data for operation in accepted]
    assert received == [bytes([number]) for number in range(15)]
    assert [event.sequence for event in await owner.events()] == list(range(1, 17))


async def free_everything(owner: Owner, socket: int, waiting: Operation, data: int) -> None:
    """Do all that frees things on a connection to a stalled peer; nothing of it may be refused."""
    release = ReleaseRequest(socket_id=socket, sequence=data)
    assert (await owner.ask(release)).available_credit_bytes == Limits().default_credit_bytes
    assert await owner.cancel(waiting) == CANCEL_OUTCOME_CANCELLED
    graceful = await owner.start(DisconnectRequest(socket_id=socket))
    abortive = await owner.start(DisconnectRequest(socket_id=socket, mode=DISCONNECT_MODE_ABORTIVE))
    close = await owner.start(CloseRequest(socket_id=socket))
    statuses = [(await owner.finish(each)).status for each in (graceful, abortive, close)]
    assert statuses == [STATUS_CONNECTION_ABORTED, STATUS_SUCCESS, STATUS_SUCCESS]
    session = await owner.view()
    events = await owner.events(session.acknowledged_sequence)
    kept = range(session.acknowledged_sequence + 1, session.last_sequence + 1)
    assert [event.sequence for event in events] == list(kept)
    await owner.ask(AcknowledgeEventsRequest(sequence=(await owner.view()).last_sequence))


async def stalled(owner: Owner, peer: Listen) -> tuple[int, int]:
    """Connect to a peer that reads nothing and said one thing; return the socket and that event's sequence."""
    socket, far = await owner.connect(
        peer(**STALLING), callbacks=EventCallbacks(enable=[INDICATION_KIND_DATA])
    )
    await owner.run(SetEventCallbacksRequest(socket_id=socket, enable=[INDICATION_KIND_DATA]))
    far.send(b"!")
    story = await owner.read()
    return socket, (await story.event("data_received", socket)).sequence


async def test_nothing_that_frees_is_refused_while_journal_and_sockets_are_used_up(
    tight: RunningAgent, open_owner: Open, peer: Listen
) -> None:
    owner = await open_owner(tight.address)
    socket, data = await stalled(owner, peer)
    await owner.ask(AcknowledgeEventsRequest(sequence=data))
    other, _ = await owner.connect(peer())
    await owner.run(CreateSocketRequest())
    await owner.start(SendRequest(socket_id=socket, data=bytes(MIB)))
    for _ in range(6):
        await owner.start(SendRequest(socket_id=socket, data=bytes(MIB)))
    with refused("TOO_MANY_SOCKETS", grpc.StatusCode.RESOURCE_EXHAUSTED):
        await owner.start(CreateSocketRequest())
    [*_, waiting] = await fill(owner, other)

    await free_everything(owner, socket, waiting, data)


async def test_nothing_that_frees_is_refused_while_another_session_uses_up_the_memory_of_all(
    start_agent: Any, open_owner: Open, peer: Listen
) -> None:
    agent = await start_agent(limits=Limits(total_journal_bytes=MIB // 2))
    owner, greedy = await open_owner(agent.address), await open_owner(agent.address)
    socket, data = await stalled(owner, peer)
    for _ in range(7):
        await owner.start(SendRequest(socket_id=socket, data=bytes(MIB)))
    waiting = await owner.start(ReceiveRequest(socket_id=socket, length=1))
    quiet, _ = await greedy.connect(peer())
    attachment = await greedy.attach()
    await attachment.write([ReceiveRequest(socket_id=quiet, length=1)] * 1024)
    await attachment.until_handled(2)
    with refused(*FULL):
        await owner.start(ReceiveRequest(socket_id=socket, length=1))

    await free_everything(owner, socket, waiting, data)


async def test_nothing_that_frees_is_refused_while_the_agent_drains(
    agent: RunningAgent, owner: Owner, peer: Listen
) -> None:
    socket, data = await stalled(owner, peer)
    for _ in range(7):
        await owner.start(SendRequest(socket_id=socket, data=bytes(MIB)))
    waiting = await owner.start(ReceiveRequest(socket_id=socket, length=1))
    busy, _ = await owner.connect(peer())
    last = await owner.start(ReceiveRequest(socket_id=busy, length=1))
    serving = asyncio.create_task(agent.server.serve_until_drained())
    await owner.ask(DrainRequest(grace_period={"seconds": 30}))
    story = await owner.read()
    await story.event("draining")
    with refused("AGENT_DRAINING", grpc.StatusCode.UNAVAILABLE):
        await owner.start(ReceiveRequest(socket_id=socket, length=1))

    await free_everything(owner, socket, waiting, data)

    await owner.cancel(last)
    await serving  # nothing is pending any more, so the grace time is not waited for
    await story.until_ended()
    assert story.metadata["cause"] == "AGENT_DRAINED"
