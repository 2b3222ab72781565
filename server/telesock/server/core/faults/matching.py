"""What fits a target: sockets by number, listener and side of a relay, peers by address, names by pattern."""

import fnmatch

from telesock.server.core.faults.values import Side, Target
from telesock.server.core.policy_rules import Rule, UnixRule, judged_address
from telesock.server.core.requests import Endpoint, OperationKind
from telesock.server.core.status import Phase

_UNIX = "unix:"


def matches_socket(target: Target, socket_id: int, came_from: int, side: Side) -> bool:
    """Whether a socket fits; `came_from` is its listener."""
    if target.socket_id and socket_id != target.socket_id:
        return False
    if target.listener_id and target.listener_id not in (socket_id, came_from):
        return False
    return target.side in (Side.ANY, side)


def matches_peer(peer: Rule | UnixRule | str | None, remote: Endpoint | None) -> bool:
    """Whether an address fits. A socket that has no peer yet fits no rule about peers."""
    if peer is None or isinstance(peer, str):
        return True
    if remote is None or not remote.host:
        return False
    if isinstance(peer, UnixRule):
        return remote.host.startswith(_UNIX) and fnmatch.fnmatchcase(
            remote.host.removeprefix(_UNIX), peer.pattern
        )
    return not remote.host.startswith(_UNIX) and peer.matches(judged_address(remote.host), remote.port)


def matches_name(pattern: str | None, name: str) -> bool:
    """Whether a name fits; letter case does not matter in names."""
    return pattern is None or fnmatch.fnmatchcase(name.lower(), pattern.lower())


def matches_operation(target: Target, kind: OperationKind, phase: Phase) -> bool:
    """Whether an operation fits."""
    return (not target.operations or kind in target.operations) and (
        not target.phases or phase in target.phases
    )
