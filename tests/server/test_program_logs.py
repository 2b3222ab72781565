"""Logs that nobody reads, that nobody can read any more, and that do not fit on the disk, harm nothing."""

import asyncio
import contextlib
import fcntl
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
from tests.promises.owners import Caller

from telesock.v1.agent_pb2 import SampleClockRequest
from telesock.v1.sessions_pb2 import CloseSessionRequest, OpenSessionRequest

SESSIONS = 250
LABEL = "☎" * 128  # six times as long in the log
PIPE = 4096  # bytes, the smallest


def stalled(stack: contextlib.ExitStack) -> int:
    """A pipe that nobody reads."""
    far, near = os.pipe()
    fcntl.fcntl(near, fcntl.F_SETPIPE_SZ, PIPE)
    stack.callback(os.close, far)
    return near


def closed(stack: contextlib.ExitStack) -> int:
    """A pipe whose reader has gone."""
    far, near = os.pipe()
    os.close(far)
    return near


def full(stack: contextlib.ExitStack) -> int:
    """A file on a disk without room."""
    return os.open("/dev/full", os.O_WRONLY)


@pytest.fixture(params=[stalled, closed, full], ids=lambda kind: kind.__name__)
async def agent(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """An agent that listens on agent.sock and has such an error output."""
    command = [sys.executable, "-m", "telesock.server", "--listen", f"unix:{tmp_path}/agent.sock"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with contextlib.ExitStack() as stack:
        stderr = request.param(stack)
        process = await asyncio.create_subprocess_exec(*command, stderr=stderr, env=environment)
        os.close(stderr)
        yield process
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def test_an_agent_whose_logs_go_nowhere_serves_as_ever_and_stops_when_it_is_asked_to(
    agent: asyncio.subprocess.Process, tmp_path: Path
) -> None:
    async with grpc.aio.insecure_channel(f"unix:{tmp_path}/agent.sock") as channel:
        caller = Caller(channel)
        for _ in range(SESSIONS):  # two lines each
            opened = await caller.ask(OpenSessionRequest(label=LABEL))
            owner = Caller(channel, [("telesock-session-token", opened.session_token)])
            await owner.ask(CloseSessionRequest(session_id=opened.session_id))
        assert (await caller.ask(SampleClockRequest())).boot_id

    agent.terminate()

    assert await agent.wait() == 0
