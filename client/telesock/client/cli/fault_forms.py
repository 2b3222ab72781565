"""Faults written as one types them: what `faults add` and `--fault` take, made of what an agent tells.

What is as it is by default is left out. An effect that is newer than this client has no form.
"""

import dataclasses

from telesock.client.cli.fault_effects import name_of
from telesock.client.cli.fault_fields import Field, fields_of
from telesock.client.cli.fault_rules import FIELDS, said_of
from telesock.client.faults import Corruption, Effect, Fault, Limit
from telesock.client.faults.effects import UnknownEffect

_TARGET = ("socket", "listener", "peer", "peers", "direction", "operations", "phases", "relay_side")
_TOLD_ELSEWHERE = ("name", "seed", "expires_after", *_TARGET)


def effect_form(effect: Effect) -> str:
    """Write an effect: "latency=200ms,jitter=50ms"."""
    if isinstance(effect, UnknownEffect):
        return "unknown: this client is older than the agent"
    fields = fields_of(type(effect))
    main = _main(effect, fields)
    written = {each.name: _escaped(each, effect) for each in fields if _is_said(each, effect)}
    value = written.pop(main.name, "") if main else ""
    head = name_of(type(effect)) + (f"={value}{_million(effect)}" if value else "")
    return ",".join([head, *(f"{name}={value}" for name, value in written.items())])


def target_form(fault: Fault) -> str:
    """Write what a fault acts on; nothing for everything."""
    return _rule_form(fault, _TARGET)


def timing_form(fault: Fault) -> str:
    """Write when a fault fires; nothing for always."""
    return _rule_form(
        fault, tuple(each.attribute for each in FIELDS if each.attribute not in _TOLD_ELSEWHERE)
    )


def _rule_form(fault: Fault, attributes: tuple[str, ...]) -> str:
    said = said_of(fault)
    fields = (each for each in FIELDS if each.attribute in attributes and each.attribute in said)
    return ", ".join(f"{each.name}={each.kind.write(said[each.attribute])}" for each in fields)


def _main(effect: Effect, fields: list[Field]) -> Field | None:
    if isinstance(effect, Limit) and effect.bytes is None:
        return next(each for each in fields if each.attribute == "duration")
    if isinstance(effect, Corruption):
        return next(each for each in fields if each.attribute == "per_million")
    return fields[0] if fields else None


def _million(effect: Effect) -> str:
    return "/million" if isinstance(effect, Corruption) else ""


def _is_said(field: Field, effect: Effect) -> bool:
    defaults = {each.name: each.default for each in dataclasses.fields(effect)}
    return field.required or getattr(effect, field.attribute) != defaults[field.attribute]


def _escaped(field: Field, effect: Effect) -> str:
    written = field.kind.write(getattr(effect, field.attribute))
    return written.replace(",", r"\,").replace("@", r"\@") if field.kind.word == "TEXT" else written
