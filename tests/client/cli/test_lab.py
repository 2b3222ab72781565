"""`telesock lab`: JSON on a pipe, a table on a terminal, and an exit status that says whether all can be had."""

import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.agents import RunningAgent
from tests.peers import unused_port
from tests.programs import Ended, run_on_terminal

Telesock = Callable[..., Awaitable[Ended]]


@pytest.fixture
def inventory(agent: RunningAgent, tmp_path: Path) -> Path:
    """A lab of an agent that is there and one that is not."""
    path = tmp_path / "lab.toml"
    path.write_text(
        f'[agents.here]\ntarget = "{agent.address}"\nlabels = {{ role = "server" }}\n'
        f'addresses = ["10.0.0.1"]\n[agents.gone]\ntarget = "127.0.0.1:{unused_port()}"\n'
    )
    return path


async def test_agents_are_shown_with_who_cannot_be_had(telesock: Telesock, inventory: Path) -> None:
    ended = await telesock("lab", "agents", str(inventory))
    here, gone = map(json.loads, ended.stdout.splitlines())

    assert (ended.status, ended.stderr) == (1, "")
    assert here == {
        "agent": "here",
        "target": here["target"],
        "version": "0.0.0",
        "labels": {"role": "server"},
        "addresses": ["10.0.0.1"],
        "trouble": None,
    }
    assert (gone["agent"], gone["version"]) == ("gone", None)
    assert gone["trouble"].startswith(f"no answer from an agent at {gone['target']}")


async def test_clocks_are_shown_with_how_wrong_they_can_be(
    telesock: Telesock, agent: RunningAgent, tmp_path: Path
) -> None:
    path = tmp_path / "lab.toml"
    path.write_text(f'[agents.here]\ntarget = "{agent.address}"\n')
    ended = await telesock("lab", "clocks", str(path), "--samples", "4")
    row = json.loads(ended.stdout)

    assert (ended.status, row["agent"], row["trouble"]) == (0, "here", None)
    assert abs(row["offset_ns"]) <= row["uncertainty_ns"]  # it is our own clock


async def test_a_person_gets_a_table(inventory: Path) -> None:
    lines = (await run_on_terminal("lab", "clocks", str(inventory), columns=160)).splitlines()

    assert lines[0].split() == ["agent", "offset", "uncertainty", "trouble"]
    assert re.fullmatch(r"here +[+-]?\d+\.\d{3} ms +± \d+\.\d{3} ms *", lines[1])
    assert re.match(r"gone +no answer from an agent at ", lines[2])


async def test_a_place_that_there_is_not_is_one_line(telesock: Telesock, tmp_path: Path) -> None:
    ended = await telesock("lab", "agents", str(tmp_path / "none.toml"))

    assert (ended.status, ended.stdout, len(ended.stderr.splitlines())) == (1, "", 1)
    assert "none.toml" in ended.stderr
