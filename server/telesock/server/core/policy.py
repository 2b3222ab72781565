"""Where sockets may go: networks and ports, deny by default, judged on resolved addresses only.

A rule is written `NETWORK[:PORTS]`: "10.0.0.0/8", "10.1.2.3:80,8000-8099", "[fd00::/8]:443", "::1". PORTS are
numbers and ranges. A name is never judged: what it resolves to is. "unix:GLOB" allows Unix-domain paths, "unix:@GLOB"
names in the abstract namespace; `*` stands for any characters, slashes too.
"""

import fnmatch
import functools
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple

_UNIX = "unix:"
LOOPBACK = ("127.0.0.0/8", "::1/128")
RESOLVABLE = ("localhost", *LOOPBACK)
_IPV4_MAPPED = IPv6Network("::ffff:0:0/96")


class Rule(NamedTuple):
    """A network and the ports in it; no ports mean all."""

    network: IPv4Network | IPv6Network
    ports: tuple[range, ...]

    def matches(self, address: IPv4Address | IPv6Address, port: int) -> bool:
        """Whether this rule allows the destination."""
        return address in self.network and (not self.ports or any(port in ports for ports in self.ports))

    def __str__(self) -> str:
        """The rule as it would be written."""
        if not self.ports:
            return str(self.network)
        network = f"[{self.network}]" if self.network.version == 6 else str(self.network)
        return f"{network}:{','.join(map(_port_text, self.ports))}"


class UnixRule(NamedTuple):
    """A pattern of Unix-domain paths."""

    pattern: str

    def __str__(self) -> str:
        """The rule as it would be written."""
        return f"{_UNIX}{self.pattern}"


def parse_rule(text: str) -> Rule | UnixRule:
    """Read `NETWORK[:PORTS]` or `unix:GLOB`. Raises ValueError with one line that says what is wrong."""
    if text.strip().startswith(_UNIX):
        return _parse_unix(text.strip().removeprefix(_UNIX))
    network, ports = _split(text.strip())
    try:
        return Rule(_parse_network(network), _parse_ports(ports))
    except ValueError as error:
        raise ValueError(
            f"{text!r} is not NETWORK[:PORTS], such as 10.0.0.0/8:80,8000-8099: {error}"
        ) from None


class Policy:
    """Allows what one of its rules allows, and nothing else."""

    def __init__(self, rules: Iterable[str] = LOOPBACK) -> None:
        self.rules = tuple(parse_rule(rule) for rule in rules)
        self._networks = tuple(rule for rule in self.rules if isinstance(rule, Rule))
        self._paths = tuple(rule.pattern for rule in self.rules if isinstance(rule, UnixRule))

    def allows(self, host: str, port: int) -> bool:
        """Judge a literal address. An IPv4 address inside an IPv6 one is judged as the IPv4 address it is."""
        if host.startswith(_UNIX):
            path = host.removeprefix(_UNIX)
            if "/../" in f"{path}/":  # what it names is not what it says
                return False
            return any(fnmatch.fnmatchcase(path, pattern) for pattern in self._paths)
        address = judged_address(host)
        return any(rule.matches(address, port) for rule in self._networks)


@functools.lru_cache(1024)
def judged_address(host: str) -> IPv4Address | IPv6Address:
    """What networks are compared with. Thousands of connections go to few hosts."""
    address = ip_address(host)
    if isinstance(address, IPv4Address):
        return address
    bare = IPv6Address(int(address))  # without its scope: networks have none
    return bare.ipv4_mapped or bare


def allowed_by_itself(host: str) -> bool:
    """Whether an address, written as a rule, is a rule that allows it: not so of paths with `..` or with brackets."""
    try:
        return Policy((host,)).allows(host, 0)
    except ValueError:
        return False


def _parse_unix(pattern: str) -> UnixRule:
    if not pattern.startswith(("/", "@")):
        raise ValueError(f"{_UNIX}{pattern} needs an absolute path, or '@' and a name, after 'unix:'")
    if "/../" in f"{pattern}/":
        raise ValueError(f"{_UNIX}{pattern} must not contain '..'")
    return UnixRule(pattern)


def _split(text: str) -> tuple[str, str | None]:
    if text.startswith("["):
        network, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError(f"{text!r} is not NETWORK[:PORTS]: '[' needs ']' and then ':PORTS' or nothing")
        return network, rest[1:] if rest else None
    if text.count(":") == 1:
        network, _, ports = text.partition(":")
        return network, ports
    return text, None


def _parse_network(text: str) -> IPv4Network | IPv6Network:
    """Read a network, and refuse what would allow more than it says, or nothing."""
    if "%" in text:
        raise ValueError("a network has no scope: leave out '%' and what follows it")
    network = ip_network(text, strict=False)
    if isinstance(network, IPv6Network) and network.subnet_of(_IPV4_MAPPED):
        raise ValueError("IPv4 addresses inside IPv6 ones are judged as IPv4: write an IPv4 network")
    return network


def _parse_ports(text: str | None) -> tuple[range, ...]:
    if text is None:
        return ()
    return tuple(_parse_port_range(part) for part in text.split(","))


def _parse_port_range(text: str) -> range:
    low, dash, high = text.partition("-")
    if not (low.isascii() and low.isdigit()) or (dash and not (high.isascii() and high.isdigit())):
        raise ValueError(f"port {text!r} is not a number or a range")
    first, last = int(low), int(high if dash else low)
    if not 1 <= first <= last <= 65_535:
        raise ValueError(f"port {text!r} is not within 1 and 65535, the lower end first")
    return range(first, last + 1)


def _port_text(ports: range) -> str:
    return str(ports.start) if len(ports) == 1 else f"{ports.start}-{ports.stop - 1}"
