"""Test hosts on one machine: network namespaces with addresses of their own, joined by a bridge, and agents on them.

with hosts() as (a, b):                     # needs root and ip(8); 10.201.0.1 and 10.201.0.2
    async with agent_on(a, folder, "--allow", "10.201.0.0/24") as address: ...

The bridge is in a namespace of its own. An agent is controlled over a Unix socket, which namespaces do not separate: what
it does on the network is all that there is to be seen on the cables.
"""

import contextlib
import os
import shutil
import string
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
    """A namespace and its address on the bridge."""

    name: str
    address: str

    def command(self) -> tuple[str, ...]:
        """What runs a command on this host."""
        return ("ip", "netns", "exec", self.name)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


@contextlib.contextmanager
def hosts(number: int = 2) -> Iterator[tuple[Host, ...]]:
    """So many hosts and the bridge between them; all of it is gone at the end."""
    made = tuple(
        Host(f"telesock-{os.getpid()}-{name}", f"10.201.0.{place}")
        for place, name in enumerate(string.ascii_lowercase[:number], start=1)
    )
    bridge = f"telesock-{os.getpid()}-bridge"
    try:
        _ip("netns", "add", bridge)
        _ip("-n", bridge, "link", "add", "bridge", "up", "type", "bridge")
        for host in made:
            _plug_in(host, bridge)
        yield made
    finally:
        for name in (*(host.name for host in made), bridge):
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


def _plug_in(host: Host, bridge: str) -> None:
    """Make a host, and a cable from it to the bridge."""
    _ip("netns", "add", host.name)
    socket = f"to-{host.name[-1]}"
    _ip(
        *("link", "add", "cable", "netns", host.name, "type", "veth"),
        *("peer", "name", socket, "netns", bridge),
    )
    _ip("-n", bridge, "link", "set", socket, "master", "bridge", "up")
    _ip("-n", host.name, "addr", "add", f"{host.address}/24", "dev", "cable")
    for device in ("cable", "lo"):
        _ip("-n", host.name, "link", "set", device, "up")


@contextlib.asynccontextmanager
async def agent_on(host: Host, folder: Path, *flags: str) -> AsyncIterator[str]:
    """Run an agent on a host; return its address."""
    socket = f"unix:{folder / host.name}"
    async with agent_process(*flags, listen=socket, through=host.command()) as process:
        yield process.address
