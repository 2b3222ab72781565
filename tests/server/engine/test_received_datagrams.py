"""What the kernel tells of a datagram beside its bytes, and what a socket keeps when it hears everybody again."""

import contextlib
import socket
from collections.abc import Callable

import pytest
from tests.datagram_peers import DatagramPeer
from tests.server.engine.agents import Agent
from tests.server.engine.datagrams import bound, engines, fix, received, send, succeed
from tests.server.engine.driver import Driver

from telesock.server.core.events import Datagram
from telesock.server.core.options import MulticastGroup, OptionKind, SetOption, Value
from telesock.server.core.requests import Control, Endpoint
from telesock.server.engine.received_datagrams import open_datagram_descriptor, source

MakesPeer = Callable[..., DatagramPeer]


def set_option(driver: Driver, near: int, kind: OptionKind, value: Value) -> None:
    succeed(driver, driver.ask(Control(near, SetOption(kind, value))))


async def test_a_datagram_to_a_group_says_so_and_names_the_group(driver: Driver, far: DatagramPeer) -> None:
    near, place = bound(driver, "0.0.0.0")
    group = Endpoint("239.77.0.2", place.port)
    set_option(driver, near, OptionKind.JOIN_GROUP, MulticastGroup(group.host, "lo"))
    far.socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))

    far.send(b"members", group)

    assert await received(driver, near) == Datagram(b"members", far.place, group, multicast=True)


def sends_to_group(far: DatagramPeer, group: Endpoint) -> str:
    """Send to an IPv6 group by the first interface that can; return its name, empty where none can."""
    for index, name in socket.if_nameindex():
        far.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
        with contextlib.suppress(OSError):
            far.send(b"nobody has joined yet", group)
            return name
    return ""


async def test_a_datagram_to_an_ipv6_group_comes_from_an_address_that_can_be_answered(
    agent: Agent, datagram_peer: MakesPeer
) -> None:
    driver, far = agent.start(allow=["fe80::/10"]), datagram_peer("::")
    near, place = bound(driver, "::")
    group = Endpoint("ff01::7702", place.port)  # of this scope nothing leaves the host
    interface = sends_to_group(far, group)
    if not interface:
        pytest.skip("no interface of this host sends to IPv6 groups")
    set_option(driver, near, OptionKind.JOIN_GROUP, MulticastGroup(group.host, interface))

    far.send(b"members", group)

    datagram = await received(driver, near)
    assert datagram == Datagram(b"members", datagram.remote, group, multicast=True)
    assert datagram.remote.host.startswith("fe80::")
    assert datagram.remote.host.endswith(f"%{interface}")
    send(driver, near, b"answer", to=datagram.remote)
    await far.until_heard(b"answer")


async def test_a_datagram_to_everybody_says_so_and_one_to_an_address_of_this_host_does_not(
    driver: Driver, far: DatagramPeer
) -> None:
    near, place = bound(driver, "0.0.0.0")
    far.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    everybody, me = Endpoint("127.255.255.255", place.port), Endpoint("127.0.0.9", place.port)

    far.send(b"all", everybody)
    far.send(b"me", me)

    assert [await received(driver, near) for _ in range(2)] == [
        Datagram(b"all", far.place, everybody, broadcast=True),
        Datagram(b"me", far.place, me),
    ]


async def test_an_ipv6_socket_that_carries_ipv4_too_tells_of_it_in_ipv6(
    driver: Driver, far: DatagramPeer
) -> None:
    near, place = bound(driver, "::", SetOption(OptionKind.V6_ONLY, False))
    far.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)

    far.send(b"me", Endpoint("127.0.0.1", place.port))
    far.send(b"all", Endpoint("127.255.255.255", place.port))

    remote = Endpoint("::ffff:127.0.0.1", far.place.port)
    one, all_of_them = [await received(driver, near) for _ in range(2)]
    assert one == Datagram(b"me", remote, Endpoint("::ffff:127.0.0.1", place.port))
    local = Endpoint("::ffff:127.255.255.255", place.port)
    assert all_of_them == Datagram(b"all", remote, local, broadcast=True)


async def test_an_ipv6_socket_carries_no_ipv4_unless_it_is_asked_to(agent: Agent) -> None:
    with open_datagram_descriptor(socket.AF_INET6) as descriptor:
        assert descriptor.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY) == 1
        assert not descriptor.getblocking()


def test_a_link_local_source_names_its_interface_so_that_it_can_be_answered() -> None:
    index = socket.if_nametoindex("lo")

    assert source(("fe80::1", 7, 0, index)) == Endpoint("fe80::1%lo", 7)
    assert source(("::1", 7, 0, 0)) == Endpoint("::1", 7)


# To everybody again


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::1", "::"])
async def test_who_hears_everybody_again_has_the_address_that_it_had(
    driver: Driver, host: str, datagram_peer: MakesPeer
) -> None:
    near, place = bound(driver, host)
    far = datagram_peer("::1" if ":" in host else "127.0.0.1")
    other = datagram_peer(far.place.host)
    descriptor = engines(driver, near).descriptor
    assert descriptor is not None
    before = descriptor.getsockname()

    succeed(driver, fix(driver, near, OptionKind.FIXED_REMOTE, far.place))
    succeed(driver, fix(driver, near, OptionKind.FIXED_REMOTE, None))

    assert (descriptor.getsockname(), engines(driver, near).local) == (before, place)
    other.send(b"hello", Endpoint(far.place.host, place.port))
    assert (await received(driver, near)).data == b"hello"
    send(driver, near, b"answer", to=other.place)
    await other.until_heard(b"answer")


async def test_who_hears_everybody_again_stays_on_its_device(driver: Driver, far: DatagramPeer) -> None:
    near, _ = bound(driver)
    set_option(driver, near, OptionKind.DEVICE, "lo")

    succeed(driver, fix(driver, near, OptionKind.FIXED_REMOTE, far.place))
    succeed(driver, fix(driver, near, OptionKind.FIXED_REMOTE, None))

    descriptor = engines(driver, near).descriptor
    assert descriptor is not None
    assert descriptor.getsockopt(socket.SOL_SOCKET, 25, 16).rstrip(b"\0") == b"lo"
