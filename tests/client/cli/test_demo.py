"""`telesock demo`: what a newcomer sees first, and that nothing of it stays behind."""

import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.programs import PYTHONPATH, Ended, RunningProgram, run_on_terminal

Telesock = Callable[..., Awaitable[Ended]]
StartTelesock = Callable[..., Awaitable[RunningProgram]]

TITLES = [
    "1. Fetch a page and leave politely: the last request travels with our FIN.",
    "2. Break off: an abort resets the connection; what was pending ends at once.",
    "3. Connect where nobody listens: a real ConnectionRefusedError, with its cause.",
    "4. Leave a peer that never reads: the disconnect hangs until an abort forces it.",
    "5. Misbehave on purpose: a late answer, a real reset, and each names its fault.",
]


def children(pid: int) -> list[int]:
    threads = Path(f"/proc/{pid}/task").iterdir()  # each has the children that it has started
    return [int(each) for thread in threads for each in (thread / "children").read_text().split()]


def still_running(pids: list[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


async def test_every_scene_goes_as_told(telesock: Telesock) -> None:
    ended = await telesock("demo")

    assert (ended.status, ended.stderr) == (0, "")
    story = ended.stdout.encode("latin-1").decode()
    assert "\x1b" not in story
    assert re.findall(r"^\d\. .*", story, re.MULTILINE) == TITLES
    lines = story.splitlines()
    assert any(
        re.search(r"↔ \d+ connect +[\d.]+ ms CONNECTION_REFUSED to 127\.0\.0\.1:\d+;", line) for line in lines
    )
    assert any(re.search(r"# +\d+ disconnect has not ended after 0\.3 s", line) for line in lines)
    assert any(re.search(r"← \d+ disconnect +\d+ ms CONNECTION_ABORTED by this side", line) for line in lines)
    assert any(re.search(r"! fault fired +late: decision 0, receiving, for 100 ms", line) for line in lines)
    assert any(
        re.search(r"← \d+ send +[\d.]+ ms CONNECTION_RESET by the injected fault", line) for line in lines
    )
    assert re.fullmatch(
        r"As told: (\d+) operations asked for, \1 completions, each exactly once\.", lines[-1]
    )


async def test_an_output_without_arrows_is_no_reason_to_fail(telesock: Telesock) -> None:
    ended = await telesock("demo", variables={"PYTHONIOENCODING": "ascii"})

    assert (ended.status, ended.stderr) == (0, "")
    assert ended.stdout.splitlines()[-1].startswith("As told: ")


@pytest.mark.parametrize("columns", [80, 120])
async def test_the_story_fits_the_terminal(columns: int) -> None:
    shown = await run_on_terminal("demo", columns=columns)

    lines = shown.splitlines()
    assert max(map(len, lines)) <= columns
    assert [line for line in lines if re.match(r"\d\. ", line)] == TITLES


@pytest.mark.parametrize("end", ["interrupt", "terminate"])
async def test_all_that_it_started_ends_with_it_however_it_ends(
    start_telesock: StartTelesock, end: str
) -> None:
    program = await start_telesock("demo")
    await program.stdout.readline()
    started = children(program.process.pid)

    if end == "interrupt":
        program.interrupt()
    else:
        program.process.terminate()

    ended = await program.ended()
    assert (ended.status, ended.stderr) == ({"interrupt": 130, "terminate": 143}[end], "")
    assert len(started) == 3
    assert still_running(started) == []


async def test_without_the_agent_installed_it_says_what_to_install(
    telesock: Telesock, tmp_path: Path
) -> None:
    (tmp_path / "structlog.py").write_text("raise ModuleNotFoundError(\"No module named 'structlog'\")\n")

    ended = await telesock("demo", variables={"PYTHONPATH": f"{tmp_path}{os.pathsep}{PYTHONPATH}"})

    assert ended == Ended(1, "", "telesock: the demo needs the agent too: pip install 'telesock[server]'\n")
