"""What is read of a relay's listener: what became of its relayed connections, and its end."""

from telesock.client.enumerations import EventKind
from telesock.v1.events_pb2 import Event, Gap, RelayConnected, RelayEnded
from telesock.v1.operations_pb2 import OPERATION_KIND_CLOSE

TOLD = (EventKind.RELAY_CONNECTED, EventKind.RELAY_ENDED, EventKind.COMPLETION, EventKind.SOCKET_CLOSED)


def ends(event: Event) -> bool:
    """Whether nothing more comes of a listener."""
    return event.completion.kind == OPERATION_KIND_CLOSE or event.HasField("socket_closed")


def told(event: Event | Gap) -> RelayConnected | RelayEnded | Gap | None:
    """Return what an event says of a relayed connection, if it does."""
    if isinstance(event, Gap):
        return event
    if event.HasField("relay_connected"):
        return event.relay_connected
    return event.relay_ended if event.HasField("relay_ended") else None
