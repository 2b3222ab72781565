"""The scenes of the demo: what is asked, what has to come of it, and one plain sentence each.

A scene raises NotAsTold when something else happens than it tells.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple, TypeVar

from telesock.client import (
    AsyncSession,
    AsyncSocket,
    IndicationKind,
    Latency,
    Operation,
    OperationFailed,
    Reset,
)
from telesock.client.core.clocks import ClockEstimate
from telesock.client.texts.words import operation_name
from telesock.client.timeline import TimelineRecorder
from telesock.v1.events_pb2 import PEER_DISCONNECT_KIND_GRACEFUL, Event

AGENT = ""  # there is one, which needs no name
HOST = "127.0.0.1"
FIRST_PAGE, LAST_PAGE = ("hello.txt", b"hello\n"), ("bye.txt", b"bye\n")

_PATIENCE = 0.3  # seconds that are enough to show that something does not end
_LATE = 0.1  # seconds
_SIZE = 65_536

Result = TypeVar("Result")


class NotAsTold(Exception):
    """A scene went otherwise than it tells; the text says how."""


class Stage:
    """What all scenes share: a session, three ports to play with, and a record of what was asked."""

    def __init__(self, session: AsyncSession, web_port: int, deaf_port: int, closed_port: int) -> None:
        self.session = session
        self.web_port = web_port
        self.deaf_port = deaf_port
        self.closed_port = closed_port
        self.operation_ids: list[int] = []
        """What was asked, in its order."""
        self.recorder = TimelineRecorder()
        """Sees the scene that is played."""

    def begin(self) -> None:
        """A scene begins: what is seen from now on is its own."""
        self.recorder = TimelineRecorder()
        self.recorder.clock(AGENT, ClockEstimate(0, 0, 0, drift_uncertainty_ppm=0))  # it runs on this host
        self.session.record_to(self.recorder, agent=AGENT)

    def ask(self, operation: Operation[Result]) -> Operation[Result]:
        """Count what was asked just now; it leaves with this turn of the loop."""
        self.operation_ids.append(operation.operation_id)
        return operation

    def wait_in_vain(self, operation: Operation[Result]) -> None:
        """Note that an operation has not ended in all the time given to it."""
        what = f"{operation.operation_id} {operation_name(operation.kind)}"
        self.recorder.note(f"{what} has not ended after {_PATIENCE:g} s")

    def connect(self, port: int) -> Operation[AsyncSocket]:
        """Ask for a connection that also tells of the peer's end."""
        connecting = self.session.connect(HOST, port, indications=[IndicationKind.DISCONNECT])
        return self.ask(connecting)

    async def receive_until(self, connection: AsyncSocket, ending: bytes) -> None:
        """Receive until what arrived ends so."""
        received = b""
        while not received.endswith(ending):
            data = await self.ask(connection.receive(_SIZE))
            if not data:
                raise NotAsTold(f"the web server's answer ends with {received[-40:]!r}, not with {ending!r}")
            received += data


async def fetch_and_leave(stage: Stage) -> None:
    """Ask a real web server for a page, and leave in good manners."""
    connection = await stage.connect(stage.web_port)
    page, content = FIRST_PAGE
    stage.ask(connection.send(_request(page)))
    await stage.receive_until(connection, content)
    page, content = LAST_PAGE
    last_words = _request(page, "Connection: close")
    leaving = stage.ask(connection.disconnect(last_words))
    await stage.receive_until(connection, content)
    if (await leaving).final_bytes != len(last_words):
        raise NotAsTold("the final data did not leave as a whole")
    await _peer_ended(connection)
    if (await stage.ask(connection.close())).aborted:
        raise NotAsTold("the close reset a connection that was disconnected in both directions")


async def break_off(stage: Stage) -> None:
    """Reset a connection in the middle of a conversation."""
    connection = await stage.connect(stage.web_port)
    waiting = stage.ask(connection.receive(_SIZE))
    await stage.ask(connection.abort())
    await _fails(waiting, ConnectionAbortedError, "the pending receive")
    await stage.ask(connection.close())


async def be_refused(stage: Stage) -> None:
    """Connect to a port on which nobody listens."""
    await _fails(stage.connect(stage.closed_port), ConnectionRefusedError, "the connect")


async def hang_and_force(stage: Stage) -> None:
    """Disconnect gracefully from a peer that does not read, wait in vain, and abort."""
    connection = await stage.connect(stage.deaf_port)
    stage.ask(connection.send(bytes(1 << 20)))
    leaving = stage.ask(connection.disconnect(b"bye"))
    await asyncio.sleep(_PATIENCE)
    if leaving.done():
        raise NotAsTold("the graceful disconnect did not hang")
    stage.wait_in_vain(leaving)
    await stage.ask(connection.abort())
    await _fails(leaving, ConnectionAbortedError, "the graceful disconnect")
    await stage.ask(connection.close())


async def misbehave(stage: Stage) -> None:
    """Let an answer come late and a connection be reset, both on purpose, and check that both are told apart."""
    connection = await stage.connect(stage.web_port)
    page, content = FIRST_PAGE
    async with connection.fault(Latency(_LATE), direction="receive", name="late", seed=7):
        began = asyncio.get_running_loop().time()
        stage.ask(connection.send(_request(page)))
        await stage.receive_until(connection, content)
    if asyncio.get_running_loop().time() - began < _LATE:
        raise NotAsTold("the answer was not late")
    async with connection.fault(Reset("next_operation"), name="cut"):
        sending = stage.ask(connection.send(_request(page)))
        await _fails(sending, ConnectionResetError, "the send")
    if sending.faults != ("cut",):
        raise NotAsTold("the reset did not say that it was injected")
    await stage.ask(connection.close())


async def _peer_ended(connection: AsyncSocket) -> None:
    """Wait for the indication of the peer's graceful end."""
    async for indication in connection.indications():
        if isinstance(indication, Event) and indication.HasField("peer_disconnected"):
            if indication.peer_disconnected.kind != PEER_DISCONNECT_KIND_GRACEFUL:
                raise NotAsTold("the web server reset the connection")
            return
    raise NotAsTold("the web server's end was not indicated")


async def _fails(operation: Operation[Result], expected: type[OSError], what: str) -> None:
    """Wait for an operation that has to fail so."""
    try:
        await operation
    except expected:
        return
    except OperationFailed as failed:
        raise NotAsTold(f"{what} failed otherwise: {failed}") from None
    raise NotAsTold(f"{what} succeeded")


def _request(page: str, *further: str) -> bytes:
    return "\r\n".join((f"GET /{page} HTTP/1.1", f"Host: {HOST}", *further, "", "")).encode()


class Scene(NamedTuple):
    """What to play and what to say about it."""

    title: str
    play: Callable[[Stage], Awaitable[None]]


SCENES = (
    Scene("Fetch a page and leave politely: the last request travels with our FIN.", fetch_and_leave),
    Scene("Break off: an abort resets the connection; what was pending ends at once.", break_off),
    Scene("Connect where nobody listens: a real ConnectionRefusedError, with its cause.", be_refused),
    Scene("Leave a peer that never reads: the disconnect hangs until an abort forces it.", hang_and_force),
    Scene("Misbehave on purpose: a late answer, a real reset, and each names its fault.", misbehave),
)
