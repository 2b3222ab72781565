"""Beside the fixtures of tests/conftest.py: callers, and a place that never answers.

caller         a Caller with a session on `agent`
start_caller   await start_caller(agent, lease_duration=1.0): further ones
blackhole      a Place whose host drops every SYN
dial           await dial(place): a PeerConnection to it, which is closed at the end
"""

import select
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
from tests import dialers
from tests.agents import RunningAgent
from tests.peers import PeerConnection
from tests.wire.caller import Caller, Place

StartCaller = Callable[..., Awaitable[Caller]]
Dial = Callable[[Place], Awaitable[PeerConnection]]


@pytest.fixture
async def start_caller() -> AsyncIterator[StartCaller]:
    callers: list[Caller] = []

    async def start(agent: RunningAgent, **fields: Any) -> Caller:
        callers.append(Caller(agent.address))
        return await callers[-1].open(**fields)

    yield start
    for each in callers:
        await each.channel.close()


@pytest.fixture
async def caller(agent: RunningAgent, start_caller: StartCaller) -> Caller:
    return await start_caller(agent)


@pytest.fixture
def blackhole() -> Iterator[Place]:
    """Linux drops the SYNs for a listener whose accept queue is full; after listen(0) it has room for one."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        place = Place(*listener.getsockname())
        with socket.create_connection(place):
            select.select([listener], [], [])  # the one connection is in the queue
            yield place


@pytest.fixture
async def dial() -> AsyncIterator[Dial]:
    made: list[PeerConnection] = []

    async def connect(place: Place) -> PeerConnection:
        made.append(await dialers.dial(*place))
        return made[-1]

    yield connect
    for each in made:
        each.close()
