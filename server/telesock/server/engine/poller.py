"""Readiness of many descriptors, registered once each and edge-triggered.

The event loop watches one epoll descriptor; this file watches the rest inside it. Edge-triggered, because a
socket whose client takes no data must be left unread without waking the loop, while its reset must still be
seen; and because Linux wakes such a registration exactly when our FIN is acknowledged, which a level-triggered
one cannot show (epoll(7)). Who is woken must read or write until EAGAIN, or remember that it did not.
"""

import asyncio
import select
from collections.abc import Callable
from typing import Protocol

READ = select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR
WRITE = select.EPOLLOUT
ERROR = select.EPOLLERR

_EDGES = select.EPOLLIN | select.EPOLLOUT | select.EPOLLRDHUP | select.EPOLLET
_MOST_A_TURN = 256


class Watcher(Protocol):
    """Who is told of a descriptor: an object that is there anyway, and no bound method for each of thousands."""

    def on_ready(self, mask: int) -> None:
        """The descriptor's readiness changed: READ, WRITE and ERROR bits."""


class Poller:
    """Tells a watcher when its descriptor's readiness changes."""

    def __init__(self, loop: asyncio.AbstractEventLoop, failed: Callable[[Exception], None]) -> None:
        self._epoll = select.epoll()
        self._watchers: dict[int, Watcher] = {}
        self._loop = loop
        self._failed = failed
        loop.add_reader(self._epoll.fileno(), self.look)

    def register(self, descriptor: int, watcher: Watcher) -> None:
        """Watch a descriptor; the watcher is told soon if it is ready now. Raises OSError and watches nothing."""
        self._epoll.register(descriptor, _EDGES)
        self._watchers[descriptor] = watcher

    def unregister(self, descriptor: int) -> None:
        """Stop watching a descriptor that is still open."""
        if self._watchers.pop(descriptor, None) is not None:
            self._epoll.unregister(descriptor)

    def close(self) -> None:
        """Stop watching everything."""
        if self._epoll.closed:
            return
        self._loop.remove_reader(self._epoll.fileno())
        self._epoll.close()
        self._watchers.clear()

    def __len__(self) -> int:
        """Descriptors being watched."""
        return len(self._watchers)

    def look(self) -> None:
        """Tell of what has become ready by now. The loop calls this; others may, so as not to wait for their turn."""
        for descriptor, mask in self._epoll.poll(0, _MOST_A_TURN):
            watcher = self._watchers.get(descriptor)
            if watcher is not None:
                try:
                    watcher.on_ready(mask)
                except Exception as error:  # an edge comes once: one socket's bug must not eat another's
                    self._failed(error)
