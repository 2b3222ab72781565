"""An agent as a process that is looked at: where it says so, and what keeps it from starting."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tests.agents import AgentProcess
from tests.server.test_metrics import labelled, scrape

ROOT = Path(__file__).parent.parent.parent
PYTHONPATH = os.pathsep.join(str(ROOT / root) for root in ("proto", "server", "client"))
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
Start = Callable[..., Awaitable[AgentProcess]]


def run(*flags: str, before: str = "", **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run an agent that ends by itself, after a line of Python."""
    program = f"import sys\n{before}\nfrom telesock.server.__main__ import main\nmain()"
    return subprocess.run(
        [sys.executable, "-c", program, "--listen", "127.0.0.1:0", *flags],
        env={**os.environ, "PYTHONPATH": PYTHONPATH, **variables},
        capture_output=True,
        text=True,
        timeout=50,
    )


def started(process: AgentProcess) -> dict[str, Any]:
    entries: list[dict[str, Any]] = [json.loads(line) for line in process.log]
    return next(entry for entry in entries if entry["event"] == "agent_started")


async def test_where_the_metrics_are_is_said_at_the_start(start_agent_process: Start) -> None:
    address = started(await start_agent_process("--metrics", "127.0.0.1:0"))["metrics"]

    found = await asyncio.to_thread(scrape, address)

    assert found[labelled("sessions")] == 0


async def test_without_being_asked_an_agent_shows_none(start_agent_process: Start) -> None:
    assert started(await start_agent_process())["metrics"] is None


async def test_an_agent_that_stood_still_says_so_and_is_unhealthy_until_it_has_been_calm(
    start_agent_process: Start,
) -> None:
    process = await start_agent_process("--metrics", "127.0.0.1:0")
    async with grpc.aio.insecure_channel(process.address) as channel:
        health: Any = health_pb2_grpc.HealthStub(channel)
        watch = health.Watch(health_pb2.HealthCheckRequest())
        told = [(await watch.read()).status]

        process.pause()
        await asyncio.sleep(1.5)  # this is what is to be noticed
        process.resume()
        told += [(await watch.read()).status for _ in range(2)]
        watch.cancel()

    stalls = [json.loads(line) for line in process.log if '"event_loop_stalled"' in line]
    assert told == [SERVING, NOT_SERVING, SERVING]
    assert stalls
    assert stalls[0]["lag_seconds"] >= 1.0


async def test_an_agent_with_metrics_and_traces_stops_when_it_is_asked_to(start_agent_process: Start) -> None:
    process = await start_agent_process("--metrics", "127.0.0.1:0", "--traces", "--grace", "0")

    process.process.send_signal(signal.SIGTERM)

    assert await process.exited() == 0


def test_a_port_for_metrics_that_is_taken_ends_the_start_with_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"

        ended = run("--metrics", address)

    line = f"telesock-agent: cannot serve metrics on {address}: Address already in use\n"
    assert (ended.returncode, ended.stderr) == (1, line)


def test_traces_without_what_they_need_end_the_start_with_one_line() -> None:
    ended = run("--traces", before='sys.modules["opentelemetry"] = None')

    said = "traces: OpenTelemetry is not installed; pip install 'telesock[server,otel]' brings it"
    assert (ended.returncode, ended.stderr) == (2, f"telesock-agent: {said}\n")


def test_traces_with_a_wrong_variable_end_the_start_with_one_line() -> None:
    ended = run("--traces", OTEL_EXPORTER_OTLP_TIMEOUT="soon")

    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1].startswith("telesock-agent: traces: a variable OTEL_… is wrong: ")
