r"""A fault in one word, as one types it: [PLACE:]EFFECT[=VALUE][@PROBABILITY][,FIELD=VALUE...].

`latency=200ms,jitter=50ms`, `limit=5s,end=stall`, `receive:latency=1s@0.3,seed=7`, `stall,after-bytes=1000,seed=7`. A field
is one of the effect, or else one of every fault. @PROBABILITY may stand at the end too. A comma in a value is written `\,`.
Refuses what cannot be meant with what can; where the place is, fault_places.py says.
"""

import re
from typing import Any, NamedTuple

import typer

from telesock.client.cli.amounts import parse_probability
from telesock.client.cli.fault_effects import effect_named, field_for, main_value, make, name_of
from telesock.client.cli.fault_fields import fields_of, nearest, read_field
from telesock.client.cli.fault_rules import FIELDS, make_fault, rule_field
from telesock.client.faults import Effect, Fault

_PIECES = re.compile(r"\\.|[^\\,]|\\|,", re.DOTALL)
_ESCAPED = {r"\,": ",", r"\@": "@"}
_PROBABILITY = re.compile(r"(?<!\\)@([\d.]+(?:e-\d+)?%?)\Z", re.ASCII)
_HEAD = re.compile(r"(?:\\.|[^\\,])*", re.DOTALL)  # up to the first comma
_PLACE = re.compile(r"([a-z.-]+):(?=[a-z-]+\Z|[a-z_-]+[=,@])", re.ASCII)


class Spec(NamedTuple):
    """What was typed: where, and the fault without that."""

    place: str
    fault: Fault


def parse_spec(text: str) -> Spec:
    """Read a fault that may begin with its place."""
    match = _PLACE.match(text)
    place, rest = (match[1], text[match.end() :]) if match else ("", text)
    return Spec(place, parse_fault(rest))


def parse_fault(text: str) -> Fault:
    """Read a fault without a place."""
    rest, rule = _take_probability(text)
    head, *others = _split(rest)
    name, equals, value = head.partition("=")
    effect = effect_named(name)
    values = main_value(effect, value) if equals else {}
    for other in others:
        _take(effect, other, values, rule)
    return make_fault(make(effect, values), rule)


def _take_probability(text: str) -> tuple[str, dict[str, Any]]:
    """Take @PROBABILITY from the end, or from behind the effect's value."""
    head = _HEAD.match(text)
    rule: dict[str, Any] = {}
    for end in (len(text), head.end() if head else 0):
        often = _PROBABILITY.search(text, 0, end)
        if often:
            if rule:
                raise typer.BadParameter("probability is said twice")
            rule["probability"] = parse_probability(often[1])
            text = text[: often.start()] + text[end:]
    return text, rule


def _take(effect: type[Effect], text: str, values: dict[str, Any], rule: dict[str, Any]) -> None:
    """Take one FIELD=VALUE to where it belongs."""
    name, equals, value = text.partition("=")
    field = field_for(effect, name)
    taken = values if field else rule
    field = field or rule_field(name)
    if field is None:
        raise typer.BadParameter(f"{name_of(effect)} has no field {name!r}; {_nearest_field(effect, name)}")
    if not equals:
        raise typer.BadParameter(f"{text!r} has no value; write it as {name}={field.kind.example}")
    if field.attribute in taken:
        raise typer.BadParameter(f"{field.name} is said twice")
    taken[field.attribute] = read_field(field, value)


def _nearest_field(effect: type[Effect], name: str) -> str:
    return nearest(name, [each.name for each in (*fields_of(effect), *FIELDS)])


def _split(text: str) -> list[str]:
    """Split at commas, but not at those behind a backslash."""
    fields = [""]
    for piece in _PIECES.findall(text):
        if piece == ",":
            fields.append("")
        else:
            fields[-1] += _ESCAPED.get(piece, piece)
    return fields
