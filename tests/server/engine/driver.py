"""An engine driven by the values of the core, without gRPC: what is asked is a request, what happened is an event.

    connection, far = await driver.meet(peer())        # a socket's number, and the peer's end of it
    operation = driver.ask(Send(connection, b"hello")) # the Operation; refused requests raise Refused
    completion = await driver.completed(operation)     # its Completion
    driver.told(connection)                            # bodies of all events of one socket, so far
    await driver.until(lambda: …)                      # looked at again after every event of the session

The journal keeps the number of an event in place of its encoding, so that events are compared as values.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.peers import Peer, PeerConnection

from telesock.server.core.events import Body, Completion, ConnectResult, DataReceived, Event
from telesock.server.core.operations import Operation
from telesock.server.core.refusal import Refused
from telesock.server.core.requests import (
    AnyRequest,
    Callbacks,
    Close,
    Connect,
    CreateSocket,
    Endpoint,
    Family,
    Indications,
)
from telesock.server.core.states import Category, State
from telesock.server.core.status import Origin, Phase, Status
from telesock.server.engine.connection import Connection
from telesock.server.engine.engine import Engine
from telesock.server.engine.session_table import Opening
from telesock.server.engine.sessions import HeldSession


class Driver:
    """One session on an engine; `another` makes a second one on the same engine."""

    def __init__(self, engine: Engine, told: list[Event], opening: Opening) -> None:
        self.engine = engine
        self._told = told
        # Operation -> the last event before it: its own end is behind that.
        self._asked_after: dict[int, int] = {}
        self.session: HeldSession = engine.open_session(opening)

    def another(self, **opening: Any) -> "Driver":
        """Return the driver of a further session."""
        return Driver(self.engine, self._told, Opening(**opening))

    # Requests

    def ask(self, request: AnyRequest, operation_id: int = 0) -> Operation:
        """Submit a request and let what it queued leave."""
        operation = self.submit(request, operation_id)
        self.engine.flush()
        return operation

    def submit(self, request: AnyRequest, operation_id: int = 0) -> Operation:
        """Submit a request of a batch."""
        before = self.session.journal.last_sequence
        operation = self.engine.submit(self.session, operation_id, request)
        self._asked_after.setdefault(operation.operation_id, before)
        return operation

    def refused(self, request: AnyRequest, operation_id: int = 0) -> Refused:
        """Ask for what must be refused; return how it was."""
        with pytest.raises(Refused) as caught:
            self.ask(request, operation_id)
        return caught.value

    def create(
        self, category: Category = Category.CONNECTION, family: Family = Family.ANY, socket_id: int = 0
    ) -> int:
        """Make a socket; return its number."""
        return self.ask(CreateSocket(socket_id, category, family)).socket_id

    def connect(self, to: Peer | Endpoint, **fields: Any) -> Operation:
        """Make, bind and connect a socket."""
        return self.ask(Connect(0, Endpoint(to.host, to.port), make=True, **fields))

    async def meet(
        self, peer: Peer, enable: Indications = Indications.NONE, credit: int = 0
    ) -> tuple[int, PeerConnection]:
        """Connect a socket; return its number and the peer's end."""
        operation = self.connect(peer, callbacks=Callbacks(enable, credit))
        completion = await self.completed(operation)
        assert completion.status is Status.SUCCESS, completion
        return operation.socket_id, await peer.accepted()

    def release(self, socket_id: int, data: bytes, accepted: int | None = None) -> None:
        """Release the indication that has these bytes, all of it or a part."""
        self.session.socket(socket_id).release(self.sequence_of(data), accepted)

    async def close(self, socket_id: int) -> Completion:
        """Close a socket, by a reset if need be."""
        return await self.completed(self.ask(Close(socket_id)))

    # What became of them

    @property
    def events(self) -> list[Event]:
        """All events that the session's journal still has."""
        return self._events_after(0)

    def _events_after(self, sequence: int) -> list[Event]:
        entries = self.session.journal.after(sequence, 1 << 20, 1 << 40)
        return [self._told[int.from_bytes(entry.encoded, "big")] for entry in entries]

    def told(self, socket_id: int, *kinds: type[Body]) -> list[Body]:
        """Bodies of a socket's events, of some kinds or of all."""
        return [
            event.body
            for event in self.events
            if event.socket_id == socket_id and (not kinds or isinstance(event.body, kinds))
        ]

    def indicated(self, socket_id: int) -> list[bytes]:
        """Data that a socket has indicated."""
        bodies = self.told(socket_id, DataReceived)
        return [body.data for body in bodies if isinstance(body, DataReceived)]

    def sequence_of(self, data: bytes) -> int:
        """Return the sequence of the last indication that has these bytes."""
        bodies = {event.sequence: event.body for event in self.events}
        return max(
            number for number, body in bodies.items() if isinstance(body, DataReceived) and body.data == data
        )

    def has_indicated(self, socket_id: int, data: bytes) -> bool:
        """Whether a socket has given an indication of exactly these bytes."""
        return data in self.indicated(socket_id)

    async def until_indicated(self, socket_id: int, *datas: bytes) -> None:
        """Wait until these and no other indications were given."""
        await self.until(lambda: len(self.indicated(socket_id)) >= len(datas))
        assert self.indicated(socket_id) == list(datas)

    def completion(self, operation: Operation) -> Completion | None:
        """Return an operation's completion if it has one; that it has only one is checked."""
        number = operation.operation_id
        events = self._events_after(self._asked_after.get(number, 0))
        bodies = [event.body for event in events if event.operation_id == number]
        found = [body for body in bodies if isinstance(body, Completion)]
        assert len(found) <= 1, found
        return found[0] if found else None

    async def completed(self, operation: Operation) -> Completion:
        """Wait for an operation's completion."""
        await self.until(lambda: operation.sequence != 0)
        completion = self.completion(operation)
        assert completion is not None, f"operation {operation.operation_id} has completed"
        return completion

    async def until(self, happened: Callable[[], bool]) -> None:
        """Wait; the condition is looked at after every event of this session, and at its end."""
        while not happened():
            woken = asyncio.Event()
            self.session.sleeping.append(woken.set)
            await woken.wait()

    async def until_seen(self, happened: Callable[[], bool]) -> None:
        """Wait for what is no event; the condition is looked at in every turn of the loop."""
        while not happened():  # noqa: ASYNC110 - nobody is told of it
            await asyncio.sleep(0)

    async def until_state(self, socket_id: int, state: State) -> None:
        """Wait for a socket to reach a state."""
        await self.until_seen(lambda: self.state(socket_id) is state)

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Read the journal: it is then kept through the session's end."""

        def ended() -> None:
            """Be told; nothing more is to be done."""

        self.session.enter_reader(ended)
        yield
        self.session.leave_reader(ended)

    def order(self, *operations: Operation) -> list[int]:
        """Places of some operations in the order in which all of them have completed."""
        return sorted(range(len(operations)), key=lambda place: operations[place].sequence)

    def connection(self, socket_id: int) -> Connection:
        """Return the engine's own view of a connection."""
        socket = self.session.sockets[socket_id]
        assert isinstance(socket, Connection)
        return socket

    def state(self, socket_id: int) -> State:
        """Where a socket is in its life."""
        socket = self.session.sockets.get(socket_id)
        return State.CLOSED if socket is None else socket.state


def failed(completion: Completion) -> tuple[Status, Origin | None, Phase | None, str]:
    """What of a failure is for programs: all but its detail."""
    cause = completion.cause
    if cause is None:
        return completion.status, None, None, ""
    return completion.status, cause.origin, cause.phase, cause.errno_name


def endpoints(result: object) -> tuple[Endpoint | None, Endpoint | None]:
    """The two ends in a connect's result."""
    assert isinstance(result, ConnectResult), result
    return result.local, result.remote
