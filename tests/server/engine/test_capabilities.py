"""What the agent says it can do is what it has tried."""

import socket
from typing import Any

import pytest

from telesock.server.engine import packet_loss
from telesock.server.engine.capabilities import Capability, find_capabilities
from telesock.server.engine.privileges import lacks

SO_ATTACH_FILTER = 26
HOST_FORBIDS = packet_loss.missing()


def test_both_families_of_this_host_are_found() -> None:
    found = {each.name: each for each in find_capabilities()}

    assert (found["ipv4"], found["ipv6"]) == (Capability("ipv4", True), Capability("ipv6", True))


def test_everything_that_depends_on_the_host_or_the_version_is_listed_once() -> None:
    assert [each.name for each in find_capabilities()] == [
        "ipv4",
        "ipv6",
        "unix",
        "mark",
        "bind_to_device",
        "fast_open",
        "fast_open_listening",
        "silent_mode",
        "faults",
        "packet_loss",
    ]


def test_unix_domain_sockets_are_found() -> None:
    [found] = [each for each in find_capabilities() if each.name == "unix"]

    assert found == Capability("unix", True)


def test_what_depends_on_the_version_only_is_there() -> None:
    found = {each.name: each for each in find_capabilities()}

    assert found["faults"] == Capability("faults", True)


@pytest.mark.skipif(HOST_FORBIDS != "", reason=HOST_FORBIDS)
def test_packet_loss_is_there_where_the_host_lets_sockets_be_filtered() -> None:
    found = {each.name: each for each in find_capabilities()}

    assert found["packet_loss"] == Capability("packet_loss", True)


def test_packet_loss_is_missing_with_the_hosts_reason_where_it_forbids_filters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Unfiltered(socket.socket):
        def setsockopt(self, level: int, option: int, *value: Any) -> None:
            if (level, option) == (socket.SOL_SOCKET, SO_ATTACH_FILTER):
                raise PermissionError(1, "Operation not permitted")
            super().setsockopt(level, option, *value)

    monkeypatch.setattr(socket, "socket", Unfiltered)
    found = {each.name: each for each in find_capabilities()}

    reason = f"the host does not let the agent filter what arrives at its sockets: {lacks('CAP_NET_ADMIN')}"
    assert (found["faults"].available, found["packet_loss"]) == (
        True,
        Capability("packet_loss", False, reason),
    )


@pytest.mark.parametrize("name", ["mark", "bind_to_device", "silent_mode"])
def test_what_needs_a_privilege_is_there_or_the_privilege_is_named(name: str) -> None:
    [found] = [each for each in find_capabilities() if each.name == name]

    assert found.available == (found.reason == "")
    assert (
        found.available
        or lacks("CAP_NET_RAW" if name == "bind_to_device" else "CAP_NET_ADMIN") in found.reason
    )


def test_a_family_whose_loopback_cannot_be_bound_is_missing_with_the_hosts_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class WithoutIpv6(socket.socket):
        def bind(self, address: tuple[str, int]) -> None:  # type: ignore[override]  # of TCP sockets
            if self.family == socket.AF_INET6:
                raise OSError(99, "Cannot assign requested address")
            super().bind(address)

    monkeypatch.setattr(socket, "socket", WithoutIpv6)
    found = {each.name: each for each in find_capabilities()}

    reason = "::1 cannot be bound: Cannot assign requested address"
    assert (found["ipv4"].available, found["ipv6"]) == (True, Capability("ipv6", False, reason))
