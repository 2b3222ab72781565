"""What can be seen of a fault: each observer lets the same things happen in a session of its own and returns what came of them.

An observation is a value to compare: the same fault with the same seed gives the same one. None of them looks at a clock.
"""

import contextlib
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, NamedTuple

import grpc
from tests.promises.causes import cause_of
from tests.promises.faults import inject, shown
from tests.promises.owners import Listen, Owner, connect_to

from telesock.v1.events_pb2 import Event
from telesock.v1.faults_pb2 import ResetFaultsRequest
from telesock.v1.sockets_pb2 import (
    AcceptRequest,
    BindRequest,
    ControlSocketRequest,
    CreateSocketRequest,
    DisconnectRequest,
    ReceiveRequest,
    SendRequest,
    SocketSpec,
)
from telesock.v1.types_pb2 import SOCKET_CATEGORY_LISTENING

DATA = bytes(range(250)) * 40
"""10,000 bytes: two blocks and a part of a third."""
HERE = {"host": "127.0.0.1"}
SEND = {"direction": "DIRECTION_SEND"}
NAME = "f"


class Session(NamedTuple):
    """Where an observer looks."""

    owner: Owner
    peer: Listen


Fields = dict[str, Any] | None
"""Of a fault; None for none at all."""
Observe = Callable[[Session, Fields], Awaitable[Any]]


async def begin(session: Session, fields: Fields, **default: Any) -> None:
    """Make the fault, if there is one."""
    if fields is not None:
        if "reset" in fields:
            default.pop("target", None)  # it has no direction
        await inject(session.owner, **{"name": NAME, "seed": 5, **default, **fields})


def told(events: list[Event]) -> list[Any]:
    """All that was told of firings, but for the moments and the words for people."""
    return [
        (
            event.socket_id,
            event.operation_id,
            fault.fault,
            fault.seed,
            fault.decision,
            fault.count,
            fault.direction,
            fault.stream_offset,
            fault.delay.ToNanoseconds() if fault.HasField("delay") else None,
            fault.bytes,
        )
        for event in events
        if event.HasField("fault_fired")
        for fault in [event.fault_fired]
    ]


async def firings(session: Session) -> list[Any]:
    """End all faults, so that everything is told, and return it."""
    await session.owner.ask(ResetFaultsRequest())
    return told(await session.owner.events())


@contextlib.contextmanager
def maybe_refused() -> Iterator[None]:
    """A fault may have ended what is asked of."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        if error.code() not in (grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.NOT_FOUND):
            raise


# Bytes


async def stream(session: Session, fields: Fields) -> Any:
    """Bytes and their end are sent: what the peer got, how it ended, and what fired."""
    socket, far = await session.owner.connect(session.peer())
    await begin(session, fields, target=SEND)
    with maybe_refused():
        for start in range(0, len(DATA), 2500):
            await session.owner.start(SendRequest(socket_id=socket, data=DATA[start : start + 2500]))
        await session.owner.start(DisconnectRequest(socket_id=socket))
    await far.until_end()
    return bytes(far.received), far.saw_reset, await firings(session)


async def first_bytes(session: Session, fields: Fields) -> Any:
    """Bytes are sent, of which some leave at once: how many are held when the peer has the first."""
    socket, far = await session.owner.connect(session.peer())
    await begin(session, fields, target=SEND)
    await session.owner.start(SendRequest(socket_id=socket, data=DATA))
    await far.until_bytes(1)
    return (await shown(session.owner, NAME)).held_bytes


async def arriving(session: Session, fields: Fields) -> Any:
    """Bytes arrive: whether a receive gets them, and whether the fault fires."""
    socket, far = await session.owner.connect(session.peer())
    await begin(session, fields)
    story = await session.owner.read()
    far.send(b"arrives")
    receive = await session.owner.start(ReceiveRequest(socket_id=socket, length=7, wait_all=True))
    await story.until(lambda: bool(story.completions(receive.operation_id) or told(story.events)))
    return [event.completion.receive.data for event in story.completions(receive.operation_id)]


# Operations


async def sends(session: Session, fields: Fields) -> Any:
    """Two sockets send five times each: how each send ended, and what fired."""
    sockets = [(await session.owner.connect(session.peer()))[0] for _ in range(2)]
    await begin(session, fields, operation_failure={})
    ends = []
    for _ in range(5):
        for socket in sockets:
            with maybe_refused():
                done = await session.owner.run(SendRequest(socket_id=socket, data=b"12345678"))
                ends.append((*cause_of(done), done.transferred_bytes, *done.faults))
    return ends, await firings(session)


async def held_of(session: Session, count: int) -> int:
    """How many of so many operations the fault holds, when it has decided about all and the others have completed."""
    while True:
        state = await shown(session.owner, NAME)
        pending = (await session.owner.view()).pending_operations
        if state.decisions >= count and pending == state.held:
            return state.held


async def held_sends(session: Session, fields: Fields) -> Any:
    """Six sockets send once: how many of the completions the fault holds."""
    sockets = [(await session.owner.connect(session.peer()))[0] for _ in range(6)]
    await begin(session, fields)
    for socket in sockets:
        await session.owner.start(SendRequest(socket_id=socket, data=b"x"))
    return await held_of(session, 6)


async def places(session: Session, fields: Fields) -> Any:
    """Sends and looks at options on the two ends of a connection to a listener of the session's own, and on another one."""
    owner = session.owner
    local = await listening(owner)
    accept = await owner.start(AcceptRequest(socket_id=1))
    await owner.run(connect_to(local.host, local.port, socket_id=2))
    await owner.finish(accept)
    await owner.connect(session.peer("127.0.0.2"), socket_id=4)
    await begin(session, fields, operation_failure={})
    accepted = accept.completion.accept.socket_id or (await owner.view()).highest_socket_id
    ends = []
    for socket in (2, 4, accepted):
        for request in (
            SendRequest(socket_id=socket, data=b"x"),
            ControlSocketRequest(socket_id=socket, get={"kinds": [1]}),
        ):
            ends.append((await owner.run(request)).status)
    return ends, await firings(session)


async def listening(owner: Owner) -> Any:
    """Make socket 1 listen; return its address."""
    await owner.start(CreateSocketRequest(socket_id=1, spec=SocketSpec(category=SOCKET_CATEGORY_LISTENING)))
    return (await owner.run(BindRequest(socket_id=1, local=HERE))).bind.local
