"""Logs are one line an event: JSON where a program reads them, colours where a person does."""

import json
import os
import pty
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from telesock.server.telemetry import configure_logging


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What was logged, line by line; nothing goes to standard output."""
    out, err = capsys.readouterr()
    assert out == ""
    return [json.loads(line) for line in err.splitlines()]


def test_an_event_is_one_line_of_json_with_its_level_and_time(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    structlog.get_logger().info("session_opened", session_id="s-1", label="two\nlines")

    (entry,) = lines(capsys)
    moment = entry.pop("timestamp")
    assert entry == {
        "event": "session_opened",
        "level": "info",
        "session_id": "s-1",
        "label": "two\nlines",
    }
    assert moment.endswith("Z")


def test_an_error_is_one_line_with_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    try:
        raise RuntimeError("a bug")
    except RuntimeError as error:
        structlog.get_logger().error("socket_failed", exc_info=error)

    (entry,) = lines(capsys)
    assert "RuntimeError: a bug" in entry["exception"]


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
    level: str, logged: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(level, "json")
    for each in ("debug", "info", "warning", "error"):
        getattr(structlog.get_logger(), each)(each)

    assert [entry["event"] for entry in lines(capsys)] == logged


def test_a_pipe_gets_json_when_nothing_else_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "auto")
    structlog.get_logger().info("agent_started")

    assert [entry["event"] for entry in lines(capsys)] == ["agent_started"]


@pytest.mark.parametrize("style", ["auto", "console"])
def test_a_terminal_gets_lines_for_people(style: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal, os.fdopen(ours, "rb", buffering=0) as screen:
        monkeypatch.setattr(sys, "stderr", terminal)
        configure_logging("info", style)
        structlog.get_logger().info("agent_started", boot_id="b-1")
        terminal.flush()
        shown = screen.read(4096).decode()

    assert "agent_started" in shown
    assert "b-1" in shown
    assert not shown.startswith("{")
