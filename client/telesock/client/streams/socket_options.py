"""Options as programs set them on a socket of this host, by number, for one that is an agent's: those of TCP go there.

What concerns the pair on this host alone, such as its buffers, is left to that. What is TCP's or IP's and has no row here is
refused, as the kernel refuses it, with ENOPROTOOPT.
"""

import errno
import socket
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from telesock.client.core.options import KeepAlive


class Row(NamedTuple):
    """An option: what the contract calls it, its value there made from a number and what holds, and the number of a value."""

    name: str
    write: Callable[[int, Any], Any]
    read: Callable[[Any], int]
    has_parts: bool = False
    """Whether what holds is needed to set one of its parts."""


def _keep_alive(part: str, write: Callable[[int], Any], read: Callable[[Any], int]) -> Row:
    def changed(number: int, held: KeepAlive) -> KeepAlive:
        return held._replace(**{part: write(number)})

    return Row("keep_alive", changed, lambda held: read(getattr(held, part) or 0), has_parts=True)


_ROWS = {
    (socket.IPPROTO_TCP, socket.TCP_NODELAY): Row("no_delay", lambda number, _: bool(number), int),
    (socket.IPPROTO_TCP, socket.TCP_QUICKACK): Row("quick_acknowledge", lambda number, _: bool(number), int),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT): Row(
        "user_timeout", lambda number, _: number / 1000, lambda held: round(held * 1000)
    ),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE): _keep_alive("enabled", bool, int),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE): _keep_alive("idle", float, round),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL): _keep_alive("interval", float, round),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT): _keep_alive("probes", int, int),
}


def row_of(level: int, number: int) -> Row | None:
    """Return how the agent is asked for an option; None for one of this host. Raises OSError for one that neither has."""
    row = _ROWS.get((level, number))
    if row is None and level != socket.SOL_SOCKET:
        message = f"option {number} of level {level} cannot be set through an agent; name `options` when you connect"
        raise OSError(errno.ENOPROTOOPT, message)
    return row


def as_number(value: Any) -> int:
    """Return an option's value as a number, as the kernel is given it. Raises TypeError."""
    if isinstance(value, bytes | bytearray | memoryview):
        return int.from_bytes(value, sys.byteorder, signed=True)
    return int(value)
