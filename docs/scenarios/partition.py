"""Three hosts, of which two cannot reach each other for a while: what flows, what is held, and that no byte is lost.

    telesock run docs/scenarios/partition.py                   # three local agents
    telesock run docs/scenarios/partition.py --lab lab.toml    # three hosts, called a, b and c

A connection between each two of them carries a stream each way. Everything is asked of the agents' own sockets: nothing is
installed on the hosts, and no route or firewall is touched.
"""

import asyncio
from collections.abc import Iterable
from itertools import combinations, count

from telesock.client import AsyncSocket, EventKind, Pattern
from telesock.client.lab import AsyncLab, LabAgent
from telesock.v1.events_pb2 import Event

AGENTS = ["a", "b", "c"]
PIECE = 1 << 20
"""Bytes of a stream that are sent at a time."""


async def scenario_two_of_three_are_cut_from_each_other(lab: AsyncLab) -> None:
    """While a and b are cut from each other both talk to c; once it is healed what was held arrives, byte for byte."""
    streams = await _connect_all(lab)
    await _carry(streams)

    async with lab.partition(lab.group("a"), lab.group("b")) as partition:
        held = asyncio.gather(*(each.carry() for each in streams if each.ends == {"a", "b"}))
        await _carry(each for each in streams if "c" in each.ends)
        await asyncio.gather(*(_until_fired(lab[name], partition.name) for name in ("a", "b")))
        assert not held.done(), "a and b are cut from each other"

    await held
    await _carry(streams)


class Stream:
    """What one end of a connection sends to the other: bytes made from a seed, so that nobody has to keep them."""

    def __init__(self, names: set[str], near: AsyncSocket, far: AsyncSocket, seed: int) -> None:
        self.ends = names
        self._near = near
        self._far = far
        self._seed = seed
        self._sent = 0

    async def carry(self) -> None:
        """Send the next piece, and compare what arrives with it, both at the agents."""
        pattern = Pattern(self._seed, self._sent)
        self._sent += PIECE
        received, sent = (
            self._far.receive_digest(PIECE, check=pattern),
            self._near.send_pattern(PIECE, pattern),
        )
        assert await sent == PIECE
        arrived = await received
        assert (arrived.length, arrived.first_difference) == (PIECE, None), "it is the same, byte for byte"


async def _carry(streams: Iterable[Stream]) -> None:
    await asyncio.gather(*(stream.carry() for stream in streams))


async def _connect_all(lab: AsyncLab) -> list[Stream]:
    """Connect each two agents, and have a stream each way."""
    seeds = count(1)
    streams = []
    for one, other in combinations(lab, 2):
        near, far = await _connect(one, other)
        names = {one.name, other.name}
        streams += [Stream(names, near, far, next(seeds)), Stream(names, far, near, next(seeds))]
    return streams


async def _connect(near: LabAgent, far: LabAgent) -> tuple[AsyncSocket, AsyncSocket]:
    """Connect two agents between the addresses that their hosts have in the lab; return both ends."""
    listener = await far.session.listen(far.addresses[0])
    assert listener.local is not None, "it listens"
    accepting = listener.accept()
    connected = await near.session.connect(
        far.addresses[0], listener.local.port, local=(near.addresses[0], 0)
    )
    return connected, await accepting


async def _until_fired(agent: LabAgent, partition: str) -> None:
    """Wait until an agent says that it holds something back."""
    async for event in agent.session.events(kinds=[EventKind.FAULT_FIRED]):
        if isinstance(event, Event) and event.fault_fired.fault.startswith(partition):
            return
