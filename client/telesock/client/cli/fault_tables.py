"""Faults as tables for a person: those of a session as they are now, and the effects that there are."""

import itertools
import json
from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from telesock.client.cli.fault_effects import PLACES, acts_on, form, meaning, name_of
from telesock.client.cli.fault_fields import Field, fields_of
from telesock.client.cli.fault_forms import effect_form, target_form, timing_form
from telesock.client.cli.output import bytes_text, duration_of, duration_text
from telesock.client.cli.words import count, join
from telesock.client.faults import EFFECTS, Effect, FaultState
from telesock.v1 import faults_pb2

_NUMBERS = {"decisions", "fired"}
_FEW = 8  # choices that are listed
_HEADINGS = (
    "name",
    "effect",
    "acts on",
    "fires",
    "seed",
    "decisions",
    "fired",
    "holds",
    "age",
    "expires",
)


def faults_table(found: Sequence[faults_pb2.FaultState]) -> Table | str:
    """A line for each fault."""
    if not found:
        return "the session has no faults"
    table = Table(box=None, pad_edge=False)
    for heading in _HEADINGS:
        table.add_column(heading, justify="right" if heading in _NUMBERS else "left", overflow="fold")
    for message in found:
        table.add_row(*_cells(FaultState.from_message(message)))
    return table


def _cells(state: FaultState) -> list[str]:
    fault = state.fault
    timing = timing_form(fault) if fault.replay is None else "as recorded"
    return [
        fault.name,
        effect_form(fault.effect),
        target_form(fault) or "everything",
        timing or "always",
        str(fault.seed),
        str(state.decisions),
        str(state.firings),
        join(bytes_text(state.held_bytes) if state.held_bytes else "", count(state.held, "waiting")),
        duration_text(duration_of(state.age)),
        _expires(state),
    ]


def _expires(state: FaultState) -> str:
    if state.fault.expires_after is None:
        return ""
    return f"in {duration_text(duration_of(max(state.fault.expires_after - state.age, 0.0)))}"


def effects_table() -> Table:
    """All effects, by what they act on: how each is written, its other fields, what it does."""
    table = Table(box=None, pad_edge=False)
    for heading in ("effect", "more fields", "what it does"):
        table.add_column(heading, overflow="fold")
    for place, effects in itertools.groupby(sorted(EFFECTS.values(), key=_place), acts_on):
        table.add_row(Text(f"\non {place}", "bold"))
        for effect in effects:
            table.add_row(form(effect), _more_fields(effect), meaning(effect))
    return table


def _place(effect: type[Effect]) -> int:
    return PLACES.index(acts_on(effect))


def _more_fields(effect: type[Effect]) -> str:
    """The fields whose values its form does not show, a line each."""
    shown = form(effect).partition("=")[2].rstrip("]")
    fields = fields_of(effect)
    more = [each for each in fields if each is not fields[0] or each.kind.word != shown]
    lines = [f"{each.name}={each.kind.word}" for each in more]
    return "\n".join([*lines, *filter(None, map(_choices, fields))])


def _choices(field: Field) -> str:
    """Say what may be chosen, where the word for it does not, and it is not too much."""
    kind = field.kind
    told = "|".join(kind.choices) in (kind.word, "") or len(kind.choices) > _FEW
    return "" if told else f"{kind.word}: {', '.join(kind.choices)}"


def effects_json() -> str:
    """All effects for a program."""
    return json.dumps([_effect_value(effect) for effect in EFFECTS.values()], indent=2)


def _effect_value(effect: type[Effect]) -> dict[str, object]:
    fields = [
        {"name": each.name, "value": each.kind.word, "required": each.required} for each in fields_of(effect)
    ]
    return {
        "effect": name_of(effect),
        "acts_on": acts_on(effect),
        "fields": fields,
        "meaning": meaning(effect),
    }
