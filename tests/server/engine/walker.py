"""A session that is driven at random, and what must hold of everything that it was ever told.

Every step may be refused, and nothing else may be raised. Whatever the peer does, each accepted operation
completes once, nothing follows a socket's close, what a peer has received is what was sent, in order and without
a hole, and what is received is what the peer had sent at that place of its stream.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from hypothesis import Phase
from tests.peers import Peer, PeerConnection
from tests.ports import unused_port
from tests.server.engine.agents import Agent
from tests.server.engine.driver import Driver
from tests.server.engine.names import NAME, Names

from telesock.server.core.events import (
    CloseResult,
    Completion,
    ConnectResult,
    DataReceived,
    DisconnectResult,
    Event,
    ReceiveResult,
)
from telesock.server.core.limits import Limits
from telesock.server.core.operations import Operation
from telesock.server.core.refusal import Refused
from telesock.server.core.requests import AnyRequest, Connect, Disconnect, Endpoint, Send
from telesock.server.core.session import SessionEnd
from telesock.server.core.states import Category
from telesock.server.core.status import Status

AS_FOUND = (Phase.explicit, Phase.reuse, Phase.generate)
"""What real sockets do does not come again exactly: making a failure shorter would take long and end nowhere."""

_PERIOD = bytes(range(251))


def pattern(offset: int, length: int) -> bytes:
    """What every peer sends at some place of its stream."""
    start = offset % len(_PERIOD)
    return (_PERIOD * ((start + length) // len(_PERIOD) + 1))[start : start + length]


class Walker:
    """Asks, and remembers what it has asked. Make it on a running loop."""

    def __init__(self, silence: Endpoint) -> None:
        limits = Limits(journal_events=150, journal_bytes=3 << 20, pending_send_bytes=4 << 20, sockets=12)
        self.agent = Agent()
        self.errors: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: self.errors.append(context))
        self.driver: Driver = self.agent.start(limits)
        self.lively = Peer()
        self.stalled = Peer(receive_buffer=4096, reading=False)
        self.asked: list[tuple[Operation, AnyRequest]] = []
        self.sent: dict[PeerConnection, int] = {}
        self.gone: set[PeerConnection] = set()
        Names(self.driver, "127.0.0.2", "10.0.0.1", "127.0.0.1")
        self.destinations = [
            Endpoint(self.lively.host, self.lively.port),
            Endpoint(self.stalled.host, self.stalled.port),
            Endpoint(NAME, self.lively.port),
            Endpoint("127.0.0.1", unused_port()),
            silence,
        ]

    # Steps

    def ask(self, request: AnyRequest) -> None:
        """Ask for something; it may be refused."""
        self._try(lambda: self.asked.append((self.driver.ask(request), request)))

    def socket(self, place: int) -> int:
        """Return the number of a socket: of one that is open, if there is one, or of one that never was."""
        numbers = [*self.driver.session.sockets, 1000]
        return numbers[place % len(numbers)]

    def ask_again(self, place: int) -> None:
        """Repeat a request that was accepted: it is the same operation, or forgotten."""
        if self.asked:
            operation, request = self.asked[place % len(self.asked)]

            def again() -> None:
                assert self.driver.ask(request, operation.operation_id) is operation

            self._try(again)

    def cancel(self, place: int) -> None:
        """Cancel an operation, pending or not."""
        if self.asked:
            operation, _ = self.asked[place % len(self.asked)]
            self.driver.engine.cancel(self.driver.session, operation.operation_id)

    def acknowledge(self, share: float) -> None:
        """Acknowledge a share of the events so far."""
        self.driver.session.acknowledge(int(self.driver.session.journal.last_sequence * share))

    def release(self, place: int, accepted: int | None) -> None:
        """Release or refuse one of the last indications."""
        given = [event for event in self.events if isinstance(event.body, DataReceived)][-4:]
        if given:
            event = given[place % len(given)]
            self._try(lambda: self.driver.session.socket(event.socket_id).release(event.sequence, accepted))

    def far_end(self, place: int) -> PeerConnection | None:
        """Return one of the peers' ends."""
        ends = [*self.lively.connections, *self.stalled.connections]
        return ends[place % len(ends)] if ends else None

    def far_acts(self, far: PeerConnection, deed: str) -> None:
        """Let a peer finish, reset, stop or resume reading."""
        if deed in ("finish", "reset"):
            self.gone.add(far)
        getattr(far, deed)()

    def far_sends(self, far: PeerConnection, length: int) -> None:
        """Let a peer go on with its stream, if it has not ended it."""
        if far in self.gone:
            return
        offset = self.sent.get(far, 0)
        self.sent[far] = offset + length
        far.send(pattern(offset, length))

    @staticmethod
    def _try(step: Callable[[], Any]) -> None:
        with contextlib.suppress(Refused):
            step()

    # What must hold

    @property
    def events(self) -> list[Event]:
        """All events that there ever were."""
        return self.driver._told

    def check(self) -> None:
        """Check what must hold at every moment."""
        assert (self.agent.bugs, self.errors) == ([], [])
        assert [event.sequence for event in self.events] == list(range(1, len(self.events) + 1))
        completed = [event.operation_id for event in self.events if isinstance(event.body, Completion)]
        assert len(set(completed)) == len(completed), "an operation completed twice"
        pending = {operation.operation_id for operation, _ in self.asked} - set(completed)
        assert self.driver.session.ledger.pending == len(pending)
        waiting = sum(socket.pending for socket in self.driver.session.sockets.values())
        held = len(self.driver.session.jobs)  # by faults, before or behind their time on the socket
        assert waiting <= len(pending) <= waiting + held, "a pending operation belongs to a socket"

    def finish(self, end: SessionEnd) -> None:
        """End the session, and check what must hold of its whole story."""
        with self.driver.reading():
            self.driver.engine.sessions.end(self.driver.session, end)
            self.check()
            left = (self.driver.session.ledger.pending, self.driver.session.journal.guaranteed)
            assert left == (0, 0)
        self.agent.stop()
        self._check_closes()
        self._check_received()
        for far in (*self.lively.connections, *self.stalled.connections):
            self._check_sent(far)

    def close(self) -> None:
        """Close the peers."""
        self.lively.close()
        self.stalled.close()

    def _check_closes(self) -> None:
        closed: set[int] = set()
        for event in self.events:
            body = event.body
            if isinstance(body, Completion) and isinstance(body.result, CloseResult):
                closed.add(event.socket_id)
            else:
                assert event.socket_id not in closed, f"{event} after the close"

    def _check_received(self) -> None:
        for event in self.events:
            body = event.body.result if isinstance(event.body, Completion) else event.body
            if isinstance(body, DataReceived | ReceiveResult):
                assert body.data == pattern(body.stream_offset, len(body.data)), event

    def _check_sent(self, far: PeerConnection) -> None:
        """What a peer has received is the beginning of what the completions say has left."""
        received = bytes(far.received)
        lefts = [b"".join(self._left_by(socket_id)) for socket_id in self._sockets_of(far)]
        assert any(left.startswith(received) for left in lefts) or not received, far.remote

    def _sockets_of(self, far: PeerConnection) -> list[int]:
        """The sockets that had the peer's addresses: none whose connect was called off, two when a port came again."""
        ends = (Endpoint(*far.remote), Endpoint(*far.local))
        return [
            event.socket_id
            for event in self.events
            if isinstance(event.body, Completion)
            and isinstance(event.body.result, ConnectResult)
            and (event.body.result.local, event.body.result.remote) == ends
        ]

    def _left_by(self, socket_id: int) -> list[bytes]:
        completions = {
            event.operation_id: event.body for event in self.events if isinstance(event.body, Completion)
        }
        left: list[bytes] = []
        for operation, request in self.asked:
            done = completions[operation.operation_id]
            if operation.socket_id != socket_id:
                continue
            if isinstance(request, Send):
                left.append(request.data[: done.transferred_bytes])
            elif isinstance(request, Connect) and done.status is Status.SUCCESS:
                left.append(request.initial_data)
            elif isinstance(request, Disconnect) and isinstance(done.result, DisconnectResult):
                left.append(request.final_data)
        return left


CATEGORIES = (Category.CONNECTION, Category.CONNECTION, Category.BASIC, Category.STREAM)
