"""The rules that a policy is made of: networks and ports, patterns of Unix-domain paths, patterns of names.

"10.0.0.0/8", "10.1.2.3:80,8000-8099", "[fd00::/8]:443", "::1": a network, and numbers and ranges of ports in it.
"unix:/run/lab/*", "unix:@lab-*": paths, and names of the abstract namespace. "server.lab", "*.lab", "*": names. `*`
stands for any characters, slashes and dots too. Refuses what would allow more than it says, or nothing. Which addresses
are guarded, as they give a cloud machine's credentials to whoever asks, is said here too.
"""

import contextlib
import fnmatch
import functools
import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

UNIX = "unix:"
_IPV4_MAPPED = IPv6Network("::ffff:0:0/96")
_LONGEST_NAME = 255  # of a name that the DNS can hold, with room for its dots
_NAME = re.compile(r"[\w.*?-]+", re.ASCII)
_LOOKS_LIKE_AN_ADDRESS = re.compile(r"[\d.*?]*\d[\d.*?]*", re.ASCII)

_METADATA = ("169.254.0.0/16", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32")
_METADATA_IPV6 = (
    "fd00:ec2::/32",
    "fd20:ce::254/128",
    "fe80::a9fe:a9fe/128",
    "fd00:c1::a9fe:a9fe/128",
    "fd00:42::42/128",
)
_EMBEDDINGS = (
    ("64:ff9b::", 96),
    ("64:ff9b:1::", 96),
    ("2002::", 16),
    ("::", 96),
)  # NAT64, the local one as it is mostly used (RFC 8215), 6to4, IPv4-compatible: an IPv4 address from a bit


class Rule(NamedTuple):
    """A network and the ports in it; no ports mean all."""

    network: Network
    ports: tuple[range, ...]

    def matches(self, address: Address, port: int) -> bool:
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

    def matches(self, path: str) -> bool:
        """Whether this rule allows a path without its "unix:"."""
        return fnmatch.fnmatchcase(path, self.pattern)

    def __str__(self) -> str:
        """The rule as it would be written."""
        return f"{UNIX}{self.pattern}"


class NameRule(NamedTuple):
    """A pattern of names, as `judged_name` has them."""

    pattern: str

    def matches(self, name: str) -> bool:
        """Whether this rule allows a name, as `judged_name` has it."""
        return fnmatch.fnmatchcase(name, self.pattern)

    def __str__(self) -> str:
        """The rule as it would be written."""
        return self.pattern


# What rules are compared with


@functools.lru_cache(1024)
def judged_address(host: str) -> Address:
    """What networks are compared with. Thousands of connections go to few hosts."""
    address = ip_address(host)
    if isinstance(address, IPv4Address):
        return address
    bare = IPv6Address(int(address))  # without its scope: networks have none
    return bare.ipv4_mapped or bare


def is_literal(host: str) -> bool:
    """Whether a host is an address and no name."""
    try:
        judged_address(host)
    except ValueError:
        return False
    return True


def judged_name(name: str) -> str:
    """What patterns of names are compared with: the name as the resolver asks for it, in lower case, without its last dot."""
    if "\0" in name:  # getaddrinfo(3) would not look behind it
        return ""
    if len(name) <= _LONGEST_NAME:
        with contextlib.suppress(UnicodeError):  # the resolver will say so
            name = name.encode("idna").decode()
    return name.lower().removesuffix(".")


@functools.lru_cache(1024)
def is_guarded(host: str) -> bool:
    """Whether an address is allowed only by rules that name it, or a guarded network that it is in."""
    address = judged_address(host)
    return any(address in network for network in GUARDED)


def names_guarded(rule: Rule) -> bool:
    """Whether a rule is for guarded addresses and no others."""
    return any(_within(rule.network, network) for network in GUARDED)


def _embedded(network: IPv4Network, base: str, offset: int) -> IPv6Network:
    number = int(IPv6Address(base)) | int(network.network_address) << (96 - offset)
    return IPv6Network((number, offset + network.prefixlen))


def _within(network: Network, larger: Network) -> bool:
    if isinstance(network, IPv4Network):
        return isinstance(larger, IPv4Network) and network.subnet_of(larger)
    return isinstance(larger, IPv6Network) and network.subnet_of(larger)


GUARDED: tuple[Network, ...] = (
    *map(IPv4Network, _METADATA),
    *map(IPv6Network, _METADATA_IPV6),
    *(_embedded(IPv4Network(each), *embedding) for each in _METADATA for embedding in _EMBEDDINGS),
)
"""Where the hosts of clouds are told about themselves, their credentials too; and link-local addresses around it."""


# Reading rules


def parse_rule(text: str) -> Rule | UnixRule:
    """Read `NETWORK[:PORTS]` or `unix:GLOB`. Raises ValueError with one line that says what is wrong."""
    if text.strip().startswith(UNIX):
        return _parse_unix(text.strip().removeprefix(UNIX))
    network, ports = _split(text.strip())
    try:
        return Rule(_parse_network(network), _parse_ports(ports))
    except ValueError as error:
        raise ValueError(
            f"{text!r} is not NETWORK[:PORTS], such as 10.0.0.0/8:80,8000-8099: {error}"
        ) from None


def parse_listen_rule(text: str) -> Rule:
    """Read `NETWORK[:PORTS]`. Raises ValueError with one line that says what is wrong."""
    rule = parse_rule(text)
    if isinstance(rule, UnixRule):
        raise ValueError(f"{text!r} is not NETWORK[:PORTS]: Unix-domain paths to listen on stand in `allow`")
    return rule


def parse_resolve_rule(text: str) -> Rule | NameRule:
    """Read a name, a pattern of names or a NETWORK. Raises ValueError with one line that says what is wrong."""
    stripped = text.strip()
    pattern = judged_name(stripped)
    if not _NAME.fullmatch(pattern) or _LOOKS_LIKE_AN_ADDRESS.fullmatch(pattern):
        try:
            return Rule(_parse_network(stripped), ())
        except ValueError as error:
            shape = "neither a name, such as server.lab or *.lab, nor a NETWORK, such as 10.0.0.0/8"
            raise ValueError(f"{text!r} is {shape}: {error}") from None
    return NameRule(pattern)


def _parse_unix(pattern: str) -> UnixRule:
    if not pattern.startswith(("/", "@")):
        raise ValueError(f"{UNIX}{pattern} needs an absolute path, or '@' and a name, after 'unix:'")
    if "/../" in f"{pattern}/":
        raise ValueError(f"{UNIX}{pattern} must not contain '..'")
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


def _parse_network(text: str) -> Network:
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
