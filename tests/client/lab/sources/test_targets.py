"""Where an agent is reached, read and written."""

import pytest

from telesock.client.lab.sources.targets import check_target, make_target, parse_port


@pytest.mark.parametrize(
    "target", ["a:1", "lab-a.example:65535", "10.0.0.1:50551", "[::1]:50551", "unix:/run/a"]
)
def test_a_target_is_a_host_with_a_port_or_a_path(target: str) -> None:
    assert check_target(target) == target


@pytest.mark.parametrize(
    "target", ["", "a", "a:", "a:b", ":1", "::1:1", "[a]:1", "[1.2]:1", "a:0", "unix:", "a b:1", "a:\uff11"]
)
def test_what_grpc_would_take_for_something_else_is_refused(target: str) -> None:
    with pytest.raises(ValueError, match=r"is not|not a valid|[Ee]xpected|at least|permitted"):
        check_target(target)


@pytest.mark.parametrize("port", ["", "0", "65536", "-1", " 1", "1.0", "\u0661"])
def test_a_port_is_a_number_that_a_listener_can_have(port: str) -> None:
    with pytest.raises(ValueError, match="is not a port, 1 to 65535"):
        parse_port(port)


def test_an_ipv6_address_is_written_in_brackets() -> None:
    assert [make_target(host, 1) for host in ("::1", "10.0.0.1", "a")] == ["[::1]:1", "10.0.0.1:1", "a:1"]
