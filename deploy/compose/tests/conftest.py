"""What the tests of the lab share: the lab by its short name, each agent connected to the server, and the server's own log.

Each test leaves its timeline in /results/timelines, whether it fails or not: `telesock timeline FILE` shows it.
"""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from redis_by_agent import Redis, connect
from server_log import ServerLog

from telesock.client.lab import AsyncLab

TIMELINES = Path("/results/timelines")
SERVER_LOG = Path("/var/log/lab/redis.log")


@pytest.fixture
async def lab(telesock_async_lab: AsyncLab, request: pytest.FixtureRequest) -> AsyncIterator[AsyncLab]:
    """The three agents."""
    yield telesock_async_lab
    telesock_async_lab.timeline().write_jsonl(TIMELINES / f"{request.node.name}.jsonl")


@pytest.fixture
async def server(lab: AsyncLab) -> Mapping[str, Redis]:
    """Each agent's connection to the server, by the agent's name."""
    return await lab.all.each(connect)


@pytest.fixture
def server_log() -> ServerLog:
    """The server's log, from here on."""
    return ServerLog(SERVER_LOG)
