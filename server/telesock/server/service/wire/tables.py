"""Tables of a TOML file as messages of the contract: the same names, seconds for durations, short names for enum values.

`{"latency": {"delay": 0.2}, "target": {"direction": "send"}}` is a Fault. What does not fit is a ValueError with one line
that says where, what was wrong and what would be right.
"""

from collections.abc import Mapping
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from telesock.server.core.faults.checking import check
from telesock.server.core.faults.values import Fault
from telesock.server.core.refusal import Refused
from telesock.server.service.wire.faults import read_fault
from telesock.v1 import faults_pb2

_DURATION = "google.protobuf.Duration"
_LONGEST = 31_536_000.0  # seconds
_SHOWN = 6  # choices of many that an error names


def read_fault_table(table: Mapping[str, Any], place: str) -> Fault:
    """Read a fault from a table, and check it. Raises ValueError."""
    message = faults_pb2.Fault()
    fill(message, table, place)
    if message.target.socket_id or message.target.listener_id:
        raise ValueError(
            f"{place}.target: sockets have no numbers before the start; aim by peer or direction"
        )
    try:
        fault = read_fault(message)
        check(fault if fault.name else fault._replace(name="unnamed"))
    except Refused as refused:
        raise ValueError(f"{place}.{refused.message}") from None
    return fault


def fill(message: Message, table: Mapping[str, Any], place: str = "") -> None:
    """Set what a table names. Raises ValueError."""
    for name, value in table.items():
        here = f"{place}.{name}" if place else name
        field = message.DESCRIPTOR.fields_by_name.get(name)
        if field is None:
            raise ValueError(f"{here}: there is no such field; there is {_some(message.DESCRIPTOR.fields)}")
        alternatives = field.containing_oneof
        before = message.WhichOneof(alternatives.name) if alternatives is not None else None
        if before not in (None, name):
            raise ValueError(f"{here}: {before} is there already, and only one of them may be")
        _set(message, field, value, here)


def _set(message: Message, field: Any, value: Any, place: str) -> None:
    if field.is_repeated:
        if not isinstance(value, list):
            raise ValueError(f"{place}: {value!r} is no list")
        for number, each in enumerate(value):
            _append(getattr(message, field.name), field, each, f"{place}[{number}]")
    elif field.message_type is None:
        setattr(message, field.name, _single(field, value, place))
    else:
        _set_message(getattr(message, field.name), value, place)


def _append(values: Any, field: Any, value: Any, place: str) -> None:
    if field.message_type is None:
        values.append(_single(field, value, place))
    else:
        _set_message(values.add(), value, place)


def _set_message(message: Message, value: Any, place: str) -> None:
    if isinstance(message, Duration):
        seconds = _checked(value, (int, float), "a number of seconds", place)
        if not abs(seconds) <= _LONGEST:
            raise ValueError(f"{place}: {seconds} is not between 0 and a year")
        message.FromNanoseconds(round(seconds * 1e9))
        return
    fill(message, _checked(value, (dict,), "a table", place), place)
    message.SetInParent()  # one without fields is there all the same: `stall = {}`


def _single(field: Any, value: Any, place: str) -> Any:
    if field.enum_type is not None:
        return _enum_value(field.enum_type, value, place)
    kinds, wanted = _KINDS[field.cpp_type]
    if field.type == FieldDescriptor.TYPE_BYTES:
        return _checked(value, (str,), "a text", place).encode()
    checked = _checked(value, kinds, wanted, place)
    if field.cpp_type in _LARGEST and not 0 <= checked <= _LARGEST[field.cpp_type]:
        raise ValueError(f"{place}: {checked} is not between 0 and {_LARGEST[field.cpp_type]}")
    return checked


def _enum_value(enum: Any, value: Any, place: str) -> int:
    prefix = enum.values_by_number[0].name.removesuffix("UNSPECIFIED")
    names: dict[str, int] = {
        each.name.removeprefix(prefix).lower(): each.number for each in enum.values if each.number
    }
    number: int | None = names.get(value.lower().replace("-", "_")) if isinstance(value, str) else None
    if number is None:
        raise ValueError(f"{place}: {value!r} is none of {', '.join(names)}")
    return number


def _checked(value: Any, kinds: tuple[type, ...], wanted: str, place: str) -> Any:
    """Return a value of one of these kinds; a bool is no number."""
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise ValueError(f"{place}: {value!r} is not {wanted}")
    return value


def _some(fields: Any) -> str:
    names = [field.name for field in fields]
    return ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")


_WHOLE = ((int,), "a whole number")
_KINDS: dict[int, tuple[tuple[type, ...], str]] = {
    FieldDescriptor.CPPTYPE_STRING: ((str,), "a text"),
    FieldDescriptor.CPPTYPE_DOUBLE: ((int, float), "a number"),
    FieldDescriptor.CPPTYPE_BOOL: ((bool,), "true or false"),
    FieldDescriptor.CPPTYPE_UINT32: _WHOLE,
    FieldDescriptor.CPPTYPE_UINT64: _WHOLE,
}
_LARGEST = {FieldDescriptor.CPPTYPE_UINT32: 2**32 - 1, FieldDescriptor.CPPTYPE_UINT64: 2**64 - 1}
