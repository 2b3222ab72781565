"""Records what several agents are asked and tell, as it happens, for timelines of it at any time.

Decides what belongs together: an operation is one entry, from its asking to its end. It keeps a bounded number of entries,
forgets the oldest, and says how many. It is called by the threads of all sessions, and never waits for anything.
"""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from telesock.client.core.clocks import ClockEstimate
from telesock.client.core.operations import BaseOperation
from telesock.client.errors import SessionClosed, SessionLost
from telesock.client.timeline.addresses import Addresses
from telesock.client.timeline.entries import Entry, Timeline
from telesock.client.timeline.placing import Seen, placed, story_clocks
from telesock.client.timeline.telling import (
    asked_entry,
    asked_links_words,
    asked_words,
    event_entry,
    gap_entry,
    refusal_words,
)
from telesock.v1.events_pb2 import Event, Gap
from telesock.v1.sessions_pb2 import Refusal

_ESTIMATES = 1_000  # of one agent's clock; the oldest are forgotten
LOST = "LOST"
"""The status of an agent, or a session, that is gone."""

Key = tuple[str, str, int]  # agent, session, operation


class TimelineRecorder:
    """Records sessions that are told `session.record_to(recorder, agent="a")`, and notes. Any thread may use it.

    It keeps `limit` entries, each of some 500 bytes, and up to as many operations that have not ended. `clock` and
    `wall_clock` are nanoseconds, monotonic and since 1970.
    """

    def __init__(
        self,
        limit: int = 100_000,
        *,
        title: str = "",
        clock: Callable[[], int] = time.monotonic_ns,
        wall_clock: Callable[[], int] = time.time_ns,
    ) -> None:
        if limit < 1:
            raise ValueError(f"a recorder keeps at least 1 entry, not {limit}")
        self.title = title
        self._limit = limit
        self._now = clock
        self._wall_offset = wall_clock() - clock()
        self._lock = threading.Lock()
        self._seen: deque[Seen] = deque()
        self._pending: dict[Key, Entry] = {}
        self._agents: dict[str, None] = {}
        self._clocks: dict[str, deque[ClockEstimate]] = {}
        self._addresses: dict[tuple[str, str], Addresses] = defaultdict(Addresses)
        self._forgotten = 0

    # What sessions tell it

    def asked(self, agent: str, operation: BaseOperation[Any], session: str = "") -> None:
        """An operation is asked for now."""
        self._ask(agent, operation, asked_words(operation), session)

    def asked_links(
        self, agent: str, chain: BaseOperation[Any], links: Sequence[BaseOperation[Any]], session: str = ""
    ) -> None:
        """The links of a chain that was just asked for."""
        words = asked_links_words(chain) or [""] * len(links)
        for link, each in zip(links, words, strict=True):
            self._ask(agent, link, each, session)

    def told(self, agent: str, event: Event, session: str = "") -> None:
        """An agent told of an event now."""
        with self._lock:
            addresses = self._addresses[agent, session].learn(event)
            asked = None
            if event.HasField("completion"):
                asked = self._pending.pop((agent, session, event.operation_id), None)
            entry = event_entry(event, addresses, agent, session, asked)
            self._keep(entry, is_agents_time=True)

    def gap(self, agent: str, gap: Gap, session: str = "") -> None:
        """Events of an agent are gone for good."""
        with self._lock:
            self._keep(gap_entry(self._now(), gap, agent, session))

    def refused(
        self,
        agent: str,
        operation: BaseOperation[Any],
        outcome: Refusal | SessionLost,
        session: str = "",
    ) -> None:
        """An operation ends now, without a completion."""
        with self._lock:
            asked = self._pending.pop((agent, session, operation.operation_id), None)
            if asked is not None:
                status, details = refusal_words(outcome)
                self._keep(replace(asked, at_ns=self._now(), status=status, details=details))

    # What whoever leads the test tells it

    def clock(self, agent: str, estimate: ClockEstimate) -> None:
        """An agent's clock was estimated; estimates are told in the order of their making."""
        with self._lock:
            self._knows(agent)
            self._clocks.setdefault(agent, deque(maxlen=_ESTIMATES)).append(estimate)

    def note(self, text: str, agent: str = "") -> None:
        """Something is worth knowing now, about an agent or all."""
        with self._lock:
            self._keep(Entry(self._now(), "note", text, agent))

    def lost(self, agent: str, why: Exception | str, session: str = "") -> None:
        """An agent, or a session on it, is gone; of a SessionClosed, only that this program has left it."""
        closed = isinstance(why, SessionClosed)  # nothing was lost
        what = "session closed" if closed else "session lost" if session else "agent lost"
        status = "" if closed else LOST
        with self._lock:
            self._addresses.pop((agent, session), None)
            at = self._now()
            self._keep(Entry(at, "agent", what, agent, session=session, status=status, details=str(why)))

    def returned(self, agent: str, details: str = "") -> None:
        """An agent that was lost is there again."""
        with self._lock:
            self._keep(Entry(self._now(), "agent", "agent returned", agent, details=details))

    # What came of it

    def timeline(self) -> Timeline:
        """Return what was recorded so far, on this host's monotonic clock."""
        with self._lock:
            story = list(self._seen)
            pending = list(self._pending.values())
            estimates = {agent: tuple(known) for agent, known in self._clocks.items()}
            agents, forgotten = tuple(self._agents), self._forgotten
        estimates = {**{agent: tuple(own) for agent, own in story_clocks(story).items()}, **estimates}
        story += (Seen(entry, entry.at_ns, is_agents_time=False) for entry in pending)
        last = {agent: known[-1] for agent, known in estimates.items()}
        return Timeline(placed(story, estimates), agents, self._wall_offset, last, forgotten, self.title)

    def _knows(self, agent: str) -> None:
        if agent:
            self._agents.setdefault(agent)

    def _ask(self, agent: str, operation: BaseOperation[Any], words: str, session: str) -> None:
        with self._lock:
            pair = self._addresses[agent, session].of(operation.socket_id)
            entry = asked_entry(self._now(), operation, words, pair, agent, session)
            self._knows(agent)
            if len(self._pending) == self._limit:
                del self._pending[next(iter(self._pending))]
                self._forgotten += 1
            self._pending[agent, session, operation.operation_id] = entry

    def _keep(self, entry: Entry, *, is_agents_time: bool = False) -> None:
        self._knows(entry.agent)
        if len(self._seen) == self._limit:
            self._seen.popleft()
            self._forgotten += 1
        self._seen.append(Seen(entry, self._now() if is_agents_time else entry.at_ns, is_agents_time))
