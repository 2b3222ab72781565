"""Which peers fit a set of rules."""

from ipaddress import ip_address, ip_network

import hypothesis.strategies as st
import pytest
from hypothesis import given

from telesock.server.core.faults.peers import Peers
from telesock.server.core.policy_rules import Network, Rule, UnixRule
from telesock.server.core.requests import Endpoint

NETWORK = Rule(ip_network("10.0.0.0/8"), (range(80, 81), range(8000, 8100)))
SIX = Rule(ip_network("fd00::/8"), ())
PATHS = UnixRule("/run/*")


@pytest.mark.parametrize(
    ("peers", "remote", "fits"),
    [
        (Peers(), None, True),
        (Peers("*.example"), None, True),
        (Peers(NETWORK), None, False),
        (Peers(NETWORK), Endpoint("", 0), False),
        (Peers(NETWORK), Endpoint("10.1.2.3", 80), True),
        (Peers(NETWORK), Endpoint("10.1.2.3", 8099), True),
        (Peers(NETWORK), Endpoint("10.1.2.3", 81), False),
        (Peers(NETWORK), Endpoint("11.1.2.3", 80), False),
        (Peers(NETWORK), Endpoint("::ffff:10.1.2.3", 80), True),
        (Peers(NETWORK), Endpoint("unix:/run/a", 0), False),
        (Peers(SIX), Endpoint("fd00::1%eth0", 1), True),
        (Peers(SIX), Endpoint("10.1.2.3", 1), False),
        (Peers(PATHS), Endpoint("unix:/run/a", 0), True),
        (Peers(PATHS), Endpoint("unix:/tmp/a", 0), False),
        (Peers(UnixRule("*")), Endpoint("10.1.2.3", 80), False),
        (Peers(SIX, PATHS, NETWORK), Endpoint("10.1.2.3", 80), True),
        (Peers(SIX, PATHS, NETWORK), Endpoint("fd00::1", 1), True),
        (Peers(SIX, PATHS, NETWORK), Endpoint("unix:/run/a", 0), True),
        (Peers(SIX, PATHS, NETWORK), Endpoint("10.1.2.3", 81), False),
        (Peers(NETWORK, Rule(NETWORK.network, (range(81, 82),))), Endpoint("10.1.2.3", 81), True),
        (Peers(Rule(ip_network("0.0.0.0/0"), ())), Endpoint("10.1.2.3", 81), True),
        (Peers(Rule(ip_network("0.0.0.0/0"), ())), Endpoint("fd00::1", 81), False),
    ],
)
def test_a_peer_fits_by_its_address_and_port(peers: Peers, remote: Endpoint | None, fits: bool) -> None:
    assert peers.match(remote) is fits


def networks(size: int, one: str) -> st.SearchStrategy[Network]:
    return st.builds(
        lambda number, length: ip_network((int(ip_address(one)) + number, length), strict=False),
        st.integers(0, 31),
        st.integers(size - 6, size),
    )


@given(
    st.lists(st.one_of(networks(32, "10.0.0.0"), networks(128, "fd00::")), max_size=8),
    st.sampled_from(["10.0.0.", "fd00::"]),
    st.integers(0, 31),
)
def test_a_network_is_found_among_many_as_if_it_were_alone(
    rules: list[Network], beginning: str, number: int
) -> None:
    remote = Endpoint(f"{beginning}{number}" if "." in beginning else f"{beginning}{number:x}", 1)
    alone = [Peers(Rule(network, ())).match(remote) for network in rules]

    assert Peers(*(Rule(network, ()) for network in rules)).match(remote) is (any(alone) or not rules)
    assert alone == [ip_address(remote.host) in network for network in rules]


def test_a_name_fits_its_patterns_in_any_letter_case() -> None:
    patterns = [(), ("*.EXAMPLE",), ("a.example",), ("b.example",), ("example",), ("b.*", "a.*")]

    assert [Peers(*each).match_name("A.Example") for each in patterns] == [
        True,
        True,
        True,
        False,
        False,
        True,
    ]


def test_the_same_rules_in_the_same_order_are_the_same_peers() -> None:
    peers = Peers(NETWORK, SIX)

    assert peers == Peers(NETWORK, SIX)
    assert hash(peers) == hash(Peers(NETWORK, SIX))
    assert peers != Peers(SIX, NETWORK)
    assert repr(peers) == "Peers(10.0.0.0/8:80,8000-8099, fd00::/8)"


def test_peers_say_what_kind_they_are() -> None:
    said = [Peers(), Peers("a"), Peers(SIX), Peers(PATHS)]

    assert [(len(each), each.are_names, each.are_addresses) for each in said] == [
        (0, False, False),
        (1, True, False),
        (1, False, True),
        (1, False, True),
    ]
