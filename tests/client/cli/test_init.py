"""The program as a whole: help, version, usage errors, a reader that goes away."""

import importlib.metadata
import os
from collections.abc import Awaitable, Callable

import pytest
from tests.agents import RunningAgent
from tests.programs import Ended, RunningProgram

from telesock.client import cli
from telesock.client.cli import run

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

Tell = Callable[..., Ended]


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Tell:
    """Run a command line that reaches no agent, in this process."""
    monkeypatch.delenv("TELESOCK_AGENT", raising=False)
    monkeypatch.delenv("TELESOCK_SESSION", raising=False)

    def tell(*arguments: str) -> Ended:
        status = run(arguments)
        return Ended(status, *capsys.readouterr())

    return tell


def test_version_is_that_of_the_distribution(tell: Tell) -> None:
    assert tell("--version") == Ended(0, importlib.metadata.version("telesock") + "\n", "")


@pytest.mark.parametrize("command", COMMANDS, ids="-".join)
def test_the_help_of_a_command_is_short_and_has_an_example(tell: Tell, command: tuple[str, ...]) -> None:
    status, stdout, stderr = tell(*command, "--help")

    assert (status, stderr) == (0, "")
    assert stdout.startswith(f"Usage: telesock {' '.join(command)} ")
    assert f"telesock {' '.join(command)}" in stdout.partition("Example:")[2]
    assert len(stdout.splitlines()) <= 40


def test_saying_nothing_shows_the_help(tell: Tell) -> None:
    status, stdout, stderr = tell()

    assert (status, stdout) == (2, "")
    assert stderr.startswith("Usage: telesock [OPTIONS] COMMAND [ARGS]...")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("conect",), "no such command 'conect'. Did you mean 'connect'?; see telesock --help"),
        (("connect",), "missing argument 'HOST:PORT|unix:PATH'; see telesock connect --help"),
        (
            ("connect", "127.0.0.1"),
            "invalid value for 'HOST:PORT|unix:PATH': '127.0.0.1' is not HOST:PORT or [IPV6]:PORT with a port from "
            "1 to 65535, or unix:PATH; "
            "see telesock connect --help",
        ),
        (
            ("connect", "127.0.0.1:80", "--abort", "--final-data", "bye"),
            "invalid value: --final-data needs a graceful end; leave out --abort; see telesock connect --help",
        ),
        (
            ("events", "--agnet", "x"),
            "no such option: --agnet (Possible options: --agent); see telesock events --help",
        ),
        (
            ("session", "open", "--lease", "soon"),
            "invalid value for '--lease': 'soon' is not a duration such as 500ms, 30s, 10m or 1h; "
            "see telesock session open --help",
        ),
        (
            ("session", "close"),
            "no session is named; say --session SESSION_ID.TOKEN, or set TELESOCK_SESSION to what "
            "`telesock session open` prints",
        ),
        (
            ("agent", "info", "--agent", "lab-a"),
            "invalid value for '--agent' (env var: 'TELESOCK_AGENT'): 'lab-a' is not HOST:PORT, [IPV6]:PORT or "
            "unix:PATH; see telesock agent info --help",
        ),
    ],
)
def test_a_wrong_command_line_is_one_line_that_says_what_is_wrong(
    tell: Tell, arguments: tuple[str, ...], message: str
) -> None:
    assert tell(*arguments) == Ended(2, "", f"telesock: {message}\n")


async def test_a_reader_that_goes_away_ends_the_program_without_a_word(
    start_telesock: Callable[..., Awaitable[RunningProgram]], agent: RunningAgent
) -> None:
    ours, theirs = os.pipe()
    os.close(ours)

    program = await start_telesock("agent", "info", agent=agent.address, stdout=theirs)
    os.close(theirs)

    assert await program.ended() == Ended(1, "", "")


def test_an_interrupt_that_comes_while_grpc_lets_go_of_a_lock_is_an_interrupt_all_the_same(
    tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*arguments: object, **settings: object) -> None:
        try:
            raise KeyboardInterrupt
        finally:
            raise RuntimeError("cannot release un-acquired lock")

    monkeypatch.setattr(cli, "app", stumble)

    assert tell("agent", "info") == Ended(cli.INTERRUPTED, "", "")
