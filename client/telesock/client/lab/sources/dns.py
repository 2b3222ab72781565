"""The agents behind a name: every address of a host's name is one, or every target of a service's (SRV) name.

    dns:agents.lab                    # port 50551
    dns:agents.lab:6000
    dns:_telesock._tcp.agents.lab     # the ports are in the records; extra `dns`

A host with an IPv4 and an IPv6 address is two agents by the first two forms and one by the third. An address that has no
other name is the agent's: "10.0.0.1", "ip6-2001-db8--1". Refuses a name that has no address.
"""

import re
import socket
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING, NamedTuple

from telesock.client.credentials import Credentials
from telesock.client.lab.inventory import Inventory, Member, make_inventory
from telesock.client.lab.sources.failing import not_found, not_installed, place_named
from telesock.client.lab.sources.targets import DEFAULT_PORT, make_target, parse_port

if TYPE_CHECKING:
    from dns.resolver import Resolver

_NAME = re.compile(r"[\w.-]{1,253}")


class Found(NamedTuple):
    """Where an SRV record leads: a host's name without its last dot, its port, its addresses."""

    host: str
    port: int
    addresses: tuple[str, ...]


def read_name(what: str, credentials: Credentials) -> Inventory:
    """Ask for "NAME", "NAME:PORT" or a service's name; raises InventoryError."""
    where = f"dns:{what}"
    name, colon, port = what.partition(":")
    if not _NAME.fullmatch(name):
        raise not_found(where, f"{name!r} is no name; NAME, NAME:PORT or _SERVICE._tcp.NAME is")
    if name.startswith("_") and colon:
        raise not_found(where, "the records of a service have its ports: leave the port out")
    if name.startswith("_"):
        return read_service(name, credentials)
    with place_named(where):
        found = _resolve(name, parse_port(port) if colon else DEFAULT_PORT)
        return make_inventory((_by_address(each, credentials) for each in found), where)


def _resolve(name: str, port: int) -> list[tuple[str, int]]:
    """Return each address of a name once, in an order that is the same each time."""
    try:
        answers = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise ValueError(f"{name} has no address: {error.strerror}") from None
    found = {(str(address[0]), port) for *_, address in answers}
    return sorted(found, key=lambda each: (":" in each[0], ip_address(each[0])))


def _by_address(found: tuple[str, int], credentials: Credentials) -> Member:
    host, port = found
    return Member(address_name(host), make_target(host, port), addresses=(host,), credentials=credentials)


def address_name(address: str) -> str:
    """Return what an agent is called that has nothing but an address."""
    return "ip6-" + re.sub("[:%]", "-", address) if ":" in address else address


def read_service(name: str, credentials: Credentials, resolver: "Resolver | None" = None) -> Inventory:
    """Ask for the SRV records of a name, the system's name servers or those of `resolver`; raises InventoryError."""
    where = f"dns:{name}"
    try:
        from dns.exception import DNSException
        from dns.resolver import Resolver
    except ModuleNotFoundError as missing:
        raise not_installed(where, missing, "dns") from None
    try:
        found = sorted(_targets(name, resolver or Resolver()))
    except DNSException as error:
        raise not_found(where, error) from None
    with place_named(where):
        return make_inventory(_by_target(found, credentials), where)


def _targets(name: str, resolver: "Resolver") -> Iterator[Found]:
    for record in resolver.resolve(name, "SRV", search=True):
        host = record.target.to_text(omit_final_dot=True)
        if host != ".":  # which says that there is no such service
            yield Found(host, record.port, tuple(sorted(resolver.resolve_name(host).addresses())))


def _by_target(found: Sequence[Found], credentials: Credentials) -> Iterator[Member]:
    for name, each in zip(distinct_names(found), found, strict=True):
        target = make_target(each.host, each.port)
        yield Member(name, target, addresses=each.addresses, credentials=credentials)


def distinct_names(found: Sequence[Found]) -> list[str]:
    """Return a name for each: the first label of its host, where they differ, else the host's, else with its port."""
    forms = (
        [each.host.partition(".")[0] for each in found],
        [each.host for each in found],
        [f"{each.host}-{each.port}" for each in found],
    )
    return next((names for names in forms if len(set(names)) == len(names)), forms[-1])
