"""A client that lost its connection goes on from the last sequence it has: it misses nothing, sees nothing twice.

What is gone for good is said: a gap to whoever fell behind, SESSION_LOST with its cause to an owner.
"""

import random
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import pytest
from tests.agents import AgentProcess, RunningAgent
from tests.promises.owners import MIB, Attachment, Listen, Open, Owner, refused
from tests.promises.stories import Story
from tests.relays import Relay

from telesock.server.core.limits import Limits
from telesock.v1.events_pb2 import EVENT_KIND_DRAINING, Event, EventFilter, Gap
from telesock.v1.sessions_pb2 import (
    RETENTION_LATEST,
    AcknowledgeEventsRequest,
    CloseSessionRequest,
    KeepAliveRequest,
)
from telesock.v1.sockets_pb2 import (
    INDICATION_KIND_DATA,
    CreateSocketRequest,
    EventCallbacks,
    ReceiveRequest,
    SendRequest,
)

NOT_FOUND = grpc.StatusCode.NOT_FOUND
PATTERN = random.Random(5).randbytes(8 * MIB)
DATA = EventCallbacks(enable=[INDICATION_KIND_DATA], credit_bytes=16 * MIB)


async def chatter(owner: Owner, peer: Listen) -> list[Event]:
    """Let various things happen; return all events of the session."""
    socket, far = await owner.connect(peer(), callbacks=DATA)
    for number in range(8):
        receive = await owner.start(ReceiveRequest(socket_id=socket, length=6))
        await owner.run(SendRequest(socket_id=socket, data=b"ask"))
        far.send(b"answer %d" % number)  # the receive gets six of these bytes, the others are indicated
        await owner.finish(receive)
    return await owner.events()


@pytest.mark.parametrize("acknowledged", [False, True])
async def test_a_stream_begun_after_any_event_continues_with_the_very_events_that_followed(
    acknowledged: bool, owner: Owner, peer: Listen
) -> None:
    events = await chatter(owner, peer)
    if acknowledged:
        await owner.ask(AcknowledgeEventsRequest(sequence=len(events)))

    for start_after in range(len(events) + 1):
        assert await owner.events(start_after) == events[start_after:]


Follow = Callable[[Owner, int], Awaitable[Story]]


async def read(owner: Owner, start_after: int) -> Story:
    return await owner.read(start_after)


async def attach(owner: Owner, start_after: int) -> Attachment:
    attachment = await owner.attach(start_after)
    await attachment.until_begun()
    return attachment


async def more(story: Story, events: int) -> None:
    await story.until(lambda: len(story.events) >= events or story.code is not None)


@pytest.mark.parametrize("follow", [read, attach], ids=["StreamEvents", "Attach"])
async def test_streams_cut_in_the_middle_of_traffic_bring_every_event_once_all_together(
    follow: Follow,
    agent: RunningAgent,
    open_owner: Open,
    relay: Callable[[str], Awaitable[Relay]],
    peer: Listen,
) -> None:
    way, chance = await relay(agent.address), random.Random(5)
    owner = await open_owner(way.address)
    socket, far = await owner.connect(peer(), callbacks=DATA)
    events: list[Event] = []
    for cut in range(10):
        far.send(PATTERN[cut * MIB // 2 : (cut + 1) * MIB // 2])
        story = await follow(owner, len(events))
        await more(story, chance.randrange(4))
        way.cut()
        await story.until_ended()
        events += story.events
    far.send(PATTERN[5 * MIB :])

    while sum(len(event.data_received.data) for event in events) < len(PATTERN):
        story = await follow(owner, len(events))
        await more(story, 1)
        events += story.events

    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert b"".join(event.data_received.data for event in events) == PATTERN
    assert {event.socket_id for event in events} == {socket}


async def test_an_observer_that_asks_for_what_is_gone_is_told_the_gap(
    start_agent: Any, open_owner: Open
) -> None:
    agent = await start_agent(limits=Limits(journal_events=8))
    owner = await open_owner(agent.address, retention=RETENTION_LATEST)
    for _ in range(20):
        await owner.start(CreateSocketRequest())

    story = await owner.read()

    await story.until_sequence(20)
    assert story.gaps == [Gap(first_sequence=1, last_sequence=12)]
    assert story.sequences == list(range(13, 21))


async def test_an_observer_that_falls_behind_is_told_of_every_event_that_it_will_not_see(
    start_agent: Any, open_owner: Open, peer: Listen
) -> None:
    agent = await start_agent(limits=Limits(journal_events=8))
    owner = await open_owner(agent.address, retention=RETENTION_LATEST)
    call = owner.stream()
    socket, far = await owner.connect(peer())
    story = Story()
    for _ in range(40):  # 40 MiB: more than a stream that nobody reads takes in
        far.send(bytes(MIB))
        await owner.run(ReceiveRequest(socket_id=socket, length=MIB, wait_all=True))

    async for response in call:
        story.take(response.batch)
        if story.last_sequence == 41:
            break
    call.cancel()

    missing = [number for gap in story.gaps for number in range(gap.first_sequence, gap.last_sequence + 1)]
    assert missing
    assert sorted(missing + story.sequences) == list(range(1, 42))


async def test_events_that_are_not_acknowledged_are_never_gone(start_agent: Any, open_owner: Open) -> None:
    agent = await start_agent(limits=Limits(journal_events=8))
    owner = await open_owner(agent.address)
    for sequence in range(1, 13):
        await owner.start(CreateSocketRequest())
        if sequence <= 6:
            await owner.ask(AcknowledgeEventsRequest(sequence=sequence))

    story = await owner.read()

    await story.until_sequence(12)
    assert story.gaps == [Gap(first_sequence=1, last_sequence=4)]
    assert story.sequences == list(range(5, 13))


async def test_a_filtered_stream_marks_its_progress_over_what_it_leaves_out(owner: Owner) -> None:
    story = await owner.read(wanted=EventFilter(kinds=[EVENT_KIND_DRAINING]))

    for _ in range(3):
        await owner.start(CreateSocketRequest())

    await story.until_sequence(3)
    assert story.events == []


@pytest.mark.parametrize("follow", [read, attach], ids=["StreamEvents", "Attach"])
async def test_a_cursor_of_another_session_is_refused_instead_of_waited_for(
    follow: Follow, owner: Owner
) -> None:
    story = await follow(owner, 1)

    assert (story.code, story.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "SEQUENCE_AHEAD")


async def test_the_newest_attachment_wins_and_goes_on_where_it_says(owner: Owner, peer: Listen) -> None:
    older = await attach(owner, 0)
    events = await chatter(owner, peer)

    newer = await attach(owner, 5)

    await older.until_ended()
    assert (older.code, older.reason) == (grpc.StatusCode.ABORTED, "ATTACHMENT_REPLACED")
    await newer.until_sequence(len(events))
    assert newer.events == events[5:]
    assert newer.code is None


async def assert_lost(owner: Owner, cause: str) -> None:
    """The owner is told the cause by a unary call, a stream and an attachment alike."""
    with refused("SESSION_LOST", NOT_FOUND) as info:
        await owner.ask(KeepAliveRequest())
    assert info.metadata["cause"] == cause
    for story in (await owner.read(), await attach(owner, 0)):
        assert (story.code, story.reason, story.metadata["cause"]) == (NOT_FOUND, "SESSION_LOST", cause)


async def test_a_session_that_was_closed_is_lost_with_that_cause(owner: Owner, peer: Listen) -> None:
    story, attachment = await owner.read(), await attach(owner, 0)
    events = await chatter(owner, peer)

    await owner.ask(CloseSessionRequest())

    for each in (story, attachment):
        await each.until_ended()
        assert (each.code, each.reason, each.metadata["cause"]) == (NOT_FOUND, "SESSION_LOST", "CLOSED")
        assert each.events[: len(events)] == events
        assert [event.WhichOneof("body") for event in each.events[len(events) :]] == ["socket_closed"]
    await assert_lost(owner, "CLOSED")


async def test_a_session_whose_lease_ended_is_lost_with_that_cause(
    agent: RunningAgent, open_owner: Open
) -> None:
    owner = await open_owner(agent.address, lease_duration={"seconds": 1})
    story = await owner.read()

    await story.until_ended()

    assert (story.code, story.metadata["cause"]) == (NOT_FOUND, "LEASE_EXPIRED")
    assert [event.WhichOneof("body") for event in story.events] == ["session_expiring"]
    await assert_lost(owner, "LEASE_EXPIRED")


async def test_a_session_of_an_agent_that_was_killed_is_lost_at_the_first_contact_with_the_next(
    start_agent_process: Callable[..., Awaitable[AgentProcess]], held_address: str, open_owner: Open
) -> None:
    killed = await start_agent_process(listen=held_address)
    owner = await open_owner(killed.address)
    story = await owner.read()
    killed.kill()
    await killed.exited()
    await story.until_ended()
    assert story.code == grpc.StatusCode.UNAVAILABLE

    following = await start_agent_process(listen=held_address)
    attachment = await owner.attach(boot_id=killed.boot_id)

    await attachment.until_ended()
    assert (attachment.code, attachment.reason) == (NOT_FOUND, "SESSION_LOST")
    assert attachment.metadata["cause"] == "AGENT_RESTARTED"
    assert following.boot_id != killed.boot_id
    with refused("SESSION_UNKNOWN", NOT_FOUND):  # a call without a boot_id cannot tell the two apart
        await owner.ask(KeepAliveRequest())
