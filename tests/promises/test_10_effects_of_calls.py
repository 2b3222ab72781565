"""What the fields of requests about sessions, events, lists and waiting do; request_fields.py lists all fields."""

import asyncio
from typing import Any

from tests.agents import RunningAgent
from tests.promises.owners import Caller, Listen, Owner

from telesock.v1.agent_pb2 import DrainRequest
from telesock.v1.events_pb2 import EVENT_KIND_COMPLETION, EVENT_KIND_DATA_RECEIVED, EventFilter
from telesock.v1.operations_pb2 import (
    CANCEL_OUTCOME_CANCELLED,
    OPERATION_STATE_COMPLETED,
    OPERATION_STATE_PENDING,
    CancelOperationRequest,
    ListOperationsRequest,
    WaitOperationRequest,
)
from telesock.v1.sessions_pb2 import (
    RETENTION_LATEST,
    RETENTION_UNTIL_ACKNOWLEDGED,
    ListSessionsRequest,
    OpenSessionRequest,
)
from telesock.v1.sockets_pb2 import (
    INDICATION_KIND_DATA,
    CreateSocketRequest,
    EventCallbacks,
    GetSocketRequest,
    ListSocketsRequest,
    ReceiveRequest,
    ReleaseRequest,
)

DATA = EventCallbacks(enable=[INDICATION_KIND_DATA], credit_bytes=4)


async def test_a_session_is_as_it_was_asked_for(owner: Owner) -> None:
    caller = Caller(owner.channel)
    asked = OpenSessionRequest(label="mine", lease_duration={"seconds": 7}, retention=RETENTION_LATEST)
    opened = await caller.ask(asked)

    default, session = (await caller.ask(ListSessionsRequest())).sessions

    assert (session.session_id, opened.lease_duration.seconds) == (opened.session_id, 7)
    assert (session.label, session.lease_duration.seconds, session.retention) == ("mine", 7, RETENTION_LATEST)
    told = (default.label, default.lease_duration.seconds, default.retention)
    assert told == ("", 30, RETENTION_UNTIL_ACKNOWLEDGED)


async def test_sockets_are_listed_as_asked(owner: Owner) -> None:
    for _ in range(5):
        await owner.start(CreateSocketRequest())

    async def listed(**fields: Any) -> list[int]:
        return [each.socket_id for each in (await owner.ask(ListSocketsRequest(**fields))).sockets]

    assert await listed() == [1, 2, 3, 4, 5]
    assert await listed(page_size=2) == [1, 2]
    assert await listed(after_socket_id=3) == [4, 5]


async def test_operations_are_listed_as_asked(owner: Owner, peer: Listen) -> None:
    socket, _ = await owner.connect(peer())
    await owner.start(ReceiveRequest(socket_id=socket, length=1))
    await owner.start(CreateSocketRequest())
    await owner.start(ReceiveRequest(socket_id=socket, length=1))

    async def listed(**fields: Any) -> list[int]:
        response = await owner.ask(ListOperationsRequest(**fields))
        return [each.operation_id for each in response.operations]

    assert await listed() == [1, 2, 3, 4]
    assert await listed(page_size=3) == [1, 2, 3]
    assert await listed(after_operation_id=1) == [2, 3, 4]
    assert await listed(pending_only=True) == [2, 4]


async def test_a_wait_lasts_as_long_as_it_was_told_to(owner: Owner, peer: Listen) -> None:
    socket, far = await owner.connect(peer())
    operation = await owner.start(ReceiveRequest(socket_id=socket, length=1))

    async def waited(**timeout: int) -> int:
        request = WaitOperationRequest(operation_id=operation.operation_id, timeout=timeout)
        state: int = (await owner.ask(request)).operation.state
        return state

    longer = asyncio.create_task(waited(seconds=60))
    assert await waited(nanos=1) == OPERATION_STATE_PENDING
    assert not longer.done()
    far.send(b"x")
    assert await longer == OPERATION_STATE_COMPLETED


async def test_a_filter_passes_the_sockets_and_the_kinds_that_it_names(owner: Owner, peer: Listen) -> None:
    for _ in range(2):
        _, far = await owner.connect(peer(), callbacks=DATA)
        far.send(b"data")
        await (await owner.read()).event("data_received")
    everything = await owner.read()
    await everything.until(lambda: len(everything.bodies("data_received")) == 2)
    last = everything.last_sequence

    async def passed(**fields: Any) -> list[tuple[int, str | None]]:
        story = await owner.read(wanted=EventFilter(**fields))
        await story.until_sequence(last)
        return [(event.socket_id, event.WhichOneof("body")) for event in story.events]

    data, done = "data_received", "completion"
    assert sorted(await passed(socket_ids=[2])) == [(2, done), (2, data)]
    assert sorted(await passed(kinds=[EVENT_KIND_DATA_RECEIVED])) == [(1, data), (2, data)]
    assert await passed(socket_ids=[1], kinds=[EVENT_KIND_COMPLETION]) == [(1, done)]


async def test_an_attachment_acknowledges_releases_and_cancels_as_the_methods_do(
    owner: Owner, peer: Listen
) -> None:
    socket, far = await owner.connect(peer(), callbacks=DATA)
    attachment = await owner.attach()
    far.send(b"data")
    sequence = (await attachment.event("data_received")).sequence
    waiting = await owner.start(ReceiveRequest(socket_id=socket, length=1))

    await attachment.write(
        acknowledge=sequence,
        releases=[ReleaseRequest(socket_id=socket, sequence=sequence)],
        cancels=[CancelOperationRequest(operation_id=waiting.operation_id)],
    )
    await attachment.until_handled(2)

    assert (await owner.view()).acknowledged_sequence == sequence
    assert (await owner.ask(GetSocketRequest(socket_id=socket))).socket.available_credit_bytes == 4
    [outcome] = attachment.cancellations
    assert (outcome.operation_id, outcome.outcome) == (waiting.operation_id, CANCEL_OUTCOME_CANCELLED)


async def test_a_drain_gives_the_grace_period_that_was_asked_for(
    agent: RunningAgent, owner: Owner, peer: Listen
) -> None:
    socket, _ = await owner.connect(peer())
    waiting = await owner.start(ReceiveRequest(socket_id=socket, length=1))
    story = await owner.read()
    serving = asyncio.create_task(agent.server.serve_until_drained())

    response = await owner.ask(DrainRequest(grace_period={"seconds": 77}))

    told = (await story.event("draining")).draining
    assert (response.grace_period.seconds, told.grace_period.seconds) == (77, 77)
    assert not serving.done()
    await owner.cancel(waiting)
    await serving
