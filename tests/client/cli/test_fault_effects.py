"""The effects of the contract on the command line: none is missing, each says how it is written and what it does."""

import pytest

from telesock.client.cli.fault_effects import NAMES, acts_on, effect_named, form, meaning
from telesock.client.cli.fault_fields import fields_of
from telesock.client.cli.fault_specs import parse_fault
from telesock.v1.faults_pb2 import Fault

ONE_OF = {"limit": ",bytes=5", "corruption": ",offsets=5"}
AMOUNTS = {"bytes", "duration", "per-million", "offsets"}


def test_every_effect_of_the_contract_has_a_name_here() -> None:
    names = [each.name.replace("_", "-") for each in Fault.DESCRIPTOR.oneofs_by_name["effect"].fields]

    assert list(NAMES) == names


@pytest.mark.parametrize("name", NAMES)
def test_every_effect_has_a_form_a_meaning_and_something_that_it_acts_on(name: str) -> None:
    effect = effect_named(name)

    assert form(effect).startswith(name)
    assert meaning(effect)
    assert acts_on(effect)


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_of_every_field_are_what_the_field_takes(name: str) -> None:
    needed = [f",{each.name}={each.kind.example}" for each in fields_of(effect_named(name)) if each.required]

    for each in fields_of(effect_named(name)):
        others = [other for other in needed if not other.startswith(f",{each.name}=")]
        amount = ONE_OF.get(name, "") if each.name not in AMOUNTS else ""
        parse_fault(f"{name},{each.name}={each.kind.example}{amount}" + "".join(others))


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("latency", "latency=DURATION"),
        ("limit", "limit=SIZE|DURATION"),
        ("stall", "stall[=DURATION]"),
        ("corruption", "corruption[=N/million]"),
        ("reset", "reset[=now|next-operation]"),
        ("connect-failure", "connect-failure[=OUTCOME]"),
        ("packet-loss", "packet-loss"),
    ],
)
def test_a_form_shows_the_main_value_and_whether_it_may_be_left_out(name: str, written: str) -> None:
    assert form(effect_named(name)) == written
