"""How far a session's events have been seen, and how much of that the agent has been told.

Every event is taken once and in order. Acknowledgements cost nothing beside other things and are a message of their own
only when much has come in since the last: never one for each event.
"""

from telesock.client.errors import SessionLost

UNACKNOWLEDGED_EVENTS = 1024
UNACKNOWLEDGED_BYTES = 4 << 20


class Cursor:
    """The last event seen, and the last one acknowledged on this attachment."""

    def __init__(self, seen: int) -> None:
        self.seen = seen
        self._acknowledged = 0
        self._bytes = 0

    def take(self, sequence: int) -> bool:
        """Whether an event is new. Raises SessionLost when it is not the next one."""
        if sequence <= self.seen:
            return False  # seen before the stream broke
        if sequence != self.seen + 1:
            raise missing(self.seen + 1, sequence - 1)
        self.seen = sequence
        return True

    def check(self, last_sequence: int) -> None:
        """The agent has sent everything up to an event. Raises SessionLost when it has not."""
        if last_sequence > self.seen:
            raise missing(self.seen + 1, last_sequence)

    def restart(self) -> None:
        """A new attachment: what the one before has acknowledged may not have arrived."""
        self._acknowledged = 0

    def count(self, size: int) -> None:
        """A message of `size` bytes has come in."""
        self._bytes += size

    @property
    def due(self) -> bool:
        """Whether so much is unacknowledged that it should not wait for company."""
        return self.seen - self._acknowledged > UNACKNOWLEDGED_EVENTS or self._bytes > UNACKNOWLEDGED_BYTES

    def acknowledge(self) -> int:
        """Return what to acknowledge in the message that leaves now; 0 for nothing new."""
        if self.seen == self._acknowledged:
            return 0
        self._bytes = 0
        self._acknowledged = self.seen
        return self.seen


def missing(first: int, last: int) -> SessionLost:
    """Say that events did not come."""
    return SessionLost(f"events {first} to {last} never came: the agent broke its contract", "EVENTS_MISSING")
