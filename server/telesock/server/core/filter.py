"""Which events of a session a subscriber wants. An event must match every part that is set."""

from collections.abc import Collection

from telesock.server.core.entries import Entry
from telesock.server.core.events import EventKind


class Filter:
    """Which events a subscriber wants; empty parts match all."""

    def __init__(self, socket_ids: Collection[int] = (), kinds: Collection[EventKind] = ()) -> None:
        self._socket_ids = frozenset(socket_ids)
        self._kinds = frozenset(kinds)

    def __bool__(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self._socket_ids or self._kinds)

    def matches(self, entry: Entry) -> bool:
        """Whether the subscriber wants an event."""
        return (not self._socket_ids or entry.socket_id in self._socket_ids) and (
            not self._kinds or entry.kind in self._kinds
        )
