"""What is said when an expected event did not come: what was wanted, what was nearly it, and what came instead.

Pure. One line where nothing came; otherwise the near misses first, with their fields, then the last of the story.
"""

from collections.abc import Iterable, Iterator

from google.protobuf.text_format import MessageToString

from telesock.client.enumerations import OperationKind
from telesock.client.expectations import Expectation, Wanted
from telesock.client.texts.event_text import event_text, wall_time
from telesock.client.texts.words import operation_name, socket_text
from telesock.v1.events_pb2 import Event

_LONGEST = 400  # characters of an event's fields


def expectation_text(expected: Expectation, why: str) -> str:
    """Tell that the event did not come, and `why`: "within 5 s"."""
    return "\n".join(_lines(expected, why))


def wanted_text(wanted: Wanted) -> str:
    """Name what is wanted: "peer disconnected on socket 3", "completion of a connect"."""
    what = wanted.kind.name.lower().replace("_", " ")
    if wanted.operation is not None:
        what += f" of a {operation_name(wanted.operation)}"
    return what if wanted.socket_id is None else f"{what} on socket {wanted.socket_id}"


def _lines(expected: Expectation, why: str) -> Iterator[str]:
    chosen = "" if expected.where is None else " that `where` takes"
    yield f"no {wanted_text(expected.wanted)}{chosen} {why}"
    if expected.nearly:
        yield f"nearly, but `where` says no to {_shown(len(expected.nearly), expected.nearly_count)}:"
        for event in expected.nearly:
            yield from (event_line(event), f"      {fields_text(event)}")
    yield from _came(expected)
    for first, last in expected.gaps:
        yield f"events {first} to {last} are gone at the agent, whose journal was full: nobody could look at them"
    if expected.too_early is not None:
        number = expected.too_early.sequence
        yield (
            f"#{number} would have been it, but only events behind #{expected.start_after} count: "
            f"that is the last one expected; after={number - 1} begins before it"
        )


def _shown(shown: int, count: int) -> str:
    return f"{count}" if shown == count else f"{count}, the last {shown} of them"


def _came(expected: Expectation) -> Iterator[str]:
    behind = [event for event in expected.recent if event.sequence > expected.start_after]
    before = [event for event in expected.recent if event.sequence <= expected.start_after]
    if behind:
        whole = behind[0].sequence == expected.start_after + 1
        yield f"what came instead{'' if whole else f', the last {len(behind)} events'}:"
        yield from _marked(behind, expected)
    elif expected.looked == expected.start_after:
        yield f"nothing came behind event {expected.start_after}" if expected.start_after else "nothing came"
    if before:
        yield f"before that, up to #{expected.start_after}:"
        yield from map(event_line, before)


def _marked(events: Iterable[Event], expected: Expectation) -> Iterator[str]:
    """Lines, with what is the right thing on another socket marked as that."""
    for event in events:
        elsewhere = expected.wanted.has_kind(event) and not expected.wanted.takes(event)
        yield event_line(event) + ("   ← on another socket" if elsewhere else "")


def event_line(event: Event) -> str:
    """Write an event on a line: number, wall clock, socket, what, how."""
    words = event_text(event)
    kind = words.kind
    if event.HasField("completion"):
        kind = f"{_operation(event.completion.kind)} {event.operation_id}"
    socket = f"socket {socket_text(event.socket_id)}" if event.socket_id else ""
    came = " ".join(word for word in (words.status, words.details) if word)
    return f"  #{event.sequence:<3} {wall_time(event)}  {socket:<9} {kind:<18} {came}".rstrip()


def _operation(kind: int) -> str:
    return operation_name(kind) if kind in OperationKind.__members__.values() else f"operation kind {kind}"


def fields_text(event: Event) -> str:
    """Write an event's fields as `where` sees them, on a line of bounded length."""
    body = event.WhichOneof("body")
    if body is None:
        return ""
    text = MessageToString(getattr(event, body), as_one_line=True)
    return f"{body} {{ {text if len(text) <= _LONGEST else text[:_LONGEST] + '…'} }}"
