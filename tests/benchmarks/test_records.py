"""A run as a file."""

from pathlib import Path

import pytest
from tests.benchmarks.failures import CannotRun
from tests.benchmarks.records import Record, this_machine
from tests.benchmarks.results import Figure, Goal, Result

RESULT = Result("Sends", (Figure("client", "µs", (1.0, 2.0)),), (Goal("a ratio", 1.0, 2.0),))


def test_a_record_comes_back_from_its_file_as_it_went(tmp_path: Path) -> None:
    record, file = Record(this_machine(), (RESULT,)), tmp_path / "record.json"

    record.write(file)

    assert Record.read(file) == record


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"machine": {}, "results": [{}]}', '"machine"'])
def test_a_file_that_is_no_record_is_refused_by_name(tmp_path: Path, content: str) -> None:
    file = tmp_path / "record.json"
    file.write_text(content)

    with pytest.raises(CannotRun, match=r"record\.json: not what --json of the benchmarks writes"):
        Record.read(file)


def test_a_file_that_is_not_there_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match=r"none\.json: No such file or directory"):
        Record.read(tmp_path / "none.json")
