"""The program as a whole: help, version, usage errors, a reader that goes away."""

import importlib.metadata
from collections.abc import Awaitable, Callable

import pytest
from tests.agents import RunningAgent
from tests.programs import Ended, RunningProgram

Telesock = Callable[..., Awaitable[Ended]]

COMMANDS = [
    ("agent", "info"),
    ("agent", "health"),
    ("agent", "drain"),
    ("session", "open"),
    ("session", "list"),
    ("session", "keep-alive"),
    ("session", "close"),
    ("connect",),
    ("events",),
    ("demo",),
]


async def test_version_is_that_of_the_distribution(telesock: Telesock) -> None:
    assert await telesock("--version") == Ended(0, importlib.metadata.version("telesock") + "\n", "")


@pytest.mark.parametrize("command", COMMANDS, ids="-".join)
async def test_the_help_of_a_command_is_short_and_has_an_example(
    telesock: Telesock, command: tuple[str, ...]
) -> None:
    ended = await telesock(*command, "--help")

    assert (ended.status, ended.stderr) == (0, "")
    assert ended.stdout.startswith(f"Usage: telesock {' '.join(command)} ")
    assert f"telesock {' '.join(command)}" in ended.stdout.partition("Example:")[2]
    assert len(ended.stdout.splitlines()) <= 40


async def test_saying_nothing_shows_the_help(telesock: Telesock) -> None:
    ended = await telesock()

    assert (ended.status, ended.stdout) == (2, "")
    assert ended.stderr.startswith("Usage: telesock [OPTIONS] COMMAND [ARGS]...")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("conect",), "no such command 'conect'. Did you mean 'connect'?; see telesock --help"),
        (("connect",), "missing argument 'HOST:PORT'; see telesock connect --help"),
        (
            ("events", "--agnet", "x"),
            "no such option: --agnet (Possible options: --agent); see telesock events --help",
        ),
        (
            ("session", "open", "--lease", "soon"),
            "invalid value for '--lease': 'soon' is not a duration such as 500ms, 30s, 10m or 1h; "
            "see telesock session open --help",
        ),
    ],
)
async def test_a_wrong_command_line_is_one_line_that_says_what_is_wrong(
    telesock: Telesock, arguments: tuple[str, ...], message: str
) -> None:
    assert await telesock(*arguments) == Ended(2, "", f"telesock: {message}\n")


async def test_a_reader_that_goes_away_ends_the_program_without_a_word(
    start_telesock: Callable[..., Awaitable[RunningProgram]], agent: RunningAgent
) -> None:
    program = await start_telesock("agent", "info", agent=agent.address)
    transport = program.process._transport  # type: ignore[attr-defined]  # the only way to close one pipe
    transport.get_pipe_transport(1).close()

    assert (await program.stderr.read(), await program.process.wait()) == (b"", 1)
