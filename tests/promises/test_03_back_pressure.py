"""Indications are taken from the kernel only while there is credit and room, receives only what there is room for.

A slow client therefore shows up as TCP back-pressure at the peer, never as loss.
"""

import asyncio
import random
from typing import Any

from tests.peers import PeerConnection
from tests.promises.owners import MIB, Listen, Open, Owner
from tests.promises.stories import Story

from telesock.server.core.limits import Limits
from telesock.v1.events_pb2 import STALL_REASON_CREDIT, STALL_REASON_JOURNAL
from telesock.v1.sessions_pb2 import AcknowledgeEventsRequest
from telesock.v1.sockets_pb2 import (
    INDICATION_KIND_DATA,
    EventCallbacks,
    GetSocketRequest,
    ReceiveRequest,
    ReleaseRequest,
)

PATTERN = random.Random(3).randbytes(16 * MIB)  # more than the buffers of a loopback connection hold


async def take_all(owner: Owner, story: Story, socket: int, size: int, credit: int) -> None:
    """Acknowledge and release whatever comes, never more than there is credit for, until everything has come."""
    released = taken = 0
    while taken < size:
        await story.until_more()
        data = story.bodies("data_received", socket)
        taken = data[-1].data_received.stream_offset + len(data[-1].data_received.data)
        assert taken - released <= credit
        await owner.ask(AcknowledgeEventsRequest(sequence=story.events[-1].sequence))
        await owner.ask(ReleaseRequest(socket_id=socket, sequence=data[-1].sequence))
        released = taken


async def assert_held_up(far: PeerConnection, story: Story, socket: int, reason: int) -> int:
    """The agent has said why it does not read, and the peer cannot send; return how much was taken."""
    stalled = await story.event("credit_stalled", socket)
    assert stalled.credit_stalled.reason == reason
    sending = asyncio.create_task(far.until_sent())
    await story.until_sequence(stalled.sequence)
    await asyncio.sleep(0)
    assert not sending.done()
    sending.cancel()
    return len(story.data(socket))


async def test_a_client_that_releases_nothing_holds_the_peer_up_and_loses_nothing(
    owner: Owner, peer: Listen
) -> None:
    callbacks = EventCallbacks(enable=[INDICATION_KIND_DATA], credit_bytes=100_000)
    socket, far = await owner.connect(peer(), callbacks=callbacks)
    story = await owner.read()
    far.send(PATTERN)

    assert await assert_held_up(far, story, socket, STALL_REASON_CREDIT) == 100_000

    await take_all(owner, story, socket, len(PATTERN), credit=100_000)
    assert story.data(socket) == PATTERN
    await far.until_sent()


async def test_a_client_that_acknowledges_nothing_holds_the_peer_up_and_loses_nothing(
    start_agent: Any, open_owner: Open, peer: Listen
) -> None:
    agent = await start_agent(limits=Limits(journal_events=16))
    owner = await open_owner(agent.address)
    callbacks = EventCallbacks(enable=[INDICATION_KIND_DATA], credit_bytes=4 * MIB)
    socket, far = await owner.connect(peer(), callbacks=callbacks)
    story = await owner.read()
    far.send(PATTERN)

    await assert_held_up(far, story, socket, STALL_REASON_JOURNAL)
    assert len(story.events) == 16  # the connect, the data, the stall

    await take_all(owner, story, socket, len(PATTERN), credit=MIB)
    assert story.data(socket) == PATTERN
    await far.until_sent()


async def test_a_stall_is_told_once_until_data_flows_again(owner: Owner, peer: Listen) -> None:
    callbacks = EventCallbacks(enable=[INDICATION_KIND_DATA], credit_bytes=4)
    socket, far = await owner.connect(peer(), callbacks=callbacks)
    story = await owner.read()

    far.send(b"one two ")
    first = await story.event("credit_stalled")
    far.send(b"three four ")
    await owner.ask(ReleaseRequest(socket_id=socket, sequence=first.sequence - 1))

    await story.until(lambda: len(story.bodies("credit_stalled")) == 2)
    assert [event.WhichOneof("body") for event in story.events[1:]] == [
        "data_received",
        "credit_stalled",
        "data_received",
        "credit_stalled",
    ]
    assert story.data(socket) == b"one two "


async def test_a_receive_takes_from_the_kernel_only_what_the_journal_has_room_for(
    start_agent: Any, open_owner: Open, peer: Listen
) -> None:
    agent = await start_agent(limits=Limits(journal_bytes=32_768))
    owner = await open_owner(agent.address)
    socket, far = await owner.connect(peer())
    story = await owner.read()
    receives = [await owner.start(ReceiveRequest(socket_id=socket, length=20_000)) for _ in range(3)]

    far.send(PATTERN[:60_000])
    first, second = [(await story.completion(operation)).receive.data for operation in receives[:2]]
    assert 20_000 < len(first + second) < 32_768
    state = await owner.ask(GetSocketRequest(socket_id=socket))
    assert (state.socket.receive_offset, state.socket.pending_operations) == (len(first + second), 1)
    await owner.ask(AcknowledgeEventsRequest(sequence=(await owner.view()).last_sequence))

    third = (await story.completion(receives[2])).receive.data
    assert first + second + third == PATTERN[: len(first + second) + 20_000]
