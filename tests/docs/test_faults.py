"""docs/faults.md has every effect of the contract, as it is typed, with all that it can be told."""

import re
from pathlib import Path

import pytest

from telesock.client.cli.fault_effects import NAMES, effect_named
from telesock.client.faults.fields import described
from telesock.v1 import faults_pb2

TABLES = (Path(__file__).parents[2] / "docs/faults.md").read_text().partition("## All effects")[2]
ROWS = {match[1]: match[0] for match in re.finditer(r"^\| `([a-z-]+).*$", TABLES, re.MULTILINE)}


def test_the_page_has_a_row_for_each_effect_and_for_nothing_else() -> None:
    assert sorted(ROWS) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_row_names_the_message_of_its_effect_and_all_fields_of_that(name: str) -> None:
    message = effect_named(name).__name__
    fields = [field.name for field in described(getattr(faults_pb2, message)).fields]

    assert [word for word in (message, *fields) if f"`{word}`" not in ROWS[name]] == []
