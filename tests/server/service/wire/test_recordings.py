"""A recording is the journal's own bytes under one header: what a subscriber would have read, readable as one message."""

from telesock.server.core.account import Account
from telesock.server.core.events import Clock, DataReceived, Draining
from telesock.server.core.identity import Identity, Role
from telesock.server.core.journal import Journal
from telesock.server.core.lease import Lease
from telesock.server.core.limits import Limits
from telesock.server.core.policy import Policy
from telesock.server.core.session import SessionEnd
from telesock.server.core.storage import Storage
from telesock.server.engine.accounted_sessions import Grant
from telesock.server.engine.sessions import HeldSession
from telesock.server.service.wire.events import encode_event
from telesock.server.service.wire.recordings import Recorder, Recording, record
from telesock.v1.events_pb2 import EventBatch
from telesock.v1.recordings_pb2 import SessionRecording

RECORDER = Recorder("lab-a", "b-1", "1.2.3")
END = Clock(3_000, 4_000)


def recorded(*bodies: DataReceived | Draining) -> tuple[Recording, bytes]:
    """A session with these events, at its end; and the events as a subscriber reads them."""
    storage = Storage(1 << 30)
    journal = Journal(encode_event, storage, 1000, 1 << 30)
    account = Account(Identity("team-a", Role.OWNER), Limits(), storage, now=0.0)
    grant = Grant(account, Policy(), now=0.0, recorded=True)
    session = HeldSession("s-1", "mine", Lease(30.0, 0.0), journal, grant, "secret", "r")
    for number, body in enumerate(bodies):
        session.append(body, Clock(number, 10 + number), socket_id=1)
    return record(session, SessionEnd.LEASE_EXPIRED, RECORDER, END), b"".join(journal.read(0, 1000, 1 << 30))


def parsed(recording: Recording) -> SessionRecording:
    encoded = b"".join(recording.parts())
    assert len(encoded) == recording.size
    return SessionRecording.FromString(encoded)


def test_it_says_who_recorded_what_when_and_why_and_no_secret() -> None:
    recording, _ = recorded(Draining(1.0))

    read = parsed(recording)

    assert b"secret" not in b"".join(recording.parts())
    assert (recording.session_id, recording.wall_ns) == ("s-1", 4_000)
    assert (read.agent_id, read.boot_id, read.version) == ("lab-a", "b-1", "1.2.3")
    assert (read.cause, read.monotonic_ns, read.wall_ns) == ("LEASE_EXPIRED", 3_000, 4_000)
    session = read.session
    assert (session.session_id, session.label, session.identity) == ("s-1", "mine", "team-a")
    assert (session.last_sequence, session.first_retained_sequence, session.recorded) == (1, 1, True)


def test_its_events_are_those_that_a_subscriber_reads() -> None:
    large = DataReceived(bytes(range(256)) * 4096, 0)

    recording, told = recorded(DataReceived(b"first", 0), large, Draining(1.0))

    assert list(parsed(recording).events) == list(EventBatch.FromString(told).events)


def test_a_session_without_events_is_recorded_too() -> None:
    assert list(parsed(recorded()[0]).events) == []


def test_where_not_all_fits_the_newest_events_stay() -> None:
    recording, _ = recorded(*(DataReceived(bytes(100), 0) for _ in range(10)))
    one = len(recording.events[0])

    def kept(room: int) -> list[int]:
        newest = recording.newest(len(recording.header) + room)
        assert newest is not None
        assert newest.size <= len(recording.header) + room
        return [event.sequence for event in parsed(newest).events]

    assert kept(0) == kept(one - 1) == []
    assert kept(3 * one) == kept(4 * one - 1) == [8, 9, 10]
    assert kept(1000 * one) == list(range(1, 11))


def test_where_not_even_its_header_fits_nothing_does() -> None:
    recording, _ = recorded(Draining(1.0))

    assert recording.newest(len(recording.header) - 1) is None
