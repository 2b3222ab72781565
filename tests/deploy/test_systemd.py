"""The unit of the agent: systemd takes it, it leaves little open, and the agent works under what it forbids."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.agents import AgentProcess
from tests.deploy import unit
from tests.deploy.unit import UNIT, settings
from tests.peers import Peer

from telesock.client import AsyncClient, QueryKind
from telesock.server import log_writer, recorder
from telesock.server.config import read_configuration
from telesock.server.core.limits import Limits
from telesock.server.service.server import _LAST_WRITES

StartProcess = Callable[..., Awaitable[AgentProcess]]

INSTALLED = "/opt/telesock/bin/telesock-agent"
THRESHOLD = 13
"""Tenths of what `systemd-analyze security` calls exposure: 0 nothing to 100 everything. What is left is the network."""

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None and os.environ.get("TELESOCK_TEST_PROGRAMS") != "required",
    reason="systemd-analyze is not installed",
)


def analyze(*arguments: str | Path) -> tuple[int, str]:
    ended = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)
    return ended.returncode, ended.stdout + ended.stderr


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The unit with the program where it is here."""
    copy = tmp_path / UNIT.name
    program = Path(sys.executable).parent / "telesock-agent"
    copy.write_text(UNIT.read_text().replace(INSTALLED, f'"{program}"'))  # its path may have spaces
    return copy


@needs_systemd
def test_systemd_takes_the_unit_without_a_word(installed: Path) -> None:
    assert analyze("verify", installed) == (0, "")


@needs_systemd
def test_the_unit_leaves_no_more_open_than_the_network(installed: Path) -> None:
    status, said = analyze(
        "security", "--offline=true", "--no-pager", f"--threshold={THRESHOLD}", str(installed)
    )

    assert status == 0, said


def test_the_agents_drain_ends_before_systemd_loses_its_patience() -> None:
    [patience] = settings("TimeoutStopSec")
    grace = read_configuration({}, UNIT.with_name("agent.toml")).grace

    assert float(patience) > grace + _LAST_WRITES + recorder._LAST_WRITES + log_writer._LAST_WRITES


def test_the_unit_grants_the_descriptors_that_the_agents_sockets_take() -> None:
    [granted] = settings("LimitNOFILE")

    assert int(granted) > Limits().sockets + 128


def test_the_example_settings_are_settings_and_their_directory_is_one_that_the_unit_makes() -> None:
    [state] = settings("StateDirectory")
    configuration = read_configuration({}, UNIT.with_name("agent.toml"))

    assert str(configuration.recordings) in [f"/var/lib/{name}" for name in state.split()]
    assert (configuration.insecure, configuration.listen) == (False, ("127.0.0.1:50551",))


@needs_systemd
async def test_under_the_units_filters_the_agent_carries_a_conversation_and_drains(
    start_agent_process: StartProcess, peer: Callable[..., Peer], tmp_path: Path
) -> None:
    flags = ("--recordings", str(tmp_path / "recordings"), "--metrics", "127.0.0.1:0")
    agent = await start_agent_process(*flags, through=[sys.executable, unit.__file__])
    lines = Path(f"/proc/{agent.process.pid}/status").read_text()  # noqa: ASYNC240 - no disk is read
    listener = peer()
    async with AsyncClient(agent.address) as client, client.session() as session:
        connection = await session.connect("localhost", listener.port)
        far = await listener.accepted()
        await connection.send(b"hello")
        await far.until_received(b"hello")
        far.send(b"welcome")
        assert await connection.receive(100) == b"welcome"
        served = await session.listen("127.0.0.1")
        assert served.local is not None
        addresses = await connection.query(QueryKind.ADDRESS_LIST)
        assert addresses

    agent.terminate()
    assert await asyncio.wait_for(agent.exited(), 30) == 0
    assert re.findall(r"^(?:NoNewPrivs|Seccomp):\t(\d)$", lines, re.MULTILINE) == ["1", "2"]


FORBIDDEN = """
import errno, mmap, os, socket
def refused(attempt):
    try:
        attempt()
    except OSError as error:
        return errno.errorcode[error.errno]
print(
    refused(lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)),
    refused(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW)),
    refused(lambda: os.chroot("/")),
    refused(lambda: mmap.mmap(-1, 4096)),
)
"""


@needs_systemd
def test_the_units_filters_are_there_when_the_agent_is_tried_under_them() -> None:
    command = [sys.executable, unit.__file__, sys.executable, "-c", FORBIDDEN]

    assert (
        subprocess.run(command, capture_output=True, text=True, check=True).stdout
        == "EPERM EPERM EPERM None\n"
    )


async def test_a_reload_leaves_an_agent_alone_that_has_nothing_to_read_again(
    start_agent_process: StartProcess,
) -> None:
    assert settings("ExecReload") == ["/bin/kill -HUP $MAINPID"]
    agent = await start_agent_process()

    agent.process.send_signal(signal.SIGHUP)

    async with AsyncClient(agent.address) as client:
        assert (await client.get_agent()).boot_id == agent.boot_id
