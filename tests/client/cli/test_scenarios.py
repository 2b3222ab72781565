"""`telesock run` as its users run it: what is shown, what is written, how it ends."""

import os
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from tests.agents import AgentProcess
from tests.programs import PYTHONPATH, Ended, RunningProgram, run_on_terminal

from telesock.client import AsyncClient
from telesock.client.timeline import Timeline

Telesock = Callable[..., Awaitable[Ended]]
StartTelesock = Callable[..., Awaitable[RunningProgram]]
StartAgentProcess = Callable[..., Awaitable[AgentProcess]]

STORY = """
import unittest
from telesock.client.lab import AsyncLab, Lab

def scenario_good(lab: Lab) -> None:
    "All is [bold]well[/]."
    [agent] = lab
    agent.session.listen().result()

def scenario_refused(lab: Lab) -> None:
    [agent] = lab
    agent.session.connect("127.0.0.1", 1).result()

async def scenario_wrong(lab: AsyncLab) -> None:
    [agent] = lab
    assert (await agent.session.listen()).socket_id == 2, "it is the first"

def scenario_left(lab: Lab) -> None:
    raise unittest.SkipTest("not here")
"""
WAITING = {
    "threads": """
def scenario_waits(lab):
    [agent] = lab
    listener = agent.session.listen().result()
    print("waiting", flush=True)
    listener.accept().result()

def scenario_never(lab): ...
""",
    "asyncio": """
async def scenario_waits(lab):
    [agent] = lab
    listener = await agent.session.listen()
    print("waiting", flush=True)
    await listener.accept()

def scenario_never(lab): ...
""",
}


@pytest.fixture
def story(tmp_path: Path) -> Path:
    path = tmp_path / "story.py"
    path.write_text(STORY)
    return path


@pytest.fixture
async def agent(start_agent_process: StartAgentProcess) -> AgentProcess:
    """One that somebody else runs."""
    return await start_agent_process()


@pytest.fixture
def lab(agent: AgentProcess, tmp_path: Path) -> Path:
    """The file of a lab that has it."""
    path = tmp_path / "lab.toml"
    path.write_text(f'[agents.one]\ntarget = "{agent.address}"\n')
    return path


async def test_each_scenario_is_a_line_and_a_failure_is_explained(
    telesock: Telesock, story: Path, lab: Path
) -> None:
    ended = await telesock("run", str(story), "--lab", str(lab))

    shown = ended.stdout.encode("latin-1").decode()
    assert (ended.status, ended.stderr) == (1, "")
    lines = [
        re.sub(r"\d+\.\d\d s", "T s", line) for line in shown.splitlines() if not line.startswith("    ")
    ]
    assert lines == [
        "✓ passed  good  T s  All is [bold]well[/].",
        "✗ error   refused  T s  ConnectionRefused: connect (operation 1) ended with CONNECTION_REFUSED "
        "(ECONNREFUSED) in phase connect caused by peer",
        "✗ failed  wrong  T s  AssertionError: it is the first",
        "- skipped left  T s  not here",
        "1 passed, 1 failed, 1 error, 1 skipped",
    ]
    frames = re.findall(r'File "(.*)", line \d+, in (\w+)', shown)
    assert frames == [(str(story), "scenario_refused"), (str(story), "scenario_wrong")]
    assert re.search(r"^ +\d+\.\d+ ±[\d.]+ one +1 ↔ 1 connect .* CONNECTION_REFUSED", shown, re.MULTILINE)


async def test_what_fails_fast_stops_there_and_all_of_it_is_written(
    telesock: Telesock, story: Path, lab: Path, tmp_path: Path
) -> None:
    report, timeline = tmp_path / "report.xml", tmp_path / "run.jsonl"
    ended = await telesock(
        *("run", str(story), "--lab", str(lab), "--fail-fast"),
        *("--junit", str(report), "--timeline", str(timeline)),
    )

    assert (ended.status, ended.stdout.splitlines()[-1]) == (1, "1 passed, 1 error, 2 not run")
    [suite] = ElementTree.parse(report).getroot()
    assert [(case.get("name"), [part.tag for part in case]) for case in suite] == [
        ("good", []),
        ("refused", ["error", "system-out"]),
        ("wrong", ["skipped"]),
        ("left", ["skipped"]),
    ]
    told = Timeline.read(timeline)
    assert (told.title, told.agents) == ("story", ("one",))
    assert [entry.what for entry in told.entries if entry.kind == "note"] == [
        "scenario good",
        "✓ passed",
        "scenario refused",
        "✗ " + suite[1][0].get("message", ""),
    ]


async def test_without_a_lab_it_has_agents_of_its_own(
    telesock: Telesock, story: Path, tmp_path: Path
) -> None:
    ended = await telesock("run", str(story), "-k", "good", "--timeline", str(tmp_path / "run.html"))

    assert (ended.status, ended.stderr, ended.stdout.splitlines()[-1]) == (0, "", "1 passed")
    assert "scenario good" in (tmp_path / "run.html").read_text()


async def test_on_a_terminal_it_shows_which_one_runs(story: Path, lab: Path) -> None:
    shown = await run_on_terminal("run", str(story), "--lab", str(lab), "-k", "good", columns=120)

    assert "good (1 of 1)" in shown
    assert shown.splitlines()[-1] == "1 passed"


async def until_it_waits(agent: AgentProcess) -> None:
    async with AsyncClient(agent.address) as client:
        while [session.pending_operations for session in await client.list_sessions()] != [1]:
            pass


@pytest.mark.parametrize("kind", list(WAITING))
@pytest.mark.parametrize("end", ["interrupt", "terminate"])
async def test_an_interrupted_run_says_where_it_stood_and_leaves_nothing_but_its_reports(
    start_telesock: StartTelesock, tmp_path: Path, lab: Path, agent: AgentProcess, end: str, kind: str
) -> None:
    path, report = tmp_path / "waiting.py", tmp_path / "report.xml"
    path.write_text(WAITING[kind])
    running = await start_telesock("run", str(path), "--lab", str(lab), "--junit", str(report))
    assert await running.stdout.readline() == b"waiting\n"
    await until_it_waits(agent)
    running.interrupt() if end == "interrupt" else running.terminate()
    ended = await running.ended()

    assert (ended.status, ended.stderr) == ({"interrupt": 130, "terminate": 143}[end], "")
    shown = ended.stdout.encode("latin-1").decode().splitlines()
    assert re.fullmatch(r"✗ error   waits  \d+\.\d\d s  interrupted", shown[0])
    assert shown[1:5] == [
        "    Traceback (most recent call last):",
        f'      File "{path}", line 6, in scenario_waits',
        f"        {WAITING[kind].splitlines()[5].strip()}",
        "    KeyboardInterrupt",
    ]
    assert re.fullmatch(r" +[\d.]+ +one +1 → \d accept +has not ended", shown[-3])
    assert re.fullmatch(r" +[\d.]+ +# ✗ KeyboardInterrupt", shown[-2])
    assert shown[-1] == "1 error, 1 not run"
    [suite] = ElementTree.parse(report).getroot()
    assert [(case.get("name"), [part.tag for part in case]) for case in suite] == [
        ("waits", ["error", "system-out"]),
        ("never", ["skipped"]),
    ]
    async with AsyncClient(agent.address) as client:
        assert await client.list_sessions() == []


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["{}/none.py"], 2, "none.py: there is no such file"),
        (["{}/story.py", "-k", "bad"], 2, "story.py is called bad; there are good, refused, wrong, left"),
        (["{}/story.py", "--lab", "local:0"], 2, "there can be 1 to 254 local agents, not 0"),
        (["{}/story.py", "--timeline", "run.png"], 2, "run.png: a timeline's name ends with .html, .jsonl"),
        (["{}/story.py", "--lab", "{}/no.toml"], 1, "no.toml"),
        (["{}/three.py", "--lab", "local:2"], 1, "three.py needs 3 agents (AGENTS), and local:2 has 2"),
        (["{}/story.py", "--junit", "/no/such/x.xml"], 2, "/no/such/x.xml: there is no directory /no/such"),
        (["{}/broken.py"], 1, "broken.py cannot be read:"),
    ],
)
async def test_what_cannot_be_run_is_said_in_a_line(
    telesock: Telesock, story: Path, tmp_path: Path, arguments: list[str], status: int, said: str
) -> None:
    (tmp_path / "three.py").write_text("AGENTS = 3\ndef scenario_x(lab): ...")
    (tmp_path / "broken.py").write_text("import no_such_module")
    ended = await telesock("run", *(argument.format(tmp_path) for argument in arguments))

    assert ended.status == status
    assert said in ended.stderr.splitlines()[0]
    assert len(ended.stderr.splitlines()) == (5 if "broken" in said else 1), ended.stderr


async def test_a_timeline_that_cannot_be_written_does_not_cost_the_other_report(
    telesock: Telesock, story: Path, lab: Path, tmp_path: Path
) -> None:
    timeline, report = tmp_path / "directory.html", tmp_path / "report.xml"
    timeline.mkdir()
    ended = await telesock(
        *("run", str(story), "--lab", str(lab), "-k", "good"),
        *("--timeline", str(timeline), "--junit", str(report)),
    )

    assert (ended.status, ended.stderr) == (1, f"telesock: {timeline}: Is a directory\n")
    assert [case.get("name") for case in ElementTree.parse(report).iter("testcase")] == ["good"]


def test_without_the_library_for_junit_one_line_says_what_to_install(story: Path, tmp_path: Path) -> None:
    (tmp_path / "junitparser.py").write_text("raise ModuleNotFoundError('no', name='junitparser')")
    program = "from telesock.command_line import main; main()"
    ended = subprocess.run(
        [sys.executable, "-c", program, "run", str(story), "--junit", str(tmp_path / "report.xml")],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{PYTHONPATH}"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        "telesock: junitparser is not installed; this needs the extra: pip install 'telesock[junit]'\n"
    )
