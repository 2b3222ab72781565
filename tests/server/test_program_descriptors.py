"""An agent whose descriptors are used up says so, keeps its listeners and its clients, and goes on when some come free."""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from tests.agents import AgentProcess
from tests.peers import Peer
from tests.wire.caller import Caller
from tests.wire.story import Completion, cause_of, status_of

StartProcess = Callable[..., Awaitable[AgentProcess]]
Listen = Callable[..., Peer]

DESCRIPTORS = 200
FEW = ("sh", "-c", f'ulimit -n {DESCRIPTORS}; exec "$@"', "sh")
NO_MORE = ("INSUFFICIENT_RESOURCES", "EMFILE")


def descriptors(process: AgentProcess) -> int:
    """How many it has open."""
    return len(os.listdir(f"/proc/{process.process.pid}/fd"))


def processor_time(process: AgentProcess) -> float:
    """Seconds that it has run, see proc(5)."""
    fields = Path(f"/proc/{process.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.fixture
async def full(start_agent_process: StartProcess) -> AsyncIterator[tuple[AgentProcess, Caller]]:
    """An agent and its client, which has its connection already."""
    process = await start_agent_process(through=FEW)
    caller = await Caller(process.address).open()
    yield process, caller
    await caller.channel.close()


@contextlib.contextmanager
def used_up(process: AgentProcess) -> Iterator[None]:
    """Take all descriptors of an agent, by connections that say nothing to it."""
    host, _, port = process.address.rpartition(":")
    with contextlib.ExitStack() as taken:
        for _ in range(DESCRIPTORS):
            taken.enter_context(socket.create_connection((host, int(port))))
        while descriptors(process) < DESCRIPTORS:
            time.sleep(0.01)
        yield


def failed(completion: Completion) -> tuple[str, str]:
    return status_of(completion), cause_of(completion)[2]


async def indicated_ports(caller: Caller, count: int) -> list[int]:
    """Wait for connections to be told of; return their ports."""
    ports: list[int] = []
    async with contextlib.aclosing(caller.stream()) as batches:
        async for batch in batches:
            told = [event for event in batch.events if event.HasField("connection_accepted")]
            ports += [event.connection_accepted.accepted.remote.port for event in told]
            if len(ports) >= count:
                break
    return ports


async def test_what_needs_a_descriptor_fails_as_such_and_the_rest_goes_on(
    full: tuple[AgentProcess, Caller], peer: Listen
) -> None:
    process, caller = full
    connection, far = await caller.meet(peer())
    listener, place = await caller.listening()
    with used_up(process):
        dialed = socket.create_connection(place)
        assert failed(await caller.wait(await caller.create())) == NO_MORE
        assert failed(await caller.wait(await caller.connect(peer()))) == NO_MORE
        assert failed(await caller.wait(await caller.accept(listener))) == NO_MORE
        assert await caller.state(listener) == "LISTENING"

        assert await caller.status(await caller.send(connection, b"still here")) == "SUCCESS"
        await far.until_received(b"still here")

    accepted = await caller.wait(await caller.accept(listener))
    assert accepted.accept.remote.port == dialed.getsockname()[1]
    assert await caller.made()
    dialed.close()


async def test_connections_that_came_meanwhile_are_told_of_when_there_is_room_and_the_agent_has_not_been_busy(
    full: tuple[AgentProcess, Caller],
) -> None:
    process, caller = full
    listener, place = await caller.listening()
    await caller.set_event_callbacks(listener, enable=["INDICATION_KIND_CONNECTION"])
    with used_up(process):
        dialed = [socket.create_connection(place) for _ in range(3)]
        assert failed(await caller.wait(await caller.create())) == NO_MORE
        before = processor_time(process)
        await asyncio.sleep(1.0)
        busy = processor_time(process) - before

    ports = await indicated_ports(caller, len(dialed))
    assert ports == [each.getsockname()[1] for each in dialed]
    assert busy < 0.3  # it looks ten times a second; one that spins takes all it can get
    for each in dialed:
        each.close()
