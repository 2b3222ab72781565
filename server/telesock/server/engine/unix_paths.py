"""Files of Unix-domain sockets: made by a bind, removed when their socket goes, if they are still the ones made.

A file that was there before is never touched: the bind fails (unix(7), EADDRINUSE). Those on which the agent itself is
reached are known too: whoever goes there through the agent would come as its user, and so as somebody else.
"""

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from telesock.server.core.policy_rules import UNIX
from telesock.server.engine.resolver import Address

if TYPE_CHECKING:
    from telesock.server.engine.sockets import Socket


class _File(NamedTuple):
    """What tells a file from another one at its path. An inode's number is soon used again, so its time counts too."""

    device: int
    inode: int
    modified: int


class UnixPaths:
    """Which sockets of an agent have a file, and which."""

    def __init__(self) -> None:
        self._files: dict[Socket, tuple[Path, _File]] = {}
        self._agents: set[tuple[int, int]] = set()

    def note(self, socket: "Socket", address: Address) -> None:
        """A socket was bound; if that was to a path, it has made a file there."""
        if not isinstance(address.sockaddr, str) or address.sockaddr[:1] in ("", "\0"):
            return
        path = Path(address.sockaddr)
        with contextlib.suppress(OSError):  # somebody has removed it already
            self._files[socket] = (path, _look(path))

    def guard(self, address: str) -> None:
        """The agent itself listens on "unix:PATH" from now on."""
        found = os.stat(address.removeprefix(UNIX))
        self._agents.add((found.st_dev, found.st_ino))

    def guards(self, host: str) -> bool:
        """Whether a host is such a socket, by whatever name or link."""
        if not self._agents or not host.startswith(f"{UNIX}/"):
            return False
        try:
            found = os.stat(host.removeprefix(UNIX))
        except (OSError, ValueError):
            return False
        return (found.st_dev, found.st_ino) in self._agents

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
        path, file = noted
        with contextlib.suppress(OSError):
            if _look(path) == file:
                path.unlink()


def _look(path: Path) -> _File:
    found = path.lstat()
    return _File(found.st_dev, found.st_ino, found.st_mtime_ns)
