"""Lets this suite ask both labs: each test runs once with `AsyncLab`, and once with `Lab` behind its names.

members     await members("a", "b"): agents in this process, each with an address 127.0.0.N of its own, as an inventory
open_lab    await open_lab(inventory, lease=…): a lab of the shell that is tested
lab         a lab of three such agents, a, b and c
"""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from tests.agents import RunningAgent
from tests.client.aio.conftest import shell  # noqa: F401  # it works by being here
from tests.client.facade import FACADES

from telesock.client.lab import AsyncLab, Inventory, Member

Members = Callable[..., Awaitable[Inventory]]
OpenLab = Callable[..., Awaitable[AsyncLab]]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    alone = metafunc.module.__name__.endswith(("test_together", "test_lab_cancelled"))
    shells = ["asyncio"] if alone else ["asyncio", "threads"]
    metafunc.parametrize("shell", shells, indirect=True)


@pytest.fixture
def members(start_agent: Callable[..., Awaitable[RunningAgent]]) -> Members:
    async def start(*names: str, **settings: Any) -> Inventory:
        agents = [await start_agent(**settings) for _ in names]
        return tuple(
            Member(name, agent.address, {"name": name, "even": str(number % 2 == 0)}, (f"127.0.0.{number}",))
            for number, (name, agent) in enumerate(zip(names, agents, strict=True), start=2)
        )

    return start


@pytest.fixture
async def open_lab(shell: str) -> AsyncIterator[OpenLab]:  # noqa: F811  # it is the fixture
    make: Any = AsyncLab if shell == "asyncio" else FACADES["AsyncLab"]
    async with contextlib.AsyncExitStack() as labs:

        async def enter(inventory: Inventory, **settings: Any) -> AsyncLab:
            opened: AsyncLab = await labs.enter_async_context(make(inventory, **settings))
            return opened

        yield enter


@pytest.fixture
async def lab(members: Members, open_lab: OpenLab) -> AsyncLab:
    return await open_lab(await members("a", "b", "c"))
