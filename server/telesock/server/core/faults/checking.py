"""Which faults there can be: names, parts of a target that an effect has no use for, times that contradict each other."""

import re

from telesock.server.core.faults.amounts import between, span
from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.connecting import NeverAccept
from telesock.server.core.faults.operating import OperationDelay, ShortWrite
from telesock.server.core.faults.peers import Peers
from telesock.server.core.faults.resetting import PacketLoss, Reset
from telesock.server.core.faults.values import Effect, Fault, Place, Scope, Side, Target, Timing
from telesock.server.core.refusal import malformed
from telesock.server.core.requests import OperationKind
from telesock.server.core.states import Category
from telesock.server.core.status import Phase

SHORTEST_TURN = 0.001
"""Seconds that a flapping fault is on or off at least."""
_NAME = re.compile(r"[!-~]{1,64}")
_NO_TARGETS = frozenset({OperationKind.CHAIN, OperationKind.RELAY})
_DIRECTED = (Place.STREAM, Place.DATAGRAMS)


def check(fault: Fault) -> None:
    """Refuse a fault that cannot be what it says."""
    if not _NAME.fullmatch(fault.name):
        raise malformed("name", f"{fault.name!r} is not 1 to 64 printable ASCII characters without spaces")
    fault.effect.check()
    _check_target(fault.effect, fault.target)
    _check_timing(fault.effect, fault.timing)
    span("expires_after", fault.expires_after)
    if fault.expires_after == 0:
        raise malformed("expires_after", "0 s is no time to act in; leave it unset for a fault that stays")
    if fault.replay is not None and isinstance(fault.effect, PacketLoss):
        raise malformed("replay", "packet-loss is drawn by the kernel: there are no decisions to run again")


def _check_target(effect: Effect, target: Target) -> None:
    place, kind = effect.acts_on, effect.kind
    if target.direction is not None and place not in _DIRECTED:
        raise malformed("target.direction", f"{kind} has no direction")
    if target.direction is not None and target.direction not in (Lane.SEND, Lane.RECEIVE, *effect.lanes):
        raise malformed("target.direction", f"{kind} does not act there")
    if kind == "never-read" and target.direction is Lane.SEND:
        raise malformed("target.direction", "never-read acts on receiving only")
    if (target.operations or target.phases) and place is not Place.OPERATIONS:
        raise malformed("target.operations", f"{kind} does not act on operations; operation effects do")
    forbidden = target.operations & _NO_TARGETS
    if forbidden:
        raise malformed(
            "target.operations", "chains and relays are no targets: their links and connections are"
        )
    if OperationKind.CLOSE in target.operations and not isinstance(effect, OperationDelay):
        raise malformed("target.operations", "a close never fails or hangs; it may only complete late")
    if target.operations and isinstance(effect, ShortWrite):
        raise malformed("target.operations", "short-write acts on sends, and on nothing else")
    if target.side is not Side.ANY and place in (Place.ACCEPTING, Place.RESOLVING, Place.DATAGRAMS):
        raise malformed("target.relay_side", f"{kind} is not about one side of a relay")
    if target.side is Side.DOWNSTREAM and place is Place.CONNECTING:
        raise malformed("target.relay_side", f"{kind} acts where a relay connects: upstream")
    if target.phases and not isinstance(effect, OperationDelay) and target.phases <= {Phase.CLOSE}:
        raise malformed("target.phases", "a close never fails or hangs; it may only complete late")
    _check_peers(effect, target.peers)


def _check_peers(effect: Effect, peers: Peers) -> None:
    if peers and isinstance(effect, NeverAccept):
        raise malformed("target.peer", "never-accept leaves connections in the kernel, where no peer is seen")
    if peers.are_addresses if effect.acts_on is Place.RESOLVING else peers.are_names:
        raise malformed("target.peer", "effects on names take a pattern of names, all others addresses")


def _check_timing(effect: Effect, timing: Timing) -> None:
    if timing.probability is not None:
        between("timing.probability", timing.probability, 0, 1)
    if timing.burst is not None:
        for field, value in timing.burst._asdict().items():
            between(f"timing.burst.{field}", value, 0, 1)
    between("timing.correlation", timing.correlation, 0, 1)
    if timing.correlation and timing.probability is None:
        raise malformed("timing.correlation", "it needs a probability")
    if timing.after_bytes and effect.acts_on is not Place.STREAM:
        raise malformed("timing.after_bytes", f"{effect.kind} does not count bytes")
    _check_times(timing)
    if isinstance(effect, PacketLoss) and _more_than_probability(timing):
        raise malformed(
            "timing", "packet-loss is drawn by the kernel: it takes a probability and conditions about time"
        )
    if isinstance(effect, Reset) and timing.scope is Scope.EACH:
        raise malformed("timing.decided_per", "a connection is reset once")


def _check_times(timing: Timing) -> None:
    for field in ("after", "window_start", "window_end", "on", "off"):
        span(f"timing.{field}", getattr(timing, field))
    if timing.window_end is not None and timing.window_end <= timing.window_start:
        raise malformed("timing.window_end", "it has to be later than window_start")
    if (timing.on > 0) is not (timing.off > 0):
        raise malformed("timing.on", "on and off belong together, both above 0")
    if timing.on and min(timing.on, timing.off) < SHORTEST_TURN:
        raise malformed("timing.on", "a turn shorter than 1 ms is none that a host could keep to")


def _more_than_probability(timing: Timing) -> bool:
    return bool(timing.burst or timing.correlation or timing.nth or timing.after_decisions or timing.times)


_ACTED_ON: dict[Place, frozenset[Category]] = {
    Place.STREAM: frozenset({Category.CONNECTION, Category.STREAM}),
    Place.CONNECTION: frozenset({Category.CONNECTION, Category.STREAM}),
    Place.CONNECTING: frozenset({Category.CONNECTION, Category.STREAM}),
    Place.RESOLVING: frozenset({Category.CONNECTION, Category.STREAM}),
    Place.ACCEPTING: frozenset({Category.LISTENING, Category.STREAM}),
    Place.DATAGRAMS: frozenset({Category.DATAGRAM}),
    Place.OPERATIONS: frozenset(Category),
}
_LISTENS = (Category.LISTENING, Category.STREAM)


def check_socket(effect: Effect, category: Category, *, accepted: bool = False) -> None:
    """Refuse an effect that can never act on a socket of this category."""
    place = effect.acts_on
    listens = category is Category.LISTENING and isinstance(effect, PacketLoss)
    too_late = accepted and place in (Place.CONNECTING, Place.RESOLVING)  # it is connected already
    if too_late or not (listens or category in _ACTED_ON[place]):
        what = "an accepted connection" if accepted else f"a socket of category {category.name}"
        raise malformed("effect", f"{effect.kind} can never act on {what}")


def check_listener(effect: Effect, category: Category) -> None:
    """Refuse an effect that can never act on a listener and what comes from it, and a socket that is none."""
    if category not in _LISTENS:
        raise malformed("target.listener_id", f"a socket of category {category.name} is no listener")
    if effect.acts_on is Place.DATAGRAMS:
        raise malformed("effect", f"{effect.kind} can never act on what a listener accepts")
