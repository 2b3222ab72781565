"""What became of a relay's connections, a line each: who was connected, how much went each way, how it ended."""

from telesock.client.cli.event_text import event_text, wall_time
from telesock.client.cli.fault_text import relay_way
from telesock.client.cli.words import join
from telesock.v1.events_pb2 import Event, Gap, RelayConnected, RelayEnded
from telesock.v1.operations_pb2 import OPERATION_KIND_CLOSE


class RelayStory:
    """Puts the events of a session into lines, those that are about one relay; with `faults`, what any fault did too."""

    def __init__(self, listener_id: int, *, faults: bool) -> None:
        self._listener_id = listener_id
        self._faults = faults
        self._begun = False
        self._ways: dict[int, str] = {}
        """Of each socket, whose connection it is a part of."""

    def over(self, event: Event | Gap) -> bool:
        """Whether nothing more comes of the relay."""
        if isinstance(event, Gap) or event.socket_id != self._listener_id:
            return False
        return event.completion.kind == OPERATION_KIND_CLOSE or event.HasField("socket_closed")

    def line(self, event: Event | Gap) -> str:
        """Put an event into words; nothing where it is about something else."""
        if isinstance(event, Gap):
            return f"events {event.first_sequence} to {event.last_sequence} are gone"
        self._begun = self._begun or event.socket_id == self._listener_id  # what was before is not ours
        words = self._words(event) if self._begun else ""
        return f"{wall_time(event)} {words}" if words else ""

    def _words(self, event: Event) -> str:
        if event.HasField("fault_fired"):
            return self._fired(event) if self._faults else ""
        if event.socket_id != self._listener_id:
            return ""
        if event.HasField("relay_connected"):
            return self._connected(event, event.relay_connected)
        return self._ended(event, event.relay_ended) if event.HasField("relay_ended") else ""

    def _connected(self, event: Event, body: RelayConnected) -> str:
        way = relay_way(body.client, body.upstream)
        if body.status:
            return f"{way}: {_came_of(event)}"
        self._ways |= dict.fromkeys((body.downstream_socket_id, body.upstream_socket_id), way)
        return f"{way}: connected"

    def _ended(self, event: Event, body: RelayEnded) -> str:
        way = self._ways.pop(body.downstream_socket_id, f"socket {body.downstream_socket_id}")
        self._ways.pop(body.upstream_socket_id, None)
        return f"{way}: ended, {_came_of(event)}"

    def _fired(self, event: Event) -> str:
        socket = f"socket {event.socket_id}" if event.socket_id else ""
        return f"{self._ways.get(event.socket_id) or socket or 'a lookup'}: {event_text(event).details}"


def _came_of(event: Event) -> str:
    words = event_text(event)
    return join(words.status, words.details)
