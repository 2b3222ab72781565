"""What faults do to attempts to connect and to lookups of names: which of them fire, and what that means together."""

from typing import TYPE_CHECKING, NamedTuple

from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.connecting import (
    ERRORS,
    ConnectDelay,
    ConnectFailure,
    Outcome,
    ResolveDelay,
    ResolveFailure,
)
from telesock.server.core.faults.values import Place
from telesock.server.core.operations import Operation
from telesock.server.core.requests import Endpoint
from telesock.server.core.status import Cause, Failure, Origin, Phase, Status, failure_from_errno
from telesock.server.engine.faulted_sending import add_faults

if TYPE_CHECKING:
    from telesock.server.engine.faults import ActiveFault, SessionFaults
    from telesock.server.engine.sockets import Socket


class Trouble(NamedTuple):
    """What is in the way: delays, then a failure or nothing; None for a delay means that no answer comes."""

    delays: "tuple[tuple[ActiveFault, float | None], ...]" = ()
    failure: Failure | None = None

    @property
    def unanswered(self) -> bool:
        """Whether no answer comes."""
        return any(delay is None for _, delay in self.delays)


def trouble_of_attempt(socket: "Socket", remote: Endpoint, operation: Operation) -> Trouble:
    """Make the decisions about one attempt."""
    faults = socket.session.faults
    trouble = Trouble()
    for active in () if faults is None else faults.at(Place.CONNECTING):
        assert faults is not None, "there are some"
        if trouble.failure is None and faults.peer_fits(active, socket, remote):
            delay = faults.fires(active, socket.socket_id, Lane.CONNECT, operation.operation_id)
            if delay is not None:
                add_faults(operation, (active.fault.name,))
                trouble = _with_attempt(trouble, active, delay)
    return trouble


def _with_attempt(trouble: Trouble, active: "ActiveFault", delay: float) -> Trouble:
    effect, name = active.fault.effect, active.fault.name
    delays = (*trouble.delays, (active, delay))
    if isinstance(effect, ConnectDelay):
        return Trouble(delays)
    assert isinstance(effect, ConnectFailure), "there are two"
    if effect.outcome is Outcome.BLACKHOLE:
        cause = Cause(
            Origin.FAULT, Phase.CONNECT, "ETIMEDOUT", name, f"the fault {name!r} lets no answer come"
        )
        return Trouble((*trouble.delays, (active, None)), Failure(Status.IO_TIMEOUT, cause))
    failure = failure_from_errno(ERRORS[effect.outcome], Phase.CONNECT)
    cause = failure.cause._replace(origin=Origin.FAULT, fault_name=name, detail=f"the fault {name!r}")
    return Trouble(delays, Failure(failure.status, cause))


def trouble_of_lookup(
    faults: "SessionFaults | None", name: str, operation: Operation, socket: "Socket | None" = None
) -> Trouble:
    """Make the decisions about one lookup."""
    trouble = Trouble()
    for active in () if faults is None else faults.at(Place.RESOLVING):
        assert faults is not None, "there are some"
        if trouble.failure is not None or not active.fault.target.peers.match_name(name):
            continue
        number = 0 if socket is None else socket.socket_id
        if not faults.concerns(active, socket):
            continue
        delay = faults.fires(active, number, Lane.RESOLVE, operation.operation_id)
        if delay is not None:
            add_faults(operation, (active.fault.name,))
            trouble = _with_lookup(trouble, active, delay)
    return trouble


def _with_lookup(trouble: Trouble, active: "ActiveFault", delay: float) -> Trouble:
    effect, name = active.fault.effect, active.fault.name
    delays = (*trouble.delays, (active, delay))
    if isinstance(effect, ResolveDelay):
        return Trouble(delays)
    assert isinstance(effect, ResolveFailure), "there are two"
    cause = Cause(Origin.FAULT, Phase.RESOLVE, "", name, f"the fault {name!r} lets no name resolve")
    return Trouble(delays, Failure(Status.NO_MATCH, cause))
