"""docs/semantics.md shows the state tables as the core has them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from docs.print_semantics import BEGIN, END, PAGE, main


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return Path(shutil.copy(PAGE, tmp_path))


def test_the_committed_page_has_the_tables_of_the_core() -> None:
    assert main(["--check"]) == 0


def test_a_page_with_other_tables_is_told_apart_and_left_alone(
    page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stale = page.read_text().replace("abort → `ABORTED`", "abort → `CLOSED`", 1)
    page.write_text(stale)

    assert main(["--check"], page) == 1
    assert page.read_text() == stale
    assert capsys.readouterr().err == (
        "semantics.md: the tables are not those of the code; run 'make docs'\n"
    )


def test_printing_makes_any_page_current_and_touches_nothing_around_the_tables(page: Path) -> None:
    current = page.read_text()
    head, _, rest = current.partition(BEGIN)
    tail = rest.partition(END)[2]
    page.write_text(f"{head}{BEGIN}anything{END}{tail}")

    assert main([], page) == 0
    assert page.read_text() == current


@pytest.mark.parametrize("lost", [BEGIN, END])
def test_a_page_without_its_markers_is_left_alone_and_the_markers_named(
    page: Path, capsys: pytest.CaptureFixture[str], lost: str
) -> None:
    page.write_text(page.read_text().replace(lost, ""))
    before = page.read_text()

    assert main([], page) == 1
    assert page.read_text() == before
    assert capsys.readouterr().err == (
        f"semantics.md: the page needs these two lines, in this order:\n{BEGIN}{END}"
    )


def test_the_program_ends_with_what_the_check_found() -> None:
    root = Path(PAGE).parent.parent
    command = [sys.executable, "-m", "docs.print_semantics", "--check"]
    finished = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=30)

    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "", "")
