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
)
from telesock.server.core.refusal import Reason, Refused, malformed
from telesock.server.core.requests import Control
from telesock.server.core.states import Request, State
from telesock.server.core.status import Phase, failure_from_errno
from telesock.server.engine import kernel_options, multicast, queries, silence

if TYPE_CHECKING:
    from telesock.server.engine.sockets import Socket

_OWN = frozenset({OptionKind.BACKLOG, OptionKind.CONDITIONAL_ACCEPT, OptionKind.EXCLUSIVE_ADDRESS})
_KEPT_IN = (State.CREATED, State.BOUND)
_LACKING = frozenset({errno.EPERM, errno.ENOPROTOOPT, errno.EOPNOTSUPP, errno.ENOENT})
_PROBED = frozenset(
    {
        OptionKind.MARK,
        OptionKind.DEVICE,
        OptionKind.CONGESTION_CONTROL,
        OptionKind.FAST_OPEN,
    }
)


def control(target: "Socket", operation: Operation, request: Control) -> None:
    """Carry out a control request: refuse it, or complete the operation at once."""
    target.permit(Request.CONTROL)
    if request.option is not None:
        _set(target, operation, request.option)
    elif request.options is not None:
        _get(target, operation, request.options)
    else:
        queries.answer(target, operation, request.queries)


def check_options(target: "Socket", options: Sequence[SetOption]) -> None:
    """Refuse options that a new socket of this category can never have, or that this host lacks."""
    for option in options:
        check_option(target.category, State.CREATED, option)
        _check_host(target, option)


def set_options(target: "Socket", options: Sequence[SetOption]) -> None:
    """Set options on a socket that has just got its descriptor. Raises OSError."""
    for option in options:
        _apply(target, option)


def set_again(target: "Socket") -> None:
    """Give a new descriptor the options of the one before it. Raises OSError."""
    for kind, value in target.settings.items():
        if kind not in _OWN:
            _SETTERS.get(kind, kernel_options.write)(target, SetOption(kind, value))


def keep(target: "Socket", options: Sequence[SetOption]) -> None:
    """Remember options for descriptors to come."""
    if options:
        target.settings = {**target.settings, **{option.kind: option.value for option in options}}


def _set(target: "Socket", operation: Operation, option: SetOption) -> None:
    check_option(target.category, target.state, option)
    if option.kind is OptionKind.SILENT:
        silence.check(target, bool(option.value))
    _check_host(target, option)
    _CHECKS.get(option.kind, _nothing)(target, option)
    target.accept(operation)
    try:
        _apply(target, option)
        held = (
            () if not RULES[option.kind].readable else (SetOption(option.kind, _read(target, option.kind)),)
        )
    except OSError as error:
        target.complete(operation, failure=failure_from_errno(error.errno or 0, Phase.BIND, str(error)))
        return
    target.complete(operation, ControlResult(held))


def _apply(target: "Socket", option: SetOption) -> None:
    if option.kind not in _OWN:
        _SETTERS.get(option.kind, kernel_options.write)(target, option)
    lasting = option.kind in _OWN or option.kind is OptionKind.REUSE_ADDRESS or target.state in _KEPT_IN
    if lasting and option.kind not in _PASSING:
        keep(target, (option,))


def _get(target: "Socket", operation: Operation, kinds: tuple[OptionKind, ...]) -> None:
    for kind in kinds:
        check_category(target.category, kind)
        if not RULES[kind].readable:
            raise malformed("get.kinds", f"{kind.name.lower()} can only be set")
    named = bool(kinds)
    wanted = kinds or tuple(
        kind for kind, rule in RULES.items() if target.category in rule.categories and rule.readable
    )
    found: list[SetOption] = []
    unavailable: dict[str, str] = {}
    for kind in wanted:
        try:
            found.append(SetOption(kind, _read(target, kind)))
        except OSError as error:
            if named:
                raise _not_available(kind, error) from None
            unavailable[kind.name.lower()] = error.strerror or str(error)
    target.accept(operation)
    target.complete(operation, ControlResult(tuple(found), unavailable))


def _read(target: "Socket", kind: OptionKind) -> Value:
    if kind in _OWN:
        return target.settings.get(kind, _DEFAULTS[kind])
    value: Value = _GETTERS.get(kind, kernel_options.read)(target, kind)
    return value


def _check_host(target: "Socket", option: SetOption) -> None:
    """Refuse what this host or process cannot do, found out on another descriptor of the same kind."""
    if option.kind not in _PROBED:
        return
    try:
        with kernel_options.like(target) as descriptor:
            kernel_options.write_to(descriptor, target, option)
    except OSError as error:
        if error.errno in _LACKING:
            raise _not_available(option.kind, error) from None


def _not_available(kind: OptionKind, error: OSError) -> Refused:
    reason = error.strerror or str(error)
    if error.errno == errno.EPERM:
        reason = "the agent has not the privilege, CAP_NET_ADMIN"
    elif error.errno == errno.ENOENT:
        reason = "this host offers no such algorithm"
    return Refused(
        Reason.NOT_AVAILABLE,
        f"{kind.name.lower()}: {reason}",
        option=kind.name,
        wsk_status="STATUS_NOT_SUPPORTED",
    )


def _nothing(target: "Socket", option: SetOption) -> None:
    """Nothing further is to be checked."""


def _set_fixed_remote(target: "Socket", option: SetOption) -> None:
    target.set_fixed_remote(option.value)  # type: ignore[attr-defined]  # only datagram sockets come here


def _set_fixed_send_to(target: "Socket", option: SetOption) -> None:
    target.set_fixed_send_to(option.value)  # type: ignore[attr-defined]  # only datagram sockets come here


def _check_fixed(target: "Socket", option: SetOption) -> None:
    target.check_fixed(option.value)  # type: ignore[attr-defined]  # only datagram sockets come here


def _read_fixed(target: "Socket", kind: OptionKind) -> Value:
    fixed: Value = getattr(target, kind.name.lower())
    return fixed


def _read_silent(target: "Socket", kind: OptionKind) -> Value:
    return target.state in silence.SILENT


_PASSING = frozenset({OptionKind.SILENT, OptionKind.FIXED_REMOTE, OptionKind.FIXED_SEND_TO})
_DEFAULTS: dict[OptionKind, Value] = {
    OptionKind.BACKLOG: 4096,
    OptionKind.CONDITIONAL_ACCEPT: False,
    OptionKind.EXCLUSIVE_ADDRESS: False,
}
_CHECKS: dict[OptionKind, Callable[["Socket", SetOption], None]] = {
    OptionKind.JOIN_GROUP: multicast.check_group,
    OptionKind.LEAVE_GROUP: multicast.check_group,
    OptionKind.FIXED_REMOTE: _check_fixed,
    OptionKind.FIXED_SEND_TO: _check_fixed,
}
_SETTERS: dict[OptionKind, Callable[["Socket", SetOption], None]] = {
    OptionKind.JOIN_GROUP: multicast.change_group,
    OptionKind.LEAVE_GROUP: multicast.change_group,
    OptionKind.MULTICAST_INTERFACE: multicast.set_interface,
    OptionKind.FIXED_REMOTE: _set_fixed_remote,
    OptionKind.FIXED_SEND_TO: _set_fixed_send_to,
    OptionKind.SILENT: silence.change,
}
_GETTERS: dict[OptionKind, Callable[["Socket", OptionKind], Any]] = {
    OptionKind.MULTICAST_INTERFACE: multicast.read_interface,
    OptionKind.FIXED_REMOTE: _read_fixed,
    OptionKind.FIXED_SEND_TO: _read_fixed,
    OptionKind.SILENT: _read_silent,
}
