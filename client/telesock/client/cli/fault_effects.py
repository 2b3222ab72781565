"""Every effect as one types it: its name, its fields, what it acts on; and an effect made of what was typed.

The effects are the client's classes. Two of them have a main field that their first does not tell: a limit is of bytes
or of time, a corruption's rate is written 10/million.
"""

import difflib
from collections.abc import Callable
from typing import Any

import typer

from telesock.client.cli.fault_fields import (
    Field,
    contract,
    fields_of,
    find_field,
    read_field,
    typed,
)
from telesock.client.cli.fault_meanings import MEANINGS
from telesock.client.faults import EFFECTS, Corruption, Effect, Limit, name_of_effect

BYTES, CONNECTIONS, CONNECTS = "bytes", "connections", "connects"
LOOKUPS, ACCEPTS, DATAGRAMS, OPERATIONS = "lookups", "accepts", "datagrams", "operations"
PLACES = (BYTES, CONNECTIONS, CONNECTS, LOOKUPS, ACCEPTS, DATAGRAMS, OPERATIONS)
"""What effects act on."""

_OTHERS = {"packet_loss": CONNECTIONS, "reset": CONNECTIONS, "never_accept": ACCEPTS}
_PREFIXES = {
    "connect_": CONNECTS,
    "resolve_": LOOKUPS,
    "accept_": ACCEPTS,
    "datagram_": DATAGRAMS,
    "operation_": OPERATIONS,
}

NAMES = tuple(map(typed, EFFECTS))
"""All of them, in the order of the contract."""


def effect_named(name: str) -> type[Effect]:
    """Find an effect. Refuses an unknown one with the one that was probably meant."""
    effect = EFFECTS.get(contract(name))
    if effect is None:
        close = difflib.get_close_matches(name, NAMES, n=1, cutoff=0.5)
        meant = f"did you mean {close[0]}? " if close else ""
        raise typer.BadParameter(f"{name!r} is no effect; {meant}`telesock faults effects` lists all")
    return effect


def name_of(effect: type[Effect]) -> str:
    """Name an effect as one types it."""
    return typed(name_of_effect(effect))


def acts_on(effect: type[Effect]) -> str:
    """Say what an effect acts on; most of them on the bytes of connections."""
    name = name_of_effect(effect)
    by_prefix = (kind for prefix, kind in _PREFIXES.items() if name.startswith(prefix))
    return _OTHERS.get(name) or next(by_prefix, BYTES)


def meaning(effect: type[Effect]) -> str:
    """Say in one line what an effect does."""
    return MEANINGS[name_of_effect(effect)]


def form(effect: type[Effect]) -> str:
    """Show how an effect is written, its main value first: "latency=DURATION"."""
    main, *_ = [*fields_of(effect), None]
    if main is None:
        return name_of(effect)
    value = "=" + _MAIN_WORDS.get(effect, main.kind.word)
    return name_of(effect) + (value if main.required or effect is Limit else f"[{value}]")


def main_value(effect: type[Effect], text: str) -> dict[str, Any]:
    """Read what stands behind the effect's name."""
    name, fields = name_of(effect), fields_of(effect)
    if not fields:
        raise typer.BadParameter(
            f"{name} takes no value; how often it fires is written {name}@0.3, or probability=0.3"
        )
    reader = _MAIN_READERS.get(effect)
    if reader is not None:
        return reader(text)
    return {fields[0].attribute: read_field(fields[0], text)}


def make(effect: type[Effect], values: dict[str, Any]) -> Effect:
    """Make an effect; refuses one that lacks what it needs, or that the contract has no room for."""
    missing = [each for each in fields_of(effect) if each.required and each.attribute not in values]
    if missing:
        raise typer.BadParameter(f"{name_of(effect)} needs {missing[0].name}; write it as {_example(effect)}")
    alternatives = _ONE_OF.get(effect)
    if alternatives and not alternatives.keys() & values.keys():
        written = " or ".join(alternatives.values())
        raise typer.BadParameter(f"{name_of(effect)} needs an amount; write it as {written}")
    try:
        made = effect(**values)
        made.to_message()
    except (TypeError, ValueError) as wrong:
        raise typer.BadParameter(str(wrong)) from None
    return made


def field_for(effect: type[Effect], name: str) -> Field | None:
    """Find a field of an effect."""
    return find_field(fields_of(effect), name)


def _example(effect: type[Effect]) -> str:
    main, *others = fields_of(effect)
    needed = "".join(f",{each.name}={each.kind.example}" for each in others if each.required)
    return f"{name_of(effect)}={main.kind.example}{needed}"


# Main values that are written in a way of their own


def _limit(text: str) -> dict[str, Any]:
    of_bytes, of_time = (field_for(Limit, name) for name in ("bytes", "duration"))
    assert of_bytes is not None, "the contract has it"
    assert of_time is not None, "the contract has it"
    for field in (of_bytes, of_time):
        try:
            return {field.attribute: read_field(field, text)}
        except typer.BadParameter:
            continue
    raise typer.BadParameter(f"{text!r} is neither a size such as 1000 nor a duration such as 5s")


def _corruption(text: str) -> dict[str, Any]:
    number, slash, million = text.partition("/")
    if (slash, million) != ("/", "million"):
        raise typer.BadParameter(
            f"{text!r} is not 10/million; certain places are written corruption,offsets=0/100"
        )
    per_million = field_for(Corruption, "per-million")
    assert per_million is not None, "the contract has it"
    return {per_million.attribute: read_field(per_million, number)}


_MAIN_READERS: dict[type[Effect], Callable[[str], dict[str, Any]]] = {
    Limit: _limit,
    Corruption: _corruption,
}
_MAIN_WORDS: dict[type[Effect], str] = {Limit: "SIZE|DURATION", Corruption: "N/million"}
_ONE_OF: dict[type[Effect], dict[str, str]] = {
    Limit: {"bytes": "limit=1000", "duration": "limit=5s"},
    Corruption: {"per_million": "corruption=10/million", "offsets": "corruption,offsets=0/100"},
}
"""Fields of which an effect needs one, and how each is written."""
