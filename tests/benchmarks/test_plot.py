"""The picture of a run."""

from pathlib import Path

import pytest
from tests.benchmarks.records import Record
from tests.benchmarks.results import Figure, Result
from typer.testing import CliRunner

pytest.importorskip("matplotlib", reason="drawing needs the bench extra: make bench installs it")

from tests.benchmarks.plot import draw, program

RECORD = Record(
    {"cores": 2, "date": "2026-01-01"},
    (
        Result("Near", (Figure("client", "µs", (1.0, 3.0, 2.0)), Figure("floor: bare", "µs", (2.0,)))),
        Result(
            "Far apart", (Figure("client & peer", "sends/s", (9.0e6,)), Figure("RPyC", "sends/s", (3.0,)))
        ),
        Result("Nothing", (Figure("while idle", "%", (0.0,)),)),
    ),
)


def test_the_same_record_gives_the_same_bytes(tmp_path: Path) -> None:
    RECORD.write(tmp_path / "record.json")
    first, second = tmp_path / "first.svg", tmp_path / "second.svg"

    draw(RECORD, first)
    draw(Record.read(tmp_path / "record.json"), second)

    assert first.read_bytes() == second.read_bytes()


def test_every_title_figure_and_number_stands_in_the_picture_as_text(tmp_path: Path) -> None:
    draw(RECORD, tmp_path / "plot.svg")

    text = (tmp_path / "plot.svg").read_text()
    wanted = [
        "Near",
        "Far apart",
        "Nothing",
        "client",
        "floor: bare",
        "client &amp; peer",
        "RPyC",
        "while idle",
    ]
    wanted += ["2 µs", "9,000,000 sends/s", "3 sends/s", "0 %"]
    assert [each for each in wanted if f">{each}</text>" not in text] == []


def test_the_program_draws_a_file_and_refuses_one_that_is_none_in_one_line(tmp_path: Path) -> None:
    good, bad, target = tmp_path / "good.json", tmp_path / "bad.json", tmp_path / "plot.svg"
    RECORD.write(good)
    bad.write_text("{}")

    drawn = CliRunner().invoke(program, [str(good), str(target)])
    refused = CliRunner().invoke(program, [str(bad), str(target)])
    missing = CliRunner().invoke(program, [str(tmp_path / "none.json"), str(target)])

    assert (drawn.exit_code, drawn.output) == (0, "")
    assert target.exists()
    assert (refused.exit_code, refused.output) == (
        1,
        f"plot: {bad}: not what --json of the benchmarks writes\n",
    )
    assert missing.exit_code == 2
