"""What can be seen of faults on connects, names, accepts, relays and datagrams; see fault_observers.py."""

import contextlib
from typing import Any

from tests.datagram_peers import DatagramPeer
from tests.dialers import dial
from tests.promises.causes import cause_of
from tests.promises.fault_observers import (
    DATA,
    HERE,
    NAME,
    SEND,
    Fields,
    Session,
    begin,
    firings,
    held_of,
    listening,
    told,
)
from tests.promises.faults import shown
from tests.promises.owners import connect_to

from telesock.v1.sockets_pb2 import (
    AcceptRequest,
    BindRequest,
    CreateSocketRequest,
    RelayRequest,
    ResolveRequest,
    SendToRequest,
    SocketSpec,
)
from telesock.v1.types_pb2 import SOCKET_CATEGORY_DATAGRAM

# Connects, names and accepts


async def connects(session: Session, fields: Fields) -> Any:
    """Four connects: how each ended, and what fired."""
    listener = session.peer()
    await begin(session, fields)
    done = [await session.owner.run(connect_to(listener.host, listener.port)) for _ in range(4)]
    return [(*cause_of(each), *each.faults) for each in done], await firings(session)


async def held_connects(session: Session, fields: Fields) -> Any:
    """Six connects: how many the fault holds."""
    listener = session.peer()
    await begin(session, fields)
    for _ in range(6):
        await session.owner.start(connect_to(listener.host, listener.port))
    return await held_of(session, 6)


async def lookups(session: Session, fields: Fields) -> Any:
    """Four lookups: how each ended, and what fired."""
    await begin(session, fields)
    done = [await session.owner.run(ResolveRequest(name="localhost")) for _ in range(4)]
    return [(*cause_of(each), *each.faults) for each in done], await firings(session)


async def held_lookups(session: Session, fields: Fields) -> Any:
    """Six lookups: how many the fault holds."""
    await begin(session, fields)
    for _ in range(6):
        await session.owner.start(ResolveRequest(name="localhost"))
    return await held_of(session, 6)


async def accepts(session: Session, fields: Fields) -> Any:
    """A program connects to a listener that accepts: whether it is held, accepted or reset."""
    local = await listening(session.owner)
    await begin(session, fields)
    await session.owner.start(AcceptRequest(socket_id=1))
    try:
        far = await dial(local.host, local.port)
    except ConnectionResetError:
        return "reset"
    with contextlib.closing(far):
        while True:
            if fields is not None and (await shown(session.owner, NAME)).held:
                return "held"
            if far.saw_reset:
                return "reset"
            if not (await session.owner.view()).pending_operations:
                return "accepted"


async def waiting_clients(session: Session, fields: Fields) -> Any:
    """A program connects to a listener that accepts: whether it is accepted before the fault has fired."""
    local = await listening(session.owner)
    story = await session.owner.read()
    await begin(session, fields)
    accept = await session.owner.start(AcceptRequest(socket_id=1))
    with contextlib.closing(await dial(local.host, local.port)):
        await story.until(lambda: bool(story.completions(accept.operation_id) or told(story.events)))
        return len(story.completions(accept.operation_id))


async def relayed(session: Session, fields: Fields) -> Any:
    """A program sends something through a relay: on which sockets the fault fires."""
    local, upstream = await listening(session.owner), session.peer()
    await session.owner.start(
        RelayRequest(socket_id=1, upstream={"host": upstream.host, "port": upstream.port})
    )
    await begin(session, fields)
    with contextlib.closing(await dial(local.host, local.port)) as near:
        near.send(DATA)
        far = await upstream.accepted()
        await far.until_bytes(len(DATA))
        near.finish()
        await far.until_end()
        far.finish()
        await near.until_end()
        return await firings(session)


# Datagrams


async def datagrams(session: Session, fields: Fields) -> tuple[list[bytes], list[Any]]:
    """Eight datagrams leave, and one when the fault is over: what was heard, in which order, and what fired."""
    far = DatagramPeer()
    try:
        await _send_datagrams(session, far, fields)
        fires = await firings(session)
        await session.owner.run(SendToRequest(socket_id=1, datagrams=[b"last"], remote=_place(far)))
        while b"last" not in far.heard:
            await far.until_count(len(far.heard) + 1)
        return far.heard, fires
    finally:
        far.close()


async def datagram_firings(session: Session, fields: Fields) -> Any:
    """Eight datagrams leave: what fired, whenever they came."""
    return (await datagrams(session, fields))[1]


async def held_datagrams(session: Session, fields: Fields) -> Any:
    """Eight datagrams leave: how many the fault holds."""
    far = DatagramPeer()
    try:
        await _send_datagrams(session, far, fields)
        return (await shown(session.owner, NAME)).held
    finally:
        far.close()


def _place(far: DatagramPeer) -> dict[str, Any]:
    return {"host": far.place.host, "port": far.place.port}


async def _send_datagrams(session: Session, far: DatagramPeer, fields: Fields) -> None:
    spec = SocketSpec(category=SOCKET_CATEGORY_DATAGRAM)
    await session.owner.start(CreateSocketRequest(socket_id=1, spec=spec))
    await session.owner.run(BindRequest(socket_id=1, local=HERE))
    await begin(session, fields, target=SEND)
    for number in range(8):
        data = b"%d" % number * 20
        await session.owner.run(SendToRequest(socket_id=1, datagrams=[data], remote=_place(far)))
