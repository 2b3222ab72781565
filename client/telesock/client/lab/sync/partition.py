# Printed from aio/partition.py by `make twin`: change that, and print again.

"""A partition between two groups of a lab: made, kept and healed on all of their agents at once.

An agent that dies meanwhile is left out: its rules died with its session. One that does not answer is asked again until it
does or is lost, so that no rule stays behind on an agent that was only away.
"""

from collections.abc import Mapping
from functools import partial
from types import TracebackType
from typing import Self

import grpc

from telesock.client.errors import Rejected
from telesock.client.faults import Fault, FaultState
from telesock.client.lab.sync.agent import LabAgent, ask_until_lost
from telesock.client.lab.sync.group import results
from telesock.client.lab.sync.together import Sign, Turn, on_each
from telesock.client.sync.faults import ActiveFault
from telesock.client.timeline import TimelineRecorder


class Partition:
    """Cuts two groups from each other. Made by `lab.partition`; it is there once it is kept or entered.

        with lab.partition(lab.group("a"), lab.group("b", "c")):  # for the block
            ...
        partition = lab.partition(left, right, direction="forth").keep()  # until it is healed, or the lab reset

    Keeping or entering raises LabFailure where an agent refuses; then nothing stays cut. One that is over is not made
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
        self._made: dict[str, list[ActiveFault]] = {agent.name: [] for agent in agents}
        self._turns = {agent.name: Turn() for agent in agents}  # a rule is made or ended, not both
        self._begun = self._there = self._over = self._healed = False
        self._settled = Sign()

    def __repr__(self) -> str:
        """Name, sides and direction."""
        return f"<{type(self).__name__} {self.name}: {self._words}{', healed' if self._healed else ''}>"

    def keep(self) -> Self:
        """Make it, unless that is done."""
        return self._make()

    def __enter__(self) -> Self:
        """Make it, for the block."""
        return self.keep()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Heal it, unless that is done."""
        self.heal()

    @property
    def healed(self) -> bool:
        """Whether it is over."""
        return self._healed

    def _make(self) -> Self:
        if self._begun:
            self._settled.wait(None)
        else:
            self._begun = True
            self._make_once()
        if self._over:
            raise RuntimeError(f"{self.name} is over, healed or reset: ask lab.partition for another")
        return self

    def _make_once(self) -> None:
        try:
            results(f"{self.name}: cutting", self._agents, on_each(self._cut, self._agents))
            self._there = not self._over
        except BaseException:
            self.heal()
            raise
        finally:
            self._settled.give()
        if self._there:
            self._recorder.note(f"{self.name}: {self._words}")

    def _cut(self, agent: LabAgent) -> None:
        """What is asked for is kept first: whether it was made is not known when this is ended in the middle."""
        for fault in self._plan[agent.name]:
            with self._turns[agent.name]:
                if self._over or agent.lost is not None:
                    return
                asked = agent.session.fault(fault)
                self._made[agent.name].append(asked)
                ask_until_lost(agent, partial(_kept, asked))

    def heal(self) -> None:
        """End it: what was held goes on where it stopped. A second time does nothing.

        Raises LabFailure where an agent refuses. An agent that is lost, or is meanwhile, is left out; one that does not
        answer is waited for until it is one or the other.
        """
        self.stop()
        if self._healed:
            return
        results(f"{self.name}: healing", self._agents, on_each(self._mend, self._agents))
        told, self._healed = self._healed, True
        if self._there and not told:
            self._recorder.note(f"{self.name}: healed")

    def _mend(self, agent: LabAgent) -> None:
        with self._turns[agent.name]:
            for fault in reversed(self._made[agent.name]):
                if agent.lost is not None:
                    return
                ask_until_lost(agent, partial(_ended, fault))

    def stop(self) -> None:
        """Make no more rules."""
        self._over = True

    def forget(self) -> None:
        """The sessions that it was made of are no more."""
        self._over = self._healed = True


def _kept(fault: ActiveFault) -> ActiveFault:
    return fault.keep()


def _ended(fault: ActiveFault) -> FaultState | None:
    """End a fault; one that has ended otherwise is none.

    Where it is not known whether it was made, it is asked for again: that makes one at most, and tells. What the agent
    refuses was never made.
    """
    try:
        _kept(fault)
    except Rejected:
        return None
    try:
        return fault.remove()
    except Rejected as refused:
        if refused.code is not grpc.StatusCode.NOT_FOUND:
            raise
    return None
