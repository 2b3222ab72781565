"""A failure as the scenario's author reads it."""

import asyncio
import contextlib
from collections.abc import Callable

from telesock.client.scenarios.failures import failure_line, failure_text


def _caught(call: Callable[[], object]) -> Exception:
    try:
        call()
    except Exception as error:
        return error
    raise AssertionError("it raises")


def _chained() -> None:
    try:
        asyncio.run(_deep())
    except ValueError as error:
        raise AssertionError("it is so") from error


async def _deep() -> None:
    with contextlib.ExitStack() as stack:
        stack.push(lambda *_: None)
        raise ValueError("no")


def _frames(text: str) -> list[str]:
    return [line.split(", in ")[1] for line in text.splitlines() if ", in " in line]


def test_only_the_authors_own_code_is_shown_in_what_was_raised_and_in_its_cause() -> None:
    text = failure_text(_caught(_chained))

    assert _frames(text) == ["_chained", "_deep", "_caught", "_chained"]
    assert text.splitlines()[-1] == "AssertionError: it is so"


def test_errors_of_a_group_are_shown_each() -> None:
    group = ExceptionGroup("both", [_caught(lambda: asyncio.run(_deep())), _caught(_chained)])
    text = failure_text(group)

    assert _frames(text) == ["_caught", "<lambda>", "_deep", "_chained", "_deep", "_caught", "_chained"]


def test_one_that_is_all_a_librarys_keeps_its_last_frame() -> None:
    error = _caught(lambda: asyncio.run("no coroutine"))  # type: ignore[arg-type]  # that is the point
    error.__traceback__ = error.__traceback__.tb_next.tb_next  # type: ignore[union-attr]  # ours are left out

    assert _frames(failure_text(error)) == ["run"]


def test_a_line_is_the_first_of_what_it_says() -> None:
    lines = [failure_line(error) for error in (AssertionError(), ValueError("one\ntwo"))]

    assert lines == ["AssertionError", "ValueError: one"]
