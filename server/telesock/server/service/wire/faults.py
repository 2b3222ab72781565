"""Fault messages to core values and back. What has no core value is refused; everything else is judged by the core."""

from collections.abc import Sequence

from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.peers import AnyRule, Peers
from telesock.server.core.faults.room import MOST_DECISIONS, MOST_PEERS_OF_ONE
from telesock.server.core.faults.values import (
    Counting,
    Decision,
    Effect,
    Fault,
    GilbertElliott,
    Place,
    Scope,
    Side,
    Target,
    Timing,
)
from telesock.server.core.policy_rules import parse_rule
from telesock.server.core.refusal import malformed
from telesock.server.core.requests import OperationKind
from telesock.server.core.status import Phase
from telesock.server.engine.faults import ActiveFault, SessionFaults
from telesock.server.service.wire.events import write_duration
from telesock.server.service.wire.fault_effects import read_effect, write_effect
from telesock.server.service.wire.fields import duration_seconds, known, seconds
from telesock.v1 import faults_pb2

MOST_AT_BIRTH = 16
_DIRECTED = (Place.STREAM, Place.DATAGRAMS)
_DIRECTIONS = {faults_pb2.DIRECTION_UNSPECIFIED: None, 1: Lane.SEND, 2: Lane.RECEIVE}
_SIDES = {side: side for side in Side}
_SCOPES = {scope: scope for scope in Scope}
_COUNTINGS = {counting: counting for counting in Counting}
_KINDS = {kind: kind for kind in OperationKind}
_PHASES = {phase: phase for phase in Phase}


def read_faults(messages: Sequence[faults_pb2.Fault]) -> tuple[Fault, ...]:
    """Read the faults that a request carries for the socket that it makes."""
    _check_count("faults", messages, MOST_AT_BIRTH)
    for message in messages:
        if message.target.socket_id or message.target.listener_id:
            raise malformed("faults.target", "they are for the socket that is made: leave the numbers 0")
    return tuple(map(read_fault, messages))


def read_fault(message: faults_pb2.Fault) -> Fault:
    """Read a fault."""
    kind = message.WhichOneof("effect")
    if kind is None:
        raise malformed("effect", "a fault has to name one; this agent may be older than its client")
    effect = read_effect(kind, getattr(message, kind))
    return Fault(
        message.name,
        effect,
        message.seed if message.HasField("seed") else None,
        _target(message.target, effect),
        _timing(message.timing),
        seconds(message, "expires_after"),
        _replay(message.replay, effect) if message.HasField("replay") else None,
    )


def _target(message: faults_pb2.FaultTarget, effect: Effect) -> Target:
    return Target(
        message.socket_id,
        message.listener_id,
        _peers(message, effect),
        known("target.direction", _DIRECTIONS, message.direction),
        frozenset(known("target.operations", _KINDS, kind) for kind in message.operations),
        frozenset(known("target.phases", _PHASES, phase) for phase in message.phases),
        known("target.relay_side", _SIDES, message.relay_side),
    )


def _peers(message: faults_pb2.FaultTarget, effect: Effect) -> Peers:
    if message.peer and message.peers:
        raise malformed("target.peers", "there is one in target.peer: put all of them here")
    if message.peer:
        return Peers(_peer("target.peer", message.peer, effect))
    _check_count("target.peers", message.peers, MOST_PEERS_OF_ONE)
    return Peers(*(_peer("target.peers", each, effect) for each in message.peers))


def _check_count(field: str, values: Sequence[object], most: int) -> None:
    """Refuse too many before they are read: it is the loop that reads them."""
    if len(values) > most:
        raise malformed(field, f"{len(values)} are more than {most}")


def _peer(field: str, text: str, effect: Effect) -> AnyRule:
    if not text:
        raise malformed(field, "an empty one is nobody")
    if effect.acts_on is Place.RESOLVING:
        return text
    try:
        return parse_rule(text)
    except ValueError as error:
        raise malformed(field, str(error)) from None


def _timing(message: faults_pb2.FaultTiming) -> Timing:
    chance = message.WhichOneof("chance")
    return Timing(
        message.probability if chance == "probability" else None,
        _burst(message.burst) if chance == "burst" else None,
        message.correlation,
        known("timing.decided_per", _SCOPES, message.decided_per),
        message.nth,
        message.after_bytes,
        message.after_decisions,
        duration_seconds(message.after),
        message.times,
        duration_seconds(message.window_start),
        seconds(message, "window_end"),
        duration_seconds(message.on),
        duration_seconds(message.off),
        known("timing.counted_per", _COUNTINGS, message.counted_per),
    )


def _burst(message: faults_pb2.GilbertElliott) -> GilbertElliott:
    in_bad = message.fires_in_bad if message.HasField("fires_in_bad") else 1.0
    return GilbertElliott(message.bad, message.good, message.fires_in_good, in_bad)


def _replay(message: faults_pb2.FaultReplay, effect: Effect) -> frozenset[Decision]:
    _check_count("replay.decisions", message.decisions, MOST_DECISIONS)
    lanes = {each: _lane(each, effect) for each in {decision.direction for decision in message.decisions}}
    return frozenset(
        Decision(each.socket_id, lanes[each.direction], each.number) for each in message.decisions
    )


def _lane(direction: int, effect: Effect) -> Lane:
    lane: Lane | None = known("replay.decisions.direction", _DIRECTIONS, direction)
    if lane is not None:
        if effect.acts_on not in _DIRECTED and lane not in effect.lanes:
            raise malformed("replay.decisions.direction", f"{effect.kind} has no direction")
        return lane
    if len(effect.lanes) > 1:
        raise malformed("replay.decisions.direction", f"a decision of {effect.kind} has a direction")
    return effect.lanes[0]


# Back


def write_state(faults: SessionFaults, active: ActiveFault) -> faults_pb2.FaultState:
    """Write a fault as it is now."""
    held_bytes, held = faults.held_by(active)
    return faults_pb2.FaultState(
        fault=write_fault(active.fault),
        decisions=active.counts.decisions,
        firings=active.counts.firings,
        sockets=faults.sockets_of(active),
        held_bytes=held_bytes,
        held=held,
        age=write_duration(faults.engine.loop.time() - active.created),
    )


def write_fault(fault: Fault) -> faults_pb2.Fault:
    """Write a fault."""
    message = faults_pb2.Fault(
        name=fault.name,
        seed=fault.seed,
        target=_write_target(fault.target),
        timing=_write_timing(fault.timing),
    )
    if fault.expires_after is not None:
        message.expires_after.CopyFrom(write_duration(fault.expires_after))
    if fault.replay is not None:
        message.replay.decisions.extend(map(_write_decision, sorted(fault.replay)))
        message.replay.SetInParent()
    write_effect(message, fault.effect)
    return message


def _write_target(target: Target) -> faults_pb2.FaultTarget:
    return faults_pb2.FaultTarget(
        socket_id=target.socket_id,
        listener_id=target.listener_id,
        peer=str(target.peers.rules[0]) if len(target.peers) == 1 else "",
        peers=map(str, target.peers.rules) if len(target.peers) > 1 else (),
        direction=target.direction or 0,  # type: ignore[arg-type]  # the numbers are the contract's
        operations=sorted(target.operations),  # type: ignore[arg-type]  # as above
        phases=sorted(target.phases),  # type: ignore[arg-type]  # as above
        relay_side=target.side,  # type: ignore[arg-type]  # as above
    )


def _write_timing(timing: Timing) -> faults_pb2.FaultTiming:
    message = faults_pb2.FaultTiming(
        correlation=timing.correlation,
        decided_per=timing.scope,  # type: ignore[arg-type]  # the numbers are the contract's
        nth=timing.nth,
        after_bytes=timing.after_bytes,
        after_decisions=timing.after_decisions,
        times=timing.times,
        counted_per=timing.counting,  # type: ignore[arg-type]  # as above
    )
    if timing.probability is not None:
        message.probability = timing.probability
    if timing.burst is not None:
        message.burst.CopyFrom(faults_pb2.GilbertElliott(**timing.burst._asdict()))
    for field in ("after", "window_start", "window_end", "on", "off"):
        value = getattr(timing, field)
        if value:
            getattr(message, field).CopyFrom(write_duration(value))
    return message


def _write_decision(decision: Decision) -> faults_pb2.FaultDecision:
    direction = decision.lane if decision.lane in (Lane.SEND, Lane.RECEIVE) else 0
    return faults_pb2.FaultDecision(
        socket_id=decision.socket_id,
        direction=direction,  # type: ignore[arg-type]  # the numbers are the contract's
        number=decision.number,
    )
