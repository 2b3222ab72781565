"""Messages with anything in them, and bytes that are no messages any more: all of it from a seeded generator.

chance = Random(7)
request = arbitrary(chance, ConnectRequest)      # well formed; numbers are small ones, bounds, and what lies beyond
data = mangled(chance, request.SerializeToString())
"""

from random import Random
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from tests.server.service.anything import samples

_MOST_DEEP = 7
_SECONDS = [0, 0, 0, 1, -1, 3600, 315_576_000_000]
_NANOS = [0, 1, 1_000_000, 20_000_000, -1, 999_999_999]


def arbitrary(chance: Random, kind: type[Message]) -> Any:
    """Return a message of a type."""
    return _message(chance, kind.DESCRIPTOR, 0)


def _message(chance: Random, descriptor: Any, depth: int) -> Message:
    if descriptor.full_name == Duration.DESCRIPTOR.full_name:
        return Duration(seconds=chance.choice(_SECONDS), nanos=chance.choice(_NANOS))
    made: Message = GetMessageClass(descriptor)()
    for field in descriptor.fields:
        if field.containing_oneof is None and chance.random() < 0.5:
            _fill(chance, made, field, depth)
    for oneof in descriptor.oneofs:
        _fill(chance, made, chance.choice(oneof.fields), depth)
    return made


def _fill(chance: Random, made: Message, field: FieldDescriptor, depth: int) -> None:
    if field.message_type is not None and depth >= _MOST_DEEP:
        return
    count = chance.randrange(4) if field.is_repeated else 1
    values = [_value(chance, field, depth) for _ in range(count)]
    if field.is_repeated:
        getattr(made, field.name).extend(values)
    elif field.message_type is not None:
        getattr(made, field.name).CopyFrom(values[0])
    else:
        setattr(made, field.name, values[0])


def _value(chance: Random, field: FieldDescriptor, depth: int) -> Any:
    if field.message_type is not None:
        return _message(chance, field.message_type, depth + 1)
    return chance.choice(samples(field))


def mangled(chance: Random, data: bytes) -> bytes:
    """Return bytes that are nearly these: cut, with bytes changed, added, taken out, doubled or moved."""
    changed = bytearray(data or b"\0")
    for _ in range(chance.randint(1, 4)):
        chance.choice(_DEEDS)(chance, changed)
    return bytes(changed)


def _cut(chance: Random, data: bytearray) -> None:
    del data[chance.randrange(len(data) + 1) :]


def _flip(chance: Random, data: bytearray) -> None:
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _insert(chance: Random, data: bytearray) -> None:
    place = chance.randrange(len(data) + 1)
    data[place:place] = chance.randbytes(chance.randint(1, 12))


def _remove(chance: Random, data: bytearray) -> None:
    place = chance.randrange(len(data) + 1)
    del data[place : place + chance.randint(1, 12)]


def _double(chance: Random, data: bytearray) -> None:
    start = chance.randrange(len(data) + 1)
    data += data[start : start + chance.randint(1, 200)]


def _nest(chance: Random, data: bytearray) -> None:
    """Put it into so many messages that a parser has to stop somewhere."""
    for _ in range(chance.choice([1, 3, 120])):
        size, length = len(data), bytearray()
        while size >= 0x80:
            length.append(size & 0x7F | 0x80)
            size >>= 7
        data[:0] = bytes([chance.choice([0x0A, 0x22, 0x1A])]) + length + bytes([size])


_DEEDS = (_cut, _flip, _flip, _insert, _remove, _double, _nest)
