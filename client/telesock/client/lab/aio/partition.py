"""A partition between two groups of a lab: made, kept and healed on all of their agents at once.

An agent that dies meanwhile is left out: its rules died with its session. One that does not answer is asked again until it
does or is lost, so that no rule stays behind on an agent that was only away.
"""

from collections.abc import Generator, Mapping
from functools import partial
from types import TracebackType
from typing import Any, Self

import grpc

from telesock.client.aio.faults import AsyncFault
from telesock.client.errors import Rejected
from telesock.client.faults import Fault, FaultState
from telesock.client.lab.aio.agent import LabAgent, ask_until_lost
from telesock.client.lab.aio.group import results
from telesock.client.lab.aio.together import Sign, Turn, on_each
from telesock.client.timeline import TimelineRecorder


class Partition:
    """Cuts two groups from each other. Made by `lab.partition`; it is there once it is awaited.

        async with lab.partition(lab.group("a"), lab.group("b", "c")):  # for the block
            ...
        partition = await lab.partition(left, right, direction="forth")  # until it is healed, or the lab reset

    Awaiting or entering raises LabFailure where an agent refuses; then nothing stays cut. One that is over is not made
    again: that raises RuntimeError.
    """

    def __init__(
        self,
        name: str,
        plan: Mapping[str, tuple[Fault, ...]],
        agents: tuple[LabAgent, ...],
        words: str,
        recorder: TimelineRecorder,
    ) -> None:
        self.name = name
        """What the names of its faults begin with."""
        self._plan = plan
        self._agents = agents
        self._words = words
        self._recorder = recorder
        self._made: dict[str, list[AsyncFault]] = {agent.name: [] for agent in agents}
        self._turns = {agent.name: Turn() for agent in agents}  # a rule is made or ended, not both
        self._begun = self._there = self._over = self._healed = False
        self._settled = Sign()

    def __repr__(self) -> str:
        """Name, sides and direction."""
        return f"<{type(self).__name__} {self.name}: {self._words}{', healed' if self._healed else ''}>"

    def __await__(self) -> Generator[Any, None, Self]:
        """Make it, unless that is done."""
        return self._make().__await__()

    async def __aenter__(self) -> Self:
        """Make it, for the block."""
        return await self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Heal it, unless that is done."""
        await self.heal()

    @property
    def healed(self) -> bool:
        """Whether it is over."""
        return self._healed

    async def _make(self) -> Self:
        if self._begun:
            await self._settled.wait(None)
        else:
            self._begun = True
            await self._make_once()
        if self._over:
            raise RuntimeError(f"{self.name} is over, healed or reset: ask lab.partition for another")
        return self

    async def _make_once(self) -> None:
        try:
            results(f"{self.name}: cutting", self._agents, await on_each(self._cut, self._agents))
            self._there = not self._over
        except BaseException:
            await self.heal()
            raise
        finally:
            self._settled.give()
        if self._there:
            self._recorder.note(f"{self.name}: {self._words}")

    async def _cut(self, agent: LabAgent) -> None:
        """What is asked for is kept first: whether it was made is not known when this is ended in the middle."""
        for fault in self._plan[agent.name]:
            with self._turns[agent.name]:
                if self._over or agent.lost is not None:
                    return
                asked = agent.session.fault(fault)
                self._made[agent.name].append(asked)
                await ask_until_lost(agent, partial(_kept, asked))

    async def heal(self) -> None:
        """End it: what was held goes on where it stopped. A second time does nothing.

        Raises LabFailure where an agent refuses. An agent that is lost, or is meanwhile, is left out; one that does not
        answer is waited for until it is one or the other.
        """
        self.stop()
        if self._healed:
            return
        results(f"{self.name}: healing", self._agents, await on_each(self._mend, self._agents))
        told, self._healed = self._healed, True
        if self._there and not told:
            self._recorder.note(f"{self.name}: healed")

    async def _mend(self, agent: LabAgent) -> None:
        with self._turns[agent.name]:
            for fault in reversed(self._made[agent.name]):
                if agent.lost is not None:
                    return
                await ask_until_lost(agent, partial(_ended, fault))

    def stop(self) -> None:
        """Make no more rules."""
        self._over = True

    def forget(self) -> None:
        """The sessions that it was made of are no more."""
        self._over = self._healed = True


async def _kept(fault: AsyncFault) -> AsyncFault:
    return await fault


async def _ended(fault: AsyncFault) -> FaultState | None:
    """End a fault; one that has ended otherwise is none.

    Where it is not known whether it was made, it is asked for again: that makes one at most, and tells. What the agent
    refuses was never made.
    """
    try:
        await _kept(fault)
    except Rejected:
        return None
    try:
        return await fault.remove()
    except Rejected as refused:
        if refused.code is not grpc.StatusCode.NOT_FOUND:
            raise
    return None
