"""Every field of a fault: a fault without it, or with another value of it, and one with it, where the two look different.

CHANGES   "Message.field": (observer of fault_observers.py, fields of the one fault or None for no fault, of the other)
"""

from typing import Any, NamedTuple

from tests.promises import fault_meetings as meet
from tests.promises import fault_observers as see

from telesock.v1.operations_pb2 import OPERATION_KIND_SEND
from telesock.v1.types_pb2 import PHASE_SEND

EACH = {"decided_per": "DECISION_SCOPE_EACH"}
HALF = {"probability": 0.5}
LONG = 3600.0
BURST = {"bad": 0.5, "good": 0.5, "fires_in_good": 0.2, "fires_in_bad": 0.9}
LATE = {"delay": 0.001}


class Change(NamedTuple):
    """Two faults that differ in one field, and where to look."""

    observe: see.Observe
    one: dict[str, Any] | None
    other: dict[str, Any]


def effect(
    observe: see.Observe, name: str, one: dict[str, Any], other: dict[str, Any], **rest: Any
) -> Change:
    """Two faults whose effects differ."""
    return Change(observe, {name: one, **rest}, {name: other, **rest})


def timing(one: dict[str, Any], other: dict[str, Any]) -> Change:
    """Two faults on sends, which have different timings."""
    return Change(see.sends, {"timing": one}, {"timing": other})


def target(other: dict[str, Any]) -> Change:
    """A fault of everything, and one of less."""
    return Change(see.places, {}, {"target": other})


def burst(**other: float) -> Change:
    """Two faults on sends, which have different bursts."""
    return timing({"burst": BURST}, {"burst": {**BURST, **other}})


def replay(observe: see.Observe, one: dict[str, Any], other: dict[str, Any], **rest: Any) -> Change:
    """Two faults that are to fire at one decision each."""
    return Change(
        observe, {"replay": {"decisions": [one]}, **rest}, {"replay": {"decisions": [other]}, **rest}
    )


def whole(observe: see.Observe, name: str, **fields: Any) -> Change:
    """No fault, and one of an effect."""
    return Change(observe, None, {name: fields})


CHANGES: dict[str, Change] = {
    # What there is of it
    "Fault.name": Change(see.sends, {"name": "f", "timing": HALF}, {"name": "g", "timing": HALF}),
    "Fault.seed": Change(see.sends, {"seed": 5, "timing": HALF}, {"seed": 6, "timing": HALF}),
    "Fault.target": target({"socket_id": 2}),
    "Fault.timing": timing({}, {"times": 1}),
    "Fault.replay": Change(see.sends, {}, {"replay": {}}),
    "Fault.latency": whole(see.stream, "latency", **LATE),
    "Fault.bandwidth": whole(see.stream, "bandwidth", bytes_per_second=1 << 30),
    "Fault.slices": whole(see.stream, "slices", size_bytes=1000),
    "Fault.drip": whole(see.stream, "drip"),
    "Fault.stall": whole(see.stream, "stall", duration=0.001),
    "Fault.limit": whole(see.stream, "limit", bytes=4000),
    "Fault.corruption": whole(see.stream, "corruption", offsets=[1]),
    "Fault.duplicate_bytes": whole(see.stream, "duplicate_bytes", length=10),
    "Fault.insert_bytes": whole(see.stream, "insert_bytes", data=b"in"),
    "Fault.packet_loss": whole(see.arriving, "packet_loss"),
    "Fault.slow_close": whole(see.stream, "slow_close", delay=0.001),
    "Fault.half_close": whole(see.stream, "half_close"),
    "Fault.reset": whole(see.stream, "reset"),
    "Fault.never_read": whole(see.arriving, "never_read"),
    "Fault.short_write": Change(see.sends, None, {"short_write": {"bytes": 3}}),
    "Fault.connect_failure": whole(meet.connects, "connect_failure"),
    "Fault.connect_delay": whole(meet.connects, "connect_delay"),
    "Fault.resolve_failure": whole(meet.lookups, "resolve_failure"),
    "Fault.resolve_delay": whole(meet.lookups, "resolve_delay"),
    "Fault.accept_delay": whole(meet.accepts, "accept_delay", delay=LONG),
    "Fault.never_accept": whole(meet.waiting_clients, "never_accept"),
    "Fault.accept_reset": whole(meet.accepts, "accept_reset"),
    "Fault.datagram_loss": whole(meet.datagrams, "datagram_loss"),
    "Fault.datagram_duplication": whole(meet.datagrams, "datagram_duplication"),
    "Fault.datagram_reordering": whole(meet.datagrams, "datagram_reordering", displacement=2),
    "Fault.datagram_delay": whole(meet.datagram_firings, "datagram_delay", **LATE),
    "Fault.datagram_truncation": whole(meet.datagrams, "datagram_truncation", length=2),
    "Fault.datagram_corruption": whole(meet.datagrams, "datagram_corruption"),
    "Fault.operation_failure": whole(see.sends, "operation_failure"),
    "Fault.operation_hang": Change(see.held_sends, {"operation_delay": {}}, {"operation_hang": {}}),
    "Fault.operation_delay": whole(see.sends, "operation_delay"),
    "Fault.operation_false_failure": whole(see.sends, "operation_false_failure"),
    # What it acts on
    "FaultTarget.socket_id": target({"socket_id": 2}),
    "FaultTarget.listener_id": target({"listener_id": 1}),
    "FaultTarget.peer": target({"peer": "127.0.0.2"}),
    "FaultTarget.peers": target({"peers": ["127.0.0.3", "127.0.0.2"]}),
    "FaultTarget.direction": Change(
        see.stream,
        {"latency": LATE, "target": {"direction": 1}},
        {"latency": LATE, "target": {"direction": 2}},
    ),
    "FaultTarget.operations": target({"operations": [OPERATION_KIND_SEND]}),
    "FaultTarget.phases": target({"phases": [PHASE_SEND]}),
    "FaultTarget.relay_side": Change(
        meet.relayed,
        {"slices": {"size_bytes": 5000}, "target": {"relay_side": 1}},
        {"slices": {"size_bytes": 5000}, "target": {"relay_side": 2}},
    ),
    # When it fires
    "FaultTiming.probability": timing({}, HALF),
    "FaultTiming.burst": timing({}, {"burst": BURST}),
    "FaultTiming.correlation": timing(HALF, {**HALF, "correlation": 0.95}),
    "FaultTiming.decided_per": timing(HALF, {**HALF, "decided_per": "DECISION_SCOPE_CONNECTION"}),
    "FaultTiming.nth": timing({}, {"nth": 3}),
    "FaultTiming.after_bytes": Change(
        see.stream,
        {"latency": LATE, "timing": EACH},
        {"latency": LATE, "timing": {**EACH, "after_bytes": 5000}},
    ),
    "FaultTiming.after_decisions": timing({}, {"after_decisions": 2}),
    "FaultTiming.after": timing({}, {"after": LONG}),
    "FaultTiming.times": timing({}, {"times": 2}),
    "FaultTiming.window_start": timing({}, {"window_start": LONG}),
    "FaultTiming.window_end": timing({}, {"window_end": 1e-9}),
    "FaultTiming.on": timing({"on": LONG, "off": LONG}, {"on": 0.001, "off": LONG}),
    "FaultTiming.counted_per": timing({"nth": 3}, {"nth": 3, "counted_per": "COUNT_SCOPE_FAULT"}),
    "GilbertElliott.bad": burst(bad=0.05),
    "GilbertElliott.good": burst(good=0.05),
    "GilbertElliott.fires_in_good": burst(fires_in_good=0.95),
    "GilbertElliott.fires_in_bad": burst(fires_in_bad=0.1),
    "FaultReplay.decisions": Change(
        see.sends, {"replay": {}}, {"replay": {"decisions": [{"socket_id": 1, "number": 2}]}}
    ),
    "FaultDecision.socket_id": replay(
        see.sends, {"socket_id": 1, "number": 2}, {"socket_id": 2, "number": 2}
    ),
    "FaultDecision.direction": replay(
        see.stream, {"socket_id": 1, "direction": 1}, {"socket_id": 1, "direction": 2}, latency=LATE
    ),
    "FaultDecision.number": replay(see.sends, {"socket_id": 1, "number": 2}, {"socket_id": 1, "number": 3}),
    # What it does to bytes
    "Latency.delay": effect(see.stream, "latency", LATE, {"delay": 0.002}),
    "Latency.jitter": effect(see.stream, "latency", LATE, {**LATE, "jitter": 0.001}),
    "Latency.distribution": effect(
        see.stream,
        "latency",
        {"delay": 0.002, "jitter": 0.001},
        {"delay": 0.002, "jitter": 0.001, "distribution": "DISTRIBUTION_NORMAL"},
    ),
    "Latency.correlation": effect(
        see.stream,
        "latency",
        {"delay": 0.002, "jitter": 0.001},
        {"delay": 0.002, "jitter": 0.001, "correlation": 0.9},
        timing=EACH,
    ),
    "Bandwidth.burst_bytes": effect(
        see.first_bytes,
        "bandwidth",
        {"bytes_per_second": 1, "burst_bytes": 1},
        {"bytes_per_second": 1, "burst_bytes": 5000},
    ),
    "Slices.size_bytes": effect(
        see.first_bytes, "slices", {"size_bytes": 1000, "gap": LONG}, {"size_bytes": 2000, "gap": LONG}
    ),
    "Slices.size_variation_bytes": effect(
        see.first_bytes,
        "slices",
        {"size_bytes": 1000, "gap": LONG},
        {"size_bytes": 1000, "size_variation_bytes": 900, "gap": LONG},
    ),
    "Stall.duration": effect(see.stream, "stall", {"duration": 0.001}, {"duration": 0.002}),
    "Limit.bytes": effect(see.stream, "limit", {"bytes": 4000}, {"bytes": 5000}),
    "Limit.duration": effect(see.stream, "limit", {"duration": 0.0}, {"duration": LONG}),
    "Limit.end": effect(see.stream, "limit", {"bytes": 4000}, {"bytes": 4000, "end": "LIMIT_END_RESET"}),
    "Corruption.offsets": effect(see.stream, "corruption", {"offsets": [1]}, {"offsets": [2]}),
    "Corruption.per_million": effect(
        see.stream, "corruption", {"per_million": 1000}, {"per_million": 100_000}
    ),
    "Corruption.unit": effect(
        see.stream, "corruption", {"offsets": [1]}, {"offsets": [1], "unit": "CORRUPTION_UNIT_BYTE"}
    ),
    "Corruption.pattern": effect(
        see.stream, "corruption", {"offsets": [1]}, {"offsets": [1], "pattern": b"pattern"}
    ),
    "DuplicateBytes.length": effect(see.stream, "duplicate_bytes", {"length": 10}, {"length": 11}),
    "InsertBytes.offset": effect(see.stream, "insert_bytes", {"data": b"in"}, {"data": b"in", "offset": 3}),
    "InsertBytes.data": effect(see.stream, "insert_bytes", {"data": b"in"}, {"data": b"other"}),
    "SlowClose.delay": effect(see.stream, "slow_close", {"delay": 0.001}, {"delay": 0.002}),
    "Reset.moment": effect(see.stream, "reset", {}, {"moment": "RESET_MOMENT_NEXT_OPERATION"}),
    # To connects, names and accepts
    "ConnectFailure.outcome": effect(
        meet.connects, "connect_failure", {}, {"outcome": "CONNECT_OUTCOME_HOST_UNREACHABLE"}
    ),
    "ConnectFailure.delay": effect(meet.held_connects, "connect_failure", {}, {"delay": LONG}),
    "ConnectDelay.delay": effect(meet.held_connects, "connect_delay", {}, {"delay": LONG}),
    "ConnectDelay.jitter": effect(meet.held_connects, "connect_delay", {}, {"jitter": LONG}),
    "ResolveFailure.delay": effect(meet.held_lookups, "resolve_failure", {}, {"delay": LONG}),
    "ResolveDelay.delay": effect(meet.held_lookups, "resolve_delay", {}, {"delay": LONG}),
    "ResolveDelay.jitter": effect(meet.held_lookups, "resolve_delay", {}, {"jitter": LONG}),
    "AcceptDelay.delay": effect(meet.accepts, "accept_delay", {}, {"delay": LONG}),
    "AcceptDelay.jitter": effect(meet.accepts, "accept_delay", {}, {"jitter": LONG}),
    # To datagrams
    "DatagramDuplication.copies": effect(meet.datagrams, "datagram_duplication", {}, {"copies": 2}),
    "DatagramReordering.displacement": effect(
        meet.datagrams, "datagram_reordering", {}, {"displacement": 3}, timing={"nth": 3}
    ),
    "DatagramReordering.longest_wait": effect(
        meet.held_datagrams,
        "datagram_reordering",
        {"displacement": 64, "longest_wait": LONG},
        {"displacement": 64, "longest_wait": 0.0},
    ),
    "DatagramDelay.delay": effect(meet.datagram_firings, "datagram_delay", LATE, {"delay": 0.002}),
    "DatagramDelay.jitter": effect(meet.datagram_firings, "datagram_delay", LATE, {**LATE, "jitter": 0.001}),
    "DatagramDelay.distribution": effect(
        meet.datagram_firings,
        "datagram_delay",
        {"delay": 0.002, "jitter": 0.001},
        {"delay": 0.002, "jitter": 0.001, "distribution": "DISTRIBUTION_PARETO"},
    ),
    "DatagramDelay.correlation": effect(
        meet.datagram_firings,
        "datagram_delay",
        {"delay": 0.002, "jitter": 0.001},
        {"delay": 0.002, "jitter": 0.001, "correlation": 0.9},
    ),
    "DatagramTruncation.length": effect(meet.datagrams, "datagram_truncation", {}, {"length": 2}),
    "DatagramCorruption.places": effect(meet.datagrams, "datagram_corruption", {}, {"places": 3}),
    "DatagramCorruption.unit": effect(
        meet.datagrams, "datagram_corruption", {}, {"unit": "CORRUPTION_UNIT_BYTE"}
    ),
    # To operations
    "ShortWrite.bytes": effect(see.sends, "short_write", {"bytes": 3}, {"bytes": 4}),
    "ShortWrite.status": effect(
        see.sends, "short_write", {"bytes": 3}, {"bytes": 3, "status": "STATUS_IO_TIMEOUT"}
    ),
    "ShortWrite.errno_name": effect(
        see.sends, "short_write", {"bytes": 3}, {"bytes": 3, "errno_name": "EPIPE"}
    ),
    "OperationFailure.status": effect(see.sends, "operation_failure", {}, {"status": "STATUS_IO_TIMEOUT"}),
    "OperationFailure.errno_name": effect(see.sends, "operation_failure", {}, {"errno_name": "EPIPE"}),
    "OperationDelay.delay": effect(see.held_sends, "operation_delay", {}, {"delay": LONG}),
    "OperationDelay.jitter": effect(see.held_sends, "operation_delay", {}, {"jitter": LONG}),
    "OperationFalseFailure.status": effect(
        see.sends, "operation_false_failure", {}, {"status": "STATUS_IO_TIMEOUT"}
    ),
    "OperationFalseFailure.errno_name": effect(
        see.sends, "operation_false_failure", {}, {"errno_name": "EPIPE"}
    ),
}
