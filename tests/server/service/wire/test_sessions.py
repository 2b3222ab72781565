"""What is asked of sessions, as core values: every field is read, and what has no core value is refused."""

from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration

from telesock.server.core.entries import Entry
from telesock.server.core.events import EventKind
from telesock.server.core.journal import Retention
from telesock.server.core.refusal import Reason, Refused
from telesock.server.engine.session_table import Opening
from telesock.server.service.wire.sessions import read_filter, read_opening, read_page_size
from telesock.v1 import events_pb2, sessions_pb2

HALF = {"seconds": 1, "nanos": 500_000_000}


def malformed(field: str, read: Any, *arguments: Any) -> None:
    """Check that reading refuses, and for which field."""
    with pytest.raises(Refused) as caught:
        read(*arguments)
    assert caught.value.reason is Reason.MALFORMED
    assert caught.value.metadata["field"] == field


def test_an_opening_is_read_field_by_field() -> None:
    asked = sessions_pb2.OpenSessionRequest(
        request_id="r",
        lease_duration=Duration(**HALF),
        label="l",
        retention=sessions_pb2.RETENTION_LATEST,
        record=True,
    )

    assert read_opening(asked) == Opening("r", 1.5, "l", Retention.LATEST, recorded=True)
    assert read_opening(sessions_pb2.OpenSessionRequest()) == Opening()
    malformed("retention", read_opening, sessions_pb2.OpenSessionRequest(retention=3))  # type: ignore[arg-type]  # an unknown number


def test_a_filter_is_read_field_by_field() -> None:
    def passed(wanted: events_pb2.EventFilter) -> list[tuple[int, EventKind]]:
        read = read_filter(wanted)
        entries = [Entry(1, kind, socket, 0, False, b"") for socket in (1, 2) for kind in EventKind]
        return [(entry.socket_id, entry.kind) for entry in entries if read.matches(entry)]

    sockets, kinds = [1, 2], list(EventKind)
    assert passed(events_pb2.EventFilter()) == [(socket, kind) for socket in sockets for kind in kinds]
    assert passed(events_pb2.EventFilter(socket_ids=[2])) == [(2, kind) for kind in kinds]
    some = events_pb2.EventFilter(socket_ids=[1], kinds=[events_pb2.EVENT_KIND_DRAINING])
    assert passed(some) == [(1, EventKind.DRAINING)]
    malformed("filter.kinds", read_filter, events_pb2.EventFilter(kinds=[0, 8]))  # type: ignore[list-item]  # an unknown number


def test_a_page_is_as_large_as_asked_up_to_the_largest() -> None:
    assert [read_page_size(wanted, 1000) for wanted in (0, 1, 1000)] == [1000, 1, 1000]
    malformed("page_size", read_page_size, 1001, 1000)
