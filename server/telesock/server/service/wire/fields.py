"""Fields that many messages have, as core values: addresses, durations, enum values, what a socket is to be."""

from collections.abc import Mapping
from typing import Any

from google.protobuf.duration_pb2 import Duration

from telesock.server.core.refusal import malformed
from telesock.server.core.requests import Callbacks, Endpoint, Family, Indications, Pattern
from telesock.server.core.states import Category
from telesock.v1 import sockets_pb2, types_pb2

INDICATIONS = {
    sockets_pb2.INDICATION_KIND_DATA: Indications.DATA,
    sockets_pb2.INDICATION_KIND_DISCONNECT: Indications.DISCONNECT,
    sockets_pb2.INDICATION_KIND_CONNECTION: Indications.CONNECTION,
    sockets_pb2.INDICATION_KIND_DATAGRAM: Indications.DATAGRAM,
    sockets_pb2.INDICATION_KIND_SEND_BACKLOG: Indications.SEND_BACKLOG,
}
_CATEGORIES = {types_pb2.SOCKET_CATEGORY_UNSPECIFIED: Category.CONNECTION} | {kind: kind for kind in Category}
_FAMILIES = {family: family for family in Family}


def known(field: str, values: Mapping[Any, Any], number: int) -> Any:
    """Look an enum value up; one that this agent does not know is refused, never taken for another."""
    if number not in values:
        raise malformed(field, f"{number} is not a value that this agent knows")
    return values[number]


def duration_seconds(duration: Duration) -> float:
    """Read a duration, seconds."""
    return duration.seconds + duration.nanos / 1e9


def seconds(message: Any, field: str) -> float | None:
    """Read a duration that may be unset."""
    return duration_seconds(getattr(message, field)) if message.HasField(field) else None


def endpoint(message: types_pb2.Endpoint) -> Endpoint:
    """Read an address."""
    return Endpoint(message.host, message.port)


def category(spec: sockets_pb2.SocketSpec) -> Category:
    """Read the kind of a socket."""
    chosen: Category = known("spec.category", _CATEGORIES, spec.category)
    return chosen


def family(field: str, number: int) -> Family:
    """Read an address family."""
    chosen: Family = known(field, _FAMILIES, number)
    return chosen


def indications(field: str, kinds: Any) -> Indications:
    """Read kinds of indications."""
    chosen = Indications.NONE
    for kind in kinds:
        chosen |= known(field, INDICATIONS, kind)
    return chosen


def callbacks(message: sockets_pb2.EventCallbacks) -> Callbacks:
    """Read what a socket indicates from its birth."""
    return Callbacks(indications("callbacks.enable", message.enable), message.credit_bytes)


def pattern(message: sockets_pb2.Pattern) -> Pattern:
    """Read a pattern and where it begins."""
    return Pattern(message.seed, message.offset)
