"""A barrier: nobody goes on before all have come. It breaks when that cannot happen any more, and nobody hangs at it."""

import weakref
from collections.abc import Iterable, Sequence

from telesock.client.lab.aio.agent import LabAgent
from telesock.client.lab.aio.together import Sign, Turn
from telesock.client.lab.core.meeting import Meeting, Round
from telesock.client.lab.errors import BarrierBroken

BARRIER_TIMEOUT = 30.0
"""Seconds that a barrier is waited at, unless it is told otherwise."""


class Barrier:
    """Where so many parties meet, as often as they like. Made by `lab.barrier`.

    An agent that is lost breaks it when it is one of the parties, or when these are only counted. So does a wait whose
    time is over, or that is given up, and a wait for a party, by name, at which `each` has failed. It stays broken.
    """

    def __init__(self, parties: int | Sequence[str]) -> None:
        self._meeting = Meeting(parties)
        self._turn = Turn()
        self._missing: tuple[str, ...] = ()
        self._signs: dict[Round, Sign] = {self._meeting.round: Sign()}

    @property
    def broken(self) -> str:
        """Why it is broken; empty while it is not."""
        return self._meeting.broken

    async def wait(self, agent: LabAgent | None = None, timeout: float | None = BARRIER_TIMEOUT) -> None:
        """Wait until all have come, `timeout` seconds at most, None for as long as it takes. Raises BarrierBroken.

        `agent` says for whom this is, so that those can be named who did not come.
        """
        with self._turn:
            self._check()
            met = self._meeting.arrive("" if agent is None else agent.name)
            sign = self._sign_of(met)
            self._break_if_hopeless()
        try:
            given = await sign.wait(timeout)
        except BaseException:
            self._give_up(met, f"{'a party' if agent is None else f'agent {agent.name}'} has given up")
            raise
        if not given and timeout is not None:
            self._give_up(met, self._meeting.late(timeout))
        if not met.complete:
            self._check()

    def _give_up(self, met: Round, why: str) -> None:
        """Somebody does not wait any longer; whoever waits for a round that is complete has been let through."""
        with self._turn:
            if not met.complete:
                self.break_(why)

    def _sign_of(self, met: Round) -> Sign:
        """What a round waits for; it is given when the round is complete, and the next has its own."""
        sign = self._signs[met]
        if met.complete:
            del self._signs[met]
            self._signs[self._meeting.round] = Sign()
            sign.give()
        return sign

    def _check(self) -> None:
        if self._meeting.broken:
            raise BarrierBroken(f"the barrier is broken: {self._meeting.broken}", self._missing)

    def break_(self, why: str, missing: Sequence[str] | None = None) -> None:
        """Let nobody wait any longer: all that do, or will, raise BarrierBroken. A second time changes nothing."""
        with self._turn:
            if self._meeting.breaks(why):
                self._missing = tuple(self._meeting.missing() if missing is None else missing)
                for sign in self._signs.values():
                    sign.give()

    def lose(self, name: str, why: str) -> None:
        """An agent is no more."""
        if self._meeting.concerns(name):
            self.break_(f"agent {name} is lost: {why}", (name,))

    def fail(self, name: str, why: str) -> None:
        """An agent's story has failed: whoever waits for it, or will, waits in vain."""
        with self._turn:
            self._meeting.fail(name, why)
            self._break_if_hopeless()

    def begin_again(self, names: Iterable[str]) -> None:
        """Agents have another story, and may come."""
        with self._turn:
            self._meeting.begin_again(names)

    def _break_if_hopeless(self) -> None:
        hopeless = self._meeting.hopeless()
        if hopeless is not None:
            name, why = hopeless
            self.break_(f"agent {name} will not come: {why}", (name,))


class Barriers:
    """Those of a lab that are still in use: what all of them are told."""

    def __init__(self) -> None:
        self._turn = Turn()
        self._made: weakref.WeakSet[Barrier] = weakref.WeakSet()

    def add(self, barrier: Barrier) -> None:
        """There is another."""
        with self._turn:
            self._made.add(barrier)

    def _all(self) -> list[Barrier]:
        with self._turn:
            return list(self._made)

    def break_all(self, why: str) -> None:
        """Let nobody wait any longer."""
        for barrier in self._all():
            barrier.break_(why)

    def lose(self, name: str, why: str) -> None:
        """An agent is no more."""
        for barrier in self._all():
            barrier.lose(name, why)

    def fail(self, name: str, why: str) -> None:
        """An agent's story has failed."""
        for barrier in self._all():
            barrier.fail(name, why)

    def begin_again(self, names: Iterable[str]) -> None:
        """Agents have another story."""
        for barrier in self._all():
            barrier.begin_again(names)
