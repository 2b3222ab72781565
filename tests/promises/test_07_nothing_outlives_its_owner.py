"""When a lease ends, or a session is closed, everything that it had is gone and everybody is told.

A killed client leaves nothing behind but a small bounded tombstone, which explains the end to late callers.
"""

import asyncio
import errno
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from tests.agents import RunningAgent
from tests.peers import PeerConnection
from tests.promises.connections import STATES
from tests.promises.owners import MIB, STALLING, TOKEN_KEY, Caller, Listen, Open, Owner, refused
from tests.promises.stories import told

from telesock.server.core.limits import Limits
from telesock.v1.sessions_pb2 import (
    AcknowledgeEventsRequest,
    CloseSessionRequest,
    KeepAliveRequest,
    ListSessionsRequest,
    OpenSessionRequest,
)
from telesock.v1.sockets_pb2 import (
    INDICATION_KIND_DATA,
    CloseRequest,
    CreateSocketRequest,
    EventCallbacks,
    ReceiveRequest,
    SendRequest,
)
from telesock.v1.types_pb2 import ORIGIN_DEADLINE, STATUS_CANCELLED

ROOT = Path(__file__).parents[2]
LOST = ("SESSION_LOST", grpc.StatusCode.NOT_FOUND)
UNKNOWN = ("SESSION_UNKNOWN", grpc.StatusCode.NOT_FOUND)
EXHAUSTED = grpc.StatusCode.RESOURCE_EXHAUSTED
LEASE = {"seconds": 1}


async def run_doomed_client(address: str, port: int) -> tuple[asyncio.subprocess.Process, str, str]:
    """Start a client process; return it, its session's id and token."""
    paths = [str(ROOT), *(str(ROOT / root) for root in ("proto", "server", "client"))]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("doomed_client.py")),
        address,
        str(port),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    session_id, token = (await process.stdout.readline()).decode().split()
    return process, session_id, token


async def test_a_killed_client_leaves_nothing_behind(agent: RunningAgent, owner: Owner, peer: Listen) -> None:
    listener = peer()
    process, session_id, token = await run_doomed_client(agent.address, listener.port)
    far = [await listener.accepted() for _ in range(3)]
    assert [bytes(await each.until_bytes(5)) for each in far] == [b"alive"] * 3

    process.kill()
    await process.wait()
    for each in far:
        await each.until_end()

    assert [each.error for each in far] == [errno.ECONNRESET] * 3
    sessions = (await owner.ask(ListSessionsRequest())).sessions
    assert [session.session_id for session in sessions] == [owner.session_id]
    assert agent.engine.sockets == 0
    late = Owner(owner.channel, type(owner.opened)(session_id=session_id, session_token=token))
    with refused(*LOST) as info:
        await late.start(SendRequest(socket_id=1, data=b"too late"))
    assert info.metadata["cause"] == "LEASE_EXPIRED"


async def test_the_end_of_a_lease_completes_operations_then_tells_of_sockets_then_of_the_session(
    agent: RunningAgent, open_owner: Open, peer: Listen
) -> None:
    owner = await open_owner(agent.address, lease_duration=LEASE)
    socket, _ = await owner.connect(peer())
    waiting = await owner.start(ReceiveRequest(socket_id=socket, length=1))
    attachment = await owner.attach(start_after=1)

    await attachment.until_ended()

    assert told(attachment.events) == [
        "2 socket 0 session_expiring",
        "3 socket 1 operation 2 completion of kind 5 with status 2",
        "4 socket 1 socket_closed",
    ]
    completion = await attachment.completion(waiting)
    closed = attachment.events[-1].socket_closed
    assert (completion.status, completion.cause.origin) == (STATUS_CANCELLED, ORIGIN_DEADLINE)
    assert (closed.status, closed.cause.origin) == (STATUS_CANCELLED, ORIGIN_DEADLINE)
    assert (attachment.reason, attachment.metadata["cause"]) == ("SESSION_LOST", "LEASE_EXPIRED")


@pytest.mark.parametrize("state", STATES)
async def test_a_connection_in_any_state_is_reset_with_its_session(
    state: Callable[[Owner, Listen], Awaitable[PeerConnection]], owner: Owner, peer: Listen
) -> None:
    far = await state(owner, peer)

    await owner.ask(CloseSessionRequest())

    assert await far.until_gone() in (errno.ECONNRESET, errno.EPIPE)  # EPIPE: behind a FIN


async def fill_journal(owner: Owner, peer: Listen) -> None:
    socket, _ = await owner.connect(peer())
    attachment = await owner.attach()
    await attachment.write([ReceiveRequest(socket_id=socket, length=1)] * 1024)
    await attachment.until_handled(2)
    await attachment.call.done_writing()  # whoever reads an ended session's journal keeps it until it is read
    await attachment.until_ended()


async def fill_sends(owner: Owner, peer: Listen) -> None:
    socket, _ = await owner.connect(peer(**STALLING))
    with refused("TOO_MANY_PENDING_BYTES", EXHAUSTED):
        for _ in range(32):
            await owner.start(SendRequest(socket_id=socket, data=bytes(MIB)))


@pytest.mark.parametrize(
    ("limits", "hold", "want"),
    [
        (Limits(sockets=3), "sockets", CreateSocketRequest()),
        (Limits(total_pending_send_bytes=2 * MIB), "sends", SendRequest(socket_id=1, data=bytes(MIB))),
        (Limits(total_journal_bytes=MIB // 2), "journal", ReceiveRequest(socket_id=1, length=1)),
        (Limits(sessions=2), "session", OpenSessionRequest()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_a_session_had_can_be_had_by_others_after_it(
    limits: Limits, hold: str, want: Any, start_agent: Any, open_owner: Open, peer: Listen
) -> None:
    agent = await start_agent(limits=limits)
    owner, greedy = await open_owner(agent.address), await open_owner(agent.address)
    await owner.connect(peer(**STALLING))
    if hold == "sockets":
        await greedy.run(CreateSocketRequest())
        await greedy.connect(peer())
    elif hold == "sends":
        await fill_sends(greedy, peer)
    elif hold == "journal":
        await fill_journal(greedy, peer)
    with pytest.raises(grpc.aio.AioRpcError) as exhausted:
        await owner.ask(want)
    assert exhausted.value.code() == EXHAUSTED

    await greedy.ask(CloseSessionRequest())

    await owner.ask(want)


async def test_what_a_socket_held_for_its_client_is_free_again_when_it_is_closed(
    start_agent: Any, open_owner: Open, peer: Listen
) -> None:
    agent = await start_agent(limits=Limits(journal_bytes=MIB // 4))
    owner, data = await open_owner(agent.address), EventCallbacks(enable=[INDICATION_KIND_DATA])

    for _ in range(8):  # each of them holds a fifth of what the journal may
        socket, far = await owner.connect(peer(), callbacks=data)
        far.send(bytes(50_000))
        story = await owner.read((await owner.view()).acknowledged_sequence)
        await story.until(lambda story=story, socket=socket: len(story.data(socket)) == 50_000)  # type: ignore[misc]  # it has no types to say
        closed = await owner.start(CloseRequest(socket_id=socket))
        await owner.ask(AcknowledgeEventsRequest(sequence=closed.completion_sequence))


async def test_tombstones_are_bounded_and_the_oldest_goes_first(owner: Owner) -> None:
    caller = Caller(owner.channel)
    ended: list[Owner] = []
    for _ in range(5):
        batch = await asyncio.gather(*(caller.ask(OpenSessionRequest()) for _ in range(206)))
        ended += [Owner(owner.channel, opened) for opened in batch]
        for each in ended[-206:]:
            await each.ask(CloseSessionRequest())

    for each in ended[-1024::200]:
        with refused(*LOST):
            await each.ask(KeepAliveRequest())
    with refused(*UNKNOWN):
        await ended[5].ask(KeepAliveRequest())


async def test_what_became_of_a_session_is_told_to_its_owner_only(owner: Owner) -> None:
    await owner.ask(CloseSessionRequest())
    owner.metadata = ((TOKEN_KEY, "guessed"),)

    with refused(*UNKNOWN):
        await owner.ask(KeepAliveRequest())
