"""The ways that bytes go through an agent, each with something that writes at one end and reads at the other.

OPERATIONS_SEND      Send operations to a peer
OPERATIONS_RECEIVE   a peer's bytes to Receive operations
INDICATIONS          a peer's bytes to DataReceived indications
RELAY_TO_UPSTREAM    a client's bytes to a server behind a relay, and RELAY_TO_CLIENT the other way

A `Path` writes, finishes and reads alike for all of them, so that a test says once what an effect does.
"""

import enum
import zlib
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from tests.peers import Peer, PeerConnection
from tests.wire.caller import Caller
from tests.wire.conftest import Dial
from tests.wire.story import Event, status_of

from telesock.v1 import faults_pb2, sockets_pb2

SEND, RECEIVE = faults_pb2.DIRECTION_SEND, faults_pb2.DIRECTION_RECEIVE


class Way(enum.Enum):
    """How bytes go."""

    OPERATIONS_SEND = "Send operations"
    OPERATIONS_RECEIVE = "Receive operations"
    INDICATIONS = "DataReceived indications"
    RELAY_TO_UPSTREAM = "a relay, to the upstream"
    RELAY_TO_CLIENT = "a relay, to the client"


class Seen(NamedTuple):
    """What came out: all bytes, and how the stream ended."""

    data: bytes
    end: str = "FIN"

    def __repr__(self) -> str:
        """Short: how much came, and a checksum of it."""
        return f"Seen({len(self.data)} bytes with CRC {zlib.crc32(self.data)}, {self.end})"


class Path:
    """One direction of one connection through the agent."""

    def __init__(self, caller: Caller, sockets: dict[str, int], direction: int) -> None:
        self.caller = caller
        self.sockets = sockets
        """The numbers of its sockets: "socket", or of a relay "downstream" and "upstream"."""
        self.direction = direction
        """The direction of these bytes, seen from `socket` or of a relay from `upstream`."""

    @property
    def socket_id(self) -> int:
        """The socket that faults are put on."""
        return self.sockets.get("socket") or self.sockets["upstream"]

    @property
    def target(self) -> dict[str, int]:
        """What a fault on exactly this direction has as its target."""
        return {"socket_id": self.socket_id, "direction": self.direction}

    async def write(self, data: bytes) -> None:
        """Put bytes in."""
        raise NotImplementedError

    async def finish(self) -> None:
        """End the stream behind them."""
        raise NotImplementedError

    async def until_bytes(self, count: int) -> bytes:
        """Wait until so many bytes came out in all; return everything that did."""
        raise NotImplementedError

    async def until_end(self) -> Seen:
        """Wait until the stream has ended."""
        raise NotImplementedError


class _ToPeer(Path):
    """What comes out is read by a real peer."""

    reader: PeerConnection

    async def until_bytes(self, count: int) -> bytes:
        return await self.reader.until_bytes(count)

    async def until_end(self) -> Seen:
        await self.reader.until_end()
        end = "FIN" if self.reader.saw_fin else "RST" if self.reader.saw_reset else str(self.reader.error)
        return Seen(bytes(self.reader.received), end)


class Sends(_ToPeer):
    """Send operations."""

    async def write(self, data: bytes) -> None:
        await self.caller.send(self.socket_id, data)

    async def finish(self) -> None:
        await self.caller.disconnect(self.socket_id)


class Relayed(_ToPeer):
    """A relay, either way."""

    writer: PeerConnection

    async def write(self, data: bytes) -> None:
        self.writer.send(data)

    async def finish(self) -> None:
        self.writer.finish()


class Receives(Path):
    """Receive operations, one at a time."""

    def __init__(
        self, caller: Caller, sockets: dict[str, int], direction: int, writer: PeerConnection
    ) -> None:
        super().__init__(caller, sockets, direction)
        self.writer = writer
        self._got = bytearray()
        self._end = ""

    async def write(self, data: bytes) -> None:
        self.writer.send(data)

    async def finish(self) -> None:
        self.writer.finish()

    async def _receive(self, most: int) -> None:
        completion = await self.caller.wait(await self.caller.receive(self.socket_id, most))
        self._got += completion.receive.data
        if status_of(completion) != "SUCCESS":
            self._end = "RST" if status_of(completion) == "CONNECTION_RESET" else status_of(completion)
        elif completion.receive.end_of_stream:
            self._end = "FIN"

    async def until_bytes(self, count: int) -> bytes:
        while len(self._got) < count and not self._end:
            await self._receive(count - len(self._got))
        assert len(self._got) >= count, f"it ended ({self._end}) after {len(self._got)} bytes"
        return bytes(self._got)

    async def until_end(self) -> Seen:
        while not self._end:
            await self._receive(1 << 20)
        return Seen(bytes(self._got), self._end)


class Indications(Receives):
    """DataReceived and PeerDisconnected."""

    async def until_bytes(self, count: int) -> bytes:
        return (await self._read(lambda data, end: len(data) >= count or bool(end))).data

    async def until_end(self) -> Seen:
        return await self._read(lambda _, end: bool(end))

    async def _read(self, enough: Callable[[bytes, str], bool]) -> Seen:
        data, end = bytearray(), ""

        def happened(event: Event) -> bool:
            nonlocal end
            if event.socket_id == self.socket_id:
                if event.HasField("data_received"):
                    data.extend(event.data_received.data)
                elif event.HasField("peer_disconnected"):
                    kind = event.peer_disconnected.kind
                    end = _END_OF_KIND.get(kind, str(kind))
            return enough(bytes(data), end)

        await self.caller.until(happened)
        return Seen(bytes(data), end)


class Opener(NamedTuple):
    """Makes paths."""

    caller: Caller
    listen: Callable[..., Peer]
    dial: Dial

    async def open(self, way: Way, faults: list[faults_pb2.Fault] | None = None) -> Path:
        """Open a path; its sockets are born with these faults, of which each acts on both directions."""
        if way in (Way.RELAY_TO_UPSTREAM, Way.RELAY_TO_CLIENT):
            return await self._relay(way, faults or [])
        callbacks = {"enable": _DATA_AND_END} if way is Way.INDICATIONS else {}
        socket_id, far = await self.caller.meet(self.listen(), faults=faults or [], callbacks=callbacks)
        kinds: dict[Way, type[Receives]] = {Way.OPERATIONS_RECEIVE: Receives, Way.INDICATIONS: Indications}
        if way in kinds:
            return kinds[way](self.caller, {"socket": socket_id}, RECEIVE, far)
        sends = Sends(self.caller, {"socket": socket_id}, SEND)
        sends.reader = far
        return sends

    async def _relay(self, way: Way, faults: list[faults_pb2.Fault]) -> Path:
        listener, place = await self.caller.listening(faults=faults)
        upstream = self.listen()
        await self.caller.relay(listener, upstream)
        client = await self.dial(place)
        server = await upstream.accepted()
        told = (await self.caller.until(lambda event: event.HasField("relay_connected"))).relay_connected
        sockets = {"downstream": told.downstream_socket_id, "upstream": told.upstream_socket_id}
        direction = SEND if way is Way.RELAY_TO_UPSTREAM else RECEIVE
        relayed = Relayed(self.caller, sockets, direction)
        ends = (client, server) if way is Way.RELAY_TO_UPSTREAM else (server, client)
        relayed.writer, relayed.reader = ends
        return relayed


def reverse(path: Path) -> Path:
    """The other direction of the same connection; of sockets by operations."""
    back: Path
    if isinstance(path, Relayed):
        back = Relayed(path.caller, path.sockets, 3 - path.direction)
        back.writer, back.reader = path.reader, path.writer
    elif isinstance(path, Receives):
        back = Sends(path.caller, path.sockets, SEND)
        back.reader = path.writer
    else:
        assert isinstance(path, Sends), "there is no other"
        back = Receives(path.caller, path.sockets, RECEIVE, path.reader)
    return back


Open = Callable[..., Awaitable[Path]]

_DATA_AND_END = [sockets_pb2.INDICATION_KIND_DATA, sockets_pb2.INDICATION_KIND_DISCONNECT]
_END_OF_KIND: dict[Any, str] = {1: "FIN", 2: "RST"}  # graceful, abortive
