"""What the tests of the engine may ask for.

driver      a session on a fresh engine (tests/server/engine/driver.py)
unix        the same, where sockets may also go to Unix-domain paths in the test's folder, and to some names
agent       to start further engines, with limits and policies of their own
silence     an address that answers no connect and refuses none
dial        await dial(endpoint): a scripted peer that connects (tests/dialers.py)
far, other  two scripted UDP peers (tests/datagram_peers.py); further ones: datagram_peer(host)

Everything is gone when the test ends: no engine may then hold a socket, owe a byte or have met a bug, and no
descriptor and no thread of the loop may be left.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests import dialers
from tests.datagram_peers import DatagramPeer
from tests.peers import PeerConnection
from tests.server.engine.agents import Agent, silent_address
from tests.server.engine.driver import Driver

from telesock.server.core.policy import LOOPBACK
from telesock.server.core.requests import Endpoint


def open_descriptors() -> set[str]:
    """What this process has open, each by number and name."""
    found = set()
    for number in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):  # of the listing itself
            found.add(f"{number} {os.readlink(f'/proc/self/fd/{number}')}")
    return found


@pytest.fixture
async def agent() -> AsyncIterator[Agent]:
    before = open_descriptors()
    errors: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: errors.append(context))
    agent = Agent()
    yield agent
    agent.stop()
    assert (errors, open_descriptors() - before) == ([], set())


@pytest.fixture
async def driver(agent: Agent) -> Driver:
    return agent.start()


@pytest.fixture
async def unix(agent: Agent, tmp_path: Path) -> Driver:
    return agent.start(allow=(*LOOPBACK, f"unix:{tmp_path}/*", "unix:@telesock-test-*"))


@pytest.fixture
def silence() -> Iterator[Endpoint]:
    with silent_address("127.0.0.1") as address:
        yield address


@pytest.fixture
async def dial(agent: Agent) -> AsyncIterator[Callable[[Endpoint], Awaitable[PeerConnection]]]:
    dialed: list[PeerConnection] = []

    async def connect(to: Endpoint) -> PeerConnection:
        dialed.append(await dialers.dial(to.host, to.port))
        return dialed[-1]

    yield connect
    for each in dialed:
        each.close()


@pytest.fixture
async def datagram_peer(agent: Agent) -> AsyncIterator[Callable[..., DatagramPeer]]:
    made: list[DatagramPeer] = []

    def make(host: str = "127.0.0.1") -> DatagramPeer:
        made.append(DatagramPeer(host))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
async def far(datagram_peer: Callable[..., DatagramPeer]) -> DatagramPeer:
    return datagram_peer()


@pytest.fixture
async def other(datagram_peer: Callable[..., DatagramPeer]) -> DatagramPeer:
    return datagram_peer()
