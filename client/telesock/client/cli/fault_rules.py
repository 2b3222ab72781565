"""What a fault can be told beside its effect, as one types it: as options of `faults add`, or behind an effect.

Most are fields of the contract, read by their kind (fault_fields.py); a burst, a window and flapping are pairs.
"""

import dataclasses
from typing import Any

import typer
from google.protobuf.descriptor import FieldDescriptor

from telesock.client.cli.amounts import duration_typed, parse_probability, parse_span, probability_typed
from telesock.client.cli.fault_fields import Field, Kind, contract, field_of, find_field, nearest, typed
from telesock.client.faults import Effect, Fault, GilbertElliott
from telesock.client.faults.fields import described
from telesock.v1 import faults_pb2

_TARGET, _TIMING, _FAULT = (
    described(each).fields_by_name
    for each in (faults_pb2.FaultTarget, faults_pb2.FaultTiming, faults_pb2.Fault)
)
_TAKEN_APART = {"burst", "window_start", "window_end", "on", "off"}
_RENAMED = {"socket_id": "socket", "listener_id": "listener"}
_BURST = ("bad", "good", "fires_in_good", "fires_in_bad")


def parse_burst(text: str) -> GilbertElliott:
    """Read "bad=0.1,good=0.3", "bad=0.1/good=0.3" or "0.1/0.3"; what it fires in either state may follow."""
    values: dict[str, float] = {}
    for place, part in enumerate(text.replace(",", "/").split("/")):
        name, equals, value = part.partition("=")
        if not equals:
            name, value = _BURST[place] if place < len(_BURST) else "", part
        if contract(name) not in _BURST:
            raise typer.BadParameter(f"{part!r}: {nearest(typed(name), map(typed, _BURST))}")
        values[contract(name)] = parse_probability(value)
    if not {"bad", "good"} <= values.keys():
        raise typer.BadParameter(f"{text!r} has not both; write it as bad=0.1,good=0.3")
    return GilbertElliott(**values)


def parse_window(text: str) -> tuple[float | None, float | None]:
    """Read "2s..10s", "2s.." or "..10s": from and until which age of the fault."""
    start, dots, end = text.partition("..")
    if not dots or not (start or end):
        raise typer.BadParameter(f"{text!r} is not a window such as 2s..10s, 2s.. or ..10s")
    return (parse_span(start) if start else None, parse_span(end) if end else None)


def parse_flapping(text: str) -> tuple[float, float]:
    """Read "2s/3s": on for so long, then off."""
    on, slash, off = text.partition("/")
    if not slash:
        raise typer.BadParameter(f"{text!r} is not ON/OFF such as 2s/3s")
    return parse_span(on), parse_span(off)


def _burst_typed(burst: GilbertElliott) -> str:
    values = ((name, getattr(burst, name)) for name in _BURST)
    return "/".join(f"{typed(name)}={probability_typed(value)}" for name, value in values)


def _window_typed(window: tuple[float | None, float | None]) -> str:
    return "..".join("" if each is None else duration_typed(each) for each in window)


def _flapping_typed(flapping: tuple[float, float]) -> str:
    return "/".join(map(duration_typed, flapping))


def _plain(descriptor: FieldDescriptor) -> Field:
    return field_of(descriptor, _RENAMED.get(descriptor.name, descriptor.name))


FIELDS: tuple[Field, ...] = (
    _plain(_FAULT["name"]),
    *(_plain(each) for each in _TARGET.values()),
    *(_plain(each) for name, each in _TIMING.items() if name not in _TAKEN_APART),
    Field("burst", "burst", Kind("bad=P,good=P", "bad=0.1/good=0.3", parse_burst, _burst_typed)),
    Field("window", "window", Kind("START..END", "2s..10s", parse_window, _window_typed)),
    Field("flapping", "flapping", Kind("ON/OFF", "2s/3s", parse_flapping, _flapping_typed)),
    _plain(_FAULT["seed"]),
    _plain(_FAULT["expires_after"]),
)
"""All of them; one is named as it is in `Fault`, and that of operations and phases may be singular too."""

_SINGULAR = {"operation": "operations", "phase": "phases"}


def rule_field(name: str) -> Field | None:
    """Find a field of every fault."""
    return find_field(FIELDS, _SINGULAR.get(name, name))


def make_fault(effect: Effect, rule: dict[str, Any]) -> Fault:
    """Make a fault; refuses what the contract has no room for."""
    try:
        fault = Fault(effect, **rule)
        fault.to_message()
    except (TypeError, ValueError) as wrong:
        raise typer.BadParameter(str(wrong)) from None
    return fault


def said_of(fault: Fault) -> dict[str, Any]:
    """What a fault was told beside its effect, by attribute."""
    values = (
        (each.name, getattr(fault, each.name)) for each in dataclasses.fields(Fault) if each.name in _NAMES
    )
    return {name: value for name, value in values if value != _DEFAULTS[name]}


_NAMES = {each.attribute for each in FIELDS}
_DEFAULTS = {each.name: each.default for each in dataclasses.fields(Fault)}
