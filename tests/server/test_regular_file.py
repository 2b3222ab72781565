"""What an agent is configured with is a file of a sensible size; anything else is refused, and nothing is waited for."""

import os
from pathlib import Path

import pytest

from telesock.server.regular_file import MOST, read_regular


def test_a_file_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * MOST)

    assert read_regular(path) == b"x" * MOST


def test_a_link_is_the_file_that_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"data")
    (tmp_path / "link").symlink_to("file")

    assert read_regular(tmp_path / "link") == b"data"


def test_a_fifo_that_nobody_writes_to_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")

    with pytest.raises(ValueError, match=r"^it is no regular file$"):
        read_regular(tmp_path / "fifo")


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "/tmp"])
def test_a_device_without_an_end_and_a_directory_are_no_files(path: str) -> None:
    with pytest.raises(ValueError, match=r"^it is no regular file$"):
        read_regular(Path(path))


def test_a_file_of_any_size_does_not_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "sparse"
    path.touch()
    os.truncate(path, 1 << 40)

    with pytest.raises(ValueError, match=r"^it is larger than 1 MiB$"):
        read_regular(path)


def test_a_file_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_regular(tmp_path / "none")
