"""The directory of the flight recorder: which files there may be, how one is written, which go to make room.

A file is there whole or not at all under its name, readable by the agent's user alone; what a crash has left of one
keeps the name it was written under, and can be read as far as it goes. All recordings of a directory count, other
agents' too. Room is made before a file is written, so that the bound always holds. Raises OSError.
"""

import contextlib
import datetime
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

SUFFIX = ".telesock"
PARTIAL = ".partial"
"""Behind the name of one that is being written."""
_CHUNK = 1 << 20


def prepare_directory(directory: Path) -> None:
    """Make the directory, where only its parent is there. Raises OSError if nothing can be written there."""
    with contextlib.suppress(FileExistsError):
        directory.mkdir(0o700)
    if not directory.is_dir():
        raise NotADirectoryError(20, "it is not a directory")
    if not os.access(directory, os.W_OK | os.X_OK):
        raise PermissionError(13, "files cannot be written there")


def file_name(wall_ns: int, session_id: str) -> str:
    """Name a recording: in the order of time, where clocks let it."""
    moment = datetime.datetime.fromtimestamp(wall_ns // 1_000_000_000, datetime.UTC)
    return f"{moment:%Y%m%dT%H%M%S}.{wall_ns // 1_000_000 % 1000:03}Z-{session_id}{SUFFIX}"


def make_room(directory: Path, size: int, limit: int) -> list[Path]:
    """Remove the oldest recordings until one of a size fits below the limit; return those that went."""
    found = sorted(_recordings(directory))
    used = sum(each.st_size for _, _, each in found)
    removed = []
    for _, path, status in found:
        if used + size <= limit:
            break
        path.unlink(missing_ok=True)
        used -= status.st_size
        removed.append(path)
    return removed


def _recordings(directory: Path) -> Iterator[tuple[int, Path, os.stat_result]]:
    for path in directory.iterdir():
        if path.name.endswith((SUFFIX, SUFFIX + PARTIAL)):
            with contextlib.suppress(FileNotFoundError):  # another agent has just removed it
                status = path.stat()
                yield status.st_mtime_ns, path, status


def write_file(path: Path, parts: Iterable[bytes | memoryview]) -> None:
    """Write a file that is there whole, on the disk, or not at all."""
    partial = path.with_name(path.name + PARTIAL)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb", _CHUNK) as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
        _sync_directory(path.parent)
    except OSError:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
