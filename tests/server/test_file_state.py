"""A file is the one that was read, or it is not: whatever was done to it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from telesock.server.file_state import file_state


def _longer(path: Path) -> None:
    path.write_text("longer than before")


def _replaced(path: Path) -> None:
    times = path.stat()
    new = path.with_suffix(".new")
    new.write_text("before")
    os.utime(new, ns=(times.st_atime_ns, times.st_mtime_ns))
    new.replace(path)


def _written_again(path: Path) -> None:
    path.write_text("behind")
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))


def _written_over_with_its_times_put_back(path: Path) -> None:
    times = path.stat()
    path.write_text("behind")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_text("before")
    return path


def test_a_file_that_nobody_touched_is_as_it_was(path: Path) -> None:
    before = file_state(path)
    path.read_text()

    assert file_state(path) == before


@pytest.mark.parametrize(
    "change", [_longer, _replaced, _written_again, _written_over_with_its_times_put_back]
)
def test_a_file_that_was_changed_in_any_way_is_another(path: Path, change: Callable[[Path], None]) -> None:
    before = file_state(path)
    change(path)

    assert file_state(path) not in (before, None)


def test_a_link_is_the_file_that_it_leads_to(path: Path, tmp_path: Path) -> None:
    other, link = tmp_path / "other", tmp_path / "link"
    other.write_text("another")
    link.symlink_to(path)
    assert file_state(link) == file_state(path)

    link.unlink()
    link.symlink_to(other)

    assert file_state(link) == file_state(other)


def test_a_file_that_is_not_there_has_no_state(tmp_path: Path) -> None:
    assert file_state(tmp_path / "none") is None
