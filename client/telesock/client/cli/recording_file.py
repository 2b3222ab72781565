"""A file of the flight recorder, read as far as it goes: one SessionRecording, with its fields in order.

What was cut off, or is damaged, keeps what comes before that; that something is missing is known in any case, because the
session's last event is named at the front. Raises NoRecording where not even the session can be read.
"""

from collections.abc import Iterator
from typing import BinaryIO

from google.protobuf.message import DecodeError

from telesock.v1.events_pb2 import Event
from telesock.v1.recordings_pb2 import SessionRecording

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # wire types (protobuf.dev, "Encoding")
_MORE = 0x80  # a varint goes on
_LONGEST_VARINT = 10
_LARGEST = 64 << 20  # bytes of one field; events are far below


class NoRecording(Exception):
    """A file is no recording, or next to nothing is left of it; the text says which."""


class RecordingFile:
    """Reads all but the events at once, and those as they are asked for."""

    def __init__(self, file: BinaryIO) -> None:
        self.header = SessionRecording()
        """All but the events."""
        self.last_sequence = 0
        """That of the last event that was read."""
        self._parts = _parts(file)
        self._first: Event | None = None
        for part in self._parts:
            if part.events:
                self._first = part.events[0]
                break
            self.header.MergeFrom(part)
        if not self.header.session.session_id:
            raise NoRecording("it is no recording of a session, or cut off before its first event")

    def events(self) -> Iterator[Event]:
        """Every event that is there whole, in order."""
        if self._first is None:
            return
        yield self._told(self._first)
        for part in self._parts:
            for event in part.events:
                yield self._told(event)

    def _told(self, event: Event) -> Event:
        self.last_sequence = event.sequence
        return event

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing behind the last event that was read."""
        return self.last_sequence == self.header.session.last_sequence


def _parts(file: BinaryIO) -> Iterator[SessionRecording]:
    """One message for each field that is there whole, up to the first that is not."""
    try:
        while field := _next_field(file):
            yield SessionRecording.FromString(field)
    except (EOFError, DecodeError):
        return


def _next_field(file: BinaryIO) -> bytes:
    """The next field, encoded; nothing at the end. Raises EOFError where it is cut off or no field."""
    first = file.read(1)
    if not first:
        return b""
    tag = _varint(file, first)
    kind = tag[0] & 7
    if kind == _VARINT:
        return tag + _varint(file)
    if kind == _BYTES:
        length = _varint(file)
        return tag + length + _exactly(file, _number(length))
    return tag + _exactly(file, {_FIXED64: 8, _FIXED32: 4}.get(kind, -1))


def _varint(file: BinaryIO, start: bytes = b"") -> bytes:
    encoded = start
    while not encoded or encoded[-1] & _MORE:
        if len(encoded) == _LONGEST_VARINT:
            raise EOFError
        encoded += _exactly(file, 1)
    return encoded


def _number(varint: bytes) -> int:
    return sum((byte & ~_MORE) << 7 * place for place, byte in enumerate(varint))


def _exactly(file: BinaryIO, size: int) -> bytes:
    if not 0 <= size <= _LARGEST:
        raise EOFError
    data = file.read(size)
    if len(data) < size:
        raise EOFError
    return data
