"""Entries of what sessions are asked and told, in the words that the command line has for the same.

Their times are as they were seen: an event's on its agent's clock, all else on ours.
"""

import re
from typing import Any

from telesock.client.core.operations import BaseOperation
from telesock.client.enumerations import OperationKind
from telesock.client.errors import SessionLost
from telesock.client.texts.event_text import event_text
from telesock.client.texts.request_text import kind_text, link_texts, request_text
from telesock.client.texts.words import operation_name, socket_text
from telesock.client.timeline.addresses import Pair
from telesock.client.timeline.entries import Entry, Kind
from telesock.v1 import events_pb2
from telesock.v1.sessions_pb2 import AttachRequest, Command, Refusal

MISSING = "MISSING"
"""The status of a gap."""
_LONGEST_FRAME = 65_536  # bytes; what is longer is nearly all payload, and is told by its completion

_LONG_NUMBER = re.compile(r"(?<=socket )\d{19}\b")  # of a socket that the agent has numbered

_KINDS: dict[str, Kind] = {
    "completion": "operation",
    "fault_fired": "fault",
    "fault_ended": "fault",
    "session_expiring": "agent",
    "draining": "agent",
}


def event_entry(
    event: events_pb2.Event, addresses: Pair, agent: str, session: str, asked: Entry | None = None
) -> Entry:
    """Put an event into an entry, at its agent's time; `asked` is that of the asking, where it was seen."""
    words = event_text(event)
    kind = _KINDS.get(event.WhichOneof("body") or "", "indication")
    return Entry(
        event.monotonic_ns,
        kind,
        operation_name(event.completion.kind) if kind == "operation" else words.kind,
        agent,
        began_ns=asked.began_ns if asked else None,
        sequence=event.sequence,
        session=session,
        socket_id=event.socket_id,
        operation_id=event.operation_id,
        local=addresses.local or (asked.local if asked else ""),
        peer=addresses.peer or (asked.peer if asked else ""),
        request=asked.request if asked else "",
        status=words.status,
        details=_LONG_NUMBER.sub(_short_number, words.details),
    )


def asked_entry(
    at_ns: int, operation: BaseOperation[Any], request: str, addresses: Pair, agent: str, session: str
) -> Entry:
    """Put an operation that was just asked into an entry: it is pending."""
    return Entry(
        at_ns,
        "operation",
        kind_text(operation.kind),
        agent,
        began_ns=at_ns,
        session=session,
        socket_id=operation.socket_id,
        operation_id=operation.operation_id,
        local=addresses.local,
        peer=addresses.peer,
        request=request,
    )


def gap_entry(at_ns: int, gap: events_pb2.Gap, agent: str, session: str) -> Entry:
    """Put into an entry that events are gone."""
    details = f"events {gap.first_sequence} to {gap.last_sequence} are gone for good"
    return Entry(at_ns, "gap", "gap", agent, session=session, status=MISSING, details=details)


def refusal_words(outcome: Refusal | SessionLost) -> tuple[str, str]:
    """Say how an operation ended of which no completion tells: a status and the details."""
    if isinstance(outcome, Refusal):
        return outcome.reason or "REFUSED", outcome.message
    return outcome.cause or "SESSION_LOST", str(outcome)


def asked_words(operation: BaseOperation[Any]) -> str:
    """Say what an operation asks for; little where its frame is long."""
    if operation.kind is OperationKind.SEND and len(operation.frame) > _LONGEST_FRAME:
        return "more than 64 KiB"
    return request_text(_command(operation))


def asked_links_words(chain: BaseOperation[Any]) -> list[str]:
    """Say what the links of a chain ask for, in their order; nothing where its frame is long or gone."""
    return list(link_texts(_command(chain)))


def _command(operation: BaseOperation[Any]) -> Command:
    if not operation.frame or len(operation.frame) > _LONGEST_FRAME:
        return Command()
    return AttachRequest.FromString(operation.frame).commands[0]


def _short_number(found: re.Match[str]) -> str:
    return socket_text(int(found[0]))
