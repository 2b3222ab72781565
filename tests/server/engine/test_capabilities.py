"""What the agent says it can do is what it has tried."""

import socket

import pytest

from telesock.server.engine.capabilities import Capability, find_capabilities


def test_both_families_of_this_host_are_found() -> None:
    found = {each.name: each for each in find_capabilities()}

    assert (found["ipv4"], found["ipv6"]) == (Capability("ipv4", True), Capability("ipv6", True))


def test_what_this_version_does_not_have_is_listed_with_the_reason() -> None:
    missing = [each for each in find_capabilities() if not each.available]

    assert [each.name for each in missing] == [
        "listening_sockets",
        "datagram_sockets",
        "stream_sockets",
        "faults",
    ]
    assert {each.reason for each in missing} == {"this version of the agent does not have it"}


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
