"""Files that a timeline can be made of: a timeline's own lines of JSON, and what agents' flight recorders wrote.

A recording has no clock but its agent's, so one alone is told by that clock; several are put together by their agents'
wall clocks, of which nobody knows how wrong they are. Which kind a file is of is seen by its first byte.
"""

import contextlib
import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, NamedTuple

from telesock.client.cli.failures import CommandFailed
from telesock.client.cli.recording_file import NoRecording, RecordingFile
from telesock.client.timeline import BadTimeline, Entry, Timeline
from telesock.client.timeline.addresses import Addresses
from telesock.client.timeline.entries import in_order
from telesock.client.timeline.json_lines import read_lines
from telesock.client.timeline.telling import event_entry, gap_entry
from telesock.v1.events_pb2 import Gap


class Found(NamedTuple):
    """A timeline, and what is missing of it in a line; nothing where it is whole."""

    timeline: Timeline
    missing: str = ""


def read_timeline(files: Sequence[Path]) -> Found:
    """Read one file of either kind, or several recordings. Raises CommandFailed."""
    found = [_read(file, alone=len(files) == 1) for file in files]
    if len(found) == 1:
        return found[0]
    agents = dict.fromkeys(agent for each in found for agent in each.timeline.agents)
    entries = in_order(entry for each in found for entry in each.timeline.entries)
    return Found(
        Timeline(entries, tuple(agents), wall_offset_ns=0),
        "; ".join(each.missing for each in found if each.missing),
    )


def _read(file: Path, *, alone: bool) -> Found:
    with _opened(file) as stream:
        if not _is_recording(stream):
            if not alone:
                raise CommandFailed(
                    f"{file}: several files are put together only where all are recordings of agents", 2
                )
            try:
                return Found(read_lines(stream, str(file)))
            except BadTimeline as bad:
                raise CommandFailed(str(bad)) from None
        try:
            return _read_recording(file, RecordingFile(stream), alone=alone)
        except NoRecording as error:
            raise CommandFailed(f"{file}: {error}") from None


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    try:
        with contextlib.nullcontext(sys.stdin.buffer) if str(file) == "-" else file.open("rb") as stream:
            yield stream
    except OSError as error:
        raise CommandFailed(f"{file}: {error.strerror}") from None


def _is_recording(stream: BinaryIO) -> bool:
    """Whether it begins with a recording's first field, whose tag is a line break: no line of JSON begins so."""
    assert isinstance(stream, io.BufferedReader), "files and stdin are buffered"
    return stream.peek(1)[:1] == b"\n"


def _read_recording(file: Path, found: RecordingFile, *, alone: bool) -> Found:
    header = found.header
    offset = header.wall_ns - header.monotonic_ns
    entries = [*_entries(found)]
    if alone:
        timeline = Timeline(tuple(entries), (header.agent_id,), offset)
    else:
        moved = (replace(entry, at_ns=entry.at_ns + offset, uncertainty_ns=None) for entry in entries)
        timeline = Timeline(tuple(moved), (header.agent_id,), 0)
    last = header.session.last_sequence
    missing = (
        ""
        if found.is_whole
        else f"{file} was cut off: events {found.last_sequence + 1} to {last} are missing"
    )
    return Found(timeline, missing)


def _entries(found: RecordingFile) -> Iterator[Entry]:
    agent, session = found.header.agent_id, found.header.session.session_id
    addresses, next_sequence = Addresses(), 1
    for event in found.events():
        if event.sequence > next_sequence:
            gap = Gap(first_sequence=next_sequence, last_sequence=event.sequence - 1)
            yield gap_entry(event.monotonic_ns, gap, agent, session)
        yield event_entry(event, addresses.learn(event), agent, session)
        next_sequence = event.sequence + 1
    if found.is_whole:
        at_ns = found.header.monotonic_ns
        yield Entry(at_ns, "agent", "session ended", agent, session=session, details=found.header.cause)
