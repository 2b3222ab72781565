"""Where sockets may go: to which networks, ports and paths, where they listen, which names are resolved; else nowhere.

Denies by default. Addresses are judged, and names only as what is asked of a resolver: what a name resolves to is judged
again, at the moment of connecting. Port 0 of a listen, any port, is allowed only by a rule without ports. An address that
is guarded (policy_rules.py) is allowed only by a rule that names it. Paths that have `..` in them are never allowed: what
they name is not what they say. The rule `*` allows every name, and every address to be asked for its name.
"""

import shlex
from collections.abc import Iterable, Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import NamedTuple

from telesock.server.core.policy_rules import (
    UNIX,
    NameRule,
    Rule,
    UnixRule,
    is_guarded,
    is_literal,
    judged_address,
    judged_name,
    names_guarded,
    parse_listen_rule,
    parse_resolve_rule,
    parse_rule,
)

LOOPBACK = ("127.0.0.0/8", "::1/128")
RESOLVABLE = ("localhost", *LOOPBACK)
_LONGEST_SHOWN = 100
_EVERY_NAME = NameRule("*")


class PolicyAction(IntEnum):
    """What is judged. Numbers as in the contract."""

    CONNECT = 1
    SEND_TO = 2
    LISTEN = 3
    RESOLVE = 4


class Verdict(NamedTuple):
    """Whether something may be done, the rule that lets it, and one line that says which does, or which would."""

    allowed: bool
    rule: str
    explanation: str


class _Networks:
    """Rules of networks; those that name what is guarded are looked at alone for that."""

    def __init__(self, rules: Iterable[Rule | UnixRule | NameRule]) -> None:
        self._all = tuple(rule for rule in rules if isinstance(rule, Rule))
        self._naming = tuple(rule for rule in self._all if names_guarded(rule))

    def find(self, host: str, port: int) -> Rule | None:
        """The first rule that allows a literal address."""
        address = judged_address(host)
        for rule in self._naming if is_guarded(host) else self._all:
            if rule.matches(address, port):
                return rule
        return None


class Policy:
    """Allows what one of its rules allows, and nothing else."""

    def __init__(
        self,
        connect: Iterable[str] = LOOPBACK,
        listen: Iterable[str] = LOOPBACK,
        resolve: Iterable[str] = RESOLVABLE,
        sources: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._sources = sources  # how lists of rules are called that do not come from the flag of their name
        self.rules = tuple(map(parse_rule, connect))
        """Where sockets may connect and send to; which Unix-domain paths they may have."""
        self.listens = tuple(map(parse_listen_rule, listen))
        """Where they may listen."""
        self.names = tuple(map(parse_resolve_rule, resolve))
        """What may be resolved: names, and addresses that may be asked for theirs."""
        self._destinations, self._listens, self._reverse = map(
            _Networks, (self.rules, self.listens, self.names)
        )
        self._paths = tuple(rule for rule in self.rules if isinstance(rule, UnixRule))
        self._patterns = tuple(rule for rule in self.names if isinstance(rule, NameRule))

    # Yes or no

    def allows(self, host: str, port: int) -> bool:
        """Judge a literal address to go to. An IPv4 address inside an IPv6 one is judged as the IPv4 address it is."""
        return self._to(host, port) is not None

    def allows_listen(self, host: str, port: int) -> bool:
        """Judge a literal address to listen on; the wildcards are the addresses that they are written as."""
        return self._on(host, port) is not None

    def allows_name(self, name: str) -> bool:
        """Judge a name before it is resolved."""
        return self._named(name) is not None

    def allows_reverse(self, host: str) -> bool:
        """Judge a literal address before it is asked for its name."""
        return self._asked(host) is not None

    def judge(self, action: PolicyAction, host: str, port: int = 0) -> Verdict:
        """Judge a literal address, or for RESOLVE a name too, and say why."""
        rule: Rule | UnixRule | NameRule | None
        if action is PolicyAction.LISTEN and not host.startswith(UNIX):
            rule, flag = self._on(host, port), "--allow-listen"
        elif action is not PolicyAction.RESOLVE:
            rule, flag = self._to(host, port), "--allow"
        else:
            rule, flag = (self._asked(host) if is_literal(host) else self._named(host)), "--allow-resolve"
        if rule is None:
            return Verdict(False, "", self._denial(action, host, port))
        return Verdict(True, str(rule), f"{self._sources.get(flag, flag)} {shlex.quote(str(rule))} allows it")

    def _denial(self, action: PolicyAction, host: str, port: int) -> str:
        """Say what is not allowed, and with which rule it would be."""
        asking = action is PolicyAction.RESOLVE
        is_path = host.startswith(UNIX) and not asking
        where = shown(host) if is_path or asking else f"{host} port {port}"
        doing, flag, says = _WORDS[PolicyAction.CONNECT if is_path else action]
        source = self._sources.get(flag, f"the agent's {flag}")
        example = _name_example(host) if asking else _place_example(host, port)
        guarded = is_literal(host) and is_guarded(host)
        why = ", a metadata address that has to be named" if guarded else ""
        such = f", {example} for example" if example else ""
        return f"policy does not allow {doing}{where}{why}; {source} says {says}{such}"

    # Which rule allows it

    def _to(self, host: str, port: int) -> Rule | UnixRule | None:
        if not host.startswith(UNIX):
            return self._destinations.find(host, port)
        path = host.removeprefix(UNIX)
        if "/../" in f"{path}/":
            return None
        return next((rule for rule in self._paths if rule.matches(path)), None)

    def _on(self, host: str, port: int) -> Rule | UnixRule | None:
        return self._to(host, 0) if host.startswith(UNIX) else self._listens.find(host, port)

    def _named(self, name: str) -> NameRule | None:
        judged = judged_name(name)
        return next((rule for rule in self._patterns if judged and rule.matches(judged)), None)

    def _asked(self, host: str) -> Rule | NameRule | None:
        if not is_guarded(host) and _EVERY_NAME in self._patterns:
            return _EVERY_NAME
        return self._reverse.find(host, 0)


def allowed_by_itself(host: str) -> bool:
    """Whether an address, written as a rule, is a rule that allows it: not so of paths with `..` or with brackets."""
    try:
        return Policy((host,)).allows(host, 0)
    except ValueError:
        return False


def shown(text: str) -> str:
    """What a caller wrote, fit to be printed in a line."""
    text = text if text.isprintable() else text.encode("unicode_escape").decode()
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"


# Why not


_WORDS = {
    PolicyAction.CONNECT: ("", "--allow", "where sockets may go"),
    PolicyAction.SEND_TO: ("", "--allow", "where sockets may go"),
    PolicyAction.LISTEN: ("listening on ", "--allow-listen", "where sockets may listen"),
    PolicyAction.RESOLVE: ("resolving ", "--allow-resolve", "what may be resolved"),
}


def _place_example(host: str, port: int) -> str:
    """A rule that would allow it; none where no rule can."""
    if host.startswith(UNIX):
        return shlex.quote(host) if allowed_by_itself(host) else ""
    address = judged_address(host)
    if not port:
        return str(address)
    return shlex.quote(f"[{address}]:{port}") if address.version == 6 else f"{address}:{port}"


def _name_example(host: str) -> str:
    """The same for what would be resolved; a name with wildcards in it would allow others."""
    if is_literal(host):
        return str(judged_address(host))
    if len(host) > _LONGEST_SHOWN or "*" in host or "?" in host:
        return ""
    try:
        return str(parse_resolve_rule(host))
    except ValueError:
        return ""
