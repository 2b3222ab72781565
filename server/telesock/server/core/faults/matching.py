"""What fits a target: sockets by number, listener and side of a relay, operations by kind and phase."""

from telesock.server.core.faults.values import Side, Target
from telesock.server.core.requests import OperationKind
from telesock.server.core.status import Phase


def matches_socket(target: Target, socket_id: int, came_from: int, side: Side) -> bool:
    """Whether a socket fits; `came_from` is its listener."""
    if target.socket_id and socket_id != target.socket_id:
        return False
    if target.listener_id and target.listener_id not in (socket_id, came_from):
        return False
    return target.side in (Side.ANY, side)


def matches_operation(target: Target, kind: OperationKind, phase: Phase) -> bool:
    """Whether an operation fits."""
    return (not target.operations or kind in target.operations) and (
        not target.phases or phase in target.phases
    )
