"""A real compose project on a real engine: two agents of one service, one in the network of another container, a runner.

with composed(folder) as project:
    project.name, project.addresses, project.run_inside()

Its image is empty and needs no registry: containers see this machine's /usr, its Python and the project, read-only.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.programs import PYTHONPATH

IMAGE = "telesock-sources-test"
ROOT = Path(__file__).parents[4]
FOLDERS = ("/usr", sys.base_prefix, sys.prefix, str(ROOT))
LINKS = ("bin", "lib", "lib64", "sbin")
SOCKET = Path("/var/run/docker.sock")

ASKING = """
import sys
from telesock.client import Client
from telesock.client.lab.sources import read_inventory
for each in read_inventory(sys.argv[1]):
    with Client(each.target) as client:
        print(each.name, client.get_agent().boot_id != "")
"""


def _missing() -> str | None:
    """Return what is missing for a project, None for nothing."""
    if shutil.which("docker-compose") is None or shutil.which("docker") is None:
        return "docker and docker-compose are not installed"
    if subprocess.run(["docker", "info"], check=False, capture_output=True).returncode:
        return "no Docker engine runs"
    return None if SOCKET.exists() else f"the Docker engine is not at {SOCKET}"


MISSING = _missing()
needs_engine = pytest.mark.skipif(
    MISSING is not None and os.environ.get("TELESOCK_TEST_ENGINE") != "required", reason=MISSING or ""
)


class Composed(NamedTuple):
    """A project that is up."""

    name: str
    addresses: frozenset[str]
    command: tuple[str, ...]

    def run_inside(self) -> list[str]:
        """Ask for the project's agents, and each of them, from one of its containers."""
        return _run(*self.command, "run", "--rm", "-T", "runner").splitlines()


@contextlib.contextmanager
def composed(folder: Path) -> Iterator[Composed]:
    """Bring a project up, take it down at the end."""
    name = f"telesocksources{os.getpid()}"
    file = folder / "compose.json"
    file.write_text(json.dumps(_project(name)))
    _make_image(folder / "image.tar")
    command = ("docker-compose", "-p", name, "-f", str(file))
    try:
        _run(*command, "up", "-d", "--scale", "worker=2", "worker", "beside")
        addresses = frozenset(_addresses(command))
        for address in addresses:
            _await_listener(address)
        yield Composed(name, addresses, command)
    finally:
        _run(*command, "down", "--volumes", "--timeout", "1")
        _run("docker", "image", "rm", "--force", IMAGE)


def _project(name: str) -> dict[str, Any]:
    agent = ["-m", "telesock.server", "--listen", "0.0.0.0:50551", "--insecure"]
    worker = {**_service(*agent), "labels": {"telesock.agent": "50551", "telesock.role": "server"}}
    owner = _service("-c", "import signal; signal.pause()")
    beside = {**_service(*agent), "network_mode": "service:owner", "labels": {"telesock.agent": "50551"}}
    runner = _service("-c", ASKING, f"compose:{name}")
    runner["volumes"].append(f"{SOCKET}:{SOCKET}")
    return {
        "version": "2.4",
        "services": {"worker": worker, "owner": owner, "beside": beside, "runner": runner},
    }


def _service(*arguments: str) -> dict[str, Any]:
    return {
        "image": IMAGE,
        "command": [sys.executable, *arguments],
        "environment": {"PYTHONPATH": PYTHONPATH, "PYTHONDONTWRITEBYTECODE": "1"},
        "volumes": [f"{each}:{each}:ro" for each in FOLDERS],
    }


def _make_image(archive: Path) -> None:
    with tarfile.open(archive, "w") as made:
        for link in LINKS:
            entry = tarfile.TarInfo(link)
            entry.type, entry.linkname = tarfile.SYMTYPE, f"usr/{link}"
            made.addfile(entry)
    _run("docker", "import", str(archive), IMAGE)


def _addresses(command: tuple[str, ...]) -> Iterator[str]:
    """The addresses of the project's containers, as the engine's own command line tells them."""
    for container in _run(*command, "ps", "-q").split():
        networks = json.loads(_run("docker", "inspect", container))[0]["NetworkSettings"]["Networks"]
        yield from (each["IPAddress"] for each in networks.values())


def _await_listener(address: str) -> None:
    """Return when an agent listens there; they take no longer than Python takes to start."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with (
            contextlib.suppress(ConnectionRefusedError),
            socket.create_connection((address, 50551), timeout=5),
        ):
            return
        time.sleep(0.05)
    raise TimeoutError(f"no agent listens at {address}")


def _run(*command: str) -> str:
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
