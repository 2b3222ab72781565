"""A client that is cut off sends again what is not settled, in order; the peer sees each byte once."""

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from tests.agents import RunningAgent
from tests.promises.owners import Attachment, Listen, Open, Owner, connect_to
from tests.relays import Relay

from telesock.v1.sockets_pb2 import (
    SendRequest,
)


def unsettled(requests: list[Any], stories: list[Attachment]) -> list[Any]:
    """What a client that was cut off sends again, in order."""
    told = {event.operation_id for story in stories for event in story.bodies("completion")}
    return [request for request in requests if request.operation_id not in told]


async def attach_again(owner: Owner, start_after: int) -> Attachment:
    """Attach, on a new connection even if the old one is not known yet to be cut."""
    while True:
        attachment = await owner.attach(start_after)
        await attachment.until_begun()
        if attachment.code is None:
            return attachment


async def test_a_client_that_is_cut_off_again_and_again_sends_each_byte_once(
    agent: RunningAgent, open_owner: Open, relay: Callable[[str], Awaitable[Relay]], peer: Listen
) -> None:
    way, listener, chance = await relay(agent.address), peer(), random.Random(6)
    owner = await open_owner(way.address)
    text = chance.randbytes(40_000)
    requests: list[Any] = [connect_to(listener.host, listener.port, operation_id=1, socket_id=1)]
    stories = [await owner.attach()]
    await stories[0].write(requests)
    await stories[0].until_sequence(1)
    for number in range(40):
        offset = number * 1000
        data = text[offset : offset + 1000]
        requests.append(SendRequest(operation_id=number + 2, socket_id=1, data=data, stream_offset=offset))

    for cut in range(1, 9):
        written = requests[: cut * 5]
        for start in range(0, len(unsettled(written, stories)), 3):
            await stories[-1].write(unsettled(written, stories)[start : start + 3])
        if cut % 2:
            await stories[-1].until_sequence(chance.randrange(cut * 5))
        way.cut()
        await stories[-1].until_ended()
        stories.append(await attach_again(owner, max(story.last_sequence for story in stories)))
    await stories[-1].write(unsettled(requests, stories))

    await stories[-1].until_sequence(41)
    far = await listener.accepted()
    assert await far.until_bytes(len(text)) == text
    assert len(listener.connections) == 1
    told = [event.operation_id for story in stories for event in story.bodies("completion")]
    assert Counter(told) == Counter(range(1, 42))
