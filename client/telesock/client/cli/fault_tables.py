"""Faults as tables for a person: those of a session as they are now, and the effects that there are."""

import itertools
import json
from collections.abc import Iterable, Sequence

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from telesock.client.cli.fault_effects import PLACES, acts_on, form, meaning, name_of
from telesock.client.cli.fault_fields import Field, fields_of
from telesock.client.cli.fault_forms import effect_form, target_form, timing_form
from telesock.client.cli.output import bytes_text, duration_of
from telesock.client.faults import EFFECTS, Effect, FaultState
from telesock.client.texts.durations import duration_text
from telesock.client.texts.words import count, join
from telesock.v1 import faults_pb2

_SHORT = {"fired", "age", "expires"}
_UNBOUNDED = 10_000  # columns
_FEW = 8  # choices that are listed


class FaultsTable:
    """A line for each fault; where that is too wide, a few lines for each, what it is as one types it."""

    def __init__(self, found: Sequence[FaultState]) -> None:
        self._found = found

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it, as wide as there is room."""
        wide = _table(_wide(state) | _counters(state) for state in self._found)
        fits = console.measure(wide, options=options.update(width=_UNBOUNDED)).maximum <= options.max_width
        yield wide if fits else _table(_narrow(state) | _counters(state) for state in self._found)


def faults_table(found: Sequence[faults_pb2.FaultState]) -> FaultsTable | str:
    """The faults of a session as they are now."""
    if not found:
        return "the session has no faults"
    return FaultsTable([FaultState.from_message(message) for message in found])


def _table(rows: Iterable[dict[str, str]]) -> Table:
    """Make a table without the columns in which there is nothing."""
    filled = list(rows)
    table = Table(box=None, pad_edge=False)
    headings = [heading for heading in filled[0] if any(row[heading] for row in filled)]
    for heading in headings:
        table.add_column(heading, overflow="fold", no_wrap=heading in _SHORT)
    for row in filled:
        table.add_row(*(row[heading] for heading in headings))
    return table


def _wide(state: FaultState) -> dict[str, str]:
    fault = state.fault
    return {
        "name": fault.name,
        "effect": effect_form(fault.effect),
        "acts on": target_form(fault) or "everything",
        "fires": _fires(state) or "always",
        "seed": str(fault.seed),
    }


def _narrow(state: FaultState) -> dict[str, str]:
    fault = state.fault
    said = (effect_form(fault.effect), target_form(fault), _fires(state), f"seed={fault.seed}")
    return {"name": fault.name, "what it does": "\n".join(filter(None, said))}


def _fires(state: FaultState) -> str:
    return timing_form(state.fault) if state.fault.replay is None else "as recorded"


def _counters(state: FaultState) -> dict[str, str]:
    return {
        "fired": f"{state.firings} of {state.decisions}",
        "holds": join(bytes_text(state.held_bytes) if state.held_bytes else "", count(state.held, "waiting")),
        "age": duration_text(duration_of(state.age)),
        "expires": _expires(state),
    }


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
        {
            "name": each.name,
            "value": each.kind.word,
            "required": each.required,
            "choices": list(each.kind.choices),
        }
        for each in fields_of(effect)
    ]
    return {
        "effect": name_of(effect),
        "acts_on": acts_on(effect),
        "fields": fields,
        "meaning": meaning(effect),
    }
