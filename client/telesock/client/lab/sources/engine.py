"""What a Docker engine tells of its containers, as values. Decides how one of them is reached from where this program runs.

A container's own address is taken where this program is on one of its networks: in a container beside it, or on the
engine's own host. Elsewhere it is the port that is published.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address, ip_network
from typing import Any

from telesock.client.lab.sources.targets import make_target


@dataclass(frozen=True)
class Interface:
    """An address of a container on one of its networks, and how many bits of it are the network's."""

    address: str
    prefix: int

    def beside(self, address: str) -> bool:
        """Whether an address is on the same network."""
        return ip_address(address) in ip_network(f"{self.address}/{self.prefix}", strict=False)


@dataclass(frozen=True)
class Published:
    """A port of a container that is open on the engine's host, at an address of it."""

    port: int
    address: str
    host_port: int


@dataclass(frozen=True)
class Container:
    """A running container. `shares` is the id of the one whose network it uses as its own, if any."""

    id: str
    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    interfaces: tuple[Interface, ...] = ()
    published: tuple[Published, ...] = ()
    on_host: bool = False
    shares: str = ""

    @property
    def addresses(self) -> tuple[str, ...]:
        """Its addresses on its networks."""
        return tuple(each.address for each in self.interfaces)


@dataclass(frozen=True)
class Standpoint:
    """Where this program looks from. `engine_host` is the engine's, "" for this one.

    `source` tells the address that a packet of this program to another would have, None where there is no way.
    """

    engine_host: str
    source: Callable[[str], str | None]

    def way_to(self, container: Container, port: int, neighbours: Sequence[str]) -> str | None:
        """Return the target of a container's port; `neighbours` are the addresses of the containers around it."""
        for each in container.interfaces:
            source = self.source(each.address)
            if source and (source in neighbours or (not self.engine_host and each.beside(source))):
                return make_target(each.address, port)
        if container.on_host:
            return make_target(self.engine_host or "127.0.0.1", port)
        return next(self._published(container, port), None)

    def _published(self, container: Container, port: int) -> Iterator[str]:
        for each in container.published:
            if each.port == port:
                anywhere = ip_address(each.address).is_unspecified
                host = (self.engine_host or "127.0.0.1") if anywhere else each.address
                yield make_target(host, each.host_port)


def read_listing(listing: Sequence[Mapping[str, Any]]) -> list[Container]:
    """Read the engine's answer to `GET /containers/json`."""
    found = {each["Id"]: _container(each) for each in listing}
    return [_with_network(each, found) for each in found.values()]


def _container(told: Mapping[str, Any]) -> Container:
    mode = (told.get("HostConfig") or {}).get("NetworkMode", "")
    networks = (told.get("NetworkSettings") or {}).get("Networks") or {}
    return Container(
        told["Id"],
        told["Names"][0].removeprefix("/"),
        told.get("Labels") or {},
        tuple(interface for network in networks.values() for interface in _interfaces(network)),
        tuple(_published(told.get("Ports") or ())),
        mode == "host",
        mode.partition("container:")[2],
    )


def _with_network(container: Container, found: Mapping[str, Container]) -> Container:
    """Return a container with the interfaces of the one whose network it uses."""
    owner = found.get(container.shares)
    if owner is None:
        return container
    return replace(container, interfaces=owner.interfaces, published=owner.published, on_host=owner.on_host)


def _interfaces(network: Mapping[str, Any]) -> Iterator[Interface]:
    for address, prefix in (("IPAddress", "IPPrefixLen"), ("GlobalIPv6Address", "GlobalIPv6PrefixLen")):
        if network.get(address):
            yield Interface(network[address], network[prefix])


def _published(ports: Sequence[Mapping[str, Any]]) -> Iterator[Published]:
    for port in ports:
        if port.get("PublicPort") and port.get("Type") == "tcp":
            yield Published(port["PrivatePort"], port.get("IP") or "0.0.0.0", port["PublicPort"])
