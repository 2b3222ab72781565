"""Names to addresses, off the event loop.

getaddrinfo(3) cannot be cancelled and may take minutes, so it runs in daemon threads of its own, at most
`threads` of them; a caller that stops waiting does not free its thread. One owner has a quarter of the threads and of
the queue at most, and those that wait get threads in turn: names that nobody answers cost their owner alone. When all
threads are busy and the queue is full, or its owner's part, a name is turned away at once. Literals never come here.
"""

import asyncio
import functools
import os
import socket
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from telesock.server.core.refusal import malformed

_THREADS = 16
_QUEUED = 1024
_PART = 4  # of both, for one owner: a quarter
_UNIX = "unix:"
_LONGEST_PATH = 107  # sun_path less its NUL, unix(7)


SocketAddress = tuple[str, int] | tuple[str, int, int, int] | str | bytes
"""As socket calls take it; that of a Unix-domain socket is a path, or begins with a NUL in the abstract namespace."""


class Address(NamedTuple):
    """A family and an address in the form its socket calls take."""

    family: int
    sockaddr: SocketAddress


Answer = list[Address] | OSError
"""Addresses in the order to try them, or socket.gaierror, or an OSError for a full queue."""


class Lookup:
    """One question. Once it is abandoned its answer goes nowhere, and it keeps nobody in memory."""

    __slots__ = ("answer", "question")

    def __init__(self, question: Callable[[], Any], answer: Callable[[Any], None]) -> None:
        self.question = question
        self.answer: Callable[[Any], None] | None = answer

    def abandon(self) -> None:
        """Want no answer any more."""
        self.answer = None


class _Owner:
    """The questions of one owner."""

    __slots__ = ("asking", "waiting")

    def __init__(self) -> None:
        self.waiting: deque[Lookup] = deque()
        self.asking = 0  # with a thread, abandoned or not

    def ready(self, share: int) -> int:
        """Questions that a thread may take."""
        return min(len(self.waiting), share - self.asking)


class Resolver:
    """Answers lookups on the loop's thread."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, threads: int = _THREADS, queued: int = _QUEUED
    ) -> None:
        self._loop = loop
        self._most_threads, self._most_waiting = threads, queued
        self._threads_of_one, self._waiting_of_one = max(1, threads // _PART), max(1, queued // _PART)
        self._threads = self._waiting = self._asking = 0
        self._changed = threading.Condition()
        self._owners: dict[str, _Owner] = {}  # that have questions; whose turn is next stands first

    @property
    def busy(self) -> int:
        """Threads that look for an answer."""
        return self._asking

    def resolve(
        self, host: str, port: int, family: int, answer: Callable[[Answer], None], owner: str
    ) -> Lookup:
        """Ask for the TCP addresses of a name; `answer` is called once, on the loop, never before this returns."""
        return self.ask(functools.partial(_addresses, host, port, family), answer, owner)

    def ask(self, question: Callable[[], Any], answer: Callable[[Any], None], owner: str) -> Lookup:
        """Ask anything of the system that may take long; an OSError that it raises is an answer too."""
        lookup = Lookup(question, answer)
        with self._changed:
            taken = self._put(lookup, owner)
        if not taken:
            self._loop.call_soon(_deliver, lookup, OSError(11, "too many names are being resolved"))
        return lookup

    def _put(self, lookup: Lookup, owner: str) -> bool:
        of = self._owners.get(owner) or _Owner()
        if self._waiting >= self._most_waiting or len(of.waiting) >= self._waiting_of_one:
            return False
        self._owners[owner] = of
        of.waiting.append(lookup)
        self._waiting += 1
        self._start_thread_if_needed()
        self._changed.notify()
        return True

    def _start_thread_if_needed(self) -> None:
        if self._threads >= self._most_threads:
            return
        ready = sum(each.ready(self._threads_of_one) for each in self._owners.values())
        if ready > self._threads - self._asking:
            self._threads += 1
            threading.Thread(target=self._work, name="resolver", daemon=True).start()

    def _work(self) -> None:
        while True:
            self._answer_next()  # a call of its own, so that an idle thread keeps no old question alive

    def _answer_next(self) -> None:
        with self._changed:
            while (owner := self._next_owner()) is None:
                self._changed.wait()
            lookup = self._take(owner)
        answer = None if lookup.answer is None else _ask(lookup)
        with self._changed:  # before the answer is there: whoever asks then finds this thread idle
            self._done(owner)
        self._answer(lookup, answer)

    def _next_owner(self) -> str | None:
        share = self._threads_of_one
        return next((name for name, of in self._owners.items() if of.ready(share) > 0), None)

    def _take(self, owner: str) -> Lookup:
        of = self._owners[owner] = self._owners.pop(owner)  # its next turn comes after the others'
        of.asking += 1
        self._asking += 1
        self._waiting -= 1
        return of.waiting.popleft()

    def _done(self, owner: str) -> None:
        of = self._owners[owner]
        of.asking -= 1
        self._asking -= 1
        if not (of.asking or of.waiting):
            del self._owners[owner]
        self._start_thread_if_needed()  # its next question is ready now, and this thread may take another's
        self._changed.notify()

    def _answer(self, lookup: Lookup, answer: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(_deliver, lookup, answer)
        except RuntimeError:  # the loop has been closed: nobody waits any more
            return


def literal_address(host: str, port: int) -> Address | None:
    """Read an IPv4 or IPv6 literal, with a scope or without, or "unix:PATH"; None means that it is a name."""
    if host.startswith(_UNIX):
        return _unix_address(host.removeprefix(_UNIX), port)
    if "%" in host:  # a scope is an interface, and those come and go
        return _read_literal(host, port)
    return _known_literal(host, port)


def _unix_address(path: str, port: int) -> Address:
    if port:
        raise malformed("port", f"a Unix-domain address has port 0, not {port}")
    if path and path[0] not in "/@":
        raise malformed("host", f"{_UNIX}{path} needs an absolute path, or '@' and a name, after '{_UNIX}'")
    name = f"\0{path[1:]}" if path.startswith("@") else path
    if len(os.fsencode(name)) > _LONGEST_PATH or "\0" in name[1:]:
        raise malformed("host", f"a Unix-domain path has at most {_LONGEST_PATH} bytes, none of them NUL")
    return Address(socket.AF_UNIX, name)


@functools.lru_cache(1024)
def _known_literal(host: str, port: int) -> Address | None:
    """Thousands of connections go to few addresses."""
    return _read_literal(host, port)


def _read_literal(host: str, port: int) -> Address | None:
    if "\0" in host:  # getaddrinfo(3) would not look behind it
        return None
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    except (OSError, UnicodeError):
        return None
    return _address(found[0]) if found else None


def _ask(lookup: Lookup) -> Any:
    try:
        return lookup.question()
    except OSError as error:
        return error
    except UnicodeError:
        return socket.gaierror(socket.EAI_NONAME, "not a name that the DNS can hold")


def _addresses(host: str, port: int, family: int) -> list[Address]:
    found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
    return [_address(entry) for entry in found if entry[0] in (socket.AF_INET, socket.AF_INET6)]


def _address(entry: tuple) -> Address:  # type: ignore[type-arg]  # typeshed's union has no useful name
    family, _, _, _, sockaddr = entry
    return Address(int(family), sockaddr)


def _deliver(lookup: Lookup, answer: Any) -> None:
    if lookup.answer is not None:
        lookup.answer(answer)
