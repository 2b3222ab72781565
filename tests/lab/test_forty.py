"""Forty agents, one lab: they start at one moment, are cut into halves, lose one of them, and are reset."""

import os
import signal

import pytest
from tests.lab.members import connected, local_members

from telesock.client import AsyncSocket, EventKind, SessionLost
from telesock.client.lab import AsyncLab, BarrierBroken, LabAgent
from telesock.v1.events_pb2 import Event

FORTY = 40
Ends = tuple[AsyncSocket, AsyncSocket]


async def start_together(lab: AsyncLab) -> dict[str, int]:
    """Let all agents send a datagram at one moment; return when each did, by its own clock. It is ours here."""
    moment = lab.moment(after=1)

    async def start(agent: LabAgent) -> int:
        socket = await agent.session.datagram(agent.addresses[0])
        chain = agent.session.chain(start_at_ns=agent.start_at_ns(moment))
        sending = chain.on(socket).send_to([b"now"], (agent.addresses[0], 9))
        await chain.submit()
        async for event in agent.session.events(kinds=[EventKind.COMPLETION]):
            if isinstance(event, Event) and event.operation_id == sending.operation_id:
                return event.monotonic_ns - (moment.at_ns - moment.uncertainty_ns)
        raise AssertionError("the session has ended")

    return await lab.all.each(start)


async def pairs(lab: AsyncLab, distance: int) -> dict[str, Ends]:
    """A connection from each agent to the one so many places further."""
    agents = list(lab)
    further = {agent.name: agents[(place + distance) % FORTY] for place, agent in enumerate(agents)}

    async def connect(agent: LabAgent) -> Ends:
        return await connected(agent, further[agent.name])

    return await lab.all.each(connect)


@pytest.mark.timeout(120)
async def test_forty_agents_are_one_lab() -> None:
    async with local_members(FORTY) as (inventory, processes), AsyncLab(inventory, lease=3) as lab:
        wrong = [agent for agent in lab if abs(agent.clock.offset_ns) > agent.clock.uncertainty_ns]
        assert wrong == []  # all have our own clock
        assert [name for name, late in (await start_together(lab)).items() if late < 0] == []

        left, right = lab.select("half=left"), lab.select("half=right")
        across = await pairs(lab, FORTY // 2)
        within = await pairs(lab, 1)
        async with lab.partition(left, right):
            receiving = {name: there.receive(100) for name, (_, there) in across.items()}
            for name, (here, _) in across.items():
                here.send(name.encode())
            for place, (name, (here, there)) in enumerate(within.items(), start=1):
                if place % (FORTY // 2):  # the last of each half has its neighbour in the other
                    here.send(name.encode())
                    assert await there.receive(100) == name.encode()
            assert [name for name, each in receiving.items() if each.done()] == []
        assert {name: await each for name, each in receiving.items()} == {
            name: name.encode() for name in across
        }

        met = lab.barrier()
        os.kill(processes["agent-7"], signal.SIGKILL)
        with pytest.raises(BarrierBroken, match=r"^the barrier is broken: agent agent-7 is lost: "):
            await met.wait(lab["agent-1"])
        with pytest.raises(SessionLost):
            await within["agent-7"][0].receive(1)
        async with lab.partition(left, right):
            assert list(lab.lost) == ["agent-7"]
        await lab.reset()

        left_over = await lab.all.but("agent-7").each(_left_over)
        assert set(left_over.values()) == {(0, 0)}


async def _left_over(agent: LabAgent) -> tuple[int, int]:
    return len(await agent.session.list_sockets()), len(await agent.session.faults())
