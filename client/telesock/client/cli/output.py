"""Where output goes decides its form: tables for a terminal, protobuf's JSON for whatever else reads it.

JSON has the contract's field names and all fields, those with default values too, so that its keys are stable.
"""

import sys
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.json_format import MessageToDict, MessageToJson
from google.protobuf.message import Message
from rich.console import Console

KIB = 1024


def terminal() -> Console:
    """Print on stdout. Texts of others (labels, details) are shown as they are, never read as markup.

    FORCE_COLOR may ask for colours in a file or a log; what moves is for a terminal alone.
    """
    moves = None if sys.stdout.isatty() else False
    return Console(markup=False, emoji=False, highlight=False, force_interactive=moves)


def status_style(status: str) -> str:
    """The colour of a status."""
    return "green" if status == "SUCCESS" else "red"


def wants_json(asked: bool) -> bool:
    """Whether to print JSON: when asked to, or when no person is reading."""
    return asked or not sys.stdout.isatty()


def json_text(message: Message, indent: int | None = 2) -> str:
    """Return a message as JSON; without indent on one line."""
    return MessageToJson(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True, indent=indent
    )


def json_value(message: Message) -> dict[str, Any]:
    """Return a message as what json.dumps writes as `json_text` does."""
    value: dict[str, Any] = MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    return value


def bytes_text(count: int) -> str:
    """Write a size for a person: "64 KiB", "1 MiB", "65535 B"."""
    for unit, size in (("GiB", KIB**3), ("MiB", KIB**2), ("KiB", KIB)):
        if count and count % size == 0:
            return f"{count // size} {unit}"
    return f"{count} B"


def duration_of(seconds: float) -> Duration:
    """Write a time span as the contract has it."""
    duration = Duration()
    duration.FromNanoseconds(round(seconds * 1e9))
    return duration
