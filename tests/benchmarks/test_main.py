"""The command line of the benchmarks, without measuring."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from tests.benchmarks.__main__ import NAMES, program
from tests.benchmarks.failures import CannotRun
from tests.benchmarks.records import Record
from tests.benchmarks.results import Figure, Goal, Result, Scale
from typer.testing import CliRunner

RUNNER = CliRunner()
Stage = Callable[[str, Exception | None], list[Scale]]


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Put a benchmark in the place of a real one: it finds one figure, or fails. Returns the scales it is run with."""

    def put(name: str, failure: Exception | None) -> list[Scale]:
        scales: list[Scale] = []

        async def measure(scale: Scale) -> list[Result]:
            scales.append(scale)
            if failure:
                raise failure
            return [Result(name, (Figure("client", "µs", (1.0,)),), (Goal("a ratio", 2.0, 1.0),))]

        module = ModuleType(name)
        module.__dict__["measure"] = measure
        monkeypatch.setitem(sys.modules, f"tests.benchmarks.{name}", module)
        return scales

    return put


def test_an_unknown_name_is_a_usage_error_that_lists_the_names() -> None:
    ended = RUNNER.invoke(program, ["sends", "speed"])

    assert ended.exit_code == 2
    assert f"speed is not a benchmark; there are {', '.join(NAMES)}" in ended.output


def test_a_file_in_no_folder_is_a_usage_error_before_anything_runs(tmp_path: Path) -> None:
    ended = RUNNER.invoke(program, ["sends", "--json", str(tmp_path / "none" / "out.json")])

    assert ended.exit_code == 2
    assert "there is no folder" in ended.output


def test_a_missed_goal_is_said_and_fails_nothing(stage: Stage, tmp_path: Path) -> None:
    scales, file = stage("sends", None), tmp_path / "out.json"

    ended = RUNNER.invoke(program, ["sends", "--quick", "--json", str(file)])

    assert ended.exit_code == 0
    assert "missed" in ended.output
    assert [result.title for result in Record.read(file).results] == ["sends"]
    assert [scale.rounds for scale in scales] == [3]


def test_only_what_was_named_runs(stage: Stage) -> None:
    sends, latency = stage("sends", None), stage("latency", None)

    assert RUNNER.invoke(program, ["latency"]).exit_code == 0
    assert (len(sends), len(latency)) == (0, 1)


def test_a_benchmark_that_cannot_run_is_one_line_and_status_1(stage: Stage) -> None:
    stage("sends", CannotRun("download: not done within 60 s"))

    ended = RUNNER.invoke(program, ["sends"])

    assert (ended.exit_code, ended.stderr) == (1, "benchmarks: sends: download: not done within 60 s\n")


@pytest.mark.parametrize("package", ["rpyc", "tests.benchmarks.cycles"])
def test_what_is_missing_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    for name in ("tests.benchmarks.sends", "tests.benchmarks.cycles"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, package, None)

    ended = RUNNER.invoke(program, ["sends" if package == "rpyc" else "cycles"])

    said = {
        "rpyc": "benchmarks: sends needs rpyc: pip install '.[bench]', or make bench\n",
        "tests.benchmarks.cycles": "benchmarks: there is no module tests.benchmarks.cycles\n",
    }
    assert (ended.exit_code, ended.stderr) == (1, said[package])
