"""Programs that are not ours, behind a relay: redis-cli and redis-server, curl and nginx.

Times are compared with what was asked from below alone; rates and delays are measured in tests/benchmarks.
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.wire.caller import Caller, Place
from tests.wire.faults import create_fault, end_fault, firings
from tests.wire.servers import needs, redis_server, run, web_server
from tests.wire.story import Event

FROM_UPSTREAM = {"relay_side": 2, "direction": 2}
MIB = 1 << 20


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[Place]:
    async with redis_server(tmp_path) as place:
        yield place


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Place]:
    # nginx as root gives its worker's files to nobody; one process has no worker
    _fill(tmp_path / "large")
    async with web_server(tmp_path) as place:
        yield place


def _fill(file: Path) -> None:
    file.write_bytes(bytes(range(256)) * 4096)


async def relay(caller: Caller, upstream: Place) -> Place:
    listener, place = await caller.listening()
    await caller.relay(listener, upstream)
    return place


async def redis_cli(place: Place, *command: str) -> tuple[int, str]:
    """Say something to a redis-server."""
    status, printed = await run("redis-cli", "-h", place.host, "-p", str(place.port), *command)
    return status, printed.strip()


def url(place: Place, file: str = "large") -> str:
    return f"http://{place.host}:{place.port}/{file}"


@needs("redis-server", "redis-cli")
async def test_redis_works_through_a_relay(caller: Caller, redis: Place) -> None:
    place = await relay(caller, redis)

    said = [await redis_cli(place, *command) for command in (("SET", "a", "1"), ("INCR", "a"), ("GET", "a"))]

    assert said == [(0, "OK"), (0, "2"), (0, "2")]


@needs("redis-server", "redis-cli")
async def test_redis_answers_late_through_latency_and_at_once_when_it_ends(
    caller: Caller, redis: Place
) -> None:
    place = await relay(caller, redis)
    await create_fault(caller, name="slow", target=FROM_UPSTREAM, latency={"delay": 0.3})
    began = time.monotonic()
    late = await redis_cli(place, "PING")
    took = time.monotonic() - began

    await end_fault(caller, "slow")

    assert (late, await redis_cli(place, "PING")) == ((0, "PONG"), (0, "PONG"))
    assert took >= 0.3
    assert firings(await caller.events(), "slow")


@needs("redis-server", "redis-cli")
async def test_redis_cli_says_that_the_server_has_reset_the_connection(caller: Caller, redis: Place) -> None:
    place = await relay(caller, redis)
    await create_fault(
        caller, name="cut", target={"relay_side": 1, "direction": 1}, limit={"bytes": 2, "end": 2}
    )

    status, printed = await redis_cli(place, "PING")
    await end_fault(caller, "cut")

    assert status != 0 or "Error" in printed
    assert "reset by peer" in printed
    assert await redis_cli(place, "PING") == (0, "PONG")


@needs("redis-server", "redis-cli")
async def test_redis_keeps_its_data_when_a_client_is_reset_in_the_middle(
    caller: Caller, redis: Place
) -> None:
    place = await relay(caller, redis)
    await redis_cli(redis, "SET", "a", "before")
    once = {"times": 1, "counted_per": 2}
    await create_fault(caller, name="cut", target={"relay_side": 2}, timing=once, reset={})

    await redis_cli(place, "SET", "a", "after")

    assert (await redis_cli(redis, "GET", "a"))[1] in ("before", "after")
    await redis_cli(place, "SET", "a", "then")
    assert await redis_cli(redis, "GET", "a") == (0, "then")


@needs("curl", "nginx")
async def test_curl_gets_a_whole_file_through_a_relay(caller: Caller, web: Place, tmp_path: Path) -> None:
    place = await relay(caller, web)

    status, printed = await run("curl", "-sS", "-o", str(tmp_path / "got"), url(place))

    assert (status, printed) == (0, "")
    assert digest(tmp_path / "got") == digest(tmp_path / "large")


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@needs("curl", "nginx")
async def test_curl_gets_a_whole_file_slowly_through_bandwidth_slices_and_jitter(
    caller: Caller, web: Place, tmp_path: Path
) -> None:
    place = await relay(caller, web)
    effects: list[dict[str, Any]] = [
        {"bandwidth": {"bytes_per_second": 2 * MIB}},
        {"slices": {"size_bytes": 20_000, "size_variation_bytes": 5000}},
        {"latency": {"delay": 0.01, "jitter": 0.01}, "timing": {"decided_per": 2}},
    ]
    for effect in effects:
        await create_fault(caller, target=FROM_UPSTREAM, **effect)
    began = time.monotonic()

    status, printed = await run("curl", "-sS", "-o", str(tmp_path / "got"), url(place))

    assert (status, printed) == (0, "")
    assert digest(tmp_path / "got") == digest(tmp_path / "large")
    assert time.monotonic() - began >= 0.4


@needs("curl", "nginx")
@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"limit": {"bytes": 100_000, "end": 2}}, "reset by peer"),
        ({"limit": {"bytes": 100_000}}, "bytes remaining to read"),
        ({"limit": {"bytes": 0}}, "Empty reply"),
    ],
    ids=["reset", "end", "nothing"],
)
async def test_curl_says_how_its_transfer_was_cut_off(
    caller: Caller, web: Place, fault: dict[str, Any], told: str
) -> None:
    place = await relay(caller, web)
    await create_fault(caller, name="cut", target={"relay_side": 1, "direction": 1}, **fault)

    status, printed = await run("curl", "-sS", "-o", "/dev/null", url(place))

    assert status != 0
    assert told in printed
    [ended] = [event.relay_ended async for event in ended_relays(caller)]
    assert (ended.cause.fault_name if fault["limit"].get("end") else "cut") == "cut"


async def ended_relays(caller: Caller) -> AsyncIterator[Event]:
    yield await caller.until(lambda event: event.HasField("relay_ended"))


@needs("curl", "nginx")
async def test_curl_is_told_at_once_when_the_upstream_refuses(caller: Caller, web: Place) -> None:
    place = await relay(caller, web)
    await create_fault(caller, target={"relay_side": 2}, connect_failure={})

    status, printed = await run("curl", "-sS", "-o", "/dev/null", url(place))

    assert status != 0
    assert any(told in printed for told in ("reset by peer", "Empty reply", "Failed to connect"))


@needs("curl", "nginx")
async def test_a_stalled_client_does_not_stop_another(caller: Caller, web: Place, tmp_path: Path) -> None:
    place = await relay(caller, web)
    await create_fault(
        caller, name="stall", target=FROM_UPSTREAM, timing={"times": 1, "counted_per": 2}, stall={}
    )

    stalled = asyncio.ensure_future(run("curl", "-sS", "-o", str(tmp_path / "first"), url(place)))
    await caller.until(lambda event: event.HasField("fault_fired"))
    other = await run("curl", "-sS", "-o", str(tmp_path / "second"), url(place))

    assert (other, stalled.done()) == ((0, ""), False)
    await end_fault(caller, "stall")
    assert await stalled == (0, "")
    assert digest(tmp_path / "first") == digest(tmp_path / "second")
