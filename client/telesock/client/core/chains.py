"""A chain on its way: links are recorded while it is built, leave as one frame, and each gets its outcome once.

Until it is submitted a chain stands where a session does: sockets and verbs that are given it record instead of asking,
and ask the session afterwards. Recording changes nothing: numbers of sockets and places in streams are settled when the
chain leaves, so that others may ask meanwhile and a chain may be dropped. What refuses the chain refuses all of its
links.
"""

from collections.abc import Callable
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

from telesock.client.core import requests
from telesock.client.core.cancels import Answer
from telesock.client.core.chained_sends import ChainedSend, ChainedSends
from telesock.client.core.operations import OUTCOME_UNKNOWN, BaseOperation
from telesock.client.core.pattern import Pattern
from telesock.client.core.session import SessionCore
from telesock.client.core.sockets import SocketRecord, Sockets
from telesock.client.enumerations import SendLevel
from telesock.client.errors import SessionLost
from telesock.v1.events_pb2 import Event
from telesock.v1.operations_pb2 import Completion
from telesock.v1.sessions_pb2 import Command, Refusal, SubmitChainRequest

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
        self._planned: list[SocketRecord] = []
        self._sends = ChainedSends(None if repeat is None else repeat.rounds)
        self._placing: list[Callable[[], None]] = []  # what changes streams when the chain leaves, in order
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

    @property
    def shell(self) -> Any:
        """What the session's shell gives its sockets for their single calls."""
        return self._session.shell

    # Recording

    def new_socket(self, *, made_by_connect: bool = False, initial_bytes: int = 0) -> SocketRecord:
        """Plan a socket; its number holds once the chain is submitted."""
        if self.submitted:
            return self._session.new_socket(made_by_connect=made_by_connect, initial_bytes=initial_bytes)
        record = self.sockets.plan(made_by_connect=made_by_connect, initial_bytes=initial_bytes)
        self._planned.append(record)
        return record

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
        """Record a send."""
        if self.submitted:
            return self._session.submit_send(operation, record, data, level, timeout)
        self.submit(operation, requests.send, record.socket_id, data, None, level, timeout)
        self._place_later(operation, record, len(data))
        return operation

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
        self.submit(operation, requests.send_pattern, record.socket_id, pattern, length, None, level, timeout)
        self._place_later(operation, record, length)
        return operation

    def _place_later(self, operation: BaseOperation[Any], record: SocketRecord, size: int) -> None:
        """The link that was recorded last is a send: it gets its place in the stream when the chain leaves."""
        place = len(self._links) - 1
        send = ChainedSend(operation, place, record, size)
        command = self._commands[place][0]
        before = self._links[place - 1] if place else None
        self._sends.add(send)
        self._placing.append(lambda: self._sends.put(send, command, before))

    def begin_connect(self, record: SocketRecord, initial_bytes: int) -> None:
        """A bound socket is to be connected."""
        if self.submitted:
            self._session.begin_connect(record, initial_bytes)
        else:
            self._placing.append(lambda: self._session.begin_connect(record, initial_bytes))

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
        self._number_sockets()
        for place in self._placing:
            place()
        links = self._links if self._repeat is None else []
        operation.when_done(lambda: self._settle(operation))
        return self._session.submit_chain(operation, links, self._fill, start_at_ns, timeout)

    def _number_sockets(self) -> None:
        renumbered = self.sockets.enter(self._planned)
        for link, (command, _) in zip(self._links, self._commands, strict=True):
            number = renumbered.get(link.socket_id)
            if number is not None:
                link.socket_id = number
                getattr(command, str(command.WhichOneof("request"))).socket_id = number

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
        if self._repeat is None:
            self._session.settle_links(operation, self._links)
        else:
            self._settle_repeated(operation)
        self._sends.give_back(operation, self._session.rewind)

    def _settle_repeated(self, operation: BaseOperation[Any]) -> None:
        """Links that are repeated have no outcome but the chain's: none that says what one of them did."""
        outcome = operation.outcome
        assert outcome is not None, "the chain is done"
        if isinstance(outcome, Completion):
            message = f"a link of a repeated chain has no outcome; operation {operation.operation_id}, the chain, has"
            outcome = Refusal(message=message, reason=OUTCOME_UNKNOWN)
        for link in self._links:
            link.settle(outcome)
