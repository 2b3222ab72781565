"""Logs are one line an event: JSON where a program reads them, colours where a person does."""

import json
import logging
import os
import pty
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from telesock.server.telemetry import logging_to_stderr


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def lines(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What was logged, line by line; nothing goes to standard output."""
    out, err = capfd.readouterr()
    assert out == ""
    return [json.loads(line) for line in err.splitlines()]


def test_an_event_is_one_line_of_json_with_its_level_and_time(capfd: pytest.CaptureFixture[str]) -> None:
    with logging_to_stderr("info", "json"):
        structlog.get_logger().info("session_opened", session_id="s-1", label="two\nlines")

    (entry,) = lines(capfd)
    moment = entry.pop("timestamp")
    assert entry == {
        "event": "session_opened",
        "level": "info",
        "session_id": "s-1",
        "label": "two\nlines",
    }
    assert moment.endswith("Z")


def test_an_error_is_one_line_with_its_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    with logging_to_stderr("info", "json"):
        try:
            raise RuntimeError("a bug")
        except RuntimeError as error:
            structlog.get_logger().error("socket_failed", exc_info=error)

    (entry,) = lines(capfd)
    assert "RuntimeError: a bug" in entry["exception"]


def test_what_a_library_logs_is_a_line_of_the_same_form(capfd: pytest.CaptureFixture[str]) -> None:
    before = logging.getLogger().handlers[:]
    with logging_to_stderr("info", "json"):
        logging.getLogger("asyncio").info("too much detail")
        logging.getLogger("asyncio").error("%s was never retrieved", "an exception")

    (entry,) = lines(capfd)
    moment = entry.pop("timestamp")
    assert entry == {
        "event": "library_message",
        "level": "error",
        "logger": "asyncio",
        "message": "an exception was never retrieved",
    }
    assert moment
    assert logging.getLogger().handlers == before


@pytest.mark.parametrize(
    ("level", "logged"),
    [
        ("debug", ["debug", "info", "warning", "error"]),
        ("info", ["info", "warning", "error"]),
        ("warning", ["warning", "error"]),
        ("error", ["error"]),
    ],
)
def test_a_level_leaves_out_what_is_below_it(
    level: str, logged: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    with logging_to_stderr(level, "json"):
        for each in ("debug", "info", "warning", "error"):
            getattr(structlog.get_logger(), each)(each)

    assert [entry["event"] for entry in lines(capfd)] == logged


def test_a_pipe_gets_json_when_nothing_else_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    with logging_to_stderr("info", "auto"):
        structlog.get_logger().info("agent_started")

    assert [entry["event"] for entry in lines(capfd)] == ["agent_started"]


@pytest.mark.parametrize("style", ["auto", "console"])
def test_a_terminal_gets_lines_for_people(style: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal, os.fdopen(ours, "rb", buffering=0) as screen:
        monkeypatch.setattr(sys, "stderr", terminal)
        with logging_to_stderr("info", style):
            structlog.get_logger().info("agent_started", boot_id="b-1")
        shown = screen.read(4096).decode()

    assert "agent_started" in shown
    assert "b-1" in shown
    assert not shown.startswith("{")


def test_a_bugs_traceback_on_a_terminal_has_no_values_of_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal, os.fdopen(ours, "rb", buffering=0) as screen:
        monkeypatch.setattr(sys, "stderr", terminal)
        with logging_to_stderr("info", "console"):
            try:
                _fail_with("se" + "cret")
            except RuntimeError as error:
                structlog.get_logger().error("method_failed", exc_info=error)
        shown = screen.read(65_536).decode()

    assert "a bug" in shown
    assert "secret" not in shown


def _fail_with(token: str) -> None:
    payload = token * 2
    raise RuntimeError("a bug") if payload else ValueError


def test_what_any_stranger_can_have_grpc_say_is_no_error_of_ours(capfd: pytest.CaptureFixture[str]) -> None:
    with logging_to_stderr("info", "json"):
        for logger, wrong in (
            ("grpc._cython.cygrpc", b"\xff"),
            ("grpc._cython.cygrpc", b""),
            ("other", b"\xff"),
        ):
            try:
                str(1 / len(wrong.decode()))
            except (UnicodeDecodeError, ZeroDivisionError):
                logging.getLogger(logger).exception("of %s", wrong)

    assert [(line["logger"], line["message"]) for line in lines(capfd)] == [
        ("grpc._cython.cygrpc", "of b''"),
        ("other", "of b'\\xff'"),
    ]


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True),
    ],
)
def test_a_terminal_has_colours_unless_it_cannot_or_is_not_to(
    variables: dict[str, str], coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal, os.fdopen(ours, "rb", buffering=0) as screen:
        monkeypatch.setattr(sys, "stderr", terminal)
        with logging_to_stderr("info", "console"):
            structlog.get_logger().info("agent_started")
        shown = screen.read(4096).decode()

    assert ("\x1b[" in shown) == coloured


@pytest.mark.parametrize("wanted", ["", "1"])
def test_lines_for_people_in_a_file_have_colours_only_when_asked_for(
    wanted: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", wanted)
    with logging_to_stderr("info", "console"):
        structlog.get_logger().info("agent_started")

    assert ("\x1b[" in capfd.readouterr().err) == bool(wanted)
