"""A client that may die at any moment and goes on from what it has stored: `python -m tests.cutting.stored_client`.

ADDRESS PEER_PORT FOLDER LIFE [last]. It opens a session or takes up the one of FOLDER/cursor.json, keeps some
connections to a checking peer busy, and writes down every event that it sees (FOLDER/seen.jsonl: life, sequence,
digest), then, not after each, how far it has come. It prints "up" when it has begun, and ends when it is the last and
everything is done.
"""

import asyncio
import contextlib
import hashlib
import json
import random
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from tests.cutting.numbered import stream

from telesock.client import AgentUnavailable, AsyncClient, AsyncSession, AsyncSocket, IndicationKind, Rejected
from telesock.v1.events_pb2 import Event
from telesock.v1.sockets_pb2 import Socket
from telesock.v1.types_pb2 import (
    SOCKET_STATE_CONNECTED,
    SOCKET_STATE_DISCONNECTED,
    SOCKET_STATE_PEER_DISCONNECTED,
)

LEASE = 60.0
_SOCKETS = 4
_UNSTORED = 8  # events that may be seen and not yet stored
_PIECE = 3_000
_WANTED = (IndicationKind.DATA, IndicationKind.DISCONNECT)

Value = TypeVar("Value")


def data_of(socket_id: int) -> bytes:
    """Return what is sent on a socket, whoever goes on with it."""
    return stream(socket_id, random.Random(socket_id).randrange(8, 60_000))


def digest(event: Event) -> str:
    """Tell one event from another."""
    return hashlib.sha256(event.SerializeToString(deterministic=True)).hexdigest()[:16]


class Stored:
    """What outlives a life."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "cursor.json"
        self.seen = (folder / "seen.jsonl").open("a")
        self.session: dict[str, Any] = {}
        with contextlib.suppress(FileNotFoundError):
            self.session = json.loads(self._path.read_text())

    def write(self, **known: Any) -> None:
        """Store it, as a whole or not at all."""
        self.session.update(known)
        beside = self._path.with_suffix(".new")
        beside.write_text(json.dumps(self.session))
        beside.replace(self._path)


class Life:
    """One life of the client."""

    def __init__(self, port: int, stored: Stored, number: int, *, last: bool) -> None:
        self._port = port
        self._stored = stored
        self._number = number
        self._last = last
        self._cursor: int = stored.session.get("start_after", 0)
        self._changed = asyncio.Event()
        self._sockets: dict[int, AsyncSocket] = {}

    async def live(self, address: str) -> None:
        """Go on until everything is done, if it ever is."""
        async with AsyncClient(address) as client, self._session(client) as session:
            self._opened = session
            following = asyncio.create_task(self._follow())
            found = await _insist(session.list_sockets)
            print("up", flush=True)
            async with asyncio.TaskGroup() as group:
                for each in found:
                    group.create_task(self._take_up(each.socket_id))
                for _ in range(0 if self._last else _SOCKETS - len(found)):
                    group.create_task(self._begin())
            end = (await _insist(session.get_session)).last_sequence
            await self._until(lambda: self._cursor >= end)
            following.cancel()
            self._stored.write(start_after=self._cursor)

    @contextlib.asynccontextmanager
    async def _session(self, client: AsyncClient) -> AsyncIterator[AsyncSession]:
        """Open the session, or take it up; leaving it leaves it open."""
        known = dict(self._stored.session)

        def make() -> AsyncSession:
            return client.attach_session(**known) if known else client.session(LEASE, request_id="stored")

        async with contextlib.AsyncExitStack() as leaving:
            session = await _insist(lambda: leaving.enter_async_context(make()))
            names = ("session_id", "session_token", "boot_id")
            self._stored.write(**{name: getattr(session, name) for name in names}, start_after=self._cursor)
            yield session

    # What is seen

    async def _follow(self) -> None:
        try:
            async for event in self._opened.events(start_after=self._cursor):
                assert isinstance(event, Event), f"events are gone: {event}"
                self._take(event)
        except Exception as error:
            print(f"failed: {error!r}", flush=True)
            raise

    def _take(self, event: Event) -> None:
        self._stored.seen.write(json.dumps([self._number, event.sequence, digest(event)]) + "\n")
        self._stored.seen.flush()
        self._cursor = event.sequence
        if event.sequence % _UNSTORED == 0:
            self._stored.write(start_after=self._cursor)
        if not event.HasField("data_received"):
            self._changed.set()
        elif event.socket_id in self._sockets:
            self._sockets[event.socket_id].release(event.sequence)

    async def _until(self, happened: Callable[[], bool]) -> None:
        while not happened():
            self._changed.clear()
            await self._changed.wait()

    # What is done

    async def _begin(self) -> None:
        """Make one connection after the other."""
        while True:
            connecting = self._opened.connect(
                "127.0.0.1", self._port, indications=_WANTED, credit_bytes=8_192
            )
            socket = await connecting
            await self._go_on(socket)

    async def _take_up(self, socket_id: int) -> None:
        try:
            await self._go_on(await _insist(lambda: self._opened.take_up_socket(socket_id)))
        except Rejected as refused:
            if refused.reason not in ("SOCKET_CLOSED", "SOCKET_UNKNOWN"):
                raise
        if not self._last:
            await self._begin()

    async def _go_on(self, socket: AsyncSocket) -> None:
        """Bring a connection to its end, wherever it is now."""
        self._sockets[socket.socket_id] = socket
        socket.release(self._cursor)
        while True:
            self._changed.clear()
            found = await _insist(lambda: self._opened.get_socket(socket.socket_id))
            if found.state in (SOCKET_STATE_CONNECTED, SOCKET_STATE_PEER_DISCONNECTED):
                await self._send(socket, found)
            elif found.state == SOCKET_STATE_DISCONNECTED:
                await socket.close()
                del self._sockets[socket.socket_id]
                return
            else:
                await self._changed.wait()

    async def _send(self, socket: AsyncSocket, found: Socket) -> None:
        data = data_of(socket.socket_id)
        places = range(found.send_offset, len(data), _PIECE)
        sending = [socket.send(data[place : place + _PIECE]) for place in places]
        for each in sending:
            await each
        await socket.disconnect()


async def _insist(call: Callable[[], Awaitable[Value]]) -> Value:
    """A single call that was cut is told to the caller, who asks again."""
    while True:
        try:
            return await call()
        except AgentUnavailable:
            await asyncio.sleep(0.02)


async def main(address: str, port: str, folder: str, number: str, *last: str) -> None:
    """Live."""
    await Life(int(port), Stored(Path(folder)), int(number), last=bool(last)).live(address)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
