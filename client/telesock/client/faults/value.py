"""What every value of a fault is: a frozen dataclass with the name and the fields of a message of the contract."""

from dataclasses import MISSING, dataclass, fields
from typing import Any, Self

from google.protobuf.message import Message

from telesock.client.faults.fields import check, described, get, put
from telesock.v1 import faults_pb2

KINDS: dict[str, type["Value"]] = {}
"""Every one of them, by the name that it and its message have."""


@dataclass(frozen=True)
class Value:
    """A message of the contract as a value. Raises TypeError or ValueError in one line where it is made wrongly."""

    def __init_subclass__(cls, **settings: Any) -> None:
        super().__init_subclass__(**settings)
        KINDS[cls.__name__] = cls

    def __post_init__(self) -> None:
        """Check each field, and give it its one form."""
        kind = type(self).__name__
        contract = described(message_of(kind))
        for name, given in _given(self):
            object.__setattr__(self, name, check(contract.fields_by_name[name], given, f"{kind}.{name}"))
        for alternatives in contract.oneofs:
            given_ones = [
                field.name for field in alternatives.fields if getattr(self, field.name) is not None
            ]
            if len(given_ones) > 1:
                raise ValueError(f"{kind} takes one of {' and '.join(given_ones)}, not both")

    def to_message(self) -> Message:
        """Write it."""
        message = message_of(type(self).__name__)()
        contract = described(message)
        for name, value in _given(self):
            put(message, contract.fields_by_name[name], value)
        return message

    @classmethod
    def from_message(cls, message: Message) -> Self:
        """Read it; what is unset has its default, or where there is none is zero."""
        values: dict[str, Any] = {}
        for field in fields(cls):
            descriptor = described(message).fields_by_name[field.name]
            value = get(message, descriptor, read_value)
            if value is not None:
                values[field.name] = value
            elif field.default is MISSING:
                values[field.name] = descriptor.default_value if descriptor.message_type is None else 0.0
        return cls(**values)


class Effect(Value):
    """What a fault does."""


def message_of(kind: str) -> type[Message]:
    """Return the contract's message of a name."""
    message: type[Message] = getattr(faults_pb2, kind)
    return message


def read_value(message: Message) -> Value:
    """Read a message of any kind that there is."""
    return KINDS[message.DESCRIPTOR.name].from_message(message)


def _given(value: Value) -> list[tuple[str, Any]]:
    names = [field.name for field in fields(value)]
    return [(name, given) for name in names if (given := getattr(value, name)) is not None]
