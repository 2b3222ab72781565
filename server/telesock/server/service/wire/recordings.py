"""A session's journal as the bytes of a SessionRecording, which is the whole of a file (recordings.proto).

Nothing is encoded again: an event that the journal keeps differs from one in a recording in the number of its field.
"""

from collections.abc import Iterator
from typing import NamedTuple

from telesock.server.core.events import Clock
from telesock.server.core.session import SessionEnd
from telesock.server.engine.sessions import HeldSession
from telesock.server.service.wire.views import view_session
from telesock.v1 import recordings_pb2

_FIELD_8_BYTES = b"\x42"  # SessionRecording.events
_TAG = 1  # bytes of the number of a field in the journal's encoding, which gives way to the above


class Recorder(NamedTuple):
    """Who writes a recording."""

    agent_id: str
    boot_id: str
    version: str


class Recording(NamedTuple):
    """What is to be written: it shares its events with the journal and outlives it."""

    session_id: str
    identity: str
    """Whose it is."""
    wall_ns: int
    header: bytes
    events: list[bytes]
    """As the journal has them, of the same size as in the file."""

    @property
    def size(self) -> int:
        """Bytes of all of it."""
        return len(self.header) + sum(map(len, self.events))

    def newest(self, most_bytes: int) -> "Recording | None":
        """The same with as many of its newest events as fit; None where not even the header does."""
        left = most_bytes - len(self.header)
        if left < 0:
            return None
        first = len(self.events)
        while first and len(self.events[first - 1]) <= left:
            first -= 1
            left -= len(self.events[first])
        return self._replace(events=self.events[first:])

    def parts(self) -> Iterator[bytes | memoryview]:
        """The bytes of the file, in order."""
        yield self.header
        for event in self.events:
            yield _FIELD_8_BYTES
            yield memoryview(event)[_TAG:]


def record(session: HeldSession, end: SessionEnd, recorder: Recorder, clock: Clock) -> Recording:
    """Take what the journal of an ending session keeps."""
    header = recordings_pb2.SessionRecording(
        session=view_session(session, 0.0),
        cause=end.name,
        monotonic_ns=clock.monotonic_ns,
        wall_ns=clock.wall_ns,
        **recorder._asdict(),
    )
    journal = session.journal
    events = journal.read(0, journal.last_sequence, 1 << 62)
    return Recording(
        session.session_id, session.identity.name, clock.wall_ns, header.SerializeToString(), events
    )
