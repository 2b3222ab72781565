# Printed from aio/agent.py by `make twin`: change that, and print again.

"""One agent of a lab: its client, the lab's session on it, its clock, and whether it is still there.

Decides when an agent counts as lost: when the lab's session on it is. A broken control channel alone is not that, as the
session goes on as soon as there is a new one; how long that may take is the session's lease.
"""

import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from telesock.client.core.clocks import ClockEstimate, ClockSample, estimate_clock
from telesock.client.errors import AgentUnavailable, SessionClosed, SessionLost, TelesockError
from telesock.client.lab.core.moments import Moment
from telesock.client.lab.inventory import Member, addresses_of
from telesock.client.lab.sync.together import pause
from telesock.client.sync.client import Client
from telesock.client.sync.session import Session
from telesock.client.timeline import TimelineRecorder
from telesock.v1.agent_pb2 import Agent

CLOCK_SAMPLES = 8
_AGAIN = 0.2  # seconds until something is asked again of an agent that did not answer

Answer = TypeVar("Answer")


class LabAgent:
    """One agent, as `lab["name"]`. Made by a lab; what happens on its sockets is asked of its `session`."""

    def __init__(
        self,
        member: Member,
        lease: float,
        recorder: TimelineRecorder,
        when_lost: Callable[[str, str], object],
    ) -> None:
        self.member = member
        self.client = Client(member.target, credentials=member.credentials)
        """The client, for what no session is needed for, and for further sessions; the lab touches none of those."""
        self._lease = lease
        self._recorder = recorder
        self._when_lost = when_lost
        self._session: Session | None = None
        self._clock: ClockEstimate | None = None
        self._about = Agent()
        self._ending = False  # the lab ends its session itself, which is no loss
        self._gone = ""  # why there is no session after the one that was ended

    def __repr__(self) -> str:
        """Name, target and state."""
        state = f"lost: {self.lost}" if self.lost else "there"
        return f"<{type(self).__name__} {self.name} at {self.member.target}, {state}>"

    @property
    def name(self) -> str:
        """Its name in the lab."""
        return self.member.name

    @property
    def labels(self) -> Mapping[str, str]:
        """What selectors ask for."""
        return self.member.labels

    @property
    def addresses(self) -> tuple[str, ...]:
        """Addresses and prefixes of its host on the network under test."""
        return addresses_of(self.member)

    @property
    def about(self) -> Agent:
        """What the agent said of itself when the lab's session was opened: version, limits, policy."""
        return self._about

    @property
    def session(self) -> Session:
        """The lab's session on it; a new one after `lab.reset()` and `rejoin()`."""
        if self._session is None:
            raise RuntimeError(f"agent {self.name} has no session: the lab is not open")
        return self._session

    @property
    def clock(self) -> ClockEstimate:
        """Its monotonic clock beside ours, as it was estimated last."""
        if self._clock is None:
            raise RuntimeError(f"the clock of agent {self.name} is not known: the lab is not open")
        return self._clock

    @property
    def lost(self) -> str | None:
        """Why it is no more; None while it is there."""
        if self._gone:
            return self._gone
        why = None if self._session is None else self._session.lost
        return None if why is None or (self._ending and isinstance(why, SessionClosed)) else str(why)

    def start_at_ns(self, moment: Moment) -> int:
        """Return a moment of the lab on this agent's clock, for `session.chain(start_at_ns=...)`."""
        return self.clock.to_agent(moment.at_ns)

    def estimate_clock(self, samples: int = CLOCK_SAMPLES) -> ClockEstimate:
        """Estimate its clock anew, from so many round trips. Raises AgentUnavailable."""
        self._clock = estimate_clock(sample_clock(self.client, samples), self._clock)
        self._recorder.clock(self.name, self._clock)
        return self._clock

    def rejoin(self, timeout: float = 10.0) -> None:
        """Take a lost agent into the lab again, with a new session, once it answers; `timeout` seconds at most.

        One that is not lost stays as it is. Raises AgentUnavailable.
        """
        if self.lost is None:
            return
        deadline = time.monotonic() + timeout
        self._until(deadline, self._return)
        self._recorder.returned(self.name)

    def _return(self) -> None:
        """Its clock is looked at first: it may be another host, whose clock began anew."""
        samples = sample_clock(self.client)
        self._reopen()
        self._clock = estimate_clock(samples)
        self._recorder.clock(self.name, self._clock)

    def _until(self, deadline: float, ask: Callable[[], Answer]) -> Answer:
        """Ask it again until it answers. The last try raises what it failed with."""
        while True:
            last = time.monotonic() >= deadline
            try:
                return ask()
            except AgentUnavailable:
                if last:
                    raise
            pause(_AGAIN)

    # What the lab does with it

    def enter(self) -> None:
        """Make the channel and the session. Raises AgentUnavailable or Rejected."""
        self.client.__enter__()
        self._open()

    def renew(self) -> None:
        """End the lab's session and with it all that is in it; open another. Raises Rejected, and is lost then.

        It is lost, and that is no error, when it does not answer for as long as its session would have outlived silence.
        """
        deadline = time.monotonic() + self._lease
        try:
            self._until(deadline, self._reopen)
        except AgentUnavailable as unavailable:
            self._lose_for_good(str(unavailable))
        except TelesockError as refused:
            self._lose_for_good(str(refused))
            raise

    def _reopen(self) -> None:
        if self._session is not None:
            self._ending = True  # until there is another
            self._session.close()
        self._open()

    def _open(self) -> None:
        self._about = self.client.get_agent()
        session = self.client.session(lease=self._lease, label="lab")
        session.__enter__()
        self._session, self._ending, self._gone = session, False, ""
        session.record_to(self._recorder, agent=self.name)
        session.add_lost_callback(lambda why: self._tell_loss(session, why))

    def _lose_for_good(self, why: str) -> None:
        self._gone = why
        self._when_lost(self.name, why)

    def _tell_loss(self, session: Session, why: SessionLost) -> None:
        if session is self._session and not self._ending:
            self._when_lost(self.name, str(why))

    def leave(self) -> None:
        """End the lab's session, and the channel with every other session."""
        self._ending = True
        self.client.close()


def sample_clock(client: Client, samples: int = CLOCK_SAMPLES) -> list[ClockSample]:
    """Look at an agent's clock so many times. Raises AgentUnavailable."""
    taken = []
    for _ in range(samples):
        sent = time.monotonic_ns()
        answer = client.sample_clock()
        taken.append(ClockSample(sent, answer.monotonic_ns, time.monotonic_ns()))
    return taken


def ask_until_lost(agent: LabAgent, ask: Callable[[], Answer]) -> Answer | None:
    """Ask something that may be asked twice, until it is answered; None where the agent is lost, or is meanwhile.

    How long that may take is the lease of its session and one call.
    """
    while True:
        try:
            return ask()
        except SessionLost:
            return None
        except AgentUnavailable:
            if agent.lost is not None:
                return None
            pause(_AGAIN)
