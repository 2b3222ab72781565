"""What the tests of sockets ask for: programs with threads, beside an agent on this test's loop.

threaded    await threaded(program, …): run it in a thread, given a Session of `agent` first
ends        await ends(program): run it with both ends of a connection, once for plain sockets and once through `agent`
"""

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from tests.agents import RunningAgent
from tests.client.facade import in_thread
from tests.client.streams.endings import PATIENCE, both_ends

from telesock.client import Client
from telesock.client.streams.pump import NAME

Program = Callable[..., Any]
Threaded = Callable[..., Awaitable[Any]]


@pytest.fixture
def threaded(agent: RunningAgent) -> Threaded:
    def run(program: Program, *arguments: Any) -> Any:
        with Client(agent.address) as client, client.session(label="threads") as session:
            return program(session, *arguments)

    return lambda program, *arguments: in_thread(run, program, *arguments)


@pytest.fixture(params=["plain", "remote"])
def ends(request: pytest.FixtureRequest, threaded: Threaded) -> Callable[..., Awaitable[None]]:
    def plain(program: Program, **how: Any) -> None:
        with both_ends(None, **how) as (near, far):
            program(near, far)

    def remote(session: Any, program: Program, how: dict[str, Any]) -> None:
        with both_ends(session, **how) as (near, far):
            program(near, far)

    if request.param == "plain":
        return lambda program, **how: in_thread(lambda: plain(program, **how))
    return lambda program, **how: threaded(remote, program, how)


@pytest.fixture
async def no_leaks(agent: RunningAgent) -> AsyncIterator[None]:
    """Wait until no thread of the pump and no descriptor more than before is left: gRPC closes its own a little later."""
    await in_thread(_use, agent.address)  # some that gRPC opens at its first use stay
    before = len(os.listdir("/proc/self/fd"))
    yield
    late = time.monotonic() + PATIENCE
    while _pumps() or len(os.listdir("/proc/self/fd")) > before:
        assert time.monotonic() < late, [_pumps(), os.listdir("/proc/self/fd"), before]
        await asyncio.sleep(0.01)


def _use(address: str) -> None:
    with Client(address) as client, client.session():
        """Nothing is to be done."""


def _pumps() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == NAME]
