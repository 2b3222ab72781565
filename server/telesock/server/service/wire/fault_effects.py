"""Effects: one row for each message of the contract, which says what its fields are called in the core and mean there.

A field that is unset is left to the core's default.
"""

from typing import Any, NamedTuple

from google.protobuf.duration_pb2 import Duration

from telesock.server.core.faults import (
    closing,
    connecting,
    datagrams,
    inserting,
    limiting,
    operating,
    slicing,
)
from telesock.server.core.faults.bandwidth import Bandwidth
from telesock.server.core.faults.chance import Distribution
from telesock.server.core.faults.corruption import Corruption
from telesock.server.core.faults.latency import Latency
from telesock.server.core.faults.mangling import Unit
from telesock.server.core.faults.never_reading import NeverRead
from telesock.server.core.faults.resetting import Moment, PacketLoss, Reset
from telesock.server.core.faults.segments import How
from telesock.server.core.faults.stalling import Stall
from telesock.server.core.faults.values import Effect
from telesock.server.core.status import Status
from telesock.server.service.wire.events import write_duration
from telesock.server.service.wire.fields import duration_seconds, known
from telesock.v1 import faults_pb2

_ENDS = {1: How.FIN, 2: How.RESET, 3: How.STALL}
_ENUMERATIONS: dict[str, dict[int, Any]] = {
    "distribution": {each: each for each in Distribution},
    "unit": {each: each for each in Unit},
    "moment": {each: each for each in Moment},
    "outcome": {each: each for each in connecting.Outcome},
    "status": {each: each for each in Status},
    "end": _ENDS,
}
_NUMBERS = {how: number for number, how in _ENDS.items()}
# What fields are called in the core, where that is otherwise.
_NAMES = {"size_bytes": "size", "size_variation_bytes": "variation", "bytes": "size"}


class _Row(NamedTuple):
    effect: type[Effect]
    optional: frozenset[str] = frozenset()
    """Fields whose 0 says something that is not the same as unset."""


_ROWS: dict[str, _Row] = {
    "latency": _Row(Latency),
    "bandwidth": _Row(Bandwidth),
    "slices": _Row(slicing.Slices),
    "drip": _Row(slicing.Drip, frozenset({"gap"})),
    "stall": _Row(Stall),
    "limit": _Row(limiting.Limit),
    "corruption": _Row(Corruption),
    "duplicate_bytes": _Row(inserting.DuplicateBytes, frozenset({"length"})),
    "insert_bytes": _Row(inserting.InsertBytes, frozenset({"offset", "data"})),
    "packet_loss": _Row(PacketLoss),
    "slow_close": _Row(closing.SlowClose),
    "half_close": _Row(limiting.HalfClose),
    "reset": _Row(Reset),
    "never_read": _Row(NeverRead),
    "short_write": _Row(operating.ShortWrite, frozenset({"bytes"})),
    "connect_failure": _Row(connecting.ConnectFailure),
    "connect_delay": _Row(connecting.ConnectDelay, frozenset({"delay"})),
    "resolve_failure": _Row(connecting.ResolveFailure),
    "resolve_delay": _Row(connecting.ResolveDelay, frozenset({"delay"})),
    "accept_delay": _Row(connecting.AcceptDelay, frozenset({"delay"})),
    "never_accept": _Row(connecting.NeverAccept),
    "accept_reset": _Row(connecting.AcceptReset),
    "datagram_loss": _Row(datagrams.DatagramLoss),
    "datagram_duplication": _Row(datagrams.DatagramDuplication),
    "datagram_reordering": _Row(datagrams.DatagramReordering),
    "datagram_delay": _Row(datagrams.DatagramDelay, frozenset({"delay"})),
    "datagram_truncation": _Row(datagrams.DatagramTruncation, frozenset({"length"})),
    "datagram_corruption": _Row(datagrams.DatagramCorruption),
    "operation_failure": _Row(operating.OperationFailure),
    "operation_hang": _Row(operating.OperationHang),
    "operation_delay": _Row(operating.OperationDelay, frozenset({"delay"})),
    "operation_false_failure": _Row(operating.OperationFalseFailure),
}
_KINDS = {row.effect: kind for kind, row in _ROWS.items()}
_ALWAYS = {"latency": ("delay",), "bandwidth": ("bytes_per_second",), "slices": ("size_bytes",)}


def read_effect(kind: str, message: Any) -> Effect:
    """Read one effect."""
    row, values = _ROWS[kind], {}
    for descriptor in message.DESCRIPTOR.fields:
        name = descriptor.name
        if not (_is_set(message, descriptor) or name in row.optional or name in _ALWAYS.get(kind, ())):
            continue
        values[_NAMES.get(name, name)] = _value(kind, name, getattr(message, name))
    return row.effect(**values)


def _is_set(message: Any, descriptor: Any) -> bool:
    if descriptor.has_presence:
        return bool(message.HasField(descriptor.name))
    return bool(getattr(message, descriptor.name))


def _value(kind: str, name: str, value: Any) -> Any:
    if isinstance(value, Duration):
        return duration_seconds(value)
    if name in _ENUMERATIONS:
        return known(f"{kind}.{name}", _ENUMERATIONS[name], value)
    if isinstance(value, int | float | bytes | str):
        return value
    return tuple(value)


def write_effect(message: faults_pb2.Fault, effect: Effect) -> None:
    """Write one effect."""
    target = getattr(message, _KINDS[type(effect)])
    target.SetInParent()
    for descriptor in target.DESCRIPTOR.fields:
        value = getattr(effect, _NAMES.get(descriptor.name, descriptor.name))
        if value is None:
            continue
        if descriptor.message_type is not None:
            getattr(target, descriptor.name).CopyFrom(write_duration(value))
        elif isinstance(value, tuple):
            getattr(target, descriptor.name).extend(value)
        else:
            setattr(target, descriptor.name, _NUMBERS.get(value, value) if isinstance(value, How) else value)
