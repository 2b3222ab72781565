"""Options of sockets, carried out: each typed option as the calls that Linux has for it.

What this host or process lacks is found out on a descriptor of no consequence before anything is accepted, so that it
can be refused with the reason; what the kernel says about the socket itself is a completion. Some options only the agent
knows (address sharing, backlog, conditional accept): they stand in the socket's settings, with those that a new
descriptor of a socket which is not connected yet has to be given again.
"""

import errno
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from telesock.server.core.events import ControlResult
from telesock.server.core.operations import Operation
from telesock.server.core.options import (
    RULES,
    OptionKind,
    SetOption,
    Value,
    check_category,
    check_option,
    check_sharing,
)
from telesock.server.core.refusal import malformed
from telesock.server.core.requests import Control, Family
from telesock.server.core.states import Category, Request, State
from telesock.server.core.status import Failure, Phase, failure_from_errno
from telesock.server.engine import kernel_options, multicast, queries, silence
from telesock.server.engine.host_options import check_host, not_available

if TYPE_CHECKING:
    from telesock.server.engine.sockets import Socket

_KEPT_IN = (State.CREATED, State.BOUND, State.CONNECTING)


def control(target: "Socket", operation: Operation, request: Control) -> None:
    """Carry out a control request: refuse it, or complete the operation at once."""
    target.permit(Request.CONTROL)
    if request.option is not None:
        _set(target, operation, request.option)
    elif request.options is not None:
        _get(target, operation, request.options)
    else:
        queries.answer(target, operation, request.queries)


def check_options(target: "Socket", options: Sequence[SetOption], family: Family) -> None:
    """Refuse options that a new socket of this category can never have, or that this host lacks."""
    settings: dict[OptionKind, Value] = {}
    for option in options:
        check_option(target.category, State.CREATED, option)
        check_sharing(settings, option)
        check_host(target, option, family)
        settings[option.kind] = option.value


def set_options(target: "Socket", options: Sequence[SetOption]) -> None:
    """Set options on a socket that has just got its descriptor. Raises OSError."""
    for option in options:
        _apply(target, option)


def set_again(target: "Socket") -> None:
    """Give a new descriptor the options of the one before it. Raises OSError."""
    for kind, value in target.settings.items():
        _write(target, SetOption(kind, value))


def keep(target: "Socket", options: Sequence[SetOption]) -> None:
    """Remember options for descriptors to come."""
    if options:
        target.settings = {**target.settings, **{option.kind: option.value for option in options}}


def _set(target: "Socket", operation: Operation, option: SetOption) -> None:
    check_option(target.category, target.state, option)
    check_sharing(target.settings, option)
    check_host(target, option, target.family)
    _CHECKS.get(option.kind, _nothing)(target, option)
    target.accept(operation)
    try:
        _apply(target, option)
        readable = RULES[option.kind].readable
        held = (SetOption(option.kind, _read(target, option.kind)),) if readable else ()
    except OSError as error:
        target.complete(operation, failure=_failure(target, error))
        return
    target.complete(operation, ControlResult(held))


def _apply(target: "Socket", option: SetOption) -> None:
    remade = target.state in _KEPT_IN
    if target.descriptor is not None or not remade:  # else it is given to the descriptor to come
        _write(target, option)
    if remade and option.kind not in _PASSING:
        keep(target, (option,))


def _write(target: "Socket", option: SetOption) -> None:
    _SETTERS.get(option.kind, kernel_options.write)(target, option)


def _get(target: "Socket", operation: Operation, kinds: tuple[OptionKind, ...]) -> None:
    for kind in kinds:
        check_category(target.category, kind)
        if not RULES[kind].readable:
            raise malformed("get.kinds", f"{kind.name.lower()} can only be set")
    found: list[SetOption] = []
    unavailable: dict[OptionKind, OSError] = {}
    for kind in kinds or _readable(target.category):
        try:
            found.append(SetOption(kind, _read(target, kind)))
        except OSError as error:
            unavailable[kind] = error
    failure = None
    if kinds and unavailable:
        kind, missing = next(iter(unavailable.items()))
        if target.descriptor is not None:
            raise not_available(kind, missing)
        failure = _failure(target, missing)  # there is nothing to be read of any more
    target.accept(operation)
    if failure is not None:
        target.complete(operation, failure=failure)
        return
    reasons = {kind.name.lower(): each.strerror or str(each) for kind, each in unavailable.items()}
    target.complete(operation, ControlResult(tuple(found), reasons))


def _readable(category: Category) -> list[OptionKind]:
    return [kind for kind, rule in RULES.items() if category in rule.categories and rule.readable]


def _read(target: "Socket", kind: OptionKind) -> Value:
    if target.descriptor is None and kind in target.settings:
        return target.settings[kind]
    value: Value = _GETTERS.get(kind, kernel_options.read)(target, kind)
    return value


def _failure(target: "Socket", error: OSError) -> Failure:
    """How a set or a get ended that the kernel, or the connection's loss, has failed."""
    lost = queries.loss(target)
    return lost or failure_from_errno(error.errno or 0, Phase.BIND, str(error))


# What has checks or calls of its own


def _check_silence(target: "Socket", option: SetOption) -> None:
    silence.check(target, bool(option.value))


def _check_fixed(target: "Socket", option: SetOption) -> None:
    target.check_fixed(option.value)  # type: ignore[attr-defined]  # only datagram sockets come here


def _nothing(target: "Socket", option: SetOption) -> None:
    """Nothing is to be checked, or to be told to the kernel."""


def _share(target: "Socket", option: SetOption) -> None:
    """Let the kernel share too, but leave sockets that may listen as they were made: see address_sharing.py."""
    if target.category not in (Category.LISTENING, Category.STREAM):
        kernel_options.write(target, option)


def _set_fixed_remote(target: "Socket", option: SetOption) -> None:
    target.set_fixed_remote(option.value)  # type: ignore[attr-defined]  # only datagram sockets come here


def _set_fixed_send_to(target: "Socket", option: SetOption) -> None:
    target.set_fixed_send_to(option.value)  # type: ignore[attr-defined]  # only datagram sockets come here


def _read_fixed(target: "Socket", kind: OptionKind) -> Value:
    fixed: Value = getattr(target, kind.name.lower())
    return fixed


def _read_silent(target: "Socket", kind: OptionKind) -> Value:
    return target.state in silence.SILENT


def _read_own(target: "Socket", kind: OptionKind) -> Value:
    lacking = kernel_options.lacking(target.family, kind)
    if lacking:
        raise OSError(errno.EOPNOTSUPP, lacking)
    return target.settings.get(kind, _DEFAULTS[kind])


_PASSING = frozenset(
    {
        OptionKind.SILENT,
        OptionKind.FIXED_REMOTE,
        OptionKind.FIXED_SEND_TO,
        OptionKind.JOIN_GROUP,
        OptionKind.LEAVE_GROUP,
    }
)
_DEFAULTS: dict[OptionKind, Value] = {
    OptionKind.BACKLOG: 4096,
    OptionKind.CONDITIONAL_ACCEPT: False,
    OptionKind.EXCLUSIVE_ADDRESS: False,
    OptionKind.REUSE_ADDRESS: False,
}
_CHECKS: dict[OptionKind, Callable[["Socket", SetOption], None]] = {
    OptionKind.FIXED_REMOTE: _check_fixed,
    OptionKind.FIXED_SEND_TO: _check_fixed,
    OptionKind.SILENT: _check_silence,
}
_SETTERS: dict[OptionKind, Callable[["Socket", SetOption], None]] = {
    **dict.fromkeys(_DEFAULTS, _nothing),
    OptionKind.REUSE_ADDRESS: _share,
    OptionKind.JOIN_GROUP: multicast.change_group,
    OptionKind.LEAVE_GROUP: multicast.change_group,
    OptionKind.MULTICAST_INTERFACE: multicast.set_interface,
    OptionKind.FIXED_REMOTE: _set_fixed_remote,
    OptionKind.FIXED_SEND_TO: _set_fixed_send_to,
    OptionKind.KEEP_ALIVE: silence.set_keep_alive,
    OptionKind.SILENT: silence.change,
}
_GETTERS: dict[OptionKind, Callable[["Socket", OptionKind], Any]] = {
    **dict.fromkeys(_DEFAULTS, _read_own),
    OptionKind.MULTICAST_INTERFACE: multicast.read_interface,
    OptionKind.FIXED_REMOTE: _read_fixed,
    OptionKind.FIXED_SEND_TO: _read_fixed,
    OptionKind.KEEP_ALIVE: silence.read_keep_alive,
    OptionKind.SILENT: _read_silent,
}
