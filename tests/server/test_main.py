"""The program: it starts, says where it listens, and stops with the status that fits."""

import asyncio
import contextlib
import importlib.metadata
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import grpc
import pytest
from tests.agents import PATHS, AgentProcess
from tests.peers import Peer
from tests.wire.caller import Caller

from telesock.v1 import agent_pb2, agent_pb2_grpc, events_pb2, types_pb2

StartProcess = Callable[..., Awaitable[AgentProcess]]
Listen = Callable[..., Peer]


class Ended(NamedTuple):
    """How a program ended and what it said."""

    status: int | None
    out: str
    err: str


async def run(*arguments: str, environment: Mapping[str, str] | None = None) -> Ended:
    """Run the program until it ends by itself."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "telesock.server", *arguments),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **(environment or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return Ended(process.returncode, out.decode(), err.decode())


@contextlib.asynccontextmanager
async def calling(process: AgentProcess) -> AsyncIterator[Caller]:
    caller = await Caller(process.address).open()
    yield caller
    await caller.channel.close()


async def agent_at(address: str) -> agent_pb2.Agent:
    async with grpc.aio.insecure_channel(address) as channel:
        stub = agent_pb2_grpc.AgentServiceStub(channel)
        agent: agent_pb2.Agent = (await stub.GetAgent(agent_pb2.GetAgentRequest())).agent
        return agent


def kind_of(event: events_pb2.Event) -> str | None:
    kind: str | None = event.WhichOneof("body")
    return kind


# What it says of itself


async def test_its_version_is_that_of_the_distribution() -> None:
    assert await run("--version") == Ended(0, importlib.metadata.version("telesock") + "\n", "")


async def test_where_only_the_client_is_installed_it_says_in_one_line_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "pydantic_settings.py").write_text("raise ModuleNotFoundError('No pydantic_settings')")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "telesock.server"),
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *PATHS])},
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()

    assert (process.returncode, said.decode()) == (
        1,
        "telesock-agent: No pydantic_settings; pip install 'telesock[server]' brings what it needs\n",
    )


async def test_its_help_names_every_flag() -> None:
    ended = await run("--help")

    assert (ended.status, ended.err) == (0, "")
    for flag in (
        "--listen",
        "--allow",
        "--allow-listen",
        "--allow-resolve",
        "--insecure",
        "--config",
        "--agent-id",
        "--grace",
        "--limit",
        "--version",
    ):
        assert flag in ended.out


async def test_a_started_agent_is_what_its_flags_say(start_agent_process: StartProcess) -> None:
    process = await start_agent_process(
        *("--agent-id", "lab-a", "--allow", "10.0.0.0/8:80,81", "--allow", "::1", "--limit", "sessions=3"),
        *("--allow-listen", "0.0.0.0", "--allow-resolve", "*.lab", "--allow-resolve", "10.0.0.0/8"),
    )

    agent = await agent_at(process.address)

    assert (agent.agent_id, agent.boot_id, agent.limits.sessions) == ("lab-a", process.boot_id, 3)
    assert list(agent.allowed_destinations) == ["10.0.0.0/8:80,81", "::1/128"]
    assert list(agent.allowed_listens) == ["0.0.0.0/32"]
    assert list(agent.allowed_names) == ["*.lab", "10.0.0.0/8"]
    assert agent.version == importlib.metadata.version("telesock")


async def test_an_agent_can_listen_on_a_unix_socket(start_agent_process: StartProcess, tmp_path: Any) -> None:
    process = await start_agent_process(listen=f"unix:{tmp_path}/agent.sock")

    assert (await agent_at(process.address)).boot_id == process.boot_id


# How it stops


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_lets_pending_operations_finish_and_then_ends_with_status_0(
    start_agent_process: StartProcess, peer: Listen, number: signal.Signals
) -> None:
    process = await start_agent_process("--grace", "30")
    async with calling(process) as caller:
        connection, far = await caller.meet(peer())
        receive = await caller.receive(connection, 10)
        batches = caller.stream()
        await anext(batches)  # it reads from before the signal on

        process.process.send_signal(number)
        events = [event async for batch in batches_until(batches, "draining") for event in batch.events]
        far.send(b"in time")
        events += [event async for batch in batches_until(batches, "completion") for event in batch.events]

    (completion,) = [event.completion for event in events if event.operation_id == receive.operation_id]
    assert (completion.status, completion.receive.data) == (types_pb2.STATUS_SUCCESS, b"in time")
    assert await process.exited() == 0


async def batches_until(
    batches: AsyncIterator[events_pb2.EventBatch], kind: str
) -> AsyncIterator[events_pb2.EventBatch]:
    """Pass batches on, up to one with an event of this kind."""
    async for batch in batches:
        yield batch
        if kind in map(kind_of, batch.events):
            return


async def test_what_is_pending_when_the_grace_time_is_over_is_ended_and_told(
    start_agent_process: StartProcess, peer: Listen
) -> None:
    process = await start_agent_process("--grace", "0.05")
    async with calling(process) as caller:
        connection, far = await caller.meet(peer())
        receive = await caller.receive(connection, 10)
        batches = caller.stream()
        await anext(batches)

        process.terminate()
        events = [event async for batch in batches_until(batches, "socket_closed") for event in batch.events]

    assert [kind_of(event) for event in events] == ["draining", "completion", "socket_closed"]
    assert events[1].operation_id == receive.operation_id
    assert events[1].completion.status == types_pb2.STATUS_CANCELLED
    assert events[1].completion.cause.origin == types_pb2.ORIGIN_LOCAL_HOST
    await far.until_end()
    assert (far.saw_reset, await process.exited()) == (True, 0)


async def test_a_client_may_ask_it_to_drain_and_it_ends_with_status_0(
    start_agent_process: StartProcess,
) -> None:
    process = await start_agent_process()
    async with calling(process) as caller:
        stub = agent_pb2_grpc.AgentServiceStub(caller.channel)
        await stub.Drain(agent_pb2.DrainRequest())

        assert await process.exited() == 0


# When it cannot start


async def test_a_second_agent_on_the_same_port_says_so_in_one_line_and_ends_with_status_1(
    start_agent_process: StartProcess,
) -> None:
    process = await start_agent_process()

    assert await run("--listen", process.address) == Ended(
        1,
        "",
        f"telesock-agent: cannot listen on {process.address}: it is in use, or not an address of this host\n",
    )


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--limit", "sessions"), "--limit sessions: write it as NAME=VALUE, such as sessions=16"),
        (("--limit", "sesions=1"), "limits.sesions: Unexpected keyword argument (it is '1')"),
    ],
)
async def test_a_wrong_setting_is_told_in_one_line_with_status_2(
    flags: tuple[str, ...], message: str
) -> None:
    assert await run(*flags) == Ended(2, "", f"telesock-agent: {message}\n")


async def test_an_unknown_flag_is_told_with_status_2() -> None:
    ended = await run("--nosuch")

    assert (ended.status, ended.out) == (2, "")
    assert "No such option: --nosuch" in ended.err


async def test_the_environment_is_read() -> None:
    ended = await run(environment={"TELESOCK_LISTEN": "0.0.0.0:0"})

    assert (ended.status, ended.err.startswith("telesock-agent: listen: 0.0.0.0:0 can be reached")) == (
        2,
        True,
    )


# Descriptors


async def test_the_hosts_limit_of_descriptors_bounds_the_sockets_and_both_are_reported(
    start_agent_process: StartProcess,
) -> None:
    limited = 'ulimit -S -n 200; ulimit -H -n 300; exec "$@"'
    process = await start_agent_process(through=("sh", "-c", limited, "sh"))
    agent = await agent_at(process.address)
    process.terminate()

    assert (agent.limits.descriptors, agent.limits.sockets) == (300, 300 - 128)
    assert await process.exited() == 0
