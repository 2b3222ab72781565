"""Which agents make up a lab: a value, wherever it was read from. Decides what a member may be; touches no network.

Refused, each with one line that names the member: names that no selector or diagram could carry, a name that is there
twice, a target without a port, labels that a selector could not ask for, addresses that are none.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from types import MappingProxyType

from telesock.client.credentials import NO_CREDENTIALS, Credentials
from telesock.client.errors import TelesockError

NAME_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}"
LABEL_NAME_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._/-]{0,252}"
LABEL_VALUE_PATTERN = r"[A-Za-z0-9._-]{0,63}"
_TARGET = r"(?:[^\s:\[\]]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}|unix:\S+|[a-z0-9]+:\S+"


class InventoryError(TelesockError, ValueError):
    """A lab cannot be what it is said to be. One line that names the source, where there is one, and the member."""


@dataclass(frozen=True)
class Member:
    """One agent of a lab, before it is asked anything.

    `name` is unique in the lab. `target` is where its agent answers, as `AsyncClient` takes it: "HOST:PORT". `labels` are
    what selectors ask for. `addresses` are those of the agent's host on the network under test, literals or prefixes:
    what a partition cuts; without any, the literal address of the target stands for them. Raises InventoryError.
    """

    name: str
    target: str
    labels: Mapping[str, str] = field(default_factory=dict)
    addresses: tuple[str, ...] = ()
    credentials: Credentials = NO_CREDENTIALS

    def __post_init__(self) -> None:
        if not re.fullmatch(NAME_PATTERN, self.name):
            raise InventoryError(
                f"{self.name!r} is no name of an agent: letters, digits, '.', '_', '-', at most 63"
            )
        if not re.fullmatch(_TARGET, self.target):
            raise InventoryError(
                f"agent {self.name}: {self.target!r} is no target: HOST:PORT, [IPV6]:PORT or unix:PATH"
            )
        for name, value in self.labels.items():
            _check_label(self.name, name, value)
        if isinstance(self.addresses, str):
            raise InventoryError(
                f"agent {self.name}: addresses are a tuple, not one text: ({self.addresses!r},)"
            )
        for address in self.addresses:
            _check_address(self.name, address)
        object.__setattr__(self, "labels", MappingProxyType(dict(self.labels)))
        object.__setattr__(self, "addresses", tuple(self.addresses))


Inventory = tuple[Member, ...]


def make_inventory(members: Iterable[Member], source: str = "the lab") -> Inventory:
    """Return members as a lab can be made of. Raises InventoryError for none, and for a name that is there twice."""
    inventory = tuple(members)
    if not inventory:
        raise InventoryError(f"{source} has no agents: it needs one at least")
    twice = [name for name, count in Counter(member.name for member in inventory).items() if count > 1]
    if twice:
        raise InventoryError(f"{source} has several agents named {', '.join(twice)}: names have to differ")
    return inventory


def addresses_of(member: Member) -> tuple[str, ...]:
    """What stands for a member's host on the network under test: its addresses or, without any, that of its target."""
    if member.addresses:
        return member.addresses
    host = member.target.rpartition(":")[0].strip("[]")
    return (host,) if _is_address(host) else ()


def _check_label(member: str, name: str, value: str) -> None:
    if not re.fullmatch(LABEL_NAME_PATTERN, name):
        raise InventoryError(
            f"agent {member}: {name!r} is no name of a label: letters, digits, '.', '_', '/', '-'"
        )
    if not re.fullmatch(LABEL_VALUE_PATTERN, value):
        raise InventoryError(
            f"agent {member}: label {name} cannot be {value!r}: letters, digits, '.', '_', '-', at most 63"
        )


def _check_address(member: str, address: str) -> None:
    if not _is_address(address):
        raise InventoryError(
            f"agent {member}: {address!r} is no address: 10.0.0.5, 10.0.0.0/24 or an IPv6 one"
        )


def _is_address(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True
