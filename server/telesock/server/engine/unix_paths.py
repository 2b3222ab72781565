"""Files of Unix-domain sockets: made by a bind, removed when their socket goes, if they are still the ones made.

A file that was there before is never touched: the bind fails (unix(7), EADDRINUSE).
"""

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from telesock.server.engine.sockets import Socket


class UnixPaths:
    """Which sockets of an agent have a file, and which."""

    def __init__(self) -> None:
        self._files: dict[Socket, tuple[Path, int, int]] = {}

    def note(self, socket: "Socket", path: str) -> None:
        """A socket was bound to a path, and so has made a file there."""
        file = Path(path)
        with contextlib.suppress(OSError):  # somebody has removed it already
            found = file.stat()
            self._files[socket] = (file, found.st_dev, found.st_ino)

    def hand_on(self, socket: "Socket", to: "Socket") -> None:
        """Another object is the socket from now on."""
        noted = self._files.pop(socket, None)
        if noted is not None:
            self._files[to] = noted

    def remove(self, socket: "Socket") -> None:
        """A socket goes: so does its file, unless it is no longer the one."""
        noted = self._files.pop(socket, None)
        if noted is None:
            return
        file, device, inode = noted
        with contextlib.suppress(OSError):
            found = os.lstat(file)
            if (found.st_dev, found.st_ino) == (device, inode):
                file.unlink()
