"""Which scenarios a file has, and what is refused."""

from pathlib import Path

import pytest

from telesock.client.lab import InventoryError
from telesock.client.scenarios.finding import BrokenFile, NoScenarios, choose, read_scenarios

FILE = '''
from beside import scenario_of_another

AGENTS = ["client", "server"]

def scenario_second(lab, pause=0.1):
    """Comes first.

    And goes on.
    """

async def scenario_first(lab): ...

scenario_number = 1

def helper(lab): ...
'''


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "beside.py").write_text("def scenario_of_another(lab): ...")
    path = tmp_path / "story.py"
    path.write_text(FILE)
    return path


def test_scenarios_are_the_files_own_in_their_order(file: Path) -> None:
    read = read_scenarios(file)

    assert [(each.name, each.title, each.is_async) for each in read.scenarios] == [
        ("second", "Comes first.", False),
        ("first", "", True),
    ]
    assert read.agents == ("client", "server")


def test_they_are_chosen_by_parts_of_their_names(file: Path) -> None:
    read = read_scenarios(file)

    assert [[each.name for each in choose(read, wanted)] for wanted in ([], ["co"], ["fi", "nd"])] == [
        ["second", "first"],
        ["second"],
        ["second", "first"],
    ]
    with pytest.raises(
        NoScenarios, match=r"no scenario of .*story.py is called third or x; there are second, first"
    ):
        choose(read, ["third", "x"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no scenarios: functions `def scenario_NAME"),
        ("def scenario_x(): ...", r"scenario_x\(\): a scenario takes the lab and nothing else"),
        ("def scenario_x(lab, what): ...", r"scenario_x\(lab, what\): a scenario takes the lab"),
        ("def scenario_x(lab): yield", "scenario_x has a `yield`, so that calling it runs nothing of it"),
        (
            "async def scenario_x(lab): yield",
            "scenario_x has a `yield`, so that calling it runs nothing of it",
        ),
        ("def scenario_x(lab): 0\0", "story.py: source code string cannot contain null bytes"),
        ("def scenario_x(lab:", r"story.py, line 1: '\(' was never closed"),
        ("AGENTS = True\ndef scenario_x(lab): ...", "AGENTS is how many agents .*, not True"),
        ("AGENTS = []\ndef scenario_x(lab): ...", r"AGENTS is how many agents .*, not \[\]"),
    ],
)
def test_what_cannot_be_run_is_refused_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "story.py"
    path.write_text(text)

    with pytest.raises(NoScenarios, match=said):
        read_scenarios(path)


def test_an_impossible_number_of_agents_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "story.py"
    path.write_text("AGENTS = 0\ndef scenario_x(lab): ...")

    with pytest.raises(InventoryError, match="1 to 254 local agents, not 0"):
        read_scenarios(path)


def test_a_file_has_to_be_there_and_be_python(tmp_path: Path) -> None:
    with pytest.raises(NoScenarios, match="there is no such file"):
        read_scenarios(tmp_path / "none.py")
    with pytest.raises(NoScenarios, match=r"its name has to end with \.py"):
        read_scenarios(tmp_path / "story.txt")


def test_what_a_file_raises_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "story.py"
    path.write_text("open('/no/such/file')")

    with pytest.raises(BrokenFile) as broken:
        read_scenarios(path)
    assert isinstance(broken.value.error, FileNotFoundError)


def test_a_file_that_leaves_the_program_is_broken_and_not_a_run_in_which_all_is_well(tmp_path: Path) -> None:
    path = tmp_path / "story.py"
    path.write_text("import sys\nsys.exit(0)")

    with pytest.raises(BrokenFile) as broken:
        read_scenarios(path)
    assert isinstance(broken.value.error, SystemExit)
