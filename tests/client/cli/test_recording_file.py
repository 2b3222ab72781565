"""A recording is read as far as it goes: whatever was cut off, all that is whole before that is there."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telesock.client.cli.recording_file import NoRecording, RecordingFile
from telesock.v1.events_pb2 import DataReceived, Draining, Event
from telesock.v1.recordings_pb2 import SessionRecording
from telesock.v1.sessions_pb2 import Session

SEQUENCES = range(4, 9)
EVENTS = [
    Event(sequence=sequence, wall_ns=sequence, data_received=DataReceived(data=bytes(sequence * 30)))
    for sequence in SEQUENCES
]
HEADER = SessionRecording(
    session=Session(session_id="s-1", label="mine", last_sequence=8),
    agent_id="lab-a",
    boot_id="b-1",
    version="1.2.3",
    cause="LEASE_EXPIRED",
    monotonic_ns=3,
    wall_ns=4,
)
SESSION = SessionRecording(session=HEADER.session).SerializeToString()
WHOLE = HEADER.SerializeToString() + SessionRecording(events=EVENTS).SerializeToString()
ENDS = [
    HEADER.ByteSize() + SessionRecording(events=EVENTS[: number + 1]).ByteSize()
    for number in range(len(EVENTS))
]
"""Where each event ends."""


def read(data: bytes) -> tuple[SessionRecording, list[Event], bool]:
    """The header, the events, and whether that is all."""
    found = RecordingFile(io.BytesIO(data))
    return found.header, list(found.events()), found.is_whole


def test_a_whole_recording_is_read_as_it_was_written() -> None:
    assert read(WHOLE) == (HEADER, EVENTS, True)


def test_a_recording_without_events_is_whole_too() -> None:
    header = SessionRecording(session=Session(session_id="s-1"), cause="AGENT_DRAINED")

    assert read(header.SerializeToString()) == (header, [], True)


@given(st.integers(0, len(WHOLE) - 1))
def test_wherever_it_was_cut_off_what_came_before_is_read_and_that_something_is_missing(size: int) -> None:
    data = WHOLE[:size]
    if size < len(SESSION):
        with pytest.raises(NoRecording):
            read(data)
        return

    header, events, is_whole = read(data)

    assert header.session == HEADER.session
    assert events == EVENTS[: len(events)]
    assert len(events) == sum(end <= size for end in ENDS)
    assert not is_whole


@given(st.binary(max_size=300))
def test_what_is_no_recording_is_refused_or_names_a_session(data: bytes) -> None:
    try:
        header, _, _ = read(data)
    except NoRecording:
        return
    assert header.session.session_id


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_a_damaged_byte_ends_the_reading_at_worst(place: int, change: int) -> None:
    data = bytearray(WHOLE)
    data[place] ^= change
    try:
        _, events, _ = read(bytes(data))
    except NoRecording:
        return
    assert len(events) <= len(EVENTS)


def test_a_field_of_a_newer_agent_is_passed_over() -> None:
    newer = b"\x9a\x06\x03new"  # field 99

    header, events, is_whole = read(SESSION + newer + SessionRecording(events=EVENTS).SerializeToString())

    assert header.session == HEADER.session
    assert (events, is_whole) == (EVENTS, True)


def test_another_message_with_other_kinds_of_fields_is_no_recording() -> None:
    with pytest.raises(NoRecording):
        read(Event(sequence=1, draining=Draining()).SerializeToString())
