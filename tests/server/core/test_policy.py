"""Where sockets may go, listen and ask: which rule allows it, and what is said of it."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from telesock.server.core.policy import Policy, PolicyAction, Verdict, shown
from telesock.server.core.policy_rules import GUARDED, Network, is_guarded, judged_address

fuzzed = settings(derandomize=True, deadline=None, max_examples=300)

DESTINATIONS = [
    (["10.0.0.0/8"], "10.255.0.1", 1, True),
    (["10.0.0.0/8"], "11.0.0.1", 1, False),
    (["10.0.0.0/8:80,8000-8099"], "10.0.0.1", 80, True),
    (["10.0.0.0/8:80,8000-8099"], "10.0.0.1", 8000, True),
    (["10.0.0.0/8:80,8000-8099"], "10.0.0.1", 8099, True),
    (["10.0.0.0/8:80,8000-8099"], "10.0.0.1", 79, False),
    (["10.0.0.0/8:80,8000-8099"], "10.0.0.1", 81, False),
    (["10.0.0.0/8:80,8000-8099"], "10.0.0.1", 7999, False),
    (["10.0.0.0/8:80,8000-8099"], "10.0.0.1", 8100, False),
    (["10.0.0.1:80", "10.0.0.1:443"], "10.0.0.1", 443, True),
    (["10.0.0.1:80", "10.0.0.2:443"], "10.0.0.1", 443, False),
    (["fd00::/8"], "fd00::1", 1, True),
    (["fe80::/10"], "fe80::1%eth0", 1, True),
    (["10.0.0.0/8"], "::ffff:10.0.0.1", 1, True),
    (["10.0.0.0/8"], "::ffff:10.0.0.1%eth0", 1, True),
    (["::/0"], "::ffff:10.0.0.1", 1, False),
    (["::/0"], "10.0.0.1", 1, False),
    (["0.0.0.0/0"], "::1", 1, False),
    ([], "127.0.0.1", 1, False),
]


@pytest.mark.parametrize(("rules", "host", "port", "allowed"), DESTINATIONS)
def test_a_policy_allows_what_one_of_its_rules_allows_and_nothing_else(
    rules: list[str], host: str, port: int, allowed: bool
) -> None:
    assert Policy(rules).allows(host, port) is allowed


def test_loopback_alone_is_allowed_when_nothing_is_said() -> None:
    policy = Policy()
    hosts = ("127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1", "126.255.255.255", "128.0.0.0", "::2")

    assert [policy.allows(host, 80) for host in hosts] == [True, True, True, True, False, False, False]


def test_a_name_is_never_judged() -> None:
    with pytest.raises(ValueError, match="'localhost' does not appear to be an IPv4 or IPv6 address"):
        Policy().allows("localhost", 80)


@fuzzed
@given(st.text() | st.ip_addresses().map(str), st.integers())
def test_any_host_is_judged_or_a_value_error(host: str, port: int) -> None:
    everything = Policy(["0.0.0.0/0", "::/0"])
    try:
        judgement = everything.allows(host, port)
    except ValueError:
        return

    assert judgement is not is_guarded(host)


@fuzzed
@given(st.ip_addresses(), st.integers(1, 65_535), st.integers(1, 65_535), st.integers(1, 65_535))
def test_a_rule_for_one_address_allows_exactly_its_ports(
    address: IPv4Address | IPv6Address, low: int, high: int, port: int
) -> None:
    assume(isinstance(address, IPv4Address) or address.ipv4_mapped is None)
    low, high = sorted((low, high))
    policy = Policy([f"[{address}]:{low}-{high}"])

    assert policy.allows(str(address), port) is (low <= port <= high)


# What has to be named


@pytest.mark.parametrize(
    ("rules", "host", "allowed"),
    [
        (["0.0.0.0/0", "::/0"], "169.254.169.254", False),
        (["0.0.0.0/0", "::/0"], "::ffff:169.254.169.254", False),
        (["0.0.0.0/0", "::/0"], "64:ff9b::169.254.169.254", False),
        (["0.0.0.0/0", "::/0"], "2002:a9fe:a9fe::1", False),
        (["0.0.0.0/0", "::/0"], "fd00:ec2::254", False),
        (["0.0.0.0/0", "168.0.0.0/8"], "168.63.129.16", False),
        (["0.0.0.0/0", "169.254.169.254"], "169.254.169.254", True),
        (["0.0.0.0/0", "169.254.169.254"], "::ffff:169.254.169.254", True),
        (["0.0.0.0/0", "169.254.169.254"], "169.254.169.253", False),
        (["169.254.0.0/16:80"], "169.254.1.1", True),
        (["169.254.0.0/16:81"], "169.254.1.1", False),
        (["64:ff9b::a9fe:a9fe"], "64:ff9b::169.254.169.254", True),
        (["fd00:ec2::254"], "fd00:ec2::254", True),
    ],
)
def test_a_metadata_address_is_allowed_only_by_a_rule_that_names_it(
    rules: list[str], host: str, allowed: bool
) -> None:
    assert Policy(rules).allows(host, 80) is allowed


def _network(address: IPv4Address | IPv6Address, bits: int) -> Network:
    bits = min(bits, address.max_prefixlen)
    if isinstance(address, IPv4Address):
        return IPv4Network((int(address), bits), strict=False)
    if address.ipv4_mapped is not None:  # no rule can be written for these
        return IPv6Network((int(address), min(bits, 80)), strict=False)
    return IPv6Network((int(address), bits), strict=False)


_ADDRESSES = st.ip_addresses() | st.sampled_from([network.network_address for network in GUARDED])
_NETWORKS = st.builds(_network, _ADDRESSES, st.integers(0, 128))


@fuzzed
@given(st.data(), st.lists(_NETWORKS, min_size=1, max_size=4))
def test_what_is_allowed_is_in_one_of_the_networks_and_named_if_it_is_guarded(
    data: st.DataObject, networks: list[Network]
) -> None:
    inside = st.sampled_from(networks).flatmap(lambda network: st.ip_addresses(network=network))
    host = str(data.draw(inside | st.ip_addresses()))
    address = judged_address(host)
    holding = [network for network in networks if address in network]
    guards = [guarded for guarded in GUARDED if address in guarded]
    naming = [
        network
        for network in holding
        for guarded in guards
        if network.prefixlen >= guarded.prefixlen and network.network_address in guarded
    ]

    assert Policy(map(str, networks)).allows(host, 80) is bool(naming if guards else holding)


# Listening


@pytest.mark.parametrize(
    ("rules", "host", "port", "allowed"),
    [
        (["10.0.0.0/8"], "10.1.2.3", 0, True),
        (["10.0.0.0/8"], "10.1.2.3", 80, True),
        (["10.0.0.0/8:80"], "10.1.2.3", 80, True),
        (["10.0.0.0/8:1-65535"], "10.1.2.3", 0, False),
        (["10.0.0.0/8"], "0.0.0.0", 80, False),
        (["0.0.0.0"], "0.0.0.0", 80, True),
        (["0.0.0.0"], "10.1.2.3", 80, False),
        (["0.0.0.0"], "::", 80, False),
        (["::"], "::", 80, True),
        (["::"], "0.0.0.0", 80, False),
        (["0.0.0.0/0"], "0.0.0.0", 0, True),
        (["0.0.0.0/0"], "169.254.1.1", 80, False),
        ([], "127.0.0.1", 80, False),
    ],
)
def test_a_listen_is_allowed_where_its_literal_address_is(
    rules: list[str], host: str, port: int, allowed: bool
) -> None:
    assert Policy(listen=rules).allows_listen(host, port) is allowed


def test_a_policy_says_nothing_of_one_thing_by_what_it_says_of_another() -> None:
    policy = Policy(["10.0.0.0/8"], ["11.0.0.0/8"], ["12.0.0.0/8"])
    hosts = ["10.0.0.1", "11.0.0.1", "12.0.0.1"]

    assert [policy.allows(host, 1) for host in hosts] == [True, False, False]
    assert [policy.allows_listen(host, 1) for host in hosts] == [False, True, False]
    assert [policy.allows_reverse(host) for host in hosts] == [False, False, True]


def test_a_path_to_listen_on_is_judged_as_a_path_to_go_to() -> None:
    policy = Policy(["unix:/run/*"], ["0.0.0.0/0", "::/0"])

    assert [policy.allows_listen(host, 0) for host in ("unix:/run/x", "unix:/x")] == [True, False]


# Resolving


@pytest.mark.parametrize(
    ("rules", "name", "allowed"),
    [
        (["server.lab"], "SERVER.lab.", True),
        (["server.lab"], "other.lab", False),
        (["server.lab"], "server.lab.evil", False),
        (["*.lab"], "a.b.lab", True),
        (["*.lab"], "lab", False),
        (["*.lab"], "evil\0.lab", False),
        (["*.lab"], "evil\u3002lab", True),
        (["*"], "anything.at.all", True),
        (["0.0.0.0/0"], "anything", False),
        ([], "localhost", False),
    ],
)
def test_a_name_is_allowed_by_a_pattern_that_it_matches_whole(
    rules: list[str], name: str, allowed: bool
) -> None:
    assert Policy(resolve=rules).allows_name(name) is allowed


@pytest.mark.parametrize(
    ("rules", "host", "allowed"),
    [
        (["10.0.0.0/8"], "10.1.2.3", True),
        (["10.0.0.0/8"], "11.1.2.3", False),
        (["*.lab"], "10.1.2.3", False),
        (["*"], "10.1.2.3", True),
        (["*"], "169.254.169.254", False),
        (["*", "169.254.169.254"], "169.254.169.254", True),
    ],
)
def test_an_address_is_asked_for_its_name_where_a_network_has_it_or_every_name_is_allowed(
    rules: list[str], host: str, allowed: bool
) -> None:
    assert Policy(resolve=rules).allows_reverse(host) is allowed


def test_localhost_alone_is_resolved_when_nothing_is_said() -> None:
    policy = Policy()

    assert [policy.allows_name(name) for name in ("localhost", "LocalHost.", "server.lab")] == [
        True,
        True,
        False,
    ]
    assert [policy.allows_reverse(host) for host in ("127.0.0.1", "::1", "10.0.0.1")] == [True, True, False]


# What is said of it

CONNECT, SEND_TO, LISTEN, RESOLVE = PolicyAction
LAB = Policy(["10.0.0.0/8:80", "0.0.0.0/0:443", "unix:/run/*"], ["127.0.0.1"], ["*.lab", "10.0.0.0/8"])
GO, HEAR, ASK = (
    f"; the agent's {flag}, "
    for flag in (
        "--allow says where sockets may go",
        "--allow-listen says where sockets may listen",
        "--allow-resolve says what may be resolved",
    )
)


@pytest.mark.parametrize(
    ("action", "host", "port", "rule", "explanation"),
    [
        (CONNECT, "10.1.2.3", 80, "10.0.0.0/8:80", "--allow 10.0.0.0/8:80 allows it"),
        (SEND_TO, "10.1.2.3", 443, "0.0.0.0/0:443", "--allow 0.0.0.0/0:443 allows it"),
        (CONNECT, "unix:/run/x", 0, "unix:/run/*", "--allow 'unix:/run/*' allows it"),
        (LISTEN, "unix:/run/x", 0, "unix:/run/*", "--allow 'unix:/run/*' allows it"),
        (LISTEN, "127.0.0.1", 0, "127.0.0.1/32", "--allow-listen 127.0.0.1/32 allows it"),
        (RESOLVE, "a.LAB", 0, "*.lab", "--allow-resolve '*.lab' allows it"),
        (RESOLVE, "10.1.2.3", 0, "10.0.0.0/8", "--allow-resolve 10.0.0.0/8 allows it"),
    ],
)
def test_a_verdict_names_the_rule_that_allows_it(
    action: PolicyAction, host: str, port: int, rule: str, explanation: str
) -> None:
    assert LAB.judge(action, host, port) == Verdict(True, rule, explanation)


@pytest.mark.parametrize(
    ("action", "host", "port", "explanation"),
    [
        (CONNECT, "10.1.2.3", 81, f"10.1.2.3 port 81{GO}10.1.2.3:81 for example"),
        (SEND_TO, "fd00::1", 9, f"fd00::1 port 9{GO}'[fd00::1]:9' for example"),
        (CONNECT, "unix:/x y", 0, f"unix:/x y{GO}'unix:/x y' for example"),
        (LISTEN, "unix:/x", 0, f"unix:/x{GO}unix:/x for example"),
        (LISTEN, "0.0.0.0", 80, f"listening on 0.0.0.0 port 80{HEAR}0.0.0.0:80 for example"),
        (LISTEN, "::", 0, f"listening on :: port 0{HEAR}:: for example"),
        (RESOLVE, "Evil.example.", 0, f"resolving Evil.example.{ASK}evil.example for example"),
        (RESOLVE, "*.example", 0, f"resolving *.example{ASK[:-2]}"),
        (RESOLVE, "11.0.0.1", 0, f"resolving 11.0.0.1{ASK}11.0.0.1 for example"),
        (RESOLVE, "a\nb", 0, f"resolving a\\nb{ASK[:-2]}"),
        (
            CONNECT,
            "169.254.169.254",
            443,
            f"169.254.169.254 port 443, a metadata address that has to be named{GO}169.254.169.254:443 for example",
        ),
        (
            CONNECT,
            "64:ff9b::a9fe:a9fe",
            443,
            "64:ff9b::a9fe:a9fe port 443, a metadata address that has to be named"
            f"{GO}'[64:ff9b::a9fe:a9fe]:443' for example",
        ),
    ],
)
def test_a_verdict_names_a_rule_that_would_allow_it(
    action: PolicyAction, host: str, port: int, explanation: str
) -> None:
    assert LAB.judge(action, host, port) == Verdict(False, "", f"policy does not allow {explanation}")


@fuzzed
@given(st.sampled_from([CONNECT, SEND_TO, LISTEN]), st.ip_addresses(), st.integers(1, 65_535))
def test_the_rule_that_is_named_does_allow_it(
    action: PolicyAction, address: IPv4Address | IPv6Address, port: int
) -> None:
    explanation = Policy([], [], []).judge(action, str(address), port).explanation
    rule = explanation.removesuffix(" for example").rpartition(", ")[2].strip("'")

    assert Policy([rule], [rule]).judge(action, str(address), port).allowed


def test_what_a_caller_wrote_is_shown_in_one_line_and_not_at_any_length() -> None:
    assert [shown("plain"), shown("two\nlines"), len(shown("x" * 101)), len(shown("\n" * 100))] == [
        "plain",
        "two\\nlines",
        100,
        100,
    ]


def test_a_verdict_blames_the_list_that_the_rule_is_or_would_be_in() -> None:
    mine = Policy(["10.0.0.0/8"], ["10.0.0.0/8"], sources={"--allow": "`allow` of identity ann"})

    assert [
        mine.judge(CONNECT, "10.1.1.1", 80).explanation,
        mine.judge(CONNECT, "11.1.1.1", 80).explanation,
        mine.judge(LISTEN, "10.1.1.1", 80).explanation,
    ] == [
        "`allow` of identity ann 10.0.0.0/8 allows it",
        "policy does not allow 11.1.1.1 port 80; `allow` of identity ann says where sockets may go, "
        "11.1.1.1:80 for example",
        "--allow-listen 10.0.0.0/8 allows it",
    ]
