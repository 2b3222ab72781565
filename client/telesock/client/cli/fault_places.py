"""Where a fault acts that is written with its place: which way of a socket's bytes, which side of a relay.

    send, receive                           one direction of a socket
    to-client, to-upstream                  one way through a relay, acted on once
    downstream.send, upstream.receive, …    one direction of one of a relay's two sockets

Without a place a fault of a relay acts on both ways, on each once: what a relay sends is delayed where it leaves, not again
where it came in. Refuses places that mean nothing there, and a bare `downstream`, which other proxies mean as a way.
"""

from collections.abc import Collection

import typer

from telesock.client.cli.fault_effects import (
    ACCEPTS,
    BYTES,
    CONNECTIONS,
    CONNECTS,
    DATAGRAMS,
    LOOKUPS,
    OPERATIONS,
    PLACES,
    acts_on,
    name_of,
)
from telesock.client.cli.fault_fields import nearest
from telesock.client.cli.fault_specs import Spec, parse_spec
from telesock.client.faults import Effect, Fault, NeverRead, PacketLoss, RelaySide, Reset, Rule

ON_CONNECTIONS = (BYTES, CONNECTIONS, CONNECTS, LOOKUPS, OPERATIONS)
ON_LISTENERS = (BYTES, CONNECTIONS, ACCEPTS, OPERATIONS)
ON_DATAGRAM_SOCKETS = (DATAGRAMS, OPERATIONS)
ON_RELAYS = (BYTES, CONNECTIONS, CONNECTS, LOOKUPS, ACCEPTS, OPERATIONS)

_SENT, _RECEIVED = Rule(direction="send"), Rule(direction="receive")
_DIRECTIONS = {"send": _SENT, "receive": _RECEIVED}
_WAYS: dict[str, tuple[RelaySide, RelaySide]] = {  # the sides where it leaves, and where it came in
    "to-client": ("downstream", "upstream"),
    "to-upstream": ("upstream", "downstream"),
}
_SIDES: dict[str, RelaySide] = {"downstream": "downstream", "upstream": "upstream"}
_RELAYED = (*_WAYS, *(f"{side}.{direction}" for side in _SIDES for direction in _DIRECTIONS))


def parse_any_fault(text: str) -> Fault:
    """Read a fault of a session: any place, or what its effect has without one."""
    spec = parse_spec(text)
    return _placed(spec) if spec.place else spec.fault


def parse_socket_fault(text: str, kinds: Collection[str] = PLACES) -> Fault:
    """Read a fault that a socket is born with; `kinds` is what effects can act on there."""
    spec = parse_spec(text)
    if spec.place and spec.place not in _DIRECTIONS:
        raise typer.BadParameter(f"{spec.place!r} is no place here; {nearest(spec.place, _DIRECTIONS)}")
    return _born_with(_placed(spec) if spec.place else spec.fault, kinds)


def parse_relay_fault(text: str) -> Fault:
    """Read a fault of a relay's connections."""
    spec = parse_spec(text)
    fault = spec.fault
    if spec.place:
        fault = _placed(spec)
    elif not (fault.direction or fault.relay_side):
        fault = fault.but(**_both_ways(fault.effect))
    return _born_with(fault, ON_RELAYS)


def _born_with(fault: Fault, kinds: Collection[str]) -> Fault:
    if fault.socket or fault.listener:
        raise typer.BadParameter("it acts on what it is given to; leave out socket and listener")
    kind = acts_on(type(fault.effect))
    if kind not in kinds:
        there = ", ".join(kinds)
        raise typer.BadParameter(
            f"{name_of(type(fault.effect))} acts on {kind}; here a fault can act on {there}"
        )
    return fault


def _both_ways(effect: Effect) -> Rule:
    if isinstance(effect, Reset):
        return Rule(relay_side="downstream")  # decided once; the other side ends with it
    sent = acts_on(type(effect)) == BYTES and not isinstance(effect, NeverRead)
    return _SENT if sent else Rule()


def _placed(spec: Spec) -> Fault:
    """Put a fault where it was said."""
    if spec.fault.direction or spec.fault.relay_side:
        raise typer.BadParameter(f"{spec.place}: says where; leave out direction and relay-side")
    if spec.place in _DIRECTIONS:
        return spec.fault.but(**_DIRECTIONS[spec.place])
    if spec.place not in (*_RELAYED, *_SIDES):
        known = (*_RELAYED, *_DIRECTIONS)
        raise typer.BadParameter(f"{spec.place!r} is no place; {nearest(spec.place, known)}")
    return spec.fault.but(**_relayed(spec.place, spec.fault.effect))


def _relayed(place: str, effect: Effect) -> Rule:
    name, kind = name_of(type(effect)), acts_on(type(effect))
    if kind not in (BYTES, CONNECTIONS):
        raise typer.BadParameter(f"{name} is not about one side of a relay; leave out {place}:")
    if place in _WAYS:
        return _through(place, effect)
    side, dot, direction = place.partition(".")
    if kind == CONNECTIONS and dot:
        raise typer.BadParameter(f"{name} has no direction; write {side}:{name}")
    if kind == BYTES and not dot:
        raise typer.BadParameter(
            f"{side!r} alone can be meant in two ways: say to-client or to-upstream for a way through the relay, "
            f"{side}.send or {side}.receive for one direction of its socket there"
        )
    return Rule(relay_side=_SIDES[side], **_DIRECTIONS.get(direction, Rule()))


def _through(place: str, effect: Effect) -> Rule:
    """Let it act on one way: at its end, or where it is about what arrives, at its beginning."""
    leaving, arriving = _WAYS[place]
    if isinstance(effect, PacketLoss):
        return Rule(relay_side=arriving)
    if isinstance(effect, NeverRead):
        return Rule(relay_side=arriving, direction="receive")
    return (
        Rule(relay_side=leaving) if isinstance(effect, Reset) else Rule(relay_side=leaving, direction="send")
    )
