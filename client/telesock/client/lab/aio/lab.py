"""Several agents as one thing, as an asyncio program uses them."""

import contextlib
import time
import weakref
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from os import PathLike
from types import MappingProxyType, TracebackType
from typing import Self

from telesock.client.core.clocks import ClockEstimate
from telesock.client.credentials import NO_CREDENTIALS, Credentials
from telesock.client.lab.aio.agent import LabAgent
from telesock.client.lab.aio.barrier import Barrier, Barriers
from telesock.client.lab.aio.group import Group, results
from telesock.client.lab.aio.partition import Partition
from telesock.client.lab.aio.together import Repeating, Turn, in_background, on_each
from telesock.client.lab.core.cuts import Direction, plan_partition
from telesock.client.lab.core.moments import Moment, make_moment
from telesock.client.lab.errors import LabFailure, SelectorError
from telesock.client.lab.inventory import Member, make_inventory
from telesock.client.lab.sources import read_inventory
from telesock.client.timeline import Timeline, TimelineRecorder

LAB_LEASE = 10.0
"""Seconds after which an agent that gives no sign is lost."""
CLOCK_INTERVAL = 10.0
"""Seconds between two estimates of an agent's clock."""
_ARROWS: Mapping[Direction, str] = {
    "both": "cut from",
    "forth": "cut on the way to",
    "back": "cut on the way from",
}
_CLOCKS_AT_ONCE = 4  # more would wait for each other here, and measure that


class AsyncLab:
    """Several agents as one thing. Use `async with AsyncLab(inventory) as lab:` or `AsyncLab.open("lab.toml")`.

    Each agent gets a session of the lab, with a lease of so many seconds: that long an agent may be silent before it is
    lost. Clocks are estimated when the lab is opened, and every `clock_interval` seconds. The timeline keeps `limit`
    entries. Leaving ends the lab's sessions and all that is in them, and nothing else.
    """

    def __init__(
        self,
        inventory: Iterable[Member],
        *,
        lease: float = LAB_LEASE,
        clock_interval: float = CLOCK_INTERVAL,
        limit: int = 100_000,
    ) -> None:
        self._read = partial(make_inventory, tuple(inventory))
        self._lease = lease
        self._clock_interval = clock_interval
        self._recorder = TimelineRecorder(limit)
        self._agents: dict[str, LabAgent] = {}
        self._barriers = Barriers()
        self._turn = Turn()  # for the partitions
        self._partitions: weakref.WeakSet[Partition] = weakref.WeakSet()
        self._partition_number = 0
        self._clocks: Repeating | None = None

    @classmethod
    def open(
        cls,
        where: str | PathLike[str],
        *,
        credentials: Credentials = NO_CREDENTIALS,
        lease: float = LAB_LEASE,
        clock_interval: float = CLOCK_INTERVAL,
        limit: int = 100_000,
    ) -> Self:
        """Return a lab whose inventory is read when it is entered.

        From a file, "lab.toml"; from "compose:PROJECT", "kubernetes:[NAMESPACE/]SELECTOR" or "dns:NAME[:PORT]".
        `credentials` are for agents of which the inventory says none.
        """
        lab = cls((), lease=lease, clock_interval=clock_interval, limit=limit)
        lab._read = partial(read_inventory, where, credentials)
        return lab

    async def __aenter__(self) -> Self:
        """Reach every agent. Raises InventoryError, or LabFailure that names each agent that cannot be had."""
        inventory = await in_background(self._read)
        self._agents = {
            member.name: LabAgent(member, self._lease, self._recorder, self._lose) for member in inventory
        }
        try:
            await self._enter_all()
        except BaseException:
            await self.close()
            raise
        self._clocks = Repeating(self._follow_clocks, self._clock_interval)
        return self

    async def _enter_all(self) -> None:
        agents = tuple(self._agents.values())
        results("opening the lab", agents, await on_each(LabAgent.enter, agents))
        await self.estimate_clocks()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave it."""
        await self.close()

    async def close(self) -> None:
        """End the lab's sessions, on all agents at once, and what waits at barriers. An agent that is gone is no error."""
        clocks, self._clocks = self._clocks, None
        if clocks is not None:
            clocks.stop()
        self._barriers.break_all("the lab was left")
        partitions = self._stopped_partitions()
        await on_each(LabAgent.leave, self._agents.values())
        if clocks is not None:
            await clocks.ended()
        for partition in partitions:
            partition.forget()

    # Who is in it

    @property
    def agents(self) -> Mapping[str, LabAgent]:
        """Its agents by name, in the order of the inventory, those that are lost too."""
        return MappingProxyType(self._agents)

    @property
    def all(self) -> Group:
        """All agents."""
        return Group(self._agents.values(), self._barriers)

    @property
    def lost(self) -> dict[str, str]:
        """Which agents are lost, and why."""
        return {agent.name: agent.lost for agent in self if agent.lost is not None}

    def __len__(self) -> int:
        """Return how many agents it has."""
        return len(self._agents)

    def __iter__(self) -> Iterator[LabAgent]:
        """Go through the agents, in the order of the inventory."""
        return iter(self._agents.values())

    def __getitem__(self, name: str) -> LabAgent:
        """Return an agent. Raises SelectorError, which names those that there are."""
        if name not in self._agents:
            raise SelectorError(f"the lab has no agent {name!r}: it has {', '.join(self._agents)}")
        return self._agents[name]

    def __contains__(self, name: object) -> bool:
        """Whether there is an agent of this name."""
        return name in self._agents

    def group(self, *names: str) -> Group:
        """Return agents by name. Raises SelectorError."""
        return Group((self[name] for name in names), self._barriers)

    def select(self, selector: str) -> Group:
        """Return the agents whose labels fit, at least one: "role=server,zone!=b". Raises SelectorError."""
        return self.all.select(selector)

    # Clocks, moments, barriers

    async def estimate_clocks(self) -> dict[str, ClockEstimate]:
        """Estimate the clocks of all agents that are there anew. Raises LabFailure."""
        there = tuple(agent for agent in self if agent.lost is None)
        outcomes = await on_each(LabAgent.estimate_clock, there, at_once=_CLOCKS_AT_ONCE)
        return results("estimating clocks", there, outcomes)

    async def _follow_clocks(self) -> None:
        """An agent that does not answer keeps the estimate that it has, which grows less certain with its age."""
        with contextlib.suppress(LabFailure):
            await self.estimate_clocks()

    def moment(self, after: float = 0.5) -> Moment:
        """Return the moment in so many seconds, for all agents: `agent.start_at_ns(moment)` is its time there.

        It has to be long enough for what is to start to reach every agent. `moment.uncertainty` is how far apart two of
        them may be, as far as clocks are to blame.
        """
        at_ns = time.monotonic_ns() + round(after * 1e9)
        return make_moment(at_ns, (agent.clock for agent in self if agent.lost is None))

    def barrier(self, parties: int | Group | None = None) -> Barrier:
        """Return a barrier for agents of a group (all of the lab unless it is named), or for so many parties."""
        group = self.all if parties is None else parties
        barrier = Barrier(group.names if isinstance(group, Group) else group)
        self._barriers.add(barrier)
        for name, why in self.lost.items():
            if isinstance(group, Group):
                barrier.lose(name, why)
        return barrier

    # Partitions

    def partition(self, first: Group, second: Group, direction: Direction = "both") -> Partition:
        """Return a partition that is to be: enter it by `async with` for a block, or await it to keep it.

        It cuts what the sockets of the lab's sessions exchange with the other side's addresses, those to come included;
        "forth" what the first group sends to the second, "back" the other way. Raises ValueError for groups that cannot be
        cut from each other.
        """
        self._partition_number += 1
        name = f"partition-{self._partition_number}"
        plan = plan_partition(
            name, (agent.member for agent in first), (agent.member for agent in second), direction
        )
        words = f"{', '.join(first.names)} {_ARROWS[direction]} {', '.join(second.names)}"
        partition = Partition(name, plan, (*first, *second), words, self._recorder)
        with self._turn:
            self._partitions.add(partition)
        return partition

    def _stopped_partitions(self) -> list[Partition]:
        """Let no partition make a rule any more: one that is just made would cut the sessions that come next."""
        with self._turn:
            partitions = list(self._partitions)
        for partition in partitions:
            partition.stop()
        return partitions

    # What is left when it is over

    async def reset(self) -> None:
        """Be as after opening: what is in the lab's sessions ends, with faults, partitions, sockets and operations.

        Each agent then has a new session. Other sessions on the agents, and what the agents' own files made, stay as they
        are. Barriers break. Lost agents stay lost, and one that does not answer for a lease is lost. Raises LabFailure
        where an agent refuses, which then is lost too; after a cancellation it can be done again.
        """
        there = tuple(agent for agent in self if agent.lost is None)
        self._barriers.break_all("the lab was reset")
        partitions = self._stopped_partitions()
        outcomes = await on_each(LabAgent.renew, there)
        for partition in partitions:
            partition.forget()
        results("resetting the lab", there, outcomes)
        self._recorder.note("the lab was reset")

    def note(self, text: str, agent: str = "") -> None:
        """Add words of the test's own to the timeline, about an agent or all."""
        self._recorder.note(text, agent)

    def timeline(self) -> Timeline:
        """Return what was asked and told so far, on all agents, on one clock."""
        return self._recorder.timeline()

    def _lose(self, name: str, why: str) -> None:
        """An agent is no more: whoever waits for it is told, and the timeline."""
        self._recorder.lost(name, why)
        self._barriers.lose(name, why)
