"""What a partition is made of: faults on the sessions of both sides, so that nothing passes in the cut direction.

Each agent gets rules about the addresses of the other side. Bytes of connections are stalled, and with them their end:
they go on where they stopped when the rule is gone. Datagrams are lost. What connects to the other side waits, whatever
the direction, since no connection is made of packets that go one way; its own time runs meanwhile, as in a network.
Neither waits for the other's rules: what is on its way when one side is cut is held at the other.

Refused: sides that share an agent or an address (a rule could not tell them apart), agents of which no address is known,
and sides with more networks of addresses than a fault can name.
"""

from collections.abc import Iterable, Mapping
from enum import Enum
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Literal

from telesock.client.faults import ConnectDelay, DatagramLoss, Fault, Stall
from telesock.client.lab.inventory import Member, addresses_of

Direction = Literal["both", "forth", "back"]
DIRECTIONS: tuple[Direction, ...] = ("both", "forth", "back")
MOST_NETWORKS = 1_024
"""Peers that a fault may name."""

_LONG = 31_536_000.0  # seconds, the longest that there is: a connect is held until the partition is healed, or its own time is over


class _Side(Enum):
    FIRST = "first"
    SECOND = "second"


_LANES: Mapping[tuple[Direction, _Side], Literal["send", "receive"] | None] = {
    ("both", _Side.FIRST): None,
    ("both", _Side.SECOND): None,
    ("forth", _Side.FIRST): "send",
    ("forth", _Side.SECOND): "receive",
    ("back", _Side.FIRST): "receive",
    ("back", _Side.SECOND): "send",
}
"""What is cut, seen from the sockets of a side; None for both ways."""


def plan_partition(
    name: str, first: Iterable[Member], second: Iterable[Member], direction: Direction = "both"
) -> dict[str, tuple[Fault, ...]]:
    """Return the faults of each agent, by its name: "forth" cuts what the first side sends to the second.

    Raises ValueError, in one line, for sides that cannot be cut.
    """
    one, other = tuple(first), tuple(second)
    if direction not in DIRECTIONS:
        raise ValueError(f"a partition has no direction {direction!r}: both, forth (first to second) or back")
    _check_sides(one, other)
    faults_of_one = _cut(name, _networks(other), _LANES[direction, _Side.FIRST])
    faults_of_other = _cut(name, _networks(one), _LANES[direction, _Side.SECOND])
    return {member.name: faults_of_one for member in one} | {member.name: faults_of_other for member in other}


def _cut(
    name: str, networks: list[IPv4Network | IPv6Network], lane: Literal["send", "receive"] | None
) -> tuple[Fault, ...]:
    if len(networks) > MOST_NETWORKS:
        raise ValueError(
            f"one side has {len(networks)} networks of addresses, and a partition can cut {MOST_NETWORKS}: "
            "give the agents addresses that share prefixes"
        )
    peers = tuple(map(str, networks))
    return (
        Fault(Stall(), name=f"{name}-bytes", peers=peers, direction=lane),
        Fault(DatagramLoss(), name=f"{name}-datagrams", peers=peers, direction=lane),
        Fault(ConnectDelay(_LONG), name=f"{name}-connects", peers=peers),
    )


def _networks(members: tuple[Member, ...]) -> list[IPv4Network | IPv6Network]:
    """The addresses of a side, in as few networks as say exactly the same."""
    known = _each_network(members)
    four = [network for network, _ in known if isinstance(network, IPv4Network)]
    six = [network for network, _ in known if isinstance(network, IPv6Network)]
    return [*collapse_addresses(four), *collapse_addresses(six)]


def _each_network(members: tuple[Member, ...]) -> list[tuple[IPv4Network | IPv6Network, str]]:
    return [
        (ip_network(address, strict=False), member.name)
        for member in members
        for address in addresses_of(member)
    ]


def _check_sides(one: tuple[Member, ...], other: tuple[Member, ...]) -> None:
    if not one or not other:
        raise ValueError("a partition needs two sides: one of the groups has no agent")
    both = {member.name for member in one} & {member.name for member in other}
    if both:
        raise ValueError(f"a partition cannot cut {', '.join(sorted(both))} from itself: it is on both sides")
    bare = [member.name for member in (*one, *other) if not addresses_of(member)]
    if bare:
        raise ValueError(
            f"a partition does not know what to cut at {', '.join(bare)}: say `addresses` in the inventory"
        )
    networks_of_other = _each_network(other)
    for mine, name in _each_network(one):
        for theirs, their_name in networks_of_other:
            if mine.version == theirs.version and mine.overlaps(theirs):
                raise ValueError(
                    f"a partition cannot tell {name} from {their_name}: {mine} of the one is {theirs} of the other too"
                )
