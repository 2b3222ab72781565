"""One field of a fault: what Python says for it, what the contract's message holds, and back.

The descriptor tells the kind, so that there is one rule for each kind and none for each field: spans of time are float
seconds, sizes and counts ints, enumerations short lower-case names or the client's own enumerations, and every double of
the contract is between 0 and 1. Mistakes raise TypeError or ValueError in one line that names the field.
"""

from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import Any, cast

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from telesock.client import enumerations

LONGEST = 315_576_000_000.0
"""Seconds that a Duration can hold: ten thousand years."""

_BITS = {
    FieldDescriptor.TYPE_UINT32: 32,
    FieldDescriptor.TYPE_UINT64: 64,
    FieldDescriptor.TYPE_FIXED64: 64,
}


def described(message: Message | type[Message]) -> Descriptor:
    """Return what the contract says of a message; protobuf's stubs know two classes for that."""
    return cast(Descriptor, message.DESCRIPTOR)


def check(field: FieldDescriptor, given: Any, where: str) -> Any:
    """Return the one form of what was given for a field, or raise."""
    if not field.is_repeated:
        return _check_one(field, given, where)
    if isinstance(given, str | int | bytes) or not isinstance(given, Iterable):
        given = (given,)
    return tuple(_check_one(field, each, where) for each in given)


def _check_one(field: FieldDescriptor, given: Any, where: str) -> Any:
    if field.enum_type is not None:
        return _check_name(field.enum_type, given, where)
    if field.message_type is not None:
        return _check_message(field.message_type.name, given, where)
    if field.type == FieldDescriptor.TYPE_DOUBLE:
        return _check_number(given, 1.0, where, "a probability is from 0 to 1")
    if field.type in _BITS:
        return _check_whole(given, _BITS[field.type], where)
    return _check_text(given, str if field.type == FieldDescriptor.TYPE_STRING else bytes, where)


def _check_number(given: Any, most: float, where: str, rule: str) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise TypeError(f"{where} is {given!r}, which is no number")
    if not 0 <= given <= most:
        raise ValueError(f"{where} is {given!r}: {rule}")
    return float(given)


def _check_whole(given: Any, bits: int, where: str) -> int:
    if isinstance(given, bool) or not isinstance(given, int):
        raise TypeError(f"{where} is {given!r}, which is no whole number")
    if not 0 <= given < 1 << bits:
        raise ValueError(f"{where} is {given!r}: it is from 0 to {(1 << bits) - 1}")
    return int(given)


def _check_text(given: Any, kind: type[str] | type[bytes], where: str) -> str | bytes:
    if isinstance(given, bytearray | memoryview):
        given = bytes(given)
    if not isinstance(given, kind):
        raise TypeError(f"{where} is {given!r}, which is no {kind.__name__}")
    return given


def _check_message(kind: str, given: Any, where: str) -> Any:
    if kind == "Duration":
        return _check_number(given, LONGEST, where, "a time is not negative, and finite")
    if type(given).__name__ != kind:
        raise TypeError(f"{where} is {given!r}, which is no {kind}")
    return given


def _check_name(kind: EnumDescriptor, given: Any, where: str) -> Any:
    """Return the client's enumeration's member where there is one, otherwise the short name."""
    names = _short_names(kind)
    if isinstance(given, int) and not isinstance(given, bool):
        named = {number: name for name, number in names.items()}
        name = named.get(given)
        return given if name is None else _member(kind, name, given)  # a newer agent's stays a number
    if not isinstance(given, str):
        raise TypeError(f"{where} is {given!r}, which is no name; there are {', '.join(names)}")
    if given.lower() not in names:
        raise ValueError(f"{where} is {given!r}; there are {', '.join(names)}")
    return _member(kind, given.lower(), names[given.lower()])


def _member(kind: EnumDescriptor, name: str, number: int) -> IntEnum | str:
    enumeration: type[IntEnum] | None = getattr(enumerations, kind.name, None)
    return name if enumeration is None else enumeration(number)


def _short_names(kind: EnumDescriptor) -> dict[str, int]:
    """The values of an enumeration without their common prefix, but for the unspecified one."""
    prefix = kind.values_by_number[0].name.removesuffix("UNSPECIFIED")
    return {value.name.removeprefix(prefix).lower(): value.number for value in kind.values if value.number}


def put(message: Message, field: FieldDescriptor, value: Any) -> None:
    """Write a value that was checked."""
    if field.is_repeated:
        getattr(message, field.name).extend(_written(field, each) for each in value)
    elif field.message_type is not None:
        getattr(message, field.name).CopyFrom(_written(field, value))
    else:
        setattr(message, field.name, _written(field, value))


def _written(field: FieldDescriptor, value: Any) -> Any:
    if field.enum_type is not None:
        return _short_names(field.enum_type)[value] if isinstance(value, str) else int(value)
    if field.message_type is None:
        return value
    if field.message_type.name != "Duration":
        return value.to_message()
    duration = Duration()
    duration.FromNanoseconds(round(value * 1e9))
    return duration


def get(message: Message, field: FieldDescriptor, read_message: Callable[[Any], Any]) -> Any:
    """Read a field, messages that are no spans of time by `read_message`; None when it is unset."""
    value = getattr(message, field.name)
    if field.is_repeated:
        return tuple(_read(each, read_message) for each in value) or None
    unset = not message.HasField(field.name) if field.has_presence else not value
    return None if unset else _read(value, read_message)


def _read(value: Any, read_message: Callable[[Any], Any]) -> Any:
    if isinstance(value, Duration):
        return value.ToNanoseconds() / 1e9
    return read_message(value) if isinstance(value, Message) else value
