"""The command line, run as a process, which is killed at the end if it still runs; see tests/programs.py.

ended = await telesock("agent", "info", agent=address)                      # Ended(status, stdout, stderr)
running = await start_telesock("connect", "127.0.0.1:80", agent=address)    # RunningProgram
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from tests.programs import Ended, RunningProgram, start_program


@pytest.fixture
async def start_telesock() -> AsyncIterator[Callable[..., Awaitable[RunningProgram]]]:
    started: list[RunningProgram] = []

    async def start(*arguments: str, **settings: Any) -> RunningProgram:
        started.append(await start_program(*arguments, **settings))
        return started[-1]

    yield start
    for program in started:
        await program.kill()


@pytest.fixture
def telesock(
    start_telesock: Callable[..., Awaitable[RunningProgram]],
) -> Callable[..., Awaitable[Ended]]:
    async def run(*arguments: str, **settings: Any) -> Ended:
        return await (await start_telesock(*arguments, **settings)).ended()

    return run
