"""Lets this suite ask both clients: each test runs once with `AsyncClient`, and once with `Client` behind its names.

shell       "asyncio" or "threads"
client      as everywhere else, of the shell that is tested
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.agents import RunningAgent
from tests.client.facade import FACADES

from telesock.client import AsyncClient

_TASKS = "a task that is cancelled: threads have only KeyboardInterrupt, see tests/client/sync"
_TURN = "a turn of the loop, in which everything that is asked gathers: threads gather what there is when gRPC asks"
ASYNCIO_ONLY = {
    "test_cancelling_a_task_that_awaits_leaves_the_operation_alone": _TASKS,
    "test_a_loop_that_is_cancelled_while_it_waits_loses_no_connection": _TASKS,
    "test_a_loop_that_is_cancelled_again_while_it_takes_its_accept_back_ends_no_other": _TASKS,
    "test_a_making_that_is_cancelled_leaves_no_fault": _TASKS,
    "test_a_task_that_is_cancelled_expects_no_longer_and_leaves_nothing": _TASKS,
    "test_a_beginning_that_is_cancelled_leaves_no_listener": _TASKS,
    "test_hundreds_of_sends_of_one_turn_travel_in_few_messages": _TURN,
    "test_a_program_that_ends_in_the_middle_prints_nothing": "a program of asyncio: tests/client/sync has another",
    "test_what_the_owner_before_had_on_its_way_does_not_use_up_the_ids_of_the_next": "coroutines handed to the inside",
}
"""Tests of what only asyncio has -> what that is."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    shells = ["asyncio"] if metafunc.function.__name__ in ASYNCIO_ONLY else ["asyncio", "threads"]
    metafunc.parametrize("shell", shells, indirect=True)


@pytest.fixture(autouse=True)
def shell(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    name: str = request.param
    if name == "threads":
        for original, facade in FACADES.items():
            if hasattr(request.module, original):
                monkeypatch.setattr(request.module, original, facade)
    return name


@pytest.fixture
async def client(agent: RunningAgent, shell: str) -> AsyncIterator[Any]:
    make: Any = AsyncClient if shell == "asyncio" else FACADES["AsyncClient"]
    async with make(agent.address) as connected:
        yield connected
