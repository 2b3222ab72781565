"""The directory of the flight recorder: which files there may be, how one is written, which go to make room.

A file is there whole or not at all under its name, readable by the agent's user alone; what a crash has left of one
keeps the name it was written under, and can be read as far as it goes. All recordings of a directory count, other
agents' too. Room is made before a file is written, so that the bound always holds, and fairly among identities. Raises
OSError.
"""

import contextlib
import datetime
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

SUFFIX = ".telesock"
PARTIAL = ".partial"
"""Behind the name of one that is being written."""
_CHUNK = 1 << 20
_NO_LETTER = re.compile(r"[^\w.@-]", re.ASCII)
_OF_IDENTITY = re.compile(r"Z-s-[0-9a-f]+-(.+?)\.telesock")


def prepare_directory(directory: Path) -> None:
    """Make the directory, where only its parent is there. Raises OSError if nothing can be written there."""
    with contextlib.suppress(FileExistsError):
        directory.mkdir(0o700)
    if not directory.is_dir():
        raise NotADirectoryError(20, "it is not a directory")
    if not os.access(directory, os.W_OK | os.X_OK):
        raise PermissionError(13, "files cannot be written there")


def file_name(wall_ns: int, session_id: str, identity: str = "") -> str:
    """Name a recording: in the order of time, where clocks let it; with whose it is, in the letters of a file name."""
    whose = f"-{_NO_LETTER.sub('_', identity)[:64]}" if identity else ""
    moment = datetime.datetime.fromtimestamp(wall_ns // 1_000_000_000, datetime.UTC)
    return f"{moment:%Y%m%dT%H%M%S}.{wall_ns // 1_000_000 % 1000:03}Z-{session_id}{whose}{SUFFIX}"


def share(directory: Path, name: str, limit: int) -> int:
    """How large a new recording may be: as large as the others leave room for, or as an equal share of all who have any."""
    used = _used(directory)
    others = sum(size for whose, size in used.items() if whose != _whose(name))
    return max(limit - others, limit // len(used.keys() | {_whose(name)}))


def make_room(directory: Path, name: str, size: int, limit: int) -> list[Path]:
    """Remove recordings until a new one fits below the limit; return those that went.

    The oldest goes of those who take most, the new one counted, so that nobody pushes out what others have within their
    share.
    """
    found, used = sorted(_recordings(directory)), _used(directory)
    used[_whose(name)] += size
    removed = []
    while sum(used.values()) > limit and found:
        most = max(used, key=lambda whose: (used[whose], whose == _whose(name)))
        oldest = next((each for each in found if _whose(each[1].name) == most), found[0])
        found.remove(oldest)
        oldest[1].unlink(missing_ok=True)
        used[_whose(oldest[1].name)] -= oldest[2].st_size
        removed.append(oldest[1])
    return removed


def _used(directory: Path) -> Counter[str]:
    """Bytes of recordings, by whose they are."""
    used: Counter[str] = Counter()
    for _, path, status in _recordings(directory):
        used[_whose(path.name)] += status.st_size
    return used


def _whose(name: str) -> str:
    """Whose a recording is, by its file's name."""
    found = _OF_IDENTITY.search(name)
    return found[1] if found else ""


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
