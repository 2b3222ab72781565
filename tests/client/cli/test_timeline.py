"""`telesock timeline`: what was recorded, in four forms, whole or in part."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.programs import Ended, RunningProgram, run_on_terminal

from telesock.client.timeline import Entry, Timeline

Telesock = Callable[..., Awaitable[Ended]]
StartTelesock = Callable[..., Awaitable[RunningProgram]]

NOTE = Entry(1_000_000, "note", "now")
SEND = Entry(
    2_000_000,
    "operation",
    "send",
    "a",
    began_ns=1_500_000,
    sequence=1,
    socket_id=1,
    operation_id=1,
    status="CONNECTION_RESET",
)
ACCEPTED = Entry(
    3_000_000, "indication", "data received", "b", sequence=1, socket_id=1 << 63, details="1 bytes"
)
STORY = Timeline((NOTE, SEND, ACCEPTED), ("a", "b"), 5, title="t")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "run.jsonl"
    STORY.write_jsonl(path)
    return path


@pytest.mark.parametrize(
    ("form", "text"),
    [("text", f"{STORY}\n"), ("jsonl", STORY.jsonl()), ("trace", STORY.trace()), ("html", STORY.page())],
)
async def test_it_is_printed_in_the_form_that_is_asked_for(
    telesock: Telesock, file: Path, form: str, text: str
) -> None:
    ended = await telesock("timeline", str(file), "--format", form)

    assert (ended.status, ended.stdout.encode("latin-1").decode(), ended.stderr) == (0, text, "")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.html", STORY.page()),
        ("x.json", STORY.trace()),
        ("x.jsonl", STORY.jsonl()),
        ("x.txt", f"{STORY}\n"),
        ("x", f"{STORY}\n"),
        ("X.HTML", STORY.page()),
    ],
)
async def test_a_files_name_tells_its_form(
    telesock: Telesock, file: Path, tmp_path: Path, name: str, text: str
) -> None:
    ended = await telesock("timeline", str(file), "--output", str(tmp_path / name))

    assert ended == Ended(0, "", "")
    assert (tmp_path / name).read_text() == text


async def test_a_name_that_tells_no_form_is_refused_before_anything_is_read(
    telesock: Telesock, file: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "x.foo"
    kept.write_text("as it was")
    ended = await telesock("timeline", str(tmp_path / "none.jsonl"), "--output", str(kept))

    assert ended == Ended(
        2,
        "",
        f"telesock: {kept}: a timeline's name ends with .txt, .jsonl, .json, .html, .htm; else say its --format\n",
    )
    assert kept.read_text() == "as it was"


async def test_a_form_that_is_said_goes_into_a_file_of_any_name(
    telesock: Telesock, file: Path, tmp_path: Path
) -> None:
    ended = await telesock("timeline", str(file), "--format", "jsonl", "--output", str(tmp_path / "x.foo"))

    assert ended == Ended(0, "", "")
    assert (tmp_path / "x.foo").read_text() == STORY.jsonl()


async def test_a_dash_is_stdout(telesock: Telesock, file: Path) -> None:
    ended = await telesock("timeline", str(file), "--format", "jsonl", "--output", "-")

    assert ended == Ended(0, STORY.jsonl(), "")


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        (["--agent", "b"], (NOTE, ACCEPTED)),
        (["--kind", "operation", "--kind", "note"], (NOTE, SEND)),
        (["--socket", "1"], (NOTE, SEND)),
        (["--socket", "~0"], (NOTE, ACCEPTED)),
        (["--failed"], (SEND,)),
        (["--search", "1 BYTES"], (ACCEPTED,)),
    ],
)
async def test_a_part_can_be_asked_for(
    telesock: Telesock, file: Path, filters: list[str], kept: tuple[Entry, ...]
) -> None:
    ended = await telesock("timeline", str(file), "--format", "jsonl", *filters)

    assert ended == Ended(0, Timeline(kept, ("a", "b"), 5, title="t").jsonl(), "")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--agent", "c"], 2, "telesock: no agent in it is called 'c'; there are a, b\n"),
        (
            ["--kind", "send"],
            2,
            "telesock: invalid value for '--kind': 'send' is none of operation, indication, fault, note, agent, gap; "
            "see telesock timeline --help\n",
        ),
        (
            ["--format", "pdf"],
            2,
            "telesock: invalid value for '--format': 'pdf' is none of text, jsonl, trace, html; see telesock timeline --help\n",
        ),
        (
            ["--socket", "x"],
            2,
            "telesock: invalid value for '--socket': 'x' is no number of a socket, such as 3, or ~0 of one that the agent "
            "has numbered; see telesock timeline --help\n",
        ),
        (["--output", "/nowhere/x"], 1, "telesock: /nowhere/x: No such file or directory\n"),
    ],
)
async def test_what_cannot_be_meant_is_said_in_one_line(
    telesock: Telesock, file: Path, arguments: list[str], status: int, said: str
) -> None:
    assert await telesock("timeline", str(file), *arguments) == Ended(status, "", said)


async def test_a_bad_line_is_named(telesock: Telesock, file: Path) -> None:
    with file.open("a") as lines:
        lines.write("{\n")

    said = f"telesock: {file}:5: it is not a line of JSON, or cut off\n"
    assert await telesock("timeline", str(file)) == Ended(1, "", said)


async def test_on_a_terminal_it_is_a_table_that_fits(file: Path) -> None:
    shown = await run_on_terminal("timeline", str(file), columns=60)

    assert [line.rstrip() for line in shown.splitlines()] == [
        "0.000      #               now",
        "1.000 a  1 ↔ 1 send        0.500 ms CONNECTION_RESET",
        "2.000 b ~0 ← data received 1 bytes",
    ]


async def test_a_disk_that_is_full_is_said_in_one_line_where_stdout_is_on_it(
    start_telesock: StartTelesock, file: Path
) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    program = await start_telesock("timeline", str(file), stdout=full)
    os.close(full)

    assert await program.ended() == Ended(1, "", "telesock: stdout: No space left on device\n")
