"""Reads the files that an agent is configured with, and waits for none of them.

Refuses what is no regular file (a FIFO would be waited for, a device may have no end) and what is larger than any such file.
"""

import os
import stat
from pathlib import Path

from telesock.server.core.limits import MIB

MOST = MIB
_WITHOUT_WAITING = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def read_regular(path: Path) -> bytes:
    """Return what a file holds. Raises OSError, and ValueError for what is no such file."""
    descriptor = os.open(path, _WITHOUT_WAITING)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("it is no regular file")
        with open(descriptor, "rb", closefd=False) as file:
            data = file.read(MOST + 1)
    finally:
        os.close(descriptor)
    if len(data) > MOST:
        raise ValueError("it is larger than 1 MiB")
    return data
