"""Test hosts on one machine: network namespaces with addresses of their own, joined by a cable, and agents on them.

with hosts("a", "b") as (a, b):             # needs root and ip(8); 10.201.0.1 and 10.201.0.2
    async with agent_on(a, folder, "--allow", "10.201.0.0/24") as address: ...

An agent is controlled over a Unix socket, which namespaces do not separate: what it does on the network is all that
there is to be seen on the cable.
"""

import contextlib
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.agents import agent_process

needs_namespaces = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("ip") is None,
    reason="makes network namespaces: needs root and ip(8), Debian's iproute2",
)


class Host(NamedTuple):
    """A namespace and its address on the cable."""

    name: str
    address: str

    def command(self) -> tuple[str, ...]:
        """What runs a command on this host."""
        return ("ip", "netns", "exec", self.name)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


@contextlib.contextmanager
def hosts() -> Iterator[tuple[Host, Host]]:
    """Two hosts and the cable between them; all of it is gone at the end."""
    pair = tuple(
        Host(f"telesock-{os.getpid()}-{end}", f"10.201.0.{number}") for number, end in ((1, "a"), (2, "b"))
    )
    first, second = pair
    try:
        for host in pair:
            _ip("netns", "add", host.name)
        _ip(
            "link",
            "add",
            "cable",
            "netns",
            first.name,
            "type",
            "veth",
            "peer",
            "name",
            "cable",
            "netns",
            second.name,
        )
        for host in pair:
            _ip("-n", host.name, "addr", "add", f"{host.address}/24", "dev", "cable")
            for device in ("cable", "lo"):
                _ip("-n", host.name, "link", "set", device, "up")
        yield first, second
    finally:
        for host in pair:
            subprocess.run(["ip", "netns", "del", host.name], check=False, capture_output=True)


@contextlib.asynccontextmanager
async def agent_on(host: Host, folder: Path, *flags: str) -> AsyncIterator[str]:
    """Run an agent on a host; return its address."""
    socket = f"unix:{folder / host.name}"
    async with agent_process(*flags, listen=socket, through=host.command()) as process:
        yield process.address
