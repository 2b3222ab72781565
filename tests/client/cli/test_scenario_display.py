"""What is shown of scenarios as they run fits where it is shown: nothing moves in a log, though it may have colours."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.programs import Ended, run_on_terminal

Telesock = Callable[..., Awaitable[Ended]]

ESCAPES = re.compile(r"\x1b\[[0-9;?]*([a-zA-Z])")
COLOURS = {"m"}


@pytest.fixture
def story(tmp_path: Path) -> str:
    path = tmp_path / "story.py"
    path.write_text("def scenario_good(lab): ...\n")
    return str(path)


async def test_a_log_that_wants_colours_has_them_and_no_movement(telesock: Telesock, story: str) -> None:
    ended = await telesock("run", story, variables={"FORCE_COLOR": "1", "COLUMNS": "80"})

    assert (ended.status, ended.stderr) == (0, "")
    assert set(ESCAPES.findall(ended.stdout)) == COLOURS
    assert ESCAPES.sub("", ended.stdout).splitlines()[1:] == ["1 passed"]


async def test_a_log_has_no_escapes_of_its_own(telesock: Telesock, story: str) -> None:
    ended = await telesock("run", story)

    assert "\x1b" not in ended.stdout


async def test_a_terminal_shows_which_one_runs(story: str) -> None:
    assert "good (1 of 1)" in await run_on_terminal("run", story)
