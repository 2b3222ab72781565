"""`telesock faults record` and `replay`: a run as a file, and the same decisions in another session (recordings.py)."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from telesock.client.cli.calls import channel_to
from telesock.client.cli.event_reading import read_events
from telesock.client.cli.events import event_json
from telesock.client.cli.failures import CommandFailed, say
from telesock.client.cli.fault_calls import fault_calls
from telesock.client.cli.options import DEFAULT_AGENT, AgentOption, Credential, SessionOption, require_session
from telesock.client.cli.output import json_text
from telesock.client.cli.recordings import Recording, Told, of_the_living, read_recording
from telesock.client.faults import Fault, PacketLoss
from telesock.v1 import events_pb2

_KINDS = (events_pb2.EVENT_KIND_FAULT_FIRED, events_pb2.EVENT_KIND_FAULT_ENDED)


def record(agent: AgentOption = DEFAULT_AGENT, session: SessionOption = None) -> None:
    """Print the faults of a session and all their decisions that fired, for `replay`."""
    owned = require_session(session)
    with fault_calls(agent, owned) as calls:
        found = calls.list_all()
    if not found.faults:
        raise CommandFailed("the session has no faults; record before they end")
    told = of_the_living(_told(agent, owned), (state.fault.name for state in found.faults))
    try:
        Recording(found.faults, told).again()
    except ValueError as error:
        raise CommandFailed(f"this run cannot be replayed: {error}") from None
    print(json_text(found, indent=None))
    for event in told:
        print(event_json(event))


def _told(agent: str, owned: Credential) -> list[Told]:
    wanted, told = events_pb2.EventFilter(kinds=_KINDS), list[Told]()
    with channel_to(agent) as channel:
        for together in read_events(channel, owned, agent, wanted):
            told += [each for each in together if isinstance(each, events_pb2.Event)]
    return told


def replay(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A recorded run; - is stdin.",
            show_default=False,
        ),
    ],
    agent: AgentOption = DEFAULT_AGENT,
    session: SessionOption = None,
) -> None:
    """Make the faults of a recorded run so that exactly its decisions fire.

    They name sockets by number, so the session has to make its sockets in the same order.
    """
    owned = require_session(session)
    wanted = _wanted(file)
    with fault_calls(agent, owned) as calls:
        calls.create_all([fault.to_message() for fault in wanted])
    for fault in wanted:
        _tell(fault)


def _wanted(file: Path) -> list[Fault]:
    text = _text(file)
    try:
        wanted = read_recording(text).again()
        for fault in wanted:
            fault.to_message()  # raises for what this client is too old for
    except (TypeError, ValueError) as error:
        raise CommandFailed(f"{file}: {error}") from None
    if not wanted:
        raise CommandFailed(f"{file} has no faults; make one by `telesock faults record`")
    return wanted


def _text(file: Path) -> str:
    if str(file) == "-":
        return sys.stdin.buffer.read().decode(errors="replace")
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise CommandFailed(f"{file}: {error.strerror}; make one by `telesock faults record`") from None


def _tell(fault: Fault) -> None:
    count = len(list(fault.replay or ()))
    fires = f"fires at {count} recorded decision{'' if count == 1 else 's'}" if count else "does not fire"
    drawn = "; the kernel draws its packets anew" if isinstance(fault.effect, PacketLoss) else ""
    say(f"{fault.name} {fires}{drawn}")
