"""Whether a file is still the one that was read."""

import os
from pathlib import Path

FileState = tuple[int, int, int, int, int]


def file_state(path: Path) -> FileState | None:
    """What changes with a file's content or with the file: compare it. None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size
