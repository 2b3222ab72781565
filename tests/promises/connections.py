"""Connections in states from which an end is not simple: each returns the peer's end of one."""

from tests.peers import PeerConnection
from tests.promises.owners import MIB, STALLING, Listen, Owner

from telesock.v1.sockets_pb2 import (
    CloseRequest,
    DisconnectRequest,
    ReceiveRequest,
    SendRequest,
)


async def half_closed(owner: Owner, peer: Listen) -> PeerConnection:
    socket, far = await owner.connect(peer())
    await owner.run(DisconnectRequest(socket_id=socket))
    return far


async def closing(owner: Owner, peer: Listen) -> PeerConnection:
    socket, far = await owner.connect(peer(**STALLING))
    await owner.start(CloseRequest(socket_id=socket, graceful=True))
    return far


async def stalled(owner: Owner, peer: Listen) -> PeerConnection:
    socket, far = await owner.connect(peer(**STALLING))
    for _ in range(7):
        await owner.start(SendRequest(socket_id=socket, data=bytes(MIB)))
    return far


async def finished_by_the_peer(owner: Owner, peer: Listen) -> PeerConnection:
    socket, far = await owner.connect(peer())
    far.finish()
    await owner.run(ReceiveRequest(socket_id=socket, length=1))
    return far


STATES = (half_closed, closing, stalled, finished_by_the_peer)
