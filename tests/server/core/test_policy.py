"""Which rules can be written, and which destinations they allow."""

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from telesock.server.core.policy import Policy, Rule, parse_rule

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
@given(st.text() | ROUGHLY_A_RULE | st.ip_addresses().map(str), st.integers())
def test_any_host_is_judged_or_a_value_error(host: str, port: int) -> None:
    everything = Policy(["0.0.0.0/0", "::/0"])
    try:
        judgement = everything.allows(host, port)
    except ValueError:
        return

    assert judgement is True


@fuzzed
@given(st.ip_addresses(), st.integers(1, 65_535), st.integers(1, 65_535), st.integers(1, 65_535))
def test_a_rule_for_one_address_allows_exactly_its_ports(
    address: IPv4Address | IPv6Address, low: int, high: int, port: int
) -> None:
    assume(isinstance(address, IPv4Address) or address.ipv4_mapped is None)
    low, high = sorted((low, high))
    policy = Policy([f"[{address}]:{low}-{high}"])

    assert policy.allows(str(address), port) is (low <= port <= high)
