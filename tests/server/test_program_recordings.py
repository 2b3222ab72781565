"""The evidence is on the disk when its client is dead, or its agent has stopped; where it cannot be, all else goes on."""

import asyncio
import contextlib
import json
import os
import stat
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from tests.agents import AgentProcess
from tests.peers import Peer
from tests.promises.owners import Caller, Owner

from telesock.client import AsyncClient, Rejected
from telesock.v1.recordings_pb2 import SessionRecording
from telesock.v1.sessions_pb2 import OpenSessionRequest
from telesock.v1.sockets_pb2 import ReceiveRequest
from telesock.v1.types_pb2 import STATUS_CANCELLED

StartProcess = Callable[..., Awaitable[AgentProcess]]
Listen = Callable[..., Peer]

# Opens a recorded session with the shortest lease, sends to a peer, and waits to be killed.
CLIENT = """
import asyncio, sys
from telesock.client import AsyncClient

async def live(address, host, port):
    async with AsyncClient(address) as client, client.session(lease=1.0, label="doomed", record=True) as session:
        connection = await session.connect(host, int(port))
        await connection.send(b"last words")
        print(session.session_id, flush=True)
        await asyncio.Event().wait()

asyncio.run(live(*sys.argv[1:]))
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "recordings"


async def logged(process: AgentProcess, event: str) -> dict[str, Any]:
    """Wait for a line of the agent's log."""
    while True:
        for line in process.log:
            entry: dict[str, Any] = json.loads(line)
            if entry["event"] == event:
                return entry
        await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def owning(process: AgentProcess, seconds: int) -> AsyncIterator[Owner]:
    """Open a session to be recorded, with a lease; it is left open."""
    async with grpc.aio.insecure_channel(process.address) as channel:
        asked = OpenSessionRequest(lease_duration={"seconds": seconds}, record=True)
        yield Owner(channel, await Caller(channel).ask(asked))


def paths(directory: Path) -> list[str]:
    return [str(path) for path in directory.iterdir()]


def only_recording(directory: Path) -> SessionRecording:
    [path] = directory.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    recording = SessionRecording.FromString(path.read_bytes())
    assert path.name.endswith(f"Z-{recording.session.session_id}.telesock")
    return recording


def bodies(recording: SessionRecording) -> list[str | None]:
    return [event.WhichOneof("body") for event in recording.events]


async def test_what_a_client_did_before_it_was_killed_is_on_the_disk_when_its_lease_has_ended(
    start_agent_process: StartProcess, peer: Listen, directory: Path
) -> None:
    process, listener = await start_agent_process("--recordings", str(directory)), peer()
    client = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", CLIENT, process.address, listener.host, str(listener.port)),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert client.stdout is not None
    session_id = (await client.stdout.readline()).decode().strip()

    client.kill()
    await client.wait()
    written = await logged(process, "recording_written")

    recording = only_recording(directory)
    assert (written["session_id"], written["events"]) == (session_id, len(recording.events))
    assert paths(directory) == [written["path"]]
    assert (recording.session.session_id, recording.session.label) == (session_id, "doomed")
    assert (recording.cause, recording.boot_id) == ("LEASE_EXPIRED", process.boot_id)
    assert [event.sequence for event in recording.events] == list(range(1, len(recording.events) + 1))
    assert bodies(recording) == ["completion", "completion", "session_expiring", "socket_closed"]
    assert recording.events[1].completion.transferred_bytes == len(b"last words")


async def test_an_agent_that_drains_has_written_everything_when_it_has_stopped(
    start_agent_process: StartProcess, peer: Listen, directory: Path
) -> None:
    process = await start_agent_process("--recordings", str(directory), "--grace", "0")
    async with owning(process, seconds=30) as owner:
        socket_id, _ = await owner.connect(peer())
        await owner.start(ReceiveRequest(socket_id=socket_id, length=10))
        process.terminate()
        assert await process.exited() == 0

    recording = only_recording(directory)
    assert (recording.session.session_id, recording.cause) == (owner.session_id, "AGENT_DRAINED")
    assert bodies(recording) == ["completion", "draining", "completion", "socket_closed"]
    assert recording.events[2].completion.status == STATUS_CANCELLED
    assert recording.session.last_sequence == 4


async def test_a_disk_on_which_it_does_not_fit_is_a_line_in_the_log_and_the_agent_serves_on(
    start_agent_process: StartProcess, peer: Listen, directory: Path
) -> None:
    no_large_files = ("sh", "-c", 'ulimit -f 8; exec "$@"', "sh")  # as on a full disk, see setrlimit(2)
    process = await start_agent_process("--recordings", str(directory), through=no_large_files)
    async with owning(process, seconds=30) as other, owning(process, seconds=1) as owner:
        socket_id, far = await owner.connect(peer())
        far.send(bytes(65_536))
        await owner.run(ReceiveRequest(socket_id=socket_id, length=65_536, wait_all=True))

        failed = await logged(process, "recording_failed")

        assert (failed["reason"], Path(failed["path"]).parent) == ("File too large", directory)
        assert paths(directory) == []
        await other.connect(peer())


async def test_an_agent_without_a_directory_opens_no_session_that_is_to_be_recorded(
    start_agent_process: StartProcess,
) -> None:
    process = await start_agent_process()
    async with AsyncClient(process.address) as client:
        with pytest.raises(Rejected, match="--recordings") as caught:
            async with client.session(record=True):
                pass
        assert await client.list_sessions() == []

    assert caught.value.reason == "NOT_AVAILABLE"


async def test_what_cannot_be_a_directory_for_recordings_ends_the_start(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    ended = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "telesock.server", "--recordings", str(file)),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await ended.communicate()

    message = f"telesock-agent: recordings: {file}: it is not a directory\n"
    assert (ended.returncode, out.decode(), err.decode()) == (2, "", message)
