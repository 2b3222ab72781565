"""Which peers a fault is for: networks and ports, patterns of Unix-domain paths, or patterns of names. One has to match.

A lab names a thousand networks in one fault, and asks with every datagram: networks are found by their prefix, not one
after the other.
"""

import fnmatch
from collections import defaultdict
from collections.abc import Iterable

from telesock.server.core.policy_rules import Address, Rule, UnixRule, judged_address
from telesock.server.core.requests import Endpoint

AnyRule = Rule | UnixRule | str
"""A string is a pattern of names."""

_UNIX = "unix:"


class Peers:
    """A set of rules in the order of their giving, equal to others with the same. None at all mean every peer."""

    def __init__(self, *rules: AnyRule) -> None:
        self.rules = rules
        self._paths = tuple(rule for rule in rules if isinstance(rule, UnixRule))
        self._names = tuple(rule.lower() for rule in rules if isinstance(rule, str))
        self._networks = _by_prefix(rule for rule in rules if isinstance(rule, Rule))

    def __len__(self) -> int:
        """How many rules."""
        return len(self.rules)

    def __eq__(self, other: object) -> bool:
        """Whether it is the same rules."""
        return isinstance(other, Peers) and self.rules == other.rules

    def __hash__(self) -> int:
        """That of the rules."""
        return hash(self.rules)

    def __repr__(self) -> str:
        """Name the rules."""
        return f"Peers({', '.join(map(str, self.rules))})"

    @property
    def are_names(self) -> bool:
        """Whether there are patterns of names."""
        return bool(self._names)

    @property
    def are_addresses(self) -> bool:
        """Whether there are addresses."""
        return bool(self._networks or self._paths)

    def match(self, remote: Endpoint | None) -> bool:
        """Whether an address fits. A socket that has no peer yet fits no rule about peers."""
        if not self.are_addresses:
            return True
        if remote is None or not remote.host:
            return False
        if remote.host.startswith(_UNIX):
            path = remote.host.removeprefix(_UNIX)
            return any(rule.matches(path) for rule in self._paths)
        return self._match_address(judged_address(remote.host), remote.port)

    def _match_address(self, address: Address, port: int) -> bool:
        for (version, length), networks in self._networks.items():
            if version == address.version:
                for rule in networks.get(_prefix(address, length), ()):
                    if rule.matches(address, port):
                        return True
        return False

    def match_name(self, name: str) -> bool:
        """Whether a name fits; letter case does not matter in names."""
        return not self._names or any(fnmatch.fnmatchcase(name.lower(), each) for each in self._names)


def _by_prefix(rules: Iterable[Rule]) -> dict[tuple[int, int], dict[int, list[Rule]]]:
    """Networks by version and length, and by the bits that all their addresses begin with."""
    found: defaultdict[tuple[int, int], dict[int, list[Rule]]] = defaultdict(dict)
    for rule in rules:
        network = rule.network
        bits = _prefix(network.network_address, network.prefixlen)
        found[network.version, network.prefixlen].setdefault(bits, []).append(rule)
    return dict(found)


def _prefix(address: Address, length: int) -> int:
    return int(address) >> (address.max_prefixlen - length)


EVERY_PEER = Peers()
