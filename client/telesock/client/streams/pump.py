"""One thread that moves bytes between descriptors of this host and remote connections, as long as there are any.

It waits for both at once: for descriptors with epoll, for operations by being woken. Everything of its members runs on it and
never waits, so that none of them needs a lock. It begins with the first member, ends with the last, and does not keep a
program alive.
"""

import contextlib
import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from telesock.client.core.operations import BaseOperation
from telesock.client.sync.locking import report
from telesock.client.sync.operations import Operation

_FLAGS = select.EPOLLIN | select.EPOLLOUT | select.EPOLLRDHUP | select.EPOLLET
NAME = "telesock-sockets"
"""The thread's name, for whoever looks at a program's threads."""


class Member(Protocol):
    """Somebody with a descriptor; called on the pump's thread alone, but for making it."""

    deadline: float | None
    """When `late` is due, on the monotonic clock."""

    def begin(self, pump: "Pump") -> None:
        """It is in: whatever has happened to its descriptor will be told."""

    def happened(self) -> None:
        """Its descriptor has changed."""

    def late(self) -> None:
        """Its deadline has passed."""


class Pump:
    """The thread. Members are added from any thread, and leave on its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._members: dict[int, Member] = {}
        self._expected = 0
        self._due: deque[Callable[[], None]] = deque()
        self._epoll = select.epoll()
        self._waker = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._waker, select.EPOLLIN)
        self._ended = False
        self._thread = threading.Thread(target=self._run, name=NAME, daemon=True)

    def add(self, descriptor: int, member: Member) -> bool:
        """Let a member in. False when the thread has just ended: then there has to be another."""
        if self._is_another_process():
            return False
        with self._lock:
            if self._ended:
                return False
            self._expected += 1
        self.call(lambda: self._enter(descriptor, member))
        if self._thread.ident is None:
            self._thread.start()
        return True

    def call(self, callback: Callable[[], None]) -> bool:
        """Call it on the thread, soon; False when that has ended."""
        if self._is_another_process():
            return False
        with self._lock:
            if self._ended:
                return False
            self._due.append(callback)
            if threading.get_ident() != self._thread.ident:
                os.eventfd_write(self._waker, 1)
            return True

    def _is_another_process(self) -> bool:
        """Whether this is a fork, which has no thread of it, perhaps a lock that nobody will let go, and the same waker."""
        return os.getpid() != self._process

    def watch(self, operation: BaseOperation[Any], callback: Callable[[], None]) -> None:
        """Call it on the thread when an operation of the blocking client has an outcome."""
        assert isinstance(operation, Operation), "of the blocking client"
        operation.add_done_callback(lambda _: self.call(callback))

    def leave(self, descriptor: int) -> None:
        """Let a member go, before its descriptor is closed."""
        del self._members[descriptor]
        self._epoll.unregister(descriptor)
        with self._lock:
            self._expected -= 1

    def _enter(self, descriptor: int, member: Member) -> None:
        self._members[descriptor] = member
        self._epoll.register(descriptor, _FLAGS)  # what has happened already is told at once
        member.begin(self)

    def _run(self) -> None:
        while not self._over():
            changed = self._epoll.poll(self._patience())
            self._call_due()  # before what it was asked for is seen in a descriptor
            for descriptor, _ in changed:
                self._tell(descriptor)
            self._call_late()
            self._call_due()
        self._epoll.close()
        os.close(self._waker)

    def _over(self) -> bool:
        with self._lock:
            self._ended = not (self._expected or self._due)
            return self._ended

    def _patience(self) -> float | None:
        if self._due:
            return 0
        deadlines = [member.deadline for member in self._members.values() if member.deadline is not None]
        return max(min(deadlines) - time.monotonic(), 0) if deadlines else None

    def _call_due(self) -> None:
        while self._due:
            _guarded(self._due.popleft())

    def _tell(self, descriptor: int) -> None:
        if descriptor == self._waker:
            with contextlib.suppress(BlockingIOError):
                os.eventfd_read(self._waker)
        elif (member := self._members.get(descriptor)) is not None:
            _guarded(member.happened)

    def _call_late(self) -> None:
        now = time.monotonic()
        for member in list(self._members.values()):
            if member.deadline is not None and member.deadline <= now:
                _guarded(member.late)


def _guarded(callback: Callable[[], None]) -> None:
    """A mistake with one member must not end the thread of all."""
    try:
        callback()
    except Exception as error:
        report(error)


class Pumps:
    """The pump of this process, one for all its sessions, begun when it is needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latest: Pump | None = None

    def enter(self, descriptor: int, member: Member) -> Pump:
        """Let a member in; return the pump that it is in."""
        with self._lock:
            while self._latest is None or not self._latest.add(descriptor, member):
                self._latest = Pump()
            return self._latest


PUMPS = Pumps()
