"""What the tests of the blocking client ask for beside the suite of both clients (tests/client/aio).

threaded    await threaded(program, …): run a program with threads, given a Session first, beside the agent of this loop
"""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.agents import RunningAgent
from tests.client.facade import in_thread

from telesock.client import Client


@pytest.fixture
def threaded(agent: RunningAgent) -> Callable[..., Awaitable[Any]]:
    def run(program: Callable[..., Any], *arguments: Any) -> Any:
        with Client(agent.address) as client, client.session(label="threads") as session:
            return program(session, *arguments)

    return lambda program, *arguments: in_thread(run, program, *arguments)
