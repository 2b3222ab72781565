"""A stalled peer or a subscriber who does not read delays no other session, a greedy session by one slice of work.

How much one turn of the agent's loop takes is measured in what was done in it, not in time.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest
from tests.agents import RunningAgent
from tests.promises.owners import MIB, STALLING, Listen, Open, Owner
from tests.promises.stories import Story

from telesock.server.engine.sessions import HeldSession
from telesock.v1.operations_pb2 import CANCEL_OUTCOME_NOT_FOUND, CancelOperationRequest
from telesock.v1.sessions_pb2 import RETENTION_LATEST
from telesock.v1.sockets_pb2 import (
    INDICATION_KIND_DATA,
    CreateSocketRequest,
    EventCallbacks,
    ReceiveRequest,
    ReleaseRequest,
    SendRequest,
)

SLICE = 512
TURN = 2 * 5 * 65_536  # bytes: two visits of a connection, each of four chunks or a little more
DATA = EventCallbacks(enable=[INDICATION_KIND_DATA], credit_bytes=16 * MIB)


class Progress:
    """How a number went on from turn to turn of the loop."""

    largest = 0.0
    """The largest step of one turn."""
    total = 0.0
    """All steps together."""
    highest = 0.0
    """The highest value."""


@contextlib.asynccontextmanager
async def progress(measure: Callable[[], float]) -> AsyncIterator[Progress]:
    """Look at a number in every turn of the loop."""
    seen = Progress()

    async def look() -> None:
        last = measure()
        while True:
            await asyncio.sleep(0)
            now = measure()
            seen.largest = max(seen.largest, now - last)
            seen.total += now - last
            seen.highest = max(seen.highest, now)
            last = now

    looking = asyncio.create_task(look())
    await asyncio.sleep(0)
    yield seen
    for _ in range(2):  # what the last turn has changed is looked at too
        await asyncio.sleep(0)
    looking.cancel()


def held(agent: RunningAgent, owner: Owner) -> HeldSession:
    """The session as the agent holds it."""
    [session] = [each for each in agent.engine.sessions if each.session_id == owner.session_id]
    return session


async def assert_at_ease(owner: Owner, peer: Listen) -> None:
    """A whole conversation with a peer, and its story."""
    socket, far = await owner.connect(peer())
    story = await owner.read()
    for _ in range(3):
        receive = await owner.start(ReceiveRequest(socket_id=socket, length=6))
        await owner.run(SendRequest(socket_id=socket, data=b"ask"))
        far.send(b"answer")
        assert (await story.completion(receive)).receive.data == b"answer"


async def test_peers_that_read_nothing_delay_no_other_session(
    agent: RunningAgent, open_owner: Open, peer: Listen
) -> None:
    delayed, other = await open_owner(agent.address), await open_owner(agent.address)
    for _ in range(4):
        socket, _ = await delayed.connect(peer(**STALLING))
        for _ in range(8):
            await delayed.start(SendRequest(socket_id=socket, data=bytes(MIB)))

    await assert_at_ease(other, peer)

    assert (await delayed.view()).pending_operations > 16


async def test_a_subscriber_who_does_not_read_delays_neither_other_sessions_nor_other_subscribers(
    agent: RunningAgent, open_owner: Open, peer: Listen
) -> None:
    slow, other = await open_owner(agent.address, retention=RETENTION_LATEST), await open_owner(agent.address)
    unread = slow.stream()
    socket, far = await slow.connect(peer(), callbacks=DATA)
    story = await slow.read()
    far.send(bytes(15 * MIB))
    await story.until(lambda: len(story.data(socket)) == 15 * MIB)

    await assert_at_ease(other, peer)
    await assert_at_ease(slow, peer)

    late = Story()
    async for response in unread:
        late.take(response.batch)
        if late.last_sequence >= story.last_sequence:
            break
    unread.cancel()
    assert late.events == story.events


async def test_commands_of_another_session_are_answered_in_the_middle_of_a_flood(
    agent: RunningAgent, open_owner: Open, peer: Listen
) -> None:
    greedy, other = await open_owner(agent.address), await open_owner(agent.address)
    socket, _ = await greedy.connect(peer())
    attachment = await greedy.attach()

    async def flood() -> None:
        for _ in range(40):
            await attachment.write([ReceiveRequest(socket_id=socket, length=0)] * 1024)

    flooding = asyncio.create_task(flood())
    await attachment.until(lambda: attachment.last_sequence > 1)
    created = await other.start(CreateSocketRequest())
    taken = held(agent, greedy).ledger.highest_id
    await flooding
    await attachment.until_sequence(1 + 40 * 1024)

    assert created.completion_sequence == 1
    assert taken < 40 * 1024


async def test_a_full_message_of_commands_is_taken_in_slices(
    agent: RunningAgent, owner: Owner, peer: Listen
) -> None:
    socket, _ = await owner.connect(peer())
    attachment, session = await owner.attach(), held(agent, owner)

    async with progress(lambda: session.ledger.highest_id) as commands:
        await attachment.write([ReceiveRequest(socket_id=socket, length=0)] * 1024)
        await attachment.until_sequence(1025)

    assert (commands.total, commands.largest) == (1024, SLICE)


async def test_a_full_message_of_cancels_is_taken_in_slices(
    agent: RunningAgent, owner: Owner, peer: Listen
) -> None:
    socket, _ = await owner.connect(peer())
    attachment, session = await owner.attach(), held(agent, owner)
    await attachment.write([ReceiveRequest(socket_id=socket, length=1)] * 1024)
    await attachment.write()
    await attachment.until_handled(3)

    async with progress(lambda: -session.ledger.pending) as cancels:
        await attachment.write(cancels=[CancelOperationRequest(operation_id=2 + n) for n in range(1024)])
        await attachment.until_sequence(1025)

    assert (cancels.total, cancels.largest) == (1024, SLICE)


async def test_what_is_said_of_a_huge_message_is_told_in_messages_of_a_bounded_size(owner: Owner) -> None:
    attachment, many = await owner.attach(), 20_000

    await attachment.write(
        releases=[ReleaseRequest(socket_id=1)] * many,
        cancels=[CancelOperationRequest(operation_id=1)] * many,
    )
    await attachment.until_handled(2)

    assert len(attachment.refusals) == len(attachment.cancellations) == many
    assert {each.outcome for each in attachment.cancellations} == {CANCEL_OUTCOME_NOT_FOUND}
    assert [refusal.position for refusal in attachment.refusals] == list(range(many))
    assert max(attachment.sizes) < MIB


@pytest.mark.parametrize("drained", [False, True])
async def test_one_turn_reads_a_bounded_part_of_what_a_peer_floods(
    drained: bool, agent: RunningAgent, owner: Owner, peer: Listen
) -> None:
    socket, far = await owner.connect(peer(), callbacks=DATA)
    connection = held(agent, owner).sockets[socket]
    if drained:
        await owner.start(ReceiveRequest(socket_id=socket, drain=True))

    async with progress(lambda: connection.receive_offset) as received:
        far.send(bytes(12 * MIB))
        while connection.receive_offset < 12 * MIB:
            await owner.view()

    assert received.total == 12 * MIB
    assert received.largest <= TURN


async def test_a_flooded_connection_waits_for_one_turn_at_a_time_behind_the_others(
    agent: RunningAgent, open_owner: Open, peer: Listen
) -> None:
    greedy, other = await open_owner(agent.address), await open_owner(agent.address)
    flooded, flooding = await greedy.connect(peer(), callbacks=DATA)
    socket, far = await other.connect(peer(), callbacks=DATA)
    ahead, story = held(agent, greedy).sockets[flooded], await other.read()

    async with progress(lambda: len(agent.engine._readers)) as waiting:
        flooding.send(bytes(15 * MIB))
        far.send(bytes(MIB))
        await story.until(lambda: len(story.data(socket)) == MIB)
        taken_meanwhile = ahead.receive_offset
        await (await greedy.read()).until(lambda: ahead.receive_offset == 15 * MIB)

    assert taken_meanwhile < 15 * MIB
    assert waiting.highest == 2
