"""`telesock recording`: what happened in a session that has ended, from a file that its agent has written.

It needs no agent. What it prints is what `telesock events` would have printed, after a line or two about the session. A
file that was cut off is shown as far as it goes; that is said, and the exit status is 1.
"""

import contextlib
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from telesock.client.cli.events import event_printer
from telesock.client.cli.failures import CommandFailed
from telesock.client.cli.options import JsonOption
from telesock.client.cli.output import json_text, wants_json
from telesock.client.cli.recording_file import NoRecording, RecordingFile
from telesock.v1.events_pb2 import Gap
from telesock.v1.recordings_pb2 import SessionRecording

EXAMPLE = "Example: telesock recording 20260314T092653.589Z-s-0123456789ab.telesock"


def recording(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A recording; - is stdin.", show_default=False)
    ],
    json: JsonOption = False,
) -> None:
    """Print what happened in a session, from a file that its agent has written."""
    with _opened(file) as stream:
        try:
            found = RecordingFile(stream)
        except NoRecording as error:
            raise CommandFailed(f"{file}: {error}") from None
        _show(found, json=wants_json(json))
    if not found.is_whole:
        last = found.header.session.last_sequence
        raise CommandFailed(f"{file} was cut off: events {found.last_sequence + 1} to {last} are missing")


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    try:
        with contextlib.nullcontext(sys.stdin.buffer) if str(file) == "-" else file.open("rb") as stream:
            yield stream
    except BrokenPipeError:  # of whoever reads what is printed
        raise
    except OSError as error:
        raise CommandFailed(f"{file}: {error.strerror}") from None


def _show(found: RecordingFile, *, json: bool) -> None:
    print(header_json(found.header) if json else _header_text(found.header))
    if not json and not found.header.session.last_sequence:
        return
    show, next_sequence = event_printer(json=json), 1
    for event in found.events():
        if event.sequence > next_sequence:
            show(Gap(first_sequence=next_sequence, last_sequence=event.sequence - 1))
        show(event)
        next_sequence = event.sequence + 1


def header_json(header: SessionRecording) -> str:
    """Write all but the events as a line of JSON."""
    return f'{{"recording": {json_text(header, indent=None)}}}'


def _header_text(header: SessionRecording) -> str:
    session = header.session
    ended = datetime.fromtimestamp(header.wall_ns / 1e9)
    label = f" {session.label!r}" if session.label else ""
    of_whom = f", of {session.identity}" if session.identity else ""
    return "\n".join(
        (
            f"session {session.session_id}{label}{of_whom}, on the agent {header.agent_id}",
            f"ended {ended:%Y-%m-%d %H:%M:%S}, {header.cause}; {session.last_sequence} events, "
            f"{session.acknowledged_sequence} acknowledged; boot {header.boot_id}, version {header.version}",
        )
    )
