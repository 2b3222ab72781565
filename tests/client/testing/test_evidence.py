import re
from pathlib import Path

from telesock.client.testing.evidence import file_name


def test_files_are_named_after_tests_and_no_two_alike() -> None:
    names = [file_name(test) for test in ("tests/test_a.py::test_b[x/y]", "tests/test_a.py::test_b[x:y]")]

    assert [re.sub("-[0-9a-f]{6}$", "", name) for name in names] == ["tests-test_a.py-test_b-x-y"] * 2
    assert names[0] != names[1]
    assert len(file_name("tests/test_a.py::test_" + "b" * 1000)) < 120


def test_a_long_name_in_any_script_is_a_name_that_file_systems_take(tmp_path: Path) -> None:
    name = file_name("test_a.py::test_" + "\u65e5\u672c" * 100)
    (tmp_path / f"{name}.html").touch()

    assert name.startswith("\u65e5") or name.startswith("\u672c")
    assert len(name.encode()) < 120


def test_a_name_that_is_no_text_names_a_file_too() -> None:
    assert file_name("test_a.py::test_b[\udcff]").startswith("test_a.py-test_b-")
