"""The agent's own session: there from the start, acted in by whoever has its file, gone with the agent."""

import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from tests.agents import AgentProcess
from tests.dialers import dial
from tests.peers import Peer
from tests.ports import free_port

from telesock.client import AsyncClient, AsyncSession

StartProcess = Callable[..., Awaitable[AgentProcess]]
MakePeer = Callable[..., Peer]


@pytest.fixture
def session_file(tmp_path: Path) -> Path:
    return tmp_path / "session"


@pytest.fixture
def fault_file(tmp_path: Path) -> Path:
    return tmp_path / "faults.toml"


def put(file: Path, text: str) -> None:
    file.write_text(text)


def text_of(file: Path) -> str:
    return file.read_text().strip()


def mode_of(file: Path) -> int:
    return file.stat().st_mode & 0o777


@contextlib.asynccontextmanager
async def own_session(agent: AgentProcess, session_file: Path) -> AsyncIterator[AsyncSession]:
    session_id, _, token = text_of(session_file).partition(".")
    async with AsyncClient(agent.address) as client, client.attach_session(session_id, token) as session:
        yield session


async def test_a_relay_of_the_file_runs_with_its_fault_from_the_first_byte(
    start_agent_process: StartProcess, peer: MakePeer, fault_file: Path
) -> None:
    upstream, port = peer(), free_port()
    put(
        fault_file,
        f"""
        [[relays]]
        listen = "127.0.0.1:{port}"
        upstream = "127.0.0.1:{upstream.port}"
        [[relays.faults]]
        target = {{ relay_side = "upstream", direction = "send" }}
        insert_bytes = {{ data = "injected " }}
        """,
    )
    await start_agent_process("--faults", str(fault_file))

    far = await dial("127.0.0.1", port)
    far.send(b"hello")

    server = await upstream.accepted()
    await server.until_received(b"injected hello")
    far.close()


async def test_whoever_may_read_the_session_file_sees_and_ends_its_faults(
    start_agent_process: StartProcess, fault_file: Path, session_file: Path
) -> None:
    put(fault_file, "[[faults]]\nname = 'slow'\nseed = 7\nlatency = { delay = 0.1 }\n")
    agent = await start_agent_process("--faults", str(fault_file), "--session-file", str(session_file))

    async with own_session(agent, session_file) as session:
        [state] = await session.faults()
        ended = await session.reset_faults()

    assert mode_of(session_file) == 0o600
    assert (state.fault.name, state.fault.seed) == ("slow", 7)
    assert [each.fault.name for each in ended] == ["slow"]


async def test_a_fault_of_the_file_acts_on_sockets_that_are_made_in_the_session(
    start_agent_process: StartProcess, peer: MakePeer, fault_file: Path, session_file: Path
) -> None:
    put(fault_file, "[[faults]]\ntarget = { direction = 'send' }\ninsert_bytes = { data = '!' }\n")
    agent = await start_agent_process("--faults", str(fault_file), "--session-file", str(session_file))
    listener = peer()

    async with own_session(agent, session_file) as session:
        connection = await session.connect(listener.host, listener.port)
        await connection.send(b"hello")
        far = await listener.accepted()
        await far.until_received(b"!hello")


async def test_the_session_file_alone_makes_a_session_that_lasts_as_long_as_the_agent(
    start_agent_process: StartProcess, session_file: Path
) -> None:
    put(session_file, "of an agent before")
    agent = await start_agent_process("--session-file", str(session_file))

    async with AsyncClient(agent.address) as client:
        [found] = await client.list_sessions()

    assert text_of(session_file).startswith(f"{found.session_id}.")
    assert found.label == "agent"
    assert found.lease_remaining.seconds > 365 * 86_400


async def test_a_drain_does_not_wait_for_relays(
    start_agent_process: StartProcess, peer: MakePeer, fault_file: Path
) -> None:
    upstream, port = peer(), free_port()
    put(fault_file, f"[[relays]]\nlisten = '127.0.0.1:{port}'\nupstream = '127.0.0.1:{upstream.port}'\n")
    agent = await start_agent_process("--faults", str(fault_file), "--grace", "3600")
    far = await dial("127.0.0.1", port)
    await upstream.accepted()

    agent.terminate()

    assert await agent.exited() == 0
    await far.until_end()
    far.close()
    assert far.saw_reset


@pytest.mark.parametrize(
    ("text", "status", "message"),
    [
        ("[[faults]]\nlatancy = {}\n", 2, "faults[0].latancy: there is no such field"),
        ("[[relays]]\nlisten = '127.0.0.1:{port}'\nupstream = '127.0.0.1:1'\n", 1, "cannot listen"),
        ("[[relays]]\nlisten = '127.0.0.1:0'\nupstream = '192.0.2.1:1'\n", 1, "policy does not allow"),
    ],
)
def test_an_agent_whose_file_cannot_be_had_does_not_start(
    fault_file: Path, text: str, status: int, message: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        put(fault_file, text.replace("{port}", str(taken.getsockname()[1])))
        command = [
            sys.executable,
            "-m",
            "telesock.server",
            "--listen",
            "127.0.0.1:0",
            "--faults",
            str(fault_file),
        ]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=50)

    last = ended.stderr.splitlines()[-1]
    assert (ended.returncode, last.startswith("telesock-agent: --faults")) == (status, True), ended.stderr
    assert message in last
    assert "Traceback" not in ended.stderr


def test_a_session_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    file = tmp_path / "missing" / "session"
    command = [
        sys.executable,
        "-m",
        "telesock.server",
        "--listen",
        "127.0.0.1:0",
        "--session-file",
        str(file),
    ]

    ended = subprocess.run(command, capture_output=True, text=True, timeout=50)

    last = ended.stderr.splitlines()[-1]
    assert (ended.returncode, last) == (
        1,
        f"telesock-agent: --session-file {file}: No such file or directory",
    )


def test_the_token_is_not_logged(session_file: Path) -> None:
    command = [
        *(sys.executable, "-m", "telesock.server", "--listen", "127.0.0.1:0", "--log-format", "json"),
        *("--session-file", str(session_file), "--log-level", "debug"),
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None, "it was asked for"
    while json.loads(process.stderr.readline())["event"] != "agent_started":
        pass
    token = text_of(session_file).partition(".")[2]
    process.terminate()
    logged = process.communicate(timeout=50)[1]

    assert len(token) > 20
    assert token not in logged
    assert not session_file.exists()  # it would say nothing any more
