"""The words for effects are those of the contract."""

import re
from pathlib import Path

from telesock.client.cli.fault_meanings import MEANINGS

CONTRACT = Path(__file__).parents[3] / "proto/telesock/v1/faults.proto"


def test_every_effect_means_here_what_the_contract_says() -> None:
    effects = re.search(r"oneof effect \{(.*?)\}", CONTRACT.read_text(), re.DOTALL)
    assert effects
    comments = re.findall(r"// (.*)\n\s+\w+ (\w+) = \d+;", effects[1])

    assert list(MEANINGS.items()) == [(name, comment) for comment, name in comments]
