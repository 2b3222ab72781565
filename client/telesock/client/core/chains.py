"""A chain on its way: links are recorded while it is built, leave as one frame, and each gets its outcome once.

Until it is submitted a chain stands where a session does: sockets and verbs that are given it record instead of asking,
and ask the session afterwards. What refuses the chain refuses all of its links.
"""

from collections.abc import Callable
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

from telesock.client.core import requests
from telesock.client.core.cancels import Answer
from telesock.client.core.operations import BaseOperation
from telesock.client.core.pattern import Pattern
from telesock.client.core.session import SessionCore
from telesock.client.core.sockets import SocketRecord, Sockets
from telesock.client.enumerations import SendLevel
from telesock.client.errors import SessionLost
from telesock.v1.events_pb2 import Event
from telesock.v1.operations_pb2 import Completion
from telesock.v1.sessions_pb2 import Command, SubmitChainRequest
from telesock.v1.types_pb2 import STATUS_INVALID_DEVICE_STATE

Parameters = ParamSpec("Parameters")
SomeOperation = TypeVar("SomeOperation", bound=BaseOperation[Any])


class Repeat(NamedTuple):
    """How often a chain is done, and how far apart its rounds begin, seconds; None is one after the other.

    After each `progress_every` rounds a `ChainProgress` tells how far it is; 0 is never.
    """

    rounds: int
    interval: float | None = None
    progress_every: int = 0


class ChainSubmitted(Exception):
    """A chain was submitted twice: a bug of the caller."""


class ChainCore:
    """One chain."""

    def __init__(self, session: SessionCore, repeat: Repeat | None) -> None:
        self._session = session
        self._repeat = repeat
        self._commands: list[tuple[Command, bool]] = []
        self._links: list[BaseOperation[Any]] = []
        self._sends: list[tuple[BaseOperation[Any], SocketRecord, int, int]] = []
        self.hard = False
        """Whether the links that are recorded now start even after a failure."""
        self.submitted = False

    @property
    def lost(self) -> SessionLost | None:
        """Why the session is no more."""
        return self._session.lost

    @property
    def sockets(self) -> Sockets:
        """The session's sockets."""
        return self._session.sockets

    # Recording

    def submit(
        self,
        operation: SomeOperation,
        fill: Callable[Concatenate[Command, int, Parameters], None],
        *arguments: Parameters.args,
        **named: Parameters.kwargs,
    ) -> SomeOperation:
        """Record a link, or, once the chain is submitted, ask the session."""
        if self.submitted:
            return self._session.submit(operation, fill, *arguments, **named)
        command = Command()
        fill(command, 0, *arguments, **named)
        self._commands.append((command, self.hard))
        self._links.append(operation)
        return operation

    def submit_send(
        self,
        operation: SomeOperation,
        record: SocketRecord,
        data: bytes,
        level: SendLevel,
        timeout: float | None,
    ) -> SomeOperation:
        """Record a send with the offset at which its bytes belong."""
        if self.submitted:
            return self._session.submit_send(operation, record, data, level, timeout)
        offset = self._take_offset(operation, record, len(data))
        return self.submit(operation, requests.send, record.socket_id, data, offset, level, timeout)

    def submit_pattern(
        self,
        operation: SomeOperation,
        record: SocketRecord,
        pattern: Pattern,
        length: int,
        level: SendLevel,
        timeout: float | None,
    ) -> SomeOperation:
        """Record a send of a pattern."""
        if self.submitted:
            return self._session.submit_pattern(operation, record, pattern, length, level, timeout)
        offset = self._take_offset(operation, record, length)
        return self.submit(
            operation, requests.send_pattern, record.socket_id, pattern, length, offset, level, timeout
        )

    def _take_offset(self, operation: BaseOperation[Any], record: SocketRecord, size: int) -> int | None:
        """Where the next bytes of a socket belong; repeated ones have no place of their own."""
        offset = record.sending.next
        rounds = 1 if self._repeat is None else self._repeat.rounds
        record.sending.next += size * rounds
        self._sends.append((operation, record, offset, size))
        return offset if self._repeat is None else None

    def begin_connect(self, record: SocketRecord, initial_bytes: int) -> None:
        """A bound socket is about to be connected."""
        self._session.begin_connect(record, initial_bytes)

    def cancel(self, operation: BaseOperation[Any], answer: Answer) -> None:
        """Ask for an operation to end."""
        self._session.cancel(operation, answer)

    def release(
        self, record: SocketRecord, sequence: int, accepted_bytes: int | None = None, refuse: bool = False
    ) -> None:
        """Give credit back: not a link, it leaves by itself."""
        self._session.release(record, sequence, accepted_bytes, refuse)

    def consume(self, record: SocketRecord, event: Event) -> None:
        """Give credit back for an indication."""
        self._session.consume(record, event)

    # Leaving

    def leave(self, operation: SomeOperation, start_at_ns: int, timeout: float | None) -> SomeOperation:
        """Submit what was recorded, as one operation. Raises ChainSubmitted the second time."""
        if self.submitted:
            raise ChainSubmitted("the chain is on its way already; build another one")
        self.submitted = True
        links = self._links if self._repeat is None else []
        operation.when_done(lambda: self._settle(operation))
        return self._session.submit_chain(operation, links, self._fill, start_at_ns, timeout)

    def _fill(self, command: Command, operation_id: int, start_at_ns: int, timeout: float | None) -> None:
        request = command.chain
        request.MergeFrom(
            SubmitChainRequest(
                operation_id=operation_id, start_at_ns=start_at_ns, timeout=requests.duration(timeout)
            )
        )
        for each, hard in self._commands:
            link = request.links.add(hard=hard)
            link.command.CopyFrom(each)
        if self._repeat is not None:
            request.repeat.count = self._repeat.rounds
            request.repeat.progress_every = self._repeat.progress_every
            if self._repeat.interval is not None:
                request.repeat.interval.FromNanoseconds(round(self._repeat.interval * 1e9))

    def _settle(self, operation: BaseOperation[Any]) -> None:
        """The chain has ended: so has each link, and what was never sent takes no place in its stream."""
        self._session.settle_links(operation, self._links if self._repeat is None else [])
        if self._repeat is None:
            for link, record, offset, _ in reversed(self._sends):
                if _never_sent(link):
                    self._session.rewind(record, offset)
        elif not _succeeded(operation) and self._sends:
            _, record, offset, _ = self._sends[0]
            completion = operation.completion
            self._session.rewind(record, offset + (completion.transferred_bytes if completion else 0))


def _never_sent(link: BaseOperation[Any]) -> bool:
    completion = link.completion
    if completion is None:
        return True
    return bool(completion.cancelled_by_operation) or completion.status == STATUS_INVALID_DEVICE_STATE


def _succeeded(operation: BaseOperation[Any]) -> bool:
    outcome = operation.outcome
    return isinstance(outcome, Completion) and outcome.status == 1
