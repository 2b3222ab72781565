"""Three agents on three hosts: what a partition cuts on a real network, and that healing it brings back every byte."""

import asyncio
from pathlib import Path

from tests.lab.members import connected, members
from tests.lab.namespaces import hosts, needs_namespaces

from telesock.client import AsyncSocket, EventKind, Operation, Pattern, Received
from telesock.client.lab import AsyncLab, LabAgent
from telesock.client.lab.core.cuts import DIRECTIONS

pytestmark = needs_namespaces

FLOW = 8 << 20
CUT = {"both": {"forth", "back"}, "forth": {"forth"}, "back": {"back"}}


class Flow:
    """So many known bytes on their way from one socket to another."""

    def __init__(self, sender: AsyncSocket, receiver: AsyncSocket, seed: int) -> None:
        self.received: Operation[Received] = receiver.receive_digest(FLOW, check=Pattern(seed))
        self.sent = sender.send_pattern(FLOW, Pattern(seed))

    async def arrive(self) -> tuple[int, int, int | None]:
        """Wait for all of it: how much was sent, received, and where the first wrong byte was."""
        received = await self.received
        return await self.sent, received.length, received.first_difference


WHOLE = (FLOW, FLOW, None)


async def held_on(agent: LabAgent, fault: str) -> None:
    """Wait until a fault holds something back."""
    async for event in agent.session.events(kinds=[EventKind.FAULT_FIRED]):
        if event.fault_fired.fault == fault:  # type: ignore[union-attr]  # there are no gaps
            return


async def test_a_partition_between_hosts_cuts_its_direction_and_loses_no_byte(tmp_path: Path) -> None:
    with hosts(3) as network:
        async with members(network, tmp_path) as inventory, AsyncLab(inventory) as lab:
            here, there = await connected(lab["a"], lab["b"])
            beside = await connected(lab["b"], lab["c"])
            for seed, direction in enumerate(DIRECTIONS):
                running = [Flow(here, there, seed), Flow(there, here, seed + 10)]
                partition = await lab.partition(lab.group("a"), lab.group("b", "c"), direction)
                asked = {"forth": Flow(here, there, seed + 20), "back": Flow(there, here, seed + 30)}
                connecting = asyncio.ensure_future(connected(lab["c"], lab["a"]))
                assert await Flow(*beside, seed).arrive() == WHOLE
                await held_on(lab["c"], f"{partition.name}-connects")
                for way in {"forth", "back"} - CUT[direction]:
                    assert await asked[way].arrive() == WHOLE
                for way in CUT[direction]:
                    await held_on(lab["a" if way == "forth" else "b"], f"{partition.name}-bytes")
                assert [way for way in asked if asked[way].received.done()] == [
                    way for way in asked if way not in CUT[direction]
                ]
                assert not connecting.done()
                await partition.heal()

                for flow in (*running, *asked.values(), Flow(*await connecting, seed)):
                    assert await flow.arrive() == WHOLE
