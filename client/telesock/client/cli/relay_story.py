"""What became of a relay's connections, a line each: who was connected, how much went each way, how it ended.

With `faults` also what faults did, by connection and way. A firing may be told before whose connection it was: it is kept
until that is known. Firings elsewhere in the session are told too: on sockets of other relays by their connection once it
is known, on others by their number.
"""

from telesock.client.texts.event_text import event_text, wall_time
from telesock.client.texts.fault_text import both_ways, relay_way
from telesock.client.texts.words import cause_text, join, status_name
from telesock.v1.events_pb2 import Event, Gap, RelayConnected, RelayEnded
from telesock.v1.faults_pb2 import DIRECTION_SEND
from telesock.v1.operations_pb2 import OPERATION_KIND_CLOSE
from telesock.v1.types_pb2 import Cause

_AGENT_MADE = 1 << 63
"""From here on are the numbers of sockets that the agent has made by itself."""
_TO_CLIENT, _TO_UPSTREAM = "to the client", "to the upstream"


class RelayStory:
    """Puts the events of a session into lines, those that are about one relay; with `faults`, what any fault did too."""

    def __init__(self, listener_id: int, *, faults: bool) -> None:
        self._listener_id = listener_id
        self._faults = faults
        self._begun = False
        self._ways: dict[int, str] = {}
        """Of each socket, whose connection it is a part of."""
        self._upstream: set[int] = set()
        """The sockets that were connected to the upstream."""
        self._early: dict[int, list[Event]] = {}
        """Firings on sockets of which nothing is known yet."""

    def over(self, event: Event | Gap) -> bool:
        """Whether nothing more comes of the relay."""
        if isinstance(event, Gap) or event.socket_id != self._listener_id:
            return False
        return event.completion.kind == OPERATION_KIND_CLOSE or event.HasField("socket_closed")

    def lines(self, event: Event | Gap) -> list[str]:
        """Put an event into lines; none where it is about something else."""
        if isinstance(event, Gap):
            return [f"events {event.first_sequence} to {event.last_sequence} are gone"]
        self._begun = self._begun or event.socket_id == self._listener_id  # what was before is not ours
        if event.HasField("fault_fired"):
            return self._fired(event) if self._faults and self._begun else []
        told: list[str] = []
        if event.HasField("relay_connected"):
            told = self._connected(event, event.relay_connected)
        elif event.HasField("relay_ended"):
            told = self._ended(event, event.relay_ended)
        return told if event.socket_id == self._listener_id else []  # but whose its sockets are is known

    def _connected(self, event: Event, body: RelayConnected) -> list[str]:
        way = relay_way(body.client, body.upstream)
        sockets = (body.downstream_socket_id, body.upstream_socket_id)
        came_of = _came_of(body.status, body.cause) if body.status else "connected"
        self._ways |= dict.fromkeys(filter(None, sockets), way)
        self._upstream.add(body.upstream_socket_id)
        early = [
            line for number in sockets for each in self._early.pop(number, ()) for line in self._fired(each)
        ]
        if body.status:
            self._forget(*sockets)
        return [f"{wall_time(event)} {way}: {came_of}", *early]

    def _ended(self, event: Event, body: RelayEnded) -> list[str]:
        way = self._ways.get(body.downstream_socket_id, f"socket {body.downstream_socket_id}")
        self._forget(body.downstream_socket_id, body.upstream_socket_id)
        came_of = join(_came_of(body.status, body.cause), both_ways(body))
        return [f"{wall_time(event)} {way}: ended, {came_of}"]

    def _forget(self, *sockets: int) -> None:
        for number in sockets:
            self._ways.pop(number, None)
            self._upstream.discard(number)

    def _fired(self, event: Event) -> list[str]:
        number = event.socket_id
        if number >= _AGENT_MADE and number not in self._ways:
            self._early.setdefault(number, []).append(event)
            return []
        where = "" if number == self._listener_id else f"{self._place(event)}: "
        return [f"{wall_time(event)} {where}{event_text(event).details}"]

    def _place(self, event: Event) -> str:
        way = self._ways.get(event.socket_id)
        if way is None:
            return f"socket {event.socket_id}" if event.socket_id else "a lookup"
        direction = event.fault_fired.direction
        if not direction:
            return way
        leaving = direction == DIRECTION_SEND
        to_upstream = leaving == (event.socket_id in self._upstream)
        return f"{way}, {_TO_UPSTREAM if to_upstream else _TO_CLIENT}"


def _came_of(status: int, cause: Cause) -> str:
    return join(status_name(status) if status else "", cause_text(cause))
