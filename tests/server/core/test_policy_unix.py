"""Which patterns of Unix-domain paths can be written, and which paths and names they allow."""

import pytest

from telesock.server.core.policy import LOOPBACK, Policy, allowed_by_itself
from telesock.server.core.policy_rules import UnixRule, parse_rule


@pytest.mark.parametrize(
    "text", ["unix:/run/lab/*", "unix:/run/a.sock", "unix:@lab-*", "unix:@", " unix:/x "]
)
def test_a_rule_is_a_path_or_a_name_with_wildcards(text: str) -> None:
    rule = parse_rule(text)

    assert (rule, str(rule)) == (UnixRule(text.strip().removeprefix("unix:")), text.strip())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("unix:", "unix: needs an absolute path, or '@' and a name, after 'unix:'"),
        ("unix:*", "unix:* needs an absolute path, or '@' and a name, after 'unix:'"),
        ("unix:run/lab", "unix:run/lab needs an absolute path, or '@' and a name, after 'unix:'"),
        ("unix:/run/../etc/*", "unix:/run/../etc/* must not contain '..'"),
        ("unix:/run/..", "unix:/run/.. must not contain '..'"),
    ],
)
def test_a_mistake_is_told_in_one_line(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=r"\Aunix:") as caught:
        parse_rule(text)

    assert str(caught.value) == problem


@pytest.mark.parametrize(
    ("rule", "host", "allowed"),
    [
        ("unix:/run/a.sock", "unix:/run/a.sock", True),
        ("unix:/run/a.sock", "unix:/run/a.sock2", False),
        ("unix:/run/a.sock", "unix:/RUN/A.SOCK", False),
        ("unix:/run/lab/*", "unix:/run/lab/deep/down", True),
        ("unix:/run/lab/*", "unix:/run/lab", False),
        ("unix:/run/lab/?[ab]", "unix:/run/lab/xb", True),
        ("unix:/run/lab/*", "unix:/run/lab/../secret", False),
        ("unix:/run/lab/*", "unix:/run/lab/..", False),
        ("unix:/run/lab/*", "unix:/run/lab/..x", True),
        ("unix:/*", "unix:@name", False),
        ("unix:@*", "unix:@name", True),
        ("unix:@*", "unix:/name", False),
        ("unix:@lab-*", "unix:@lap-1", False),
        ("unix:/*", "unix:", False),
        ("0.0.0.0/0", "unix:/run/a.sock", False),
        ("unix:/*", "127.0.0.1", False),
    ],
)
def test_a_path_is_allowed_by_a_pattern_that_it_matches_whole(rule: str, host: str, allowed: bool) -> None:
    assert Policy((rule,)).allows(host, 0) is allowed


@pytest.mark.parametrize("rules", [LOOPBACK, ()])
def test_no_path_is_allowed_unless_somebody_said_so(rules: tuple[str, ...]) -> None:
    policy = Policy(rules)

    assert [policy.allows(host, 0) for host in ("unix:/x", "unix:@x", "unix:")] == [False] * 3


@pytest.mark.parametrize(
    ("host", "itself"),
    [
        ("unix:/run/x", True),
        ("unix:@x", True),
        ("unix:/a/../x", False),
        ("unix:x", False),
        ("unix:/[x]", False),
    ],
)
def test_an_address_is_a_rule_for_itself_unless_it_is_none_or_means_another(host: str, itself: bool) -> None:
    assert allowed_by_itself(host) is itself
