"""Every accepted operation completes once: never zero times, never twice, however it ends.

The count is taken from a subscriber's stream, read until the agent has ended it with the session. Here everything
that can wait is waiting; what a single operation could complete twice by is in test_02_not_a_second_time.py.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import pytest
from tests.agents import RunningAgent
from tests.peers import PeerConnection
from tests.promises.owners import MIB, STALLING, Listen, Open, Owner, connect_to
from tests.promises.stories import count, once_each
from tests.relays import Relay

from telesock.v1.agent_pb2 import DrainRequest
from telesock.v1.operations_pb2 import (
    CANCEL_OUTCOME_TOO_LATE,
    OPERATION_STATE_PENDING,
    Operation,
)
from telesock.v1.sessions_pb2 import CloseSessionRequest
from telesock.v1.sockets_pb2 import (
    DISCONNECT_MODE_ABORTIVE,
    SEND_LEVEL_ACKNOWLEDGED,
    CloseRequest,
    DisconnectRequest,
    ListSocketsRequest,
    ReceiveRequest,
    SendRequest,
)


class Laden(NamedTuple):
    """A session in which every kind of operation that can wait is waiting."""

    owner: Owner
    accepted: list[Operation]
    far: list[PeerConnection]


async def load(owner: Owner, peer: Listen, unanswered: int, seconds: float = 0) -> Laden:
    """Let operations wait, each with a timeout if one is given."""
    stalled, stalled_far = await owner.connect(peer(**STALLING))
    quiet, quiet_far = await owner.connect(peer())
    closing, closing_far = await owner.connect(peer())
    requests: list[Any] = [
        *[SendRequest(socket_id=stalled, data=bytes(MIB)) for _ in range(7)],
        SendRequest(socket_id=stalled, data=b"x", level=SEND_LEVEL_ACKNOWLEDGED),
        ReceiveRequest(socket_id=stalled, length=1),
        DisconnectRequest(socket_id=stalled, final_data=b"last"),
        ReceiveRequest(socket_id=quiet, length=10),
        ReceiveRequest(socket_id=quiet, length=10, wait_all=True),
        ReceiveRequest(socket_id=quiet, length=10, peek=True),
        ReceiveRequest(socket_id=quiet, drain=True),
        connect_to("127.0.0.1", unanswered),
        CloseRequest(socket_id=closing, graceful=True),
    ]
    for request in requests:
        if seconds:
            request.timeout.FromMilliseconds(int(seconds * 1000))
    accepted = [await owner.start(request) for request in requests]
    assert sum(operation.state == OPERATION_STATE_PENDING for operation in accepted) >= len(accepted) - 4
    return Laden(owner, accepted, [stalled_far, quiet_far, closing_far])


async def close_sockets(laden: Laden, agent: RunningAgent) -> None:
    for socket in (await laden.owner.ask(ListSocketsRequest())).sockets:
        laden.accepted.append(await laden.owner.start(CloseRequest(socket_id=socket.socket_id)))


async def close_sockets_gracefully_in_vain(laden: Laden, agent: RunningAgent) -> None:
    for socket in (await laden.owner.ask(ListSocketsRequest())).sockets:
        request = CloseRequest(socket_id=socket.socket_id, graceful=True)
        request.timeout.FromMilliseconds(20)
        laden.accepted.append(await laden.owner.start(request))


async def abort(laden: Laden, agent: RunningAgent) -> None:
    for number in {operation.socket_id for operation in laden.accepted[:-2]}:
        request = DisconnectRequest(socket_id=number, mode=DISCONNECT_MODE_ABORTIVE)
        laden.accepted.append(await laden.owner.start(request))


async def cancel(laden: Laden, agent: RunningAgent) -> None:
    for operation in reversed(laden.accepted):
        await laden.owner.cancel(operation)


async def cancel_twice_and_close(laden: Laden, agent: RunningAgent) -> None:
    await cancel(laden, agent)
    assert [await laden.owner.cancel(each) for each in laden.accepted][-2] == CANCEL_OUTCOME_TOO_LATE
    await close_sockets(laden, agent)


async def reset_by_peers(laden: Laden, agent: RunningAgent) -> None:
    for far in laden.far:
        far.reset()


async def finish_by_peers(laden: Laden, agent: RunningAgent) -> None:
    for far in laden.far:
        far.resume_reading()
        far.finish()


async def nothing(laden: Laden, agent: RunningAgent) -> None:
    """Leave everything to the end of the session."""


async def drain(laden: Laden, agent: RunningAgent) -> None:
    serving = asyncio.create_task(agent.server.serve_until_drained())
    await laden.owner.ask(DrainRequest(grace_period={"nanos": 1}))
    await serving


async def stop(laden: Laden, agent: RunningAgent) -> None:
    agent.engine.close()


ENDINGS = [
    close_sockets,
    close_sockets_gracefully_in_vain,
    abort,
    cancel,
    cancel_twice_and_close,
    reset_by_peers,
    finish_by_peers,
    nothing,
    drain,
    stop,
]


@pytest.mark.parametrize("end", ENDINGS, ids=lambda end: end.__name__)
async def test_whatever_ends_them_all_operations_have_one_completion_when_the_session_is_over(
    end: Callable[[Laden, RunningAgent], Awaitable[None]],
    agent: RunningAgent,
    owner: Owner,
    peer: Listen,
    unanswered: int,
) -> None:
    laden = await load(owner, peer, unanswered)
    story = await owner.read(start_after=3)  # behind the three connects

    await end(laden, agent)
    if end not in (drain, stop):
        await owner.ask(CloseSessionRequest())

    assert await count(story) == once_each(laden.accepted)


async def test_everything_completes_once_when_its_timeout_passes(
    owner: Owner, peer: Listen, unanswered: int
) -> None:
    laden = await load(owner, peer, unanswered, seconds=0.1)
    story = await owner.read(start_after=3)

    for operation in laden.accepted:
        await owner.finish(operation)
    await owner.ask(CloseSessionRequest())

    assert await count(story) == once_each(laden.accepted)


async def test_everything_completes_once_when_the_client_dies_and_the_lease_ends(
    agent: RunningAgent,
    open_owner: Open,
    relay: Callable[[str], Awaitable[Relay]],
    peer: Listen,
    unanswered: int,
) -> None:
    way = await relay(agent.address)
    owner = await open_owner(way.address, lease_duration={"seconds": 1})
    laden = await load(owner, peer, unanswered)
    witness = await open_owner(agent.address)
    witness.session_id, witness.metadata = owner.session_id, owner.metadata
    story = await witness.read(start_after=3)

    way.block()

    assert await count(story) == once_each(laden.accepted)
    assert story.metadata["cause"] == "LEASE_EXPIRED"
