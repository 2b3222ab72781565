"""Health: whoever watches is told, however many they are and whatever became of the others."""

import asyncio
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tests.agents import RunningAgent

from telesock.server.service.health import Health

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
UNKNOWN = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN


class Watcher:
    """A watch of one service, on a channel of its own."""

    def __init__(self, address: str, service: str = "") -> None:
        self.channel = grpc.aio.insecure_channel(address)
        stub: Any = health_pb2_grpc.HealthStub(self.channel)
        self.watch = stub.Watch(health_pb2.HealthCheckRequest(service=service))

    async def read(self) -> int:
        status: int = (await self.watch.read()).status
        return status

    async def leave(self) -> None:
        self.watch.cancel()
        await self.channel.close()


async def test_a_watcher_that_leaves_takes_the_news_from_nobody(agent: RunningAgent) -> None:
    watchers = [Watcher(agent.address) for _ in range(3)]
    assert [await each.read() for each in watchers] == [SERVING] * 3

    await watchers[0].leave()
    agent.server.show_health(False)
    told = [await each.read() for each in watchers[1:]]
    await watchers[1].leave()
    agent.server.show_health(True)

    assert (told, await watchers[2].read()) == ([NOT_SERVING] * 2, SERVING)
    await watchers[2].leave()


async def test_what_is_said_again_is_no_news(agent: RunningAgent) -> None:
    watcher = Watcher(agent.address)
    assert await watcher.read() == SERVING

    agent.server.show_health(True)
    await asyncio.sleep(0)  # a turn, in which it would be told
    agent.server.show_health(False)

    assert await watcher.read() == NOT_SERVING
    await watcher.leave()


async def test_a_service_that_there_is_not_is_unknown_to_its_watcher(agent: RunningAgent) -> None:
    watcher = Watcher(agent.address, "telesock.v1.Nothing")

    assert await watcher.read() == UNKNOWN
    await watcher.leave()


class SlowContext:
    """A call whose messages are on their way until they are let go on."""

    def __init__(self) -> None:
        self.told: list[int] = []
        self.telling, self.go_on = asyncio.Event(), asyncio.Event()

    async def write(self, message: health_pb2.HealthCheckResponse) -> None:
        self.told.append(message.status)
        self.telling.set()
        await self.go_on.wait()


async def test_a_watcher_that_is_being_told_when_the_agent_begins_to_drain_is_told_that_too() -> None:
    health = Health([])
    health.become(True)
    context = SlowContext()
    watching = asyncio.create_task(health.Watch(health_pb2.HealthCheckRequest(), context))  # type: ignore[arg-type]  # a fake
    await context.telling.wait()

    health.end()
    context.go_on.set()
    await watching

    assert context.told == [SERVING, NOT_SERVING]


async def test_the_watchers_of_an_agent_that_does_not_serve_are_left_when_it_drains() -> None:
    health = Health([])
    context = SlowContext()
    context.go_on.set()
    watching = asyncio.create_task(health.Watch(health_pb2.HealthCheckRequest(), context))  # type: ignore[arg-type]  # a fake
    await context.telling.wait()

    health.end()
    await watching

    assert context.told == [NOT_SERVING]


async def test_an_agent_that_drains_never_serves_again(agent: RunningAgent) -> None:
    watcher = Watcher(agent.address)
    assert await watcher.read() == SERVING
    agent.server.ask_to_drain(30.0)
    serving = asyncio.create_task(agent.server.serve_until_drained())
    assert await watcher.read() == NOT_SERVING

    agent.server.show_health(True)
    await serving
    end = await watcher.watch.read()

    assert end is grpc.aio.EOF
    await watcher.leave()
