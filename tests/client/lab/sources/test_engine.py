"""How a container is reached from where one stands, decided by values alone."""

import pytest
from tests.client.lab.sources.docker_engine import container, published

from telesock.client.lab.sources.engine import Container, Interface, Published, Standpoint, read_listing

WEB = Container(
    "1", "web", interfaces=(Interface("10.1.0.2", 24),), published=(Published(50551, "0.0.0.0", 6000),)
)


def way(
    standpoint: Standpoint, container: Container = WEB, neighbours: tuple[str, ...] = ("10.1.0.2", "10.1.0.3")
) -> str | None:
    return standpoint.way_to(container, 50551, neighbours)


def from_(source: str | None, engine: str = "") -> Standpoint:
    return Standpoint(engine, lambda address: source)


@pytest.mark.parametrize(
    ("standpoint", "target"),
    [
        (from_("10.1.0.1"), "10.1.0.2:50551"),  # the engine's host, by its bridge
        (from_("10.1.0.3"), "10.1.0.2:50551"),  # a container beside it
        (from_("10.1.0.3", "far"), "10.1.0.2:50551"),  # the same, that asks a distant engine
        (from_("10.1.0.1", "far"), "far:6000"),  # the same addresses are another network's here
        (from_("192.0.2.1"), "127.0.0.1:6000"),  # an engine in a machine of its own
        (from_(None), "127.0.0.1:6000"),
        (from_("192.0.2.1", "far"), "far:6000"),
    ],
)
def test_a_network_that_one_is_on_is_used_and_a_published_port_elsewhere(
    standpoint: Standpoint, target: str
) -> None:
    assert way(standpoint) == target


def test_a_port_that_is_published_at_one_address_is_reached_there() -> None:
    bound = Container(
        "1", "web", published=(Published(80, "0.0.0.0", 1), Published(50551, "192.0.2.7", 6000))
    )

    assert way(from_(None, "far"), bound) == "192.0.2.7:6000"


def test_a_container_on_its_host_s_own_network_is_reached_there() -> None:
    on_host = Container("1", "web", on_host=True)

    assert [way(from_(None), on_host), way(from_(None, "far"), on_host)] == ["127.0.0.1:50551", "far:50551"]


def test_there_is_no_way_to_a_network_of_others_without_a_published_port() -> None:
    assert way(from_("192.0.2.1"), Container("1", "web", interfaces=(Interface("10.1.0.2", 24),))) is None


def test_the_engine_s_listing_is_read() -> None:
    web = container(
        "web", ipv6="2001:db8::2", ports=[published(80, 8080), {"PrivatePort": 90, "Type": "tcp"}]
    )
    beside = container("beside", mode="container:lab-web-1")

    read = read_listing([beside, web, container("host", mode="host", ip="")])

    interfaces = (Interface("198.51.100.2", 24), Interface("2001:db8::2", 64))
    ports = (Published(80, "0.0.0.0", 8080),)
    assert read == [
        Container("lab-beside-1", "lab_beside_1", beside["Labels"], interfaces, ports, False, "lab-web-1"),
        Container("lab-web-1", "lab_web_1", web["Labels"], interfaces, ports),
        Container("lab-host-1", "lab_host_1", container("host")["Labels"], on_host=True),
    ]
