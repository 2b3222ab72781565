"""What every test may ask for: agents, clients, peers and relays, all on loopback ports of the host's choice.

agent                 a RunningAgent in this process with default limits: .address, .engine (tests/agents.py)
start_agent           await start_agent(limits=…, allow=…): further ones
start_agent_process   await start_agent_process("--flag", …, listen=…): an AgentProcess, to be killed
held_address          where one agent can listen, and another after it
client, session       an AsyncClient of `agent`, and a session on it
peer                  peer(…): a scripted TCP Peer (tests/peers.py)
relay                 await relay(address): a Relay to cut the way to an agent with (tests/relays.py)

Everything is gone when the test ends; an agent in this process must then hold no socket and have met no bug.
"""

import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from tests import agents
from tests.agents import AgentProcess, RunningAgent
from tests.peers import Peer
from tests.ports import HeldPort
from tests.relays import Relay
from tests.surroundings import temporary_folder, the_same_everywhere

from telesock.client import AsyncClient, AsyncSession

# How long something takes on a busy machine fails no test.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


def pytest_configure() -> None:
    """Choose where temporary files are, before pytest makes folders there."""
    os.environ["TMPDIR"] = tempfile.tempdir = temporary_folder(tempfile.gettempdir())


@pytest.fixture(scope="session", autouse=True)
def surroundings() -> Iterator[None]:
    """Give every test, and all that it starts, the same environment."""
    with the_same_everywhere():
        yield


@pytest.fixture
async def start_agent() -> AsyncIterator[Callable[..., Awaitable[RunningAgent]]]:
    started: list[RunningAgent] = []

    async def start(**settings: Any) -> RunningAgent:
        started.append(await agents.start_agent(**settings))
        return started[-1]

    yield start
    for running in started:
        await running.stop()
        assert running.bugs == []
        assert running.engine.sockets == 0


@pytest.fixture
async def agent(start_agent: Callable[..., Awaitable[RunningAgent]]) -> RunningAgent:
    return await start_agent()


@pytest.fixture
async def start_agent_process() -> AsyncIterator[Callable[..., Awaitable[AgentProcess]]]:
    async with contextlib.AsyncExitStack() as processes:

        async def start(*flags: str, **settings: Any) -> AgentProcess:
            return await processes.enter_async_context(agents.agent_process(*flags, **settings))

        yield start


@pytest.fixture
def held_address() -> Iterator[str]:
    """Where an agent can listen, and another one after it: nobody else gets the port between them."""
    port = HeldPort()
    yield f"127.0.0.1:{port.number}"
    port.close()


@pytest.fixture
async def client(agent: RunningAgent) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(agent.address) as connected:
        yield connected


@pytest.fixture
async def session(client: AsyncClient) -> AsyncIterator[AsyncSession]:
    async with client.session(label="test") as opened:
        yield opened


@pytest.fixture
async def peer() -> AsyncIterator[Callable[..., Peer]]:
    listening: list[Peer] = []

    def listen(host: str = "127.0.0.1", **settings: Any) -> Peer:
        listening.append(Peer(host, **settings))
        return listening[-1]

    yield listen
    for each in listening:
        each.close()


@pytest.fixture
async def relay() -> AsyncIterator[Callable[[str], Awaitable[Relay]]]:
    async with contextlib.AsyncExitStack() as relays:

        async def start(target: str) -> Relay:
            return await relays.enter_async_context(Relay(target))

        yield start
