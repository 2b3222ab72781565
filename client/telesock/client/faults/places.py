"""Where each field of a flat `Fault` stands in the contract's message of parts, and how it gets there and back."""

from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from telesock.client.faults.fields import check, described, get, put
from telesock.client.faults.value import read_value
from telesock.v1.faults_pb2 import Fault

PLACES: dict[str, tuple[str, ...]] = {
    "name": ("name",),
    "socket": ("target.socket_id",),
    "listener": ("target.listener_id",),
    "peer": ("target.peer",),
    "peers": ("target.peers",),
    "direction": ("target.direction",),
    "operations": ("target.operations",),
    "phases": ("target.phases",),
    "relay_side": ("target.relay_side",),
    "probability": ("timing.probability",),
    "burst": ("timing.burst",),
    "correlation": ("timing.correlation",),
    "decided_per": ("timing.decided_per",),
    "nth": ("timing.nth",),
    "after_bytes": ("timing.after_bytes",),
    "after_decisions": ("timing.after_decisions",),
    "after": ("timing.after",),
    "times": ("timing.times",),
    "window": ("timing.window_start", "timing.window_end"),
    "flapping": ("timing.on", "timing.off"),
    "counted_per": ("timing.counted_per",),
    "seed": ("seed",),
    "expires_after": ("expires_after",),
    "replay": ("replay.decisions",),
}
"""All of them but the effect: a test compares them with the contract."""

_EITHER_END = "window"  # the pair of which one may be None


def check_at(name: str, given: Any) -> Any:
    """Return the one form of what was given. Raises TypeError or ValueError."""
    paths, where = PLACES[name], f"Fault.{name}"
    if len(paths) == 1:
        return check(_field(paths[0]), getattr(given, "socket_id", given), where)
    if not isinstance(given, tuple | list) or len(given) != len(paths):
        raise TypeError(f"{where} is {given!r}, which is no pair of times")
    return tuple(
        None if each is None and name == _EITHER_END else check(_field(path), each, where)
        for path, each in zip(paths, given, strict=True)
    )


def write_at(message: Fault, name: str, value: Any) -> None:
    """Write a value that was checked."""
    paths = PLACES[name]
    for path, each in zip(paths, (value,) if len(paths) == 1 else value, strict=True):
        if each is not None:
            _write(message, path, each)


def _write(message: Message, path: str, value: Any) -> None:
    part = path.rpartition(".")[0]
    holder = getattr(message, part) if part else message
    holder.SetInParent()  # a replay of no decisions is one, too
    put(holder, _field(path), value)


def read_at(message: Fault, name: str) -> Any:
    """Read a value; None where nothing is said."""
    values = tuple(_read(message, path) for path in PLACES[name])
    if len(values) == 1:
        return values[0]
    return None if values == (None,) * len(values) else values


def _read(message: Message, path: str) -> Any:
    part = path.rpartition(".")[0]
    if part and not message.HasField(part):
        return None
    value = get(getattr(message, part) if part else message, _field(path), read_value)
    return () if value is None and part == "replay" else value


def _field(path: str) -> FieldDescriptor:
    descriptor = described(Fault)
    *parts, last = path.split(".")
    for part in parts:
        holder = descriptor.fields_by_name[part].message_type
        assert holder is not None, "only messages have fields"
        descriptor = holder
    return descriptor.fields_by_name[last]
