"""`telesock lab`: JSON on a pipe, a table on a terminal, and an exit status that says whether all can be had."""

import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.agents import RunningAgent
from tests.ports import unused_port
from tests.programs import Ended, run_on_terminal
from tests.strangers import web_server

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


async def test_on_a_narrow_terminal_each_agent_has_lines_of_its_own(inventory: Path) -> None:
    shown = await run_on_terminal("lab", "agents", str(inventory), columns=40)
    lines = [line.rstrip() for line in shown.splitlines()]

    here, gone = (re.findall(r"[\d.]+:\d+", line)[0] for line in lines if line.startswith("  target"))
    assert lines[: lines.index("gone") + 4] == [
        "here",
        f"  target     {here}",
        "  version    0.0.0",
        "  labels     role=server",
        "  addresses  10.0.0.1",
        "gone",
        f"  target     {gone}",
        "  addresses  127.0.0.1",
        "  trouble    no answer from an agent at",
    ]
    assert all(len(line) <= 40 and line.startswith(" " * 13) for line in lines[9:])
    assert " ".join("".join(lines[9:]).split()) == f"{gone}: Connection refused"


async def test_on_a_narrow_terminal_clocks_are_whole(agent: RunningAgent, tmp_path: Path) -> None:
    path = tmp_path / "lab.toml"
    path.write_text(f'[agents.the-agent-of-the-north]\ntarget = "{agent.address}"\n')
    lines = (await run_on_terminal("lab", "clocks", str(path), columns=40)).splitlines()

    assert [lines[0], *(line.split()[0] for line in lines[1:])] == [
        "the-agent-of-the-north",
        "offset",
        "uncertainty",
    ]
    assert re.fullmatch(r"  uncertainty  ± [\d,]+\.\d{3} ms *", lines[2])


async def test_what_fits_is_a_table_on_a_narrow_terminal_too(agent: RunningAgent, tmp_path: Path) -> None:
    path = tmp_path / "lab.toml"
    path.write_text(f'[agents.a]\ntarget = "{agent.address}"\n')
    lines = (await run_on_terminal("lab", "clocks", str(path), columns=60)).splitlines()

    assert lines[0].split() == ["agent", "offset", "uncertainty", "trouble"]


async def test_a_member_that_is_no_agent_is_told_by_what_it_is(telesock: Telesock, tmp_path: Path) -> None:
    path = tmp_path / "lab.toml"
    async with web_server() as address:
        path.write_text(f'[agents.web]\ntarget = "{address}"\n')
        ended = await telesock("lab", "agents", str(path))
    row = json.loads(ended.stdout)

    assert (ended.status, row["trouble"]) == (
        1,
        f"{address} answers, but not as a Telesock agent: it speaks HTTP/1, as a web server does",
    )


async def test_a_place_that_there_is_not_is_one_line(telesock: Telesock, tmp_path: Path) -> None:
    ended = await telesock("lab", "agents", str(tmp_path / "none.toml"))

    assert (ended.status, ended.stdout, len(ended.stderr.splitlines())) == (1, "", 1)
    assert "none.toml" in ended.stderr
