"""A timeline puts what was asked and what was told in one order of time."""

import io

from rich.console import Console

from telesock.client.cli.timeline import ASKED, TOLD, WAITED, Entry, timeline_table, told
from telesock.v1 import events_pb2, operations_pb2, types_pb2

SUCCESS = operations_pb2.Completion(
    status=types_pb2.STATUS_SUCCESS, kind=operations_pb2.OPERATION_KIND_SEND, transferred_bytes=5
)


def printed(entries: list[Entry], width: int = 80) -> list[str]:
    page = io.StringIO()
    Console(file=page, width=width).print(timeline_table(entries, beginning_ns=1_000_000_000))
    return [line.rstrip() for line in page.getvalue().splitlines()]


def test_what_was_asked_and_what_was_told_stand_in_the_order_of_time() -> None:
    later = events_pb2.Event(monotonic_ns=1_002_500_000, socket_id=1, operation_id=7, completion=SUCCESS)
    entries = [
        told(later),
        Entry(1_000_000_000, ASKED, 1, 7, "send", "", "hello"),
        Entry(1_002_000_000, WAITED, 1, 7, "send", "", "has not ended"),
    ]

    assert printed(entries) == [
        "   0.0  1 →  7 send              hello",
        "   2.0  1 …  7 send              has not ended",
        "   2.5  1 ←  7 send              SUCCESS 5 bytes",
    ]


def test_what_happened_unasked_has_no_operation() -> None:
    event = events_pb2.Event(
        monotonic_ns=1_000_000_000,
        socket_id=12,
        peer_disconnected=events_pb2.PeerDisconnected(kind=events_pb2.PEER_DISCONNECT_KIND_GRACEFUL),
    )

    assert printed([told(event)]) == ["   0.0 12 ←    peer disconnected graceful: it sends no more"]


def test_what_is_too_long_for_a_line_goes_on_under_itself() -> None:
    entry = Entry(1_000_000_000, TOLD, 1, 7, "send", "CONNECTION_RESET", "by the peer in send, ECONNRESET")

    assert printed([entry], width=60) == [
        "   0.0  1 ←  7 send              CONNECTION_RESET by the",
        "                                 peer in send, ECONNRESET",
    ]
