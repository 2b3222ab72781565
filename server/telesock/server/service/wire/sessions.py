"""What is asked of sessions, as core values: opening one, filters, pages."""

from telesock.server.core.events import EventKind
from telesock.server.core.filter import Filter
from telesock.server.core.journal import Retention
from telesock.server.core.refusal import malformed
from telesock.server.engine.session_table import Opening
from telesock.server.service.wire.fields import known, seconds
from telesock.v1 import events_pb2, sessions_pb2

_RETENTIONS = {sessions_pb2.RETENTION_UNSPECIFIED: Retention.UNTIL_ACKNOWLEDGED} | {
    kind: kind for kind in Retention
}
_EVENT_KINDS = {kind: kind for kind in EventKind}


def read_opening(message: sessions_pb2.OpenSessionRequest) -> Opening:
    """Read what a client asks of a new session."""
    return Opening(
        message.request_id,
        seconds(message, "lease_duration"),
        message.label,
        known("retention", _RETENTIONS, message.retention),
        message.record,
    )


def read_filter(message: events_pb2.EventFilter) -> Filter:
    """Read which events a subscriber wants."""
    kinds = [known("filter.kinds", _EVENT_KINDS, kind) for kind in message.kinds]
    return Filter(message.socket_ids, kinds)


def read_page_size(wanted: int, largest: int) -> int:
    """Read how many entries a list may have."""
    if wanted > largest:
        raise malformed("page_size", f"{wanted} is more than {largest}")
    return wanted or largest
