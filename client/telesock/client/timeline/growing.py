"""A timeline's file while it grows: written line by line as agents tell, so that what was told is kept whatever follows.

It holds what observers see: events, and what becomes of sessions and agents; what was asked only their owners know. Each
entry is placed by what is known of its agent's clock by then.
"""

import time
from collections import defaultdict
from collections.abc import Iterable
from typing import Protocol

from telesock.client.core.clocks import ClockEstimate
from telesock.client.timeline.addresses import Addresses
from telesock.client.timeline.entries import Entry, Timeline
from telesock.client.timeline.json_lines import clock_line, entry_line, head_line
from telesock.client.timeline.placing import Order, Seen
from telesock.client.timeline.recorder import LOST
from telesock.client.timeline.telling import event_entry, gap_entry
from telesock.v1.events_pb2 import Event, Gap


class Writable(Protocol):
    """A file, as far as a timeline grows in it."""

    def write(self, text: str, /) -> object:
        """Write text."""


class GrowingTimeline:
    """Writes a timeline of these agents to a file, which it neither flushes nor closes. Raises OSError."""

    def __init__(self, file: Writable, agents: Iterable[str], title: str = "") -> None:
        self._file = file
        self._clocks: dict[str, list[ClockEstimate]] = {}
        self._addresses: dict[tuple[str, str], Addresses] = defaultdict(Addresses)
        self._order = Order()
        self.entries = 0
        """How many were written."""
        wall_offset = time.time_ns() - time.monotonic_ns()
        file.write(head_line(Timeline(agents=tuple(agents), wall_offset_ns=wall_offset, title=title)))

    def clock(self, agent: str, estimate: ClockEstimate) -> None:
        """An agent's clock was estimated."""
        self._clocks[agent] = [estimate]
        self._file.write(clock_line(agent, estimate))

    def told(self, agent: str, session: str, told: Event | Gap) -> None:
        """An agent told of an event, or that some are gone."""
        now = time.monotonic_ns()
        if isinstance(told, Gap):
            self._write(gap_entry(now, told, agent, session))
            return
        addresses = self._addresses[agent, session].learn(told)
        seen = Seen(event_entry(told, addresses, agent, session), now, is_agents_time=True)
        self._write(self._order.place(seen, self._clocks.get(agent, ())))

    def became(self, agent: str, what: str, session: str = "", lost: str = "") -> None:
        """Something became of an agent or of a session: "session closed"; with `lost` it is gone, and this is why."""
        self._addresses.pop((agent, session), None)
        status = LOST if lost else ""
        at_ns = time.monotonic_ns()
        self._write(Entry(at_ns, "agent", what, agent, session=session, status=status, details=lost))

    def _write(self, entry: Entry) -> None:
        self._file.write(entry_line(entry))
        self.entries += 1
