"""Whoever sockets ask: a session, or a chain that records what is asked until it is submitted."""

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from telesock.client.core.cancels import Answer
from telesock.client.core.operations import BaseOperation
from telesock.client.core.pattern import Pattern
from telesock.client.core.sockets import SocketRecord, Sockets
from telesock.client.enumerations import SendLevel
from telesock.client.errors import SessionLost
from telesock.v1.events_pb2 import Event
from telesock.v1.sessions_pb2 import Command

Parameters = ParamSpec("Parameters")
SomeOperation = TypeVar("SomeOperation", bound=BaseOperation[Any])


class Asked(Protocol):
    """What a socket needs of it."""

    @property
    def lost(self) -> SessionLost | None:
        """Why the session is no more."""

    @property
    def sockets(self) -> Sockets:
        """The session's sockets."""

    @property
    def shell(self) -> Any:
        """What the session's shell gives its sockets for their single calls."""

    def new_socket(self, *, made_by_connect: bool = False, initial_bytes: int = 0) -> SocketRecord:
        """Choose the number of a socket that is to be made."""

    def submit(
        self,
        operation: SomeOperation,
        fill: Callable[Concatenate[Command, int, Parameters], None],
        *arguments: Parameters.args,
        **named: Parameters.kwargs,
    ) -> SomeOperation:
        """Ask for an operation."""

    def submit_send(
        self,
        operation: SomeOperation,
        record: SocketRecord,
        data: bytes,
        level: SendLevel,
        timeout: float | None,
    ) -> SomeOperation:
        """Ask for a send."""

    def submit_pattern(
        self,
        operation: SomeOperation,
        record: SocketRecord,
        pattern: Pattern,
        length: int,
        level: SendLevel,
        timeout: float | None,
    ) -> SomeOperation:
        """Ask for a send of a pattern."""

    def begin_connect(self, record: SocketRecord, initial_bytes: int) -> None:
        """A bound socket is about to be connected."""

    def cancel(self, operation: BaseOperation[Any], answer: Answer) -> None:
        """Ask for an operation to end."""

    def release(
        self, record: SocketRecord, sequence: int, accepted_bytes: int | None = None, refuse: bool = False
    ) -> None:
        """Give credit back, or refuse an indication."""

    def consume(self, record: SocketRecord, event: Event) -> None:
        """Give credit back for an indication, soon."""
