"""Which rules can be written, what they are compared with, and which addresses have to be named."""

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telesock.server.core.policy_rules import (
    GUARDED,
    NameRule,
    Rule,
    is_guarded,
    judged_address,
    judged_name,
    names_guarded,
    parse_listen_rule,
    parse_resolve_rule,
    parse_rule,
)

fuzzed = settings(derandomize=True, deadline=None, max_examples=300)

RULES = [
    ("10.0.0.0/8", "10.0.0.0/8", (), "10.0.0.0/8"),
    ("10.1.2.3", "10.1.2.3/32", (), "10.1.2.3/32"),
    ("10.1.2.3/8", "10.0.0.0/8", (), "10.0.0.0/8"),
    (" 10.1.2.3:80 ", "10.1.2.3/32", (range(80, 81),), "10.1.2.3/32:80"),
    (
        "10.1.2.3:80,8000-8099",
        "10.1.2.3/32",
        (range(80, 81), range(8000, 8100)),
        "10.1.2.3/32:80,8000-8099",
    ),
    ("0.0.0.0/0:1-65535", "0.0.0.0/0", (range(1, 65_536),), "0.0.0.0/0:1-65535"),
    ("::1", "::1/128", (), "::1/128"),
    ("fd00::/8", "fd00::/8", (), "fd00::/8"),
    ("[fd00::/8]", "fd00::/8", (), "fd00::/8"),
    ("[fd00::/8]:443", "fd00::/8", (range(443, 444),), "[fd00::/8]:443"),
]


@pytest.mark.parametrize(("text", "network", "ports", "written"), RULES)
def test_a_rule_is_a_network_and_perhaps_ports(
    text: str, network: str, ports: tuple[range, ...], written: str
) -> None:
    rule = parse_rule(text)

    assert (rule, str(rule)) == (Rule(ip_network(network), ports), written)
    assert parse_rule(written) == rule


SHAPE = "is not NETWORK[:PORTS], such as 10.0.0.0/8:80,8000-8099:"
BRACKETS = "is not NETWORK[:PORTS]: '[' needs ']' and then ':PORTS' or nothing"
MISTAKES = [
    ("", f"'' {SHAPE} '' does not appear to be an IPv4 or IPv6 network"),
    ("localhost:80", f"'localhost:80' {SHAPE} 'localhost' does not appear to be an IPv4 or IPv6 network"),
    ("10.0.0.1:", f"'10.0.0.1:' {SHAPE} port '' is not a number or a range"),
    ("10.0.0.1:http", f"'10.0.0.1:http' {SHAPE} port 'http' is not a number or a range"),
    ("10.0.0.1:٣", f"'10.0.0.1:٣' {SHAPE} port '٣' is not a number or a range"),
    ("10.0.0.1:80-", f"'10.0.0.1:80-' {SHAPE} port '80-' is not a number or a range"),
    ("10.0.0.1:80-٣", f"'10.0.0.1:80-٣' {SHAPE} port '80-٣' is not a number or a range"),
    ("10.0.0.1:80, 81", f"'10.0.0.1:80, 81' {SHAPE} port ' 81' is not a number or a range"),
    ("10.0.0.1:0", f"'10.0.0.1:0' {SHAPE} port '0' is not within 1 and 65535, the lower end first"),
    (
        "10.0.0.1:65536",
        f"'10.0.0.1:65536' {SHAPE} port '65536' is not within 1 and 65535, the lower end first",
    ),
    ("10.0.0.1:9-8", f"'10.0.0.1:9-8' {SHAPE} port '9-8' is not within 1 and 65535, the lower end first"),
    ("[::1", f"'[::1' {BRACKETS}"),
    ("[::1]80", f"'[::1]80' {BRACKETS}"),
    ("fe80::1%eth0", f"'fe80::1%eth0' {SHAPE} a network has no scope: leave out '%' and what follows it"),
    (
        "::ffff:10.0.0.0/104",
        f"'::ffff:10.0.0.0/104' {SHAPE} IPv4 addresses inside IPv6 ones are judged as IPv4: write an IPv4 network",
    ),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES)
def test_a_rule_that_cannot_be_is_refused_in_one_line_that_says_what_is_wrong(
    text: str, message: str
) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole message is compared below
        parse_rule(text)

    assert str(caught.value) == message


def test_a_rule_for_listening_is_a_network_and_no_path() -> None:
    assert parse_listen_rule("10.0.0.0/8:80") == Rule(ip_network("10.0.0.0/8"), (range(80, 81),))
    with pytest.raises(ValueError, match="Unix-domain paths to listen on stand in `allow`"):
        parse_listen_rule("unix:/run/x")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("server.lab", NameRule("server.lab")),
        (" Server.LAB. ", NameRule("server.lab")),
        ("*", NameRule("*")),
        ("*.lab", NameRule("*.lab")),
        ("server-?.lab", NameRule("server-?.lab")),
        ("_http._tcp.lab", NameRule("_http._tcp.lab")),
        ("münchen.lab", NameRule("xn--mnchen-3ya.lab")),
        ("3com.lab", NameRule("3com.lab")),
        ("10.0.0.0/8", Rule(ip_network("10.0.0.0/8"), ())),
        ("10.1.2.3", Rule(ip_network("10.1.2.3/32"), ())),
        ("::1", Rule(ip_network("::1/128"), ())),
        ("fd00::/8", Rule(ip_network("fd00::/8"), ())),
    ],
)
def test_a_rule_for_resolving_is_a_pattern_of_names_or_a_network(text: str, rule: Rule | NameRule) -> None:
    assert parse_resolve_rule(text) == rule
    assert parse_resolve_rule(str(rule)) == rule


@pytest.mark.parametrize(
    "text",
    ["", "server.lab:80", "10.0.0.0/8:80", "10.0.0.*", "10.*", "unix:/x", "a b", "[ab].lab", "a/b", "a\0b"],
)
def test_what_is_neither_a_name_nor_a_network_is_no_rule_for_resolving(text: str) -> None:
    with pytest.raises(ValueError, match="is neither a name, such as"):
        parse_resolve_rule(text)


@pytest.mark.parametrize(
    ("name", "judged"),
    [
        ("Server.LAB.", "server.lab"),
        ("\uff33erver\u3002lab", "server.lab"),
        ("xn--mnchen-3ya", "xn--mnchen-3ya"),
        ("server.lab\0.evil", ""),
        ("a..b", "a..b"),
        ("x" * 300, "x" * 300),
    ],
)
def test_a_name_is_judged_as_the_resolver_asks_for_it(name: str, judged: str) -> None:
    assert judged_name(name) == judged


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "169.254.0.0",
        "169.254.255.255",
        "::ffff:169.254.169.254",
        "64:ff9b::169.254.169.254",
        "64:ff9b::a9fe:1%eth0",
        "2002:a9fe:a9fe::1",
        "::169.254.169.254",
        "100.100.100.200",
        "64:ff9b::100.100.100.200",
        "2002:6464:64c8:ffff::",
        "168.63.129.16",
        "2002:a83f:8110::",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fd00:c1::a9fe:a9fe",
        "fd00:42::42",
        "192.0.0.192",
        "64:ff9b:1::169.254.169.254",
        "fd20:ce::254",
        "fe80::a9fe:a9fe%eth0",
    ],
)
def test_where_clouds_tell_their_hosts_secrets_is_guarded_however_it_is_written(host: str) -> None:
    assert is_guarded(host)


@pytest.mark.parametrize(
    "host",
    [
        "169.253.255.255",
        "169.255.0.0",
        "100.100.100.199",
        "168.63.129.17",
        "64:ff9b::169.253.1.1",
        "2002:a9ff::",
        "fd00:ec3::254",
        "fd00:c1::a9fe:a9ff",
        "fd00:42::43",
        "192.0.0.193",
        "64:ff9b:1::169.253.1.1",
        "fe80::1",
        "127.0.0.1",
        "::1",
    ],
)
def test_what_is_beside_it_is_not(host: str) -> None:
    assert not is_guarded(host)


@pytest.mark.parametrize(
    ("rule", "naming"),
    [
        ("169.254.169.254:80", True),
        ("169.254.0.0/16", True),
        ("169.254.0.0/15", False),
        ("0.0.0.0/0", False),
        ("::/0", False),
        ("fd00::/8", False),
        ("64:ff9b::/96", False),
        ("64:ff9b::a9fe:a9fe", True),
        ("2002:a9fe::/32", True),
        ("100.100.100.200", True),
    ],
)
def test_a_rule_names_what_is_guarded_when_it_allows_nothing_else(rule: str, naming: bool) -> None:
    read = parse_rule(rule)

    assert isinstance(read, Rule)
    assert names_guarded(read) is naming


ROUGHLY_A_RULE = st.from_regex(r"\A\s?\[?[\d.:a-f%/]{0,20}\]?(:[\d,-]{0,12})?\s?\Z")


@fuzzed
@given(st.text() | ROUGHLY_A_RULE)
def test_any_text_is_a_rule_that_reads_back_as_itself_or_a_value_error(text: str) -> None:
    try:
        rule = parse_rule(text)
    except ValueError:
        return

    assert parse_rule(str(rule)) == rule


@fuzzed
@given(st.text())
def test_any_text_is_a_rule_for_resolving_or_a_value_error(text: str) -> None:
    try:
        rule = parse_resolve_rule(text)
    except ValueError:
        return

    assert parse_resolve_rule(str(rule)) == rule


@fuzzed
@given(st.ip_addresses())
def test_an_address_is_guarded_when_a_guarded_network_has_it(address: IPv4Address | IPv6Address) -> None:
    judged = judged_address(str(address))

    assert is_guarded(str(address)) is any(judged in network for network in GUARDED)
