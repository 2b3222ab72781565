"""What the tests of the promises share.

open_owner      await open_owner(address, **OpenSessionRequest fields): an Owner (owners.py) of a new session
owner           an Owner on the test's agent
move_in         await move_in(quota=…): an agent with several identities (neighbours.py), bob with these quotas
neighbours, ann the same without quotas; the owner of a session there in which something is
unanswered      a port of this host that never answers a connect
no_stray_error  always on: nothing that runs on the test's loop, the agent included, may fail unnoticed
"""

import asyncio
import contextlib
import select
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import grpc
import pytest
from tests.agents import RunningAgent
from tests.identities import People, someone
from tests.promises.neighbours import Move, Neighbours
from tests.promises.owners import Caller, Owner

from telesock.server.core.identity import Quotas, Role
from telesock.v1.sessions_pb2 import OpenSessionRequest
from telesock.v1.sockets_pb2 import CreateSocketRequest


@pytest.fixture(autouse=True)
async def no_stray_error() -> AsyncIterator[None]:
    stray: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: stray.append(context))
    yield
    assert [each for each in stray if _GRPC not in each["message"]] == []


_GRPC = "PollerCompletionQueue"  # gRPC wakes one loop for calls that another, closed by now, has left behind


@pytest.fixture
async def open_owner(no_stray_error: None) -> AsyncIterator[Callable[..., Awaitable[Owner]]]:
    async with contextlib.AsyncExitStack() as opened:

        async def open_owner(address: str, **fields: Any) -> Owner:
            channel = await opened.enter_async_context(grpc.aio.insecure_channel(address, _OPTIONS))
            owner = Owner(channel, await Caller(channel).ask(OpenSessionRequest(**fields)))
            opened.push_async_callback(owner.close)
            return owner

        yield open_owner


# Every owner a connection of its own, and every wait for an agent that comes back a short one.
_OPTIONS = (
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 200),
    ("grpc.max_receive_message_length", 8 << 20),
)


@pytest.fixture
async def owner(agent: RunningAgent, open_owner: Callable[..., Awaitable[Owner]]) -> Owner:
    return await open_owner(agent.address)


@pytest.fixture
def unanswered() -> Iterator[int]:
    """A listener whose queue is full drops every further SYN (listen(2))."""
    with socket.socket() as listener, socket.socket() as queued:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        queued.connect(listener.getsockname())
        select.select([listener], [], [])
        yield listener.getsockname()[1]


@pytest.fixture
async def move_in(
    start_agent: Callable[..., Awaitable[RunningAgent]], no_stray_error: None
) -> AsyncIterator[Move]:
    """Start an agent that knows ann, and bob with quotas, and those who observe and administer."""
    async with contextlib.AsyncExitStack() as exits:

        async def move(settings: dict[str, Any] | None = None, **quotas: Any) -> Neighbours:
            people = People(
                someone("ann"),
                someone("bob", quotas=Quotas(**quotas)),
                someone("eve", Role.OBSERVER),
                someone("eva", Role.OBSERVER, payload=True),
                someone("kim", Role.ADMINISTRATOR),
            )
            agent = await start_agent(access=people.access, **(settings or {}))
            return Neighbours(agent, people, exits)

        yield move


@pytest.fixture
async def neighbours(move_in: Move) -> Neighbours:
    return await move_in()


@pytest.fixture
async def ann(neighbours: Neighbours) -> Owner:
    """Somebody with a session in which something is."""
    owner = await neighbours.opened("ann", label="hers", request_id="the same")
    await owner.run(CreateSocketRequest())
    return owner
