"""Agents of a lab as processes, started all at once; what is asked of two of them together.

async with members(on) as inventory: ...         # one on each host of namespaces.py
async with local_members(40) as (inventory, processes): ...   # at 127.0.1.1 and further; their numbers by name
"""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from tests.agents import PATHS, ROOT
from tests.lab.namespaces import Host, agent_on

from telesock.client import AsyncSocket
from telesock.client.lab import Inventory, LabAgent, Member

NETWORK = "10.201.0.0/24"


@contextlib.asynccontextmanager
async def members(hosts: Sequence[Host], folder: Path) -> AsyncIterator[Inventory]:
    """An agent on each host, named after the host's last letter."""
    flags = ("--allow", NETWORK, "--allow-listen", NETWORK)
    async with contextlib.AsyncExitStack() as stack:
        targets = await asyncio.gather(
            *(stack.enter_async_context(agent_on(host, folder, *flags)) for host in hosts)
        )
        yield tuple(
            Member(host.name[-1], target, addresses=(host.address,))
            for host, target in zip(hosts, targets, strict=True)
        )


@contextlib.asynccontextmanager
async def local_members(number: int) -> AsyncIterator[tuple[Inventory, dict[str, int]]]:
    """So many agents on this host, each with a loopback address of its own, in two halves by label; and their processes."""
    nursery = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.lab.nursery", str(number), "--allow-listen", "127.0.0.0/8"),
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *PATHS])},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert nursery.stdout is not None, "it was asked for"
    try:
        agents = [json.loads(await nursery.stdout.readline()) for _ in range(number)]
        inventory = tuple(
            _local_member(place, number, agent["target"]) for place, agent in enumerate(agents, start=1)
        )
        yield inventory, {member.name: agent["pid"] for member, agent in zip(inventory, agents, strict=True)}
    finally:
        await nursery.communicate(b"")


def _local_member(place: int, number: int, target: str) -> Member:
    half = "left" if place <= number // 2 else "right"
    return Member(f"agent-{place}", target, {"half": half}, (f"127.0.1.{place}",))


async def connected(near: LabAgent, far: LabAgent) -> tuple[AsyncSocket, AsyncSocket]:
    """A connection from one agent to another: both its ends."""
    listener = await far.session.listen(far.addresses[0])
    assert listener.local is not None, "it listens"
    accepting = listener.accept()
    here = await near.session.connect(far.addresses[0], listener.local.port, local=(near.addresses[0], 0))
    return here, await accepting
