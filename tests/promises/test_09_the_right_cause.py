"""A completion says what failed, in which phase, and who caused it: here of what waits on a connection.

Every test compares the whole cause but its detail, whose wording may change. Connects: test_09_causes_of_connects.py.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import pytest
from tests.agents import RunningAgent
from tests.peers import PeerConnection
from tests.promises.causes import because, cause_of
from tests.promises.owners import MIB, STALLING, Listen, Open, Owner
from tests.promises.storms import weather

from telesock.v1 import types_pb2 as t
from telesock.v1.agent_pb2 import DrainRequest
from telesock.v1.operations_pb2 import Completion, Operation
from telesock.v1.sessions_pb2 import CloseSessionRequest
from telesock.v1.sockets_pb2 import (
    DISCONNECT_MODE_ABORTIVE,
    INDICATION_KIND_DISCONNECT,
    CloseRequest,
    DisconnectRequest,
    EventCallbacks,
    Pattern,
    ReceiveRequest,
    SendRequest,
)


class Waiting(NamedTuple):
    """An operation that waits on a connection to a peer who does nothing."""

    agent: RunningAgent
    owner: Owner
    socket: int
    far: PeerConnection
    operation: Operation


async def peer_resets(waiting: Waiting) -> None:
    waiting.far.reset()


async def timeout_passes(waiting: Waiting) -> None:
    """The request had one."""


async def is_cancelled(waiting: Waiting) -> None:
    await waiting.owner.cancel(waiting.operation)


async def is_aborted(waiting: Waiting) -> None:
    await waiting.owner.start(DisconnectRequest(socket_id=waiting.socket, mode=DISCONNECT_MODE_ABORTIVE))


async def socket_is_closed(waiting: Waiting) -> None:
    await waiting.owner.start(CloseRequest(socket_id=waiting.socket))


async def session_is_closed(waiting: Waiting) -> None:
    await waiting.owner.ask(CloseSessionRequest())


async def agent_is_drained(waiting: Waiting) -> None:
    serving = asyncio.create_task(waiting.agent.server.serve_until_drained())
    await waiting.owner.ask(DrainRequest(grace_period={"nanos": 1}))
    await serving


ENDINGS: dict[Callable[[Waiting], Awaitable[None]], tuple[int, int, str]] = {
    peer_resets: (t.STATUS_CONNECTION_RESET, t.ORIGIN_PEER, "ECONNRESET"),
    timeout_passes: (t.STATUS_IO_TIMEOUT, t.ORIGIN_DEADLINE, ""),
    is_cancelled: (t.STATUS_CANCELLED, t.ORIGIN_CANCEL, ""),
    is_aborted: (t.STATUS_CONNECTION_ABORTED, t.ORIGIN_CANCEL, ""),
    socket_is_closed: (t.STATUS_CANCELLED, t.ORIGIN_CANCEL, ""),
    session_is_closed: (t.STATUS_CANCELLED, t.ORIGIN_CANCEL, ""),
    agent_is_drained: (t.STATUS_CANCELLED, t.ORIGIN_LOCAL_HOST, ""),
}


@pytest.mark.parametrize("end", ENDINGS, ids=lambda end: end.__name__)
@pytest.mark.parametrize(
    ("request_", "phase"),
    [
        (SendRequest(data=bytes(MIB)), t.PHASE_SEND),
        (ReceiveRequest(length=1), t.PHASE_RECEIVE),
        (DisconnectRequest(), t.PHASE_DISCONNECT),
    ],
    ids=["send", "receive", "disconnect"],
)
async def test_what_waits_on_a_connection_is_told_who_ended_it(
    end: Callable[[Waiting], Awaitable[None]],
    request_: Any,
    phase: int,
    agent: RunningAgent,
    owner: Owner,
    peer: Listen,
) -> None:
    socket, far = await owner.connect(peer(**STALLING))
    for _ in range(7):
        await owner.start(SendRequest(socket_id=socket, data=bytes(MIB)))
    story = await owner.read()
    request = type(request_)(socket_id=socket)
    request.MergeFrom(request_)
    if end is timeout_passes:
        request.timeout.FromMilliseconds(1)
    operation = await owner.start(request)

    await end(Waiting(agent, owner, socket, far, operation))

    status, origin, errno_name = ENDINGS[end]
    assert cause_of(await story.completion(operation)) == because(status, origin, phase, errno_name)


async def test_what_waits_is_told_that_the_lease_ended(
    agent: RunningAgent, open_owner: Open, peer: Listen
) -> None:
    owner = await open_owner(agent.address, lease_duration={"seconds": 1})
    socket, _ = await owner.connect(peer())
    story = await owner.read()

    operation = await owner.start(ReceiveRequest(socket_id=socket, length=1))

    expected = because(t.STATUS_CANCELLED, t.ORIGIN_DEADLINE, t.PHASE_RECEIVE)
    assert cause_of(await story.completion(operation)) == expected


async def test_a_reset_is_told_as_the_peers_to_whoever_comes_later_and_to_who_listens_for_it(
    owner: Owner, peer: Listen
) -> None:
    callbacks = EventCallbacks(enable=[INDICATION_KIND_DISCONNECT])
    socket, far = await owner.connect(peer(), callbacks=callbacks)
    story = await owner.read()
    far.reset()
    indication = (await story.event("peer_disconnected")).peer_disconnected

    send = await owner.run(SendRequest(socket_id=socket, data=b"late"))
    receive = await owner.run(ReceiveRequest(socket_id=socket, length=1))

    reset = (t.STATUS_CONNECTION_RESET, t.ORIGIN_PEER)
    assert cause_of(send) == because(*reset, t.PHASE_SEND, "ECONNRESET")
    assert cause_of(receive) == because(*reset, t.PHASE_RECEIVE, "ECONNRESET")
    assert cause_of(indication) == because(*reset, t.PHASE_RECEIVE, "ECONNRESET")


async def test_a_send_cut_by_its_timeout_and_those_behind_it_are_told_of_the_deadline(
    owner: Owner, peer: Listen
) -> None:
    socket, _ = await owner.connect(peer(**STALLING))
    timed = SendRequest(socket_id=socket, operation_id=2, pattern=Pattern(), pattern_length=7 * MIB)
    timed.timeout.FromMilliseconds(100)
    behind = [SendRequest(socket_id=socket, operation_id=number, data=b"behind") for number in (3, 4)]
    attachment = await owner.attach()
    await attachment.write([timed, *behind])  # one message: nothing is behind it once its time is over
    await attachment.until_handled(2)

    ends = [cause_of(await owner.finish(Operation(operation_id=number))) for number in (2, 3, 4)]

    assert ends[0] == because(t.STATUS_IO_TIMEOUT, t.ORIGIN_DEADLINE, t.PHASE_SEND)
    assert {cause[1:] for cause in ends[1:]} == {(t.ORIGIN_DEADLINE, t.PHASE_SEND, "", "")}


async def test_an_escalated_disconnect_and_what_it_aborts_are_told_of_the_deadline(
    owner: Owner, peer: Listen
) -> None:
    socket, _ = await owner.connect(peer(**STALLING))
    for _ in range(7):
        await owner.start(SendRequest(socket_id=socket, data=bytes(MIB)))
    receive = await owner.start(ReceiveRequest(socket_id=socket, length=1))
    disconnect = DisconnectRequest(socket_id=socket, abort_on_timeout=True)
    disconnect.timeout.FromMilliseconds(1)

    done = await owner.run(disconnect)

    assert cause_of(done) == because(t.STATUS_IO_TIMEOUT, t.ORIGIN_DEADLINE, t.PHASE_DISCONNECT)
    aborted = because(t.STATUS_CONNECTION_ABORTED, t.ORIGIN_DEADLINE, t.PHASE_RECEIVE)
    assert cause_of(await owner.finish(receive)) == aborted


def is_whole(completion: Completion) -> bool:
    """Success has no cause; anything else has who and when, and an errno only where a system had one."""
    if completion.status == t.STATUS_SUCCESS:
        return not completion.HasField("cause")
    cause = completion.cause
    by_a_system = cause.origin in (t.ORIGIN_PEER, t.ORIGIN_LOCAL_HOST)
    return (
        0 < cause.origin < t.ORIGIN_FAULT
        and cause.phase > 0
        and cause.fault_name == ""
        and (by_a_system or not cause.errno_name)
    )


@pytest.mark.parametrize("seed", [7, 8, 9])
async def test_no_storm_leaves_an_end_without_its_cause(seed: int, owner: Owner, peer: Listen) -> None:
    story, _, _ = await weather(seed, owner, peer(receive_buffer=4096))

    completions = [event.completion for event in story.bodies("completion")]
    assert [each for each in completions if not is_whole(each)] == []
