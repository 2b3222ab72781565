"""Observers see and never act; administrators end what is another's and never act in it."""

import asyncio
from typing import Any

import grpc
import pytest
from structlog.testing import capture_logs
from tests.identities import bearer, someone
from tests.promises.neighbours import (
    READING,
    REQUESTS,
    Move,
    Neighbours,
    as_observer,
    bytes_of,
    datagram_socket,
    shown_with,
    until,
)
from tests.promises.owners import TOKEN_KEY, Listen, Owner, refused

from telesock.server.core.identity import Role
from telesock.server.core.limits import Limits
from telesock.v1.agent_pb2 import DrainRequest
from telesock.v1.faults_pb2 import ListFaultsRequest
from telesock.v1.operations_pb2 import (
    GetOperationRequest,
    ListOperationsRequest,
    WaitOperationRequest,
)
from telesock.v1.sessions_pb2 import (
    CloseSessionRequest,
    GetSessionRequest,
    OpenSessionRequest,
    OpenSessionResponse,
)
from telesock.v1.sockets_pb2 import (
    CreateSocketRequest,
    GetSocketRequest,
    ListSocketsRequest,
    ReceiveFromRequest,
    ReceiveRequest,
)

NOT_FOUND = grpc.StatusCode.NOT_FOUND
DENIED = grpc.StatusCode.PERMISSION_DENIED
EXHAUSTED = grpc.StatusCode.RESOURCE_EXHAUSTED


@pytest.fixture
async def received(ann: Owner, peer: Listen) -> int:
    """The operation with which ann has received a secret."""
    socket, far = await ann.connect(peer())
    receiving = await ann.start(ReceiveRequest(socket_id=socket, length=6))
    far.send(b"secret")
    assert (await ann.finish(receiving)).receive.data == b"secret"
    return receiving.operation_id


@pytest.mark.parametrize(
    ("name", "sees"),
    [("eve", False), ("eva", True), ("kim", False)],
    ids=["observer", "granted", "administrator"],
)
async def test_an_observer_reads_everything_and_payload_only_where_it_was_granted(
    neighbours: Neighbours, ann: Owner, received: int, name: str, sees: bool
) -> None:
    observer = await as_observer(neighbours, name, ann)
    lease = neighbours.lease_of(ann.session_id)

    answers = [
        await observer.ask(request)
        for request in (
            GetSessionRequest(),
            ListSocketsRequest(),
            GetSocketRequest(socket_id=2),
            ListFaultsRequest(),
            GetOperationRequest(operation_id=received),
            ListOperationsRequest(),
            WaitOperationRequest(operation_id=received),
        )
    ]
    events = await observer.events()

    assert neighbours.lease_of(ann.session_id) == lease
    assert [event.sequence for event in events] == [event.sequence for event in await ann.events()]
    carrying = [*answers[4:], *events]
    assert [b"secret" in bytes_of([each]) for each in answers] == [False] * 4 + [sees] * 3
    assert (b"secret" in bytes_of(events)) == sees
    assert {event.completion.transferred_bytes for event in events} == {0, 6}
    assert carrying


async def test_an_owner_sees_its_own_payload(neighbours: Neighbours, ann: Owner, received: int) -> None:
    assert b"secret" in bytes_of(await ann.events())
    assert b"secret" in bytes_of([await ann.ask(GetOperationRequest(operation_id=received))])


@pytest.mark.parametrize("what", ["nothing", "her token"])
async def test_an_observer_never_acts(neighbours: Neighbours, ann: Owner, what: str) -> None:
    eve = await neighbours.caller("eve", *shown_with(ann, what))
    acting = [REQUESTS[method](session_id=ann.session_id) for method in sorted(REQUESTS.keys() - READING)]

    for request in (*acting, OpenSessionRequest(), DrainRequest()):
        with refused("ROLE_NOT_ALLOWED", DENIED):
            await eve.ask(request)
    observer = await as_observer(neighbours, "eve", ann)
    observer.metadata = eve.metadata
    attachment = await observer.attach()
    await attachment.until_ended()
    assert (attachment.code, attachment.reason) == (DENIED, "ROLE_NOT_ALLOWED")
    assert len(neighbours.agent.engine.sessions) == 1


async def test_observers_that_take_all_streams_they_may_have_leave_the_owner_its_own(move_in: Move) -> None:
    neighbours = await move_in({"limits": Limits(session_subscribers=2)})
    ann = await neighbours.opened("ann")
    eve = await as_observer(neighbours, "eve", ann)
    for _ in range(2):
        await eve.read()
    third = await eve.read()
    await third.until_ended()
    assert (third.code, third.reason) == (EXHAUSTED, "TOO_MANY_SUBSCRIBERS")

    story = await ann.read()

    await ann.run(CreateSocketRequest())
    await story.until_sequence(1)


async def test_an_observer_that_is_removed_or_loses_its_grant_loses_its_streams_and_waits(
    neighbours: Neighbours, ann: Owner
) -> None:
    socket = await datagram_socket(ann)
    pending = await ann.start(ReceiveFromRequest(socket_id=socket))
    eve, eva = await as_observer(neighbours, "eve", ann), await as_observer(neighbours, "eva", ann)
    streams = [await eve.read(), await eva.read()]
    waiting = asyncio.ensure_future(eve.ask(WaitOperationRequest(operation_id=pending.operation_id)))
    [session] = neighbours.agent.engine.sessions
    await until(lambda: bool(session.waiters))

    neighbours.people.become(neighbours.agent, someone("ann"), someone("eva", Role.OBSERVER))

    for stream in streams:
        await stream.until_ended()
        assert (stream.code, stream.reason) == (grpc.StatusCode.UNAUTHENTICATED, "CREDENTIALS_UNKNOWN")
    await ann.cancel(pending)
    with refused("CREDENTIALS_UNKNOWN", grpc.StatusCode.UNAUTHENTICATED):
        await waiting
    assert [event.sequence for event in await ann.events()] == [1, 2, 3, 4]


async def test_streams_of_the_agents_own_session_end_for_who_is_removed(neighbours: Neighbours) -> None:
    own = neighbours.agent.engine.open_own_session()
    bob = await as_observer(neighbours, "bob", Owner(await neighbours.channel("bob"), _opened(own)))
    bob.metadata = (*bearer("bob"), (TOKEN_KEY, own.token))
    attachment, stream = await bob.attach(), await bob.read()
    await attachment.until_handled(1)

    neighbours.people.become(neighbours.agent, someone("ann"))

    for each in (attachment, stream):
        await each.until_ended()
        assert (each.code, each.reason) == (grpc.StatusCode.UNAUTHENTICATED, "CREDENTIALS_UNKNOWN")
    assert own.ended is None


def _opened(own: Any) -> Any:
    return OpenSessionResponse(session_id=own.session_id, session_token=own.token)


async def test_whoever_has_the_token_of_the_agents_own_session_sees_its_payload(
    neighbours: Neighbours, peer: Listen
) -> None:
    own = neighbours.agent.engine.open_own_session()
    bob = Owner(await neighbours.channel("bob"), _opened(own))
    bob.metadata = (*bob.metadata, *bearer("bob"))
    socket, far = await bob.connect(peer())
    receiving = await bob.start(ReceiveRequest(socket_id=socket, length=6))
    far.send(b"secret")

    assert (await bob.finish(receiving)).receive.data == b"secret"
    assert b"secret" in bytes_of(await bob.events())
    await bob.close()


async def test_an_administrator_ends_the_session_of_another_who_is_told_so(
    neighbours: Neighbours, ann: Owner
) -> None:
    stream, attachment = await ann.read(), await ann.attach()
    kim = await neighbours.caller("kim")
    with capture_logs() as logs:
        await kim.ask(CloseSessionRequest(session_id=ann.session_id))

    for each in (stream, attachment):
        await each.until_ended()
        assert (each.code, each.reason, each.metadata["cause"]) == (NOT_FOUND, "SESSION_LOST", "CLOSED")
    with refused("SESSION_LOST", NOT_FOUND) as info:
        await ann.ask(GetSessionRequest())
    assert info.metadata["cause"] == "CLOSED"
    assert {
        "event": "session_closed_by_other",
        "log_level": "warning",
        "session_id": ann.session_id,
        "identity": "kim",
    } in logs


async def test_only_an_administrator_drains(neighbours: Neighbours, ann: Owner) -> None:
    draining = asyncio.ensure_future(neighbours.agent.server.serve_until_drained())
    for name in ("ann", "eve"):
        with refused("ROLE_NOT_ALLOWED", DENIED):
            await (await neighbours.caller(name)).ask(DrainRequest())
    assert not draining.done()

    request = DrainRequest()
    request.grace_period.FromSeconds(0)
    await (await neighbours.caller("kim")).ask(request)

    await asyncio.wait_for(draining, 10)
