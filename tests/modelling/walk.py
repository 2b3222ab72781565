"""Random steps of a session and its peers, from a seed; the model judges each."""

import asyncio
from random import Random
from typing import Any

import grpc
from tests.datagram_peers import DatagramPeer
from tests.dialers import dial
from tests.modelling.connections import Connection, pattern
from tests.modelling.operations import Asked
from tests.modelling.others import Datagrams, Listener
from tests.modelling.sessions import PATIENCE, Modelled, ModelledSession
from tests.peers import Peer
from tests.ports import unused_port

from telesock.v1.sockets_pb2 import (
    DISCONNECT_MODE_ABORTIVE,
    INDICATION_KIND_DISCONNECT,
    AcceptRequest,
    BindRequest,
    CloseRequest,
    ConnectRequest,
    CreateSocketRequest,
    DisconnectRequest,
    EventCallbacks,
    ReceiveFromRequest,
    ReceiveRequest,
    SendRequest,
    SendToRequest,
    SocketSpec,
)
from telesock.v1.types_pb2 import (
    SOCKET_CATEGORY_CONNECTION,
    SOCKET_CATEGORY_DATAGRAM,
    SOCKET_CATEGORY_LISTENING,
    SOCKET_CATEGORY_STREAM,
    Endpoint,
)

_MOST_SOCKETS = 12
_SENDS = (1, 100, 5_000, 5_000, 300_000)
_RECEIVES = (1, 100, 5_000, 70_000)
_SAYS = (1, 100, 7_000, 60_000)
_TELLS = EventCallbacks(enable=[INDICATION_KIND_DISCONNECT])
_DEEDS = {
    "connect": 4,
    "dial_nobody": 1,
    "listen": 1,
    "make_datagrams": 1,
    "dial": 4,
    "accept": 4,
    "send": 14,
    "receive": 16,
    "far_sends": 14,
    "datagram": 6,
    "disconnect": 4,
    "abort": 1,
    "close_any": 4,
    "far_ends": 3,
    "far_resets": 1,
    "far_stalls": 3,
    "cancel": 6,
    "ask_again": 3,
    "acknowledge": 4,
    "resume": 2,
    "nonsense": 3,
}


class Walk:
    """One session from its opening to its end."""

    def __init__(self, channel: grpc.aio.Channel, seed: int) -> None:
        self.session = ModelledSession(channel)
        self._chance = Random(seed)
        self._peer = Peer()
        self._closed_port = unused_port()
        self._datagram_peers: list[DatagramPeer] = []
        self._numbers = 0
        self._ports: dict[int, int] = {}

    async def run(self, steps: int) -> int:
        """Take so many steps; return how many it were."""
        await self.session.open()
        try:
            while self.session.steps < steps:
                [deed] = self._chance.choices(list(_DEEDS), list(_DEEDS.values()))
                await getattr(self, f"_{deed}")()
            await self._finish()
        finally:
            await self.session.close()
            self._close()
        return self.session.steps

    def _close(self) -> None:
        self._peer.close()
        for far in self._datagram_peers:
            far.close()
        for socket in self.session.sockets.values():
            if isinstance(socket, Connection):
                socket.far.close()
            elif isinstance(socket, Listener):
                for waiting in socket.dialed:
                    waiting.close()

    # What is there

    def _some(self, kind: type[Any]) -> Any:
        """A socket of a kind, closed ones less often; None where there is none."""
        found = [each for each in self.session.sockets.values() if isinstance(each, kind)]
        open_ = [each for each in found if not _is_closed(each)]
        return (
            self._chance.choice(open_ if open_ and self._chance.random() < 0.95 else found) if found else None
        )

    def _full(self) -> bool:
        return sum(not _is_closed(each) for each in self.session.sockets.values()) >= _MOST_SOCKETS

    def _new_number(self) -> int:
        self._numbers += 1
        return self._numbers

    def _asked(self, kind: str, request: Any, after: int = 0) -> Asked:
        request.operation_id = self.session.next_number() + after
        return Asked(request.operation_id, kind, request)

    # Making

    async def _connect(self) -> None:
        """Connect: as one operation, or create, bind and connect, of a connection or a stream socket."""
        if self._full():
            return
        number, to = self._new_number(), Endpoint(host=self._peer.host, port=self._peer.port)
        connect = ConnectRequest(socket_id=number, remote=to, callbacks=_TELLS)
        asked = []
        if self._chance.random() < 0.5:
            connect.spec.SetInParent()
        else:
            category = self._chance.choice([SOCKET_CATEGORY_CONNECTION, SOCKET_CATEGORY_STREAM])
            asked = self._made(number, category)
        asked.append(self._asked("connect", connect, len(asked)))
        await self.session.ask(*asked)
        await self.session.until(lambda: asked[-1].done)
        self.session.sockets[number] = Connection(number, await self._peer.accepted())

    def _made(self, number: int, category: int) -> list[Asked]:
        create = CreateSocketRequest(socket_id=number, spec=SocketSpec(category=category))  # type: ignore[arg-type]  # the enumeration's number
        bind = BindRequest(socket_id=number, local=Endpoint(host="127.0.0.1"))
        return [self._asked("create_socket", create), self._asked("bind", bind, 1)]

    async def _dial_nobody(self) -> None:
        to = Endpoint(host="127.0.0.1", port=self._closed_port)
        asked = self._asked(
            "connect", ConnectRequest(socket_id=self._new_number(), spec=SocketSpec(), remote=to)
        )
        asked.allowed = {"CONNECTION_REFUSED"}
        await self.session.ask(asked)
        await self.session.until(lambda: asked.done)

    async def _listen(self) -> None:
        if not self._full():
            number = self._new_number()
            asked = self._made(number, SOCKET_CATEGORY_LISTENING)
            await self.session.ask(*asked)
            await self.session.until(lambda: asked[-1].done)
            self.session.sockets[number] = Listener(number, asked[-1].completion.bind.local.port)  # type: ignore[union-attr]  # it is done

    async def _make_datagrams(self) -> None:
        if not self._full():
            number, far = self._new_number(), DatagramPeer()
            self._datagram_peers.append(far)
            asked = self._made(number, SOCKET_CATEGORY_DATAGRAM)
            await self.session.ask(*asked)
            await self.session.until(lambda: asked[-1].done)
            self._ports[number] = asked[-1].completion.bind.local.port  # type: ignore[union-attr]  # it is done
            self.session.sockets[number] = Datagrams(number, far)

    # Listeners

    async def _dial(self) -> None:
        listener = self._some(Listener)
        if listener is not None and not listener.closed and len(listener.dialed) < 3 and not self._full():
            listener.dialed.append(await dial("127.0.0.1", listener.port))
            await self.session.settle()
            self._know_accepted(listener)

    async def _accept(self) -> None:
        listener = self._some(Listener)
        if listener is not None and not self._full():
            request = AcceptRequest(socket_id=listener.number, callbacks=_TELLS)
            await self.session.ask(self._asked("accept", request))
            self._know_accepted(listener)

    def _know_accepted(self, listener: Listener) -> None:
        for number, far in listener.accepted:
            self.session.sockets[number] = Connection(number, far)
        listener.accepted.clear()

    # Connections

    async def _send(self) -> None:
        connection = self._some(Connection)
        if connection is not None:
            count = self._chance.choice([1, 1, 3])
            asked = []
            for place in range(count):
                data = self._chance.randbytes(1) * self._chance.choice(_SENDS)
                asked.append(self._asked("send", SendRequest(socket_id=connection.number, data=data), place))
            await self.session.ask(*asked)

    async def _receive(self) -> None:
        connection = self._some(Connection)
        if connection is not None:
            flag = self._chance.choice(["", "", "wait_all", "peek", "drain"])
            length = 0 if flag == "drain" else self._chance.choice(_RECEIVES)
            request = ReceiveRequest(socket_id=connection.number, length=length)
            if flag:
                setattr(request, flag, True)
            await self.session.ask(self._asked("receive", request))

    async def _far_sends(self) -> None:
        connection = self._some(Connection)
        if connection is not None and not (connection.finished or connection.lost or connection.over):
            length = self._chance.choice(_SAYS)
            if connection.unread + length < 150_000:  # what a peer's kernel takes at once
                connection.far.send(pattern(connection.said, length))
                connection.said += length
                await self.session.settle()

    async def _disconnect(self) -> None:
        connection = self._some(Connection)
        if connection is not None:
            final = b"" if connection.ours != "open" else bytes(self._chance.choice([0, 0, 50, 5_000]))
            request = DisconnectRequest(socket_id=connection.number, final_data=final)
            await self.session.ask(self._asked("disconnect", request))

    async def _abort(self) -> None:
        connection = self._some(Connection)
        if connection is not None:
            request = DisconnectRequest(socket_id=connection.number, mode=DISCONNECT_MODE_ABORTIVE)
            await self.session.ask(self._asked("disconnect", request))

    async def _close_one(self, socket: Modelled, graceful: bool = False) -> None:
        request = CloseRequest(socket_id=socket.number, graceful=graceful)
        await self.session.ask(self._asked("close", request))

    async def _far_ends(self) -> None:
        connection = self._some(Connection)
        if connection is not None and not (connection.finished or connection.lost or connection.over):
            connection.finished = True
            connection.far.finish()
            await self.session.settle()

    async def _far_stalls(self) -> None:
        connection = self._some(Connection)
        if connection is not None and not (connection.lost or connection.over):
            if connection.stalled:
                connection.far.resume_reading()
            else:
                connection.far.stop_reading()
            connection.stalled = not connection.stalled
            await self.session.settle()

    async def _far_resets(self) -> None:
        connection = self._some(Connection)
        if connection is None or connection.finished or connection.lost or connection.over:
            return
        connection.peer_reset()
        connection.far.reset()
        if connection.ours != "closing":
            await self.session.until(lambda: connection.lost)
        connection.lost = True
        await self.session.settle()

    # Anything

    async def _close_any(self) -> None:
        socket = self._some((Connection, Listener, Datagrams))  # type: ignore[arg-type]  # as isinstance takes it
        if socket is not None:
            graceful = isinstance(socket, Connection) and self._chance.random() < 0.5
            await self._close_one(socket, graceful)

    async def _datagram(self) -> None:
        socket = self._some(Datagrams)
        if socket is None:
            return
        data = b"%d" % self.session.steps
        what = self._chance.choice(["send_to", "receive_from", "say"])
        if what == "send_to":
            to = Endpoint(host=socket.far.place.host, port=socket.far.place.port)
            request: Any = SendToRequest(socket_id=socket.number, remote=to, datagrams=[data])
            await self.session.ask(self._asked("send_to", request))
        elif what == "receive_from":
            request = ReceiveFromRequest(socket_id=socket.number)
            await self.session.ask(self._asked("receive_from", request))
        elif not socket.closed:
            socket.far.send(data, socket.far.place._replace(port=self._ports[socket.number]))
            socket.say(data)
            await self.session.settle()

    async def _nonsense(self) -> None:
        """Ask a socket for what its kind cannot do."""
        socket = self._some((Listener, Datagrams))  # type: ignore[arg-type]  # as isinstance takes it
        if socket is not None:
            await self.session.ask(self._asked("send", SendRequest(socket_id=socket.number, data=b"x")))

    async def _cancel(self) -> None:
        pending = [asked.number for asked in self.session.asked.values() if not asked.done]
        numbers = pending if pending and self._chance.random() < 0.8 else [*self.session.asked, 10_000]
        await self.session.cancel(self._chance.choice(numbers))

    async def _ask_again(self) -> None:
        if self.session.asked:
            await self.session.ask_again(self._chance.choice(list(self.session.asked.values())))

    async def _acknowledge(self) -> None:
        await self.session.acknowledge(self._chance.randint(self.session.acknowledged, self.session.last))

    async def _resume(self) -> None:
        await self.session.attach()

    # The end

    async def _finish(self) -> None:
        """Close everything; then compare what every peer has received with what has left."""
        for socket in list(self.session.sockets.values()):
            if isinstance(socket, Connection) and socket.stalled and not socket.lost:
                socket.far.resume_reading()
                socket.stalled = False
        await self.session.settle()
        for socket in list(self.session.sockets.values()):
            if not _is_closed(socket) or (isinstance(socket, Connection) and socket.ours == "closing"):
                await self._close_one(socket)
        assert [asked for asked in self.session.asked.values() if not asked.done] == []
        for socket in self.session.sockets.values():
            if isinstance(socket, Connection):
                async with asyncio.timeout(PATIENCE):
                    await _check_received(socket)
            elif isinstance(socket, Datagrams):
                await socket.far.until_heard(*socket.sent)


async def _check_received(connection: Connection) -> None:
    if not connection.reset_by_peer:
        await connection.far.until_end()
    received, stream = bytes(connection.far.received), connection.stream()
    assert stream.startswith(received), "the peer has received what was not sent"
    if connection.delivered and not connection.reset_by_peer:
        assert received == stream, "the peer lacks what was acknowledged"


def _is_closed(socket: Modelled) -> bool:
    return socket.ours in ("closed", "closing") if isinstance(socket, Connection) else socket.closed
