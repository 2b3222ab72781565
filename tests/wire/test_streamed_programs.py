"""Programs and libraries that are not ours, through `telesock forward` and `telesock socks`: redis-py, asyncpg, curl."""

import contextlib
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from redis.asyncio import Redis
from tests.agents import RunningAgent
from tests.client.cli.test_forward import listening
from tests.programs import RunningProgram, start_program
from tests.wire.caller import Place
from tests.wire.servers import needs, postgresql, redis_server, run, web_server


@contextlib.asynccontextmanager
async def program(agent: RunningAgent, *arguments: str) -> AsyncIterator[int]:
    running: RunningProgram = await start_program(*arguments, agent=agent.address)
    try:
        yield await listening(running)
    finally:
        await running.kill()


def forwarding(agent: RunningAgent, place: Place) -> Any:
    return program(agent, "forward", "127.0.0.1:0", f"localhost:{place.port}")


@needs("redis-server")
async def test_redis_py_works_through_a_forwarded_port(agent: RunningAgent, tmp_path: Path) -> None:
    async with (
        redis_server(tmp_path) as place,
        forwarding(agent, place) as port,
        Redis(host="127.0.0.1", port=port) as redis,
    ):
        await redis.set("large", b"x" * 3_000_000)
        async with redis.pipeline() as several:
            for _ in range(100):
                several.incr("count")
            counted = await several.execute()
        large = await redis.get("large")

    assert (counted, large) == (list(range(1, 101)), b"x" * 3_000_000)


@needs("postgres")
async def test_asyncpg_works_through_a_forwarded_port(agent: RunningAgent) -> None:
    async with postgresql() as place, forwarding(agent, place) as port:
        connection = await asyncpg.connect(
            host="127.0.0.1", port=port, user="postgres", database="postgres", ssl=False
        )
        rows = await connection.fetch("SELECT n, repeat('x', 1000) FROM generate_series(1, 2000) AS n")
        async with connection.transaction():
            await connection.execute("CREATE TABLE kept (n int)")
            await connection.executemany("INSERT INTO kept VALUES ($1)", [(n,) for n in range(100)])
        kept = await connection.fetchval("SELECT sum(n) FROM kept")
        await connection.close()

    assert ([row[0] for row in rows], kept) == (list(range(1, 2001)), 4950)


@needs("curl", "nginx")
async def test_curl_gets_a_whole_file_through_socks_by_a_name_of_the_agents(
    agent: RunningAgent, tmp_path: Path
) -> None:
    _fill(tmp_path / "large")
    async with web_server(tmp_path) as place, program(agent, "socks", "127.0.0.1:0") as port:
        status, printed = await run(
            *("curl", "-sS", "-o", str(tmp_path / "got"), "--socks5-hostname", f"127.0.0.1:{port}"),
            f"http://localhost:{place.port}/large",
        )

    assert (status, printed) == (0, "")
    assert _digest(tmp_path / "got") == _digest(tmp_path / "large")


@needs("curl")
@pytest.mark.parametrize(
    ("url", "told"),
    [("http://127.0.0.1:1/", "(5)"), ("http://no-such.invalid/", "(4)"), ("http://10.1.2.3/", "(2)")],
)
async def test_curl_is_told_by_socks_why_it_gets_nothing(agent: RunningAgent, url: str, told: str) -> None:
    async with program(agent, "socks", "127.0.0.1:0") as port:
        status, printed = await run("curl", "-sS", "--socks5-hostname", f"127.0.0.1:{port}", url)

    assert status == 97
    assert told in printed


def _fill(file: Path) -> None:
    file.write_bytes(bytes(range(256)) * 16_384)


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
