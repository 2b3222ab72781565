"""The cores of a session and of a chain, one thread at a time: a lock around whatever they decide.

Whoever asks, reads or writes takes the lock for as long as the core thinks, and never while it waits. What a program has
given to be called when an operation is done is called outside of it, so that it may take locks of its own.
"""

import contextlib
import functools
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

from telesock.client.core.asked import Asked
from telesock.client.core.cancels import Answer
from telesock.client.core.chains import ChainCore
from telesock.client.core.operations import BaseOperation
from telesock.client.core.pattern import Pattern
from telesock.client.core.session import SessionCore
from telesock.client.core.sockets import SocketRecord
from telesock.client.enumerations import SendLevel
from telesock.client.errors import SessionLost
from telesock.v1.events_pb2 import Event
from telesock.v1.sessions_pb2 import AttachResponse, Command
from telesock.v1.sockets_pb2 import Socket

Parameters = ParamSpec("Parameters")
Method = TypeVar("Method", bound=Callable[..., Any])
SomeOperation = TypeVar("SomeOperation", bound=BaseOperation[Any])


class WaitsForItself(RuntimeError):
    """What is called when an operation is done must not wait: it would wait for the thread that it runs on."""


class Turn:
    """The lock of one session, the thread that reads for it, and what is to be called outside of the lock."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.reader: int | None = None
        """Identity of the thread without which nothing is ever done."""
        self._later: deque[Callable[[], object]] = deque()

    def call_later(self, callback: Callable[[], object]) -> None:
        """Call it by `call_back`, which follows."""
        self._later.append(callback)

    def call_back(self) -> None:
        """Call what is due. What it raises is reported as any thread's mistake: nobody is there to take it."""
        while (callback := self._next()) is not None:
            try:
                callback()
            except Exception as error:
                report(error)

    def _next(self) -> Callable[[], object] | None:
        with contextlib.suppress(IndexError):  # another thread may have been faster
            return self._later.popleft()
        return None

    def check_may_wait(self) -> None:
        """Raise WaitsForItself on the thread that whoever waits is waiting for."""
        if threading.get_ident() == self.reader:
            raise WaitsForItself(
                "what is called when an operation is done must not wait; let a thread of yours do it"
            )


def report(error: Exception) -> None:
    """Say what no caller can be told."""
    arguments = (type(error), error, error.__traceback__, threading.current_thread())
    threading.excepthook(threading.ExceptHookArgs(arguments))


class LockedAsked(Asked, Protocol):
    """What a socket of the blocking client needs of whomever it asks."""

    @property
    def turn(self) -> Turn:
        """Whose turn it is."""


def at_once(method: Method) -> Method:
    """Let nobody come in between: for verbs that ask the core more than once, and never wait."""

    @functools.wraps(method)
    def alone(asker: Any, *arguments: Any, **named: Any) -> Any:
        with asker._core.turn.lock:
            return method(asker, *arguments, **named)

    return cast(Method, alone)


class LockedSession(SessionCore):
    """A session's core that any number of threads may use."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self.turn = Turn()
        self._lock = self.turn.lock
        super().__init__(*arguments, **named)

    def new_socket(self, *, made_by_connect: bool = False, initial_bytes: int = 0) -> SocketRecord:
        """See SessionCore."""
        with self._lock:
            return super().new_socket(made_by_connect=made_by_connect, initial_bytes=initial_bytes)

    def take_up(self, found: Socket) -> SocketRecord:
        """See SessionCore."""
        with self._lock:
            return super().take_up(found)

    def submit(
        self,
        operation: SomeOperation,
        fill: Callable[Concatenate[Command, int, Parameters], None],
        *arguments: Parameters.args,
        **named: Parameters.kwargs,
    ) -> SomeOperation:
        """See SessionCore."""
        with self._lock:
            return super().submit(operation, fill, *arguments, **named)

    def submit_send(
        self,
        operation: SomeOperation,
        record: SocketRecord,
        data: bytes,
        level: SendLevel,
        timeout: float | None,
    ) -> SomeOperation:
        """See SessionCore."""
        with self._lock:
            return super().submit_send(operation, record, data, level, timeout)

    def submit_pattern(
        self,
        operation: SomeOperation,
        record: SocketRecord,
        pattern: Pattern,
        length: int,
        level: SendLevel,
        timeout: float | None,
    ) -> SomeOperation:
        """See SessionCore."""
        with self._lock:
            return super().submit_pattern(operation, record, pattern, length, level, timeout)

    def submit_chain(
        self,
        operation: SomeOperation,
        links: Sequence[BaseOperation[Any]],
        fill: Callable[Concatenate[Command, int, Parameters], None],
        *arguments: Parameters.args,
        **named: Parameters.kwargs,
    ) -> SomeOperation:
        """See SessionCore."""
        with self._lock:
            return super().submit_chain(operation, links, fill, *arguments, **named)

    def cancel(self, operation: BaseOperation[Any], answer: Answer) -> None:
        """See SessionCore."""
        with self._lock:
            super().cancel(operation, answer)

    def release(
        self, record: SocketRecord, sequence: int, accepted_bytes: int | None = None, refuse: bool = False
    ) -> None:
        """See SessionCore."""
        with self._lock:
            super().release(record, sequence, accepted_bytes, refuse)

    def consume(self, record: SocketRecord, event: Event) -> None:
        """See SessionCore."""
        with self._lock:
            super().consume(record, event)

    def begin(self) -> None:
        """See SessionCore."""
        with self._lock:
            super().begin()

    def take(self, response: AttachResponse, size: int) -> bool:
        """See SessionCore."""
        try:
            with self._lock:
                return super().take(response, size)
        finally:
            self.turn.call_back()

    def lose(self, why: SessionLost) -> None:
        """See SessionCore."""
        with self._lock:
            super().lose(why)
        self.turn.call_back()


class LockedChain(ChainCore):
    """A chain's core beside other threads that use its session. It is built by one thread."""

    def __init__(self, session: LockedSession, *arguments: Any, **named: Any) -> None:
        super().__init__(session, *arguments, **named)
        self.turn = session.turn

    def new_socket(self, *, made_by_connect: bool = False, initial_bytes: int = 0) -> SocketRecord:
        """See ChainCore."""
        with self.turn.lock:
            return super().new_socket(made_by_connect=made_by_connect, initial_bytes=initial_bytes)

    def leave(self, operation: SomeOperation, start_at_ns: int, timeout: float | None) -> SomeOperation:
        """See ChainCore."""
        try:
            with self.turn.lock:
                return super().leave(operation, start_at_ns, timeout)
        finally:
            self.turn.call_back()  # a session that is lost settles the links at once
