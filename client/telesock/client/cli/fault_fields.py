"""The fields of effects and of faults as one types them: their names, what their values are, how each is read.

All of it is derived from the client's classes and the contract's descriptors, by kind of field; nothing here knows any
effect. Refuses a value that is none of its kind, and says how one is written.
"""

import dataclasses
import difflib
import os
import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import typer
from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor

from telesock.client.cli.amounts import (
    duration_typed,
    parse_count,
    parse_probability,
    parse_rate,
    parse_size,
    parse_span,
    probability_typed,
    size_typed,
)
from telesock.client.faults import Effect
from telesock.client.faults.fields import described
from telesock.client.faults.value import message_of

_SHORT = {
    "bytes_per_second": "rate",
    "burst_bytes": "burst",
    "size_bytes": "size",
    "size_variation_bytes": "variation",
    "errno_name": "errno",
}
COUNTED_FROM_ONE = frozenset(
    {
        "socket_id",
        "listener_id",
        "nth",
        "times",
        "copies",
        "displacement",
        "places",
        "per_million",
        "bytes_per_second",
        "burst_bytes",
        "size_bytes",
    }
)
"""Fields that are unset when they are 0."""
_SIZES = re.compile(r"bytes|\w+_bytes|length|offsets?")
_SHORT_ENOUGH = 20  # characters of choices that are written out where a kind is named
_LAST_WORD = re.compile(r"[A-Z][a-z]+")


class Kind(NamedTuple):
    """What values of a field are: a word for them, an example, how one is read, and how it is written."""

    word: str
    example: str
    read: Callable[[str], Any]
    write: Callable[[Any], str] = str
    choices: tuple[str, ...] = ()


class Field(NamedTuple):
    """A field: its name as one types it, that of its attribute, and what its values are."""

    name: str
    attribute: str
    kind: Kind
    required: bool = False


def typed(name: str) -> str:
    """Write a name of the contract as one types it."""
    return name.replace("_", "-")


def contract(name: str) -> str:
    """Write a name that was typed as the contract does."""
    return name.replace("-", "_")


def fields_of(effect: type[Effect]) -> list[Field]:
    """The fields of an effect, the main one first."""
    message = described(message_of(effect.__name__))
    return [
        field_of(message.fields_by_name[each.name], each.name, required=each.default is dataclasses.MISSING)
        for each in dataclasses.fields(effect)
    ]


def field_of(descriptor: FieldDescriptor, attribute: str, *, required: bool = False) -> Field:
    """Describe one field."""
    name = _SHORT.get(attribute, typed(attribute))
    return Field(name, attribute, _kind_of(descriptor), required)


def find_field(fields: Iterable[Field], name: str) -> Field | None:
    """Find a field by its name, or by the contract's."""
    wanted = contract(name)
    return next((each for each in fields if wanted in (contract(each.name), each.attribute)), None)


def read_field(field: Field, text: str) -> Any:
    """Read a value; a refusal begins with the field's name."""
    try:
        return field.kind.read(text)
    except typer.BadParameter as wrong:
        raise typer.BadParameter(f"{field.name}: {wrong.message}") from None


def nearest(wrong: str, known: Iterable[str]) -> str:
    """List what there is, what was probably meant first."""
    names = list(known)
    close = difflib.get_close_matches(wrong, names, n=1, cutoff=0.5)
    listed = ", ".join(dict.fromkeys([*close, *names]))
    return f"did you mean {close[0]}? There are {listed}" if close else f"there are {listed}"


# Kinds


def _kind_of(field: FieldDescriptor) -> Kind:
    one = _kind_of_one(field)
    if not field.is_repeated:
        return one
    between = " " if field.type == FieldDescriptor.TYPE_STRING else "/"  # which networks have in them
    return Kind(
        f"{one.word}[{between}{one.word}...]",
        one.example,
        lambda text: [one.read(each) for each in text.split(between)],
        lambda values: between.join(map(one.write, values)),
    )


def _kind_of_one(field: FieldDescriptor) -> Kind:
    if field.enum_type is not None:
        return _choice(field.enum_type)
    if field.type in _BY_TYPE:
        return _BY_TYPE[field.type]
    if field.name == "bytes_per_second":
        return Kind("SIZE", "100KB", _bounded(field, parse_rate), size_typed)
    if _SIZES.fullmatch(field.name):
        return Kind("SIZE", "1000", _bounded(field, parse_size), size_typed)
    return Kind("N", "3", _bounded(field, parse_count))


def _bounded(field: FieldDescriptor, read: Callable[[str], int]) -> Callable[[str], int]:
    """Refuse what the contract has no room for, and a zero where it would mean that nothing was said."""
    least = 1 if field.name in COUNTED_FROM_ONE else 0
    most = (1 << (32 if field.type == FieldDescriptor.TYPE_UINT32 else 64)) - 1

    def within(text: str) -> int:
        number = read(text)
        if not least <= number <= most:
            raise typer.BadParameter(f"{text!r} is not from {least} to {most}")
        return number

    return within


def choices(kind: EnumDescriptor) -> list[str]:
    """The values of an enumeration as one types them."""
    prefix = kind.values_by_number[0].name.removesuffix("UNSPECIFIED")
    return [typed(each.name.removeprefix(prefix).lower()) for each in kind.values if each.number]


def _choice(kind: EnumDescriptor) -> Kind:
    names = choices(kind)

    def read(text: str) -> str:
        name = typed(text.lower())
        if name not in names:
            raise typer.BadParameter(f"{text!r} is none of them; {nearest(name, names)}")
        return contract(name)

    word = "|".join(names)
    if len(word) > _SHORT_ENOUGH:
        word = _LAST_WORD.findall(kind.name)[-1].upper()
    return Kind(word, names[0], read, _choice_typed, tuple(names))


def _choice_typed(value: Any) -> str:
    """Write a name, a value of an enumeration, or the number of one that is newer than this client."""
    return typed(getattr(value, "name", str(value)).lower())


def _text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise typer.BadParameter(f"{text!r} is not text") from None
    return text


def _bytes(text: str) -> bytes:
    r"""Read text as the terminal has it, with \n, \r, \t, \0, \\ and \xNN for what cannot be typed."""
    try:
        data = os.fsencode(text)
    except UnicodeEncodeError:
        raise typer.BadParameter(f"{text!r} is not text") from None
    if _WRONG_ESCAPE.search(re.sub(rb"\\\\", b"", data)):
        raise typer.BadParameter(rf"{text!r} has a backslash that is not of \n, \r, \t, \0, \\ or \xNN")
    return _ESCAPE.sub(lambda match: _ESCAPED.get(match[1]) or bytes.fromhex(match[1][1:].decode()), data)


def _bytes_typed(data: bytes) -> str:
    shown = (chr(each) if each in _SHOWN else f"\\x{each:02x}" for each in data)
    return "".join(shown)


_ESCAPE = re.compile(rb"\\(x..|.)")
_WRONG_ESCAPE = re.compile(rb"\\(?!x[0-9A-Fa-f]{2}|[nrt0])")
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"0": b"\0", b"\\": b"\\"}
_SHOWN = set(range(0x20, 0x7F)) - set(b"\\,@")
_BY_TYPE = {
    FieldDescriptor.TYPE_MESSAGE: Kind("DURATION", "200ms", parse_span, duration_typed),
    FieldDescriptor.TYPE_DOUBLE: Kind("PROBABILITY", "0.3", parse_probability, probability_typed),
    FieldDescriptor.TYPE_STRING: Kind("TEXT", "text", _text),
    FieldDescriptor.TYPE_BYTES: Kind("BYTES", r"ab\x00", _bytes, _bytes_typed),
}
