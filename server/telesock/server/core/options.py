"""Socket options as values: what each is called, which sockets have it, when it may be set, and to what.

One table decides it; the engine only carries it out (options.py there). What a kernel can do is not known here.
"""

from collections.abc import Callable, Mapping
from enum import Enum, IntEnum, auto
from typing import Any, NamedTuple

from telesock.server.core.refusal import Reason, Refused, malformed
from telesock.server.core.states import Category, State


class OptionKind(IntEnum):
    """The options. Numbers as in the contract, which describes each."""

    KEEP_ALIVE = 1
    NO_DELAY = 2
    RECEIVE_BUFFER_BYTES = 3
    SEND_BUFFER_BYTES = 4
    LINGER = 5
    REUSE_ADDRESS = 6
    EXCLUSIVE_ADDRESS = 7
    V6_ONLY = 8
    BROADCAST = 9
    JOIN_GROUP = 10
    LEAVE_GROUP = 11
    MULTICAST_HOPS = 12
    MULTICAST_LOOPBACK = 13
    MULTICAST_INTERFACE = 14
    TYPE_OF_SERVICE = 15
    TIME_TO_LIVE = 16
    MARK = 17
    DEVICE = 18
    USER_TIMEOUT = 19
    FAST_OPEN = 20
    CONGESTION_CONTROL = 21
    QUICK_ACKNOWLEDGE = 22
    DEFER_ACCEPT = 23
    MAXIMUM_SEGMENT_BYTES = 24
    BACKLOG = 25
    CONDITIONAL_ACCEPT = 26
    FIXED_REMOTE = 27
    FIXED_SEND_TO = 28
    SILENT = 29


class QueryKind(IntEnum):
    """What can be asked beside options. Numbers as in the contract."""

    RECEIVE_BACKLOG = 1
    UNSENT = 2
    UNACKNOWLEDGED = 3
    IDEAL_SEND_BACKLOG = 4
    TCP_INFO = 5
    ADDRESS_LIST = 6
    INSPECT_ID = 7


class KeepAlive(NamedTuple):
    """Probing of an idle connection; seconds, None or 0 leave the kernel's values."""

    enabled: bool
    idle: float | None = None
    interval: float | None = None
    probes: int = 0


class Linger(NamedTuple):
    """What close(2) does with unsent data; seconds."""

    enabled: bool
    timeout: float = 0.0


class MulticastGroup(NamedTuple):
    """A group's address, and the interface's name or nothing."""

    address: str
    interface: str = ""


class Peer(NamedTuple):
    """A fixed address of a datagram socket; an empty host clears it."""

    host: str
    port: int


Value = bool | int | float | str | KeepAlive | Linger | MulticastGroup | Peer
"""Durations are seconds as float."""


class SetOption(NamedTuple):
    """An option and its value."""

    kind: OptionKind
    value: Value


class When(Enum):
    """When an option may be set."""

    BEFORE_BIND = auto()
    BEFORE_USE = auto()
    """Before the socket listens or connects."""
    BOUND = auto()
    CONNECTED = auto()
    """While sends can be accepted, or would be but for the silence."""
    ANY = auto()


_STATES: Mapping[When, frozenset[State]] = {
    When.BEFORE_BIND: frozenset({State.CREATED}),
    When.BEFORE_USE: frozenset({State.CREATED, State.BOUND}),
    When.BOUND: frozenset({State.BOUND}),
    When.CONNECTED: frozenset({State.CONNECTED, State.PEER_DISCONNECTED, State.SILENT, State.SILENT_LAST}),
    When.ANY: frozenset(State) - {State.CLOSED},
}


class Rule(NamedTuple):
    """What is said of one option: who has it, when it may be set, and what is wrong with a value, if anything."""

    categories: frozenset[Category]
    when: When = When.ANY
    problem: Callable[[Any], str] = lambda value: ""
    readable: bool = True


def _within(lowest: int, highest: int) -> Callable[[Any], str]:
    def problem(value: int) -> str:
        return "" if lowest <= value <= highest else f"{value} is not between {lowest} and {highest}"

    return problem


def _seconds(lowest: int, highest: int) -> Callable[[Any], str]:
    def problem(value: float) -> str:
        whole = value == int(value) and lowest <= value <= highest
        return "" if whole else f"{value:g} s are not whole seconds between {lowest} and {highest}"

    return problem


def _keep_alive_problem(value: KeepAlive) -> str:
    for seconds in (value.idle, value.interval):
        problem = "" if seconds is None else _seconds(1, _LONGEST_KEEP_ALIVE)(seconds)
        if problem:
            return problem
    return "" if value.probes <= _MOST_PROBES else f"{value.probes} probes are more than {_MOST_PROBES}"


def _timeout_problem(value: float) -> str:
    if not 0 <= value * 1000 <= _MOST:
        return f"{value:g} s is not between 0 and {_MOST // 1000}"
    whole = abs(value * 1000 - round(value * 1000)) < _ROUNDING
    return "" if whole else f"{value:g} s are not whole milliseconds"


def _text_problem(longest: int) -> Callable[[Any], str]:
    def problem(value: str) -> str:
        fits = len(value.encode()) < longest and "\0" not in value
        return "" if fits else f"a name has fewer than {longest} bytes, none of them NUL"

    return problem


_LONGEST_KEEP_ALIVE = 32_767  # tcp(7)
_MOST_PROBES = 127
_MOST = 2**31 - 1
_ROUNDING = 1e-6  # milliseconds; seconds are floats
_STREAMS = frozenset({Category.LISTENING, Category.CONNECTION, Category.STREAM})
_LISTENING = frozenset({Category.LISTENING, Category.STREAM})
_CONNECTING = frozenset({Category.CONNECTION, Category.STREAM})
_DATAGRAMS = frozenset({Category.DATAGRAM})
_ALL = _STREAMS | _DATAGRAMS

RULES: Mapping[OptionKind, Rule] = {
    OptionKind.KEEP_ALIVE: Rule(_STREAMS, problem=_keep_alive_problem),
    OptionKind.NO_DELAY: Rule(_STREAMS),
    OptionKind.RECEIVE_BUFFER_BYTES: Rule(_ALL, problem=_within(1, _MOST // 2)),
    OptionKind.SEND_BUFFER_BYTES: Rule(_ALL, problem=_within(1, _MOST // 2)),
    OptionKind.LINGER: Rule(_STREAMS, problem=lambda value: _seconds(0, 65_535)(value.timeout)),
    OptionKind.REUSE_ADDRESS: Rule(_ALL, When.BEFORE_BIND),
    OptionKind.EXCLUSIVE_ADDRESS: Rule(_ALL, When.BEFORE_BIND),
    OptionKind.V6_ONLY: Rule(_ALL, When.BEFORE_BIND),
    OptionKind.BROADCAST: Rule(_DATAGRAMS),
    OptionKind.JOIN_GROUP: Rule(_DATAGRAMS, readable=False),
    OptionKind.LEAVE_GROUP: Rule(_DATAGRAMS, readable=False),
    OptionKind.MULTICAST_HOPS: Rule(_DATAGRAMS, problem=_within(0, 255)),
    OptionKind.MULTICAST_LOOPBACK: Rule(_DATAGRAMS),
    OptionKind.MULTICAST_INTERFACE: Rule(_DATAGRAMS, problem=_text_problem(16)),
    OptionKind.TYPE_OF_SERVICE: Rule(_ALL, problem=_within(0, 255)),
    OptionKind.TIME_TO_LIVE: Rule(_ALL, problem=_within(1, 255)),
    OptionKind.MARK: Rule(_ALL),
    OptionKind.DEVICE: Rule(_ALL, problem=_text_problem(16)),
    OptionKind.USER_TIMEOUT: Rule(_STREAMS, problem=_timeout_problem),
    OptionKind.FAST_OPEN: Rule(_STREAMS, When.BEFORE_USE, _within(0, _MOST)),
    OptionKind.CONGESTION_CONTROL: Rule(_STREAMS, problem=_text_problem(16)),
    OptionKind.QUICK_ACKNOWLEDGE: Rule(_CONNECTING),
    OptionKind.DEFER_ACCEPT: Rule(_LISTENING, problem=_seconds(0, 3600)),
    OptionKind.MAXIMUM_SEGMENT_BYTES: Rule(_STREAMS, When.BEFORE_USE, _within(88, 32_767)),
    OptionKind.BACKLOG: Rule(_LISTENING, When.BEFORE_USE, _within(1, _MOST)),
    OptionKind.CONDITIONAL_ACCEPT: Rule(frozenset({Category.LISTENING}), When.BEFORE_BIND),
    OptionKind.FIXED_REMOTE: Rule(_DATAGRAMS, When.BOUND),
    OptionKind.FIXED_SEND_TO: Rule(_DATAGRAMS, When.BOUND),
    OptionKind.SILENT: Rule(_CONNECTING, When.CONNECTED),
}


def check_category(category: Category, kind: OptionKind) -> None:
    """Refuse an option of other sockets."""
    rule = RULES[kind]
    if category not in rule.categories:
        kinds = ", ".join(sorted(each.name.lower() for each in rule.categories))
        message = (
            f"{kind.name.lower()}: a {category.name.lower()} socket has none; sockets that have: {kinds}"
        )
        raise Refused(Reason.WRONG_CATEGORY, message, category=category.name, option=kind.name)


def check_option(category: Category, state: State, option: SetOption) -> None:
    """Refuse to set an option that this socket has not, or no longer, or not to this value."""
    check_category(category, option.kind)
    rule, name = RULES[option.kind], option.kind.name.lower()
    problem = rule.problem(option.value)
    if problem:
        raise malformed(name, problem)
    if state not in _STATES[rule.when]:
        wanted = rule.when.name.lower().replace("_", " ")
        message = f"{name} can only be set {wanted}; the socket is {state.name}"
        raise Refused(Reason.WRONG_STATE, message, state=state.name, wsk_status="STATUS_INVALID_DEVICE_STATE")


def check_sharing(settings: Mapping[OptionKind, Value], option: SetOption) -> None:
    """Refuse an address that is shared and exclusive at once; `settings` are the options that hold so far."""
    other = _OPPOSITES.get(option.kind)
    if other is not None and option.value and settings.get(other):
        name, opposite = option.kind.name.lower(), other.name.lower()
        raise malformed(name, f"an address is shared or exclusive; turn {opposite} off first")


_OPPOSITES = {
    OptionKind.REUSE_ADDRESS: OptionKind.EXCLUSIVE_ADDRESS,
    OptionKind.EXCLUSIVE_ADDRESS: OptionKind.REUSE_ADDRESS,
}
