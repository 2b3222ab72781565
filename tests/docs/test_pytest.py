"""What docs/pytest.md says of tests is true: its examples run, its failing one fails as it shows."""

import re

import pytest
from docs.draw_failure import FOLDER, PICTURE, picture, report
from tests.loading import load_client

pytest_plugins = ["pytester"]
load_client()

ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
EXAMPLES = re.compile(r"^ *```python\n( *)# (test_\w+)\.py\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)


def test_the_examples_pass(pytester: pytest.Pytester) -> None:
    text = (FOLDER / "pytest.md").read_text()
    examples = {
        name: re.sub(f"^{indent}", "", body, flags=re.M) for indent, name, body in EXAMPLES.findall(text)
    }
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makepyfile(**examples)
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")

    assert sorted(examples) == ["test_asyncio", "test_greeting", "test_lab", "test_order"]
    assert text.count("```python") == len(examples)
    result.assert_outcomes(passed=5, skipped=1)  # on trio


def test_the_failing_example_shows_why_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")  # where pytest writes for a log; the report is a terminal's all the same
    monkeypatch.setenv("TELESOCK_AGENT", "127.0.0.1:1")  # somebody's, who draws the picture
    printed = report()
    lines = [" ".join(line.split()) for line in ESCAPES.sub("", printed).splitlines()]
    wanted = [
        "E telesock.client.errors.EventExpected: no data received on socket 1 that `where` takes within 1 s",
        "E nearly, but `where` says no to 1:",
        'E data_received { data: "stored 7\\n" }',
        "all of it: timelines/test_upload.py-test_an_upload_is_stored-cccad3.html",
    ]
    drawn = picture(printed)

    assert [line for line in wanted if line not in lines] == []
    assert sum("CONNECTION_RESET abortive, by the peer in receive, ECONNRESET" in line for line in lines) == 2
    assert any(line.endswith("# ✗ call failed: EventExpected") for line in lines)
    for shown in ("CONNECTION_RESET", "EventExpected", "Telesock&#160;timeline", "stored&#160;7"):
        assert shown in drawn
        assert shown in PICTURE.read_text(), "make failure-picture, look at it, commit it"


@pytest.mark.parametrize(("variable", "value"), [("TERM", "dumb"), ("NO_COLOR", "1"), ("COLUMNS", "40")])
def test_the_picture_is_the_same_whoever_draws_it(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = "\x1b[31m" + "red " * 34
    monkeypatch.setenv("TERM", "xterm")
    drawn = picture(printed)
    monkeypatch.setenv(variable, value)

    assert picture(printed) == drawn


def test_the_picture_needs_nothing_from_elsewhere() -> None:
    assert re.findall(r"(?:href|src|url)\S*//\S+", PICTURE.read_text()) == []
