"""An accepted request is answered with its operation without waiting for the network, a peer or a subscriber.

The network here never answers, the peers never read, and the subscribers never take what they are sent.
"""

import asyncio

import pytest
from tests.agents import RunningAgent
from tests.peers import Peer, PeerConnection
from tests.promises.owners import MIB, STALLING, Listen, Owner, connect_to

from telesock.server.engine.resolver import Resolver
from telesock.v1.operations_pb2 import (
    CANCEL_OUTCOME_CANCELLED,
    CANCEL_OUTCOME_TOO_LATE,
    OPERATION_STATE_COMPLETED,
    OPERATION_STATE_PENDING,
    CancelOperationRequest,
    CancelOperationResponse,
    GetOperationRequest,
    Operation,
)
from telesock.v1.sockets_pb2 import (
    INDICATION_KIND_DATA,
    SEND_LEVEL_ACKNOWLEDGED,
    CloseRequest,
    CreateSocketRequest,
    DisconnectRequest,
    EventCallbacks,
    ReceiveRequest,
    SendRequest,
)
from telesock.v1.types_pb2 import PHASE_RESOLVE, STATUS_CANCELLED, STATUS_SUCCESS

LARGE = EventCallbacks(enable=[INDICATION_KIND_DATA], credit_bytes=16 * MIB)


def pending(operation: Operation) -> bool:
    return operation.state == OPERATION_STATE_PENDING and not operation.HasField("completion")


async def test_a_connect_that_nobody_answers_is_answered_to_the_client_who_does_not_even_listen(
    owner: Owner, unanswered: int
) -> None:
    operation = await owner.start(connect_to("127.0.0.1", unanswered))

    assert pending(operation)


async def test_a_connect_by_name_is_answered_while_no_name_can_be_resolved(
    agent: RunningAgent, owner: Owner
) -> None:
    agent.engine.resolver = Resolver(agent.engine.loop, threads=0)  # as if all were busy

    operation = await owner.start(connect_to("localhost", 1))
    await owner.cancel(operation)

    assert pending(operation)
    completion = await owner.finish(operation)
    assert (completion.status, completion.cause.phase) == (STATUS_CANCELLED, PHASE_RESOLVE)


@pytest.mark.parametrize(
    "request_",
    [
        SendRequest(data=bytes(MIB)),
        SendRequest(data=b"x", level=SEND_LEVEL_ACKNOWLEDGED),
        ReceiveRequest(length=1),
        ReceiveRequest(drain=True),
        DisconnectRequest(),
        DisconnectRequest(final_data=bytes(MIB)),
        CloseRequest(graceful=True),
    ],
    ids=lambda request: f"{type(request).__name__} {str(request)[:20]}".strip(),
)
async def test_what_a_stalled_peer_holds_up_is_answered_before_it_is_done(
    owner: Owner, peer: Listen, request_: SendRequest
) -> None:
    socket, _ = await owner.connect(peer(**STALLING))
    for _ in range(7):
        await owner.start(SendRequest(socket_id=socket, data=bytes(MIB)))  # more than both kernels take
    request_.socket_id = socket

    operation = await owner.start(request_)

    assert pending(operation)
    stored = await owner.ask(GetOperationRequest(operation_id=operation.operation_id))
    assert stored.operation == operation


async def test_an_answer_that_says_complete_has_the_completion_that_is_also_an_event(owner: Owner) -> None:
    operation = await owner.start(CreateSocketRequest())

    assert operation.state == OPERATION_STATE_COMPLETED
    [event] = await owner.events()
    assert (event.sequence, event.operation_id) == (operation.completion_sequence, operation.operation_id)
    assert event.completion == operation.completion
    assert event.completion.status == STATUS_SUCCESS


async def test_no_command_of_a_batch_waits_for_another(owner: Owner, peer: Listen, unanswered: int) -> None:
    listener, attachment = peer(), await owner.attach()

    await attachment.write(
        [
            connect_to("127.0.0.1", unanswered, operation_id=1, socket_id=1),
            connect_to(listener.host, listener.port, operation_id=2, socket_id=2),
            ReceiveRequest(operation_id=3, socket_id=2, length=1),
            SendRequest(operation_id=4, socket_id=2, data=b"too early"),
        ]
    )

    assert (await attachment.completion(Operation(operation_id=2))).status == STATUS_SUCCESS
    assert attachment.completions(1) == []
    assert [refusal.operation_id for refusal in attachment.refusals] == [3, 4]  # it was not connected yet


async def test_the_outcome_of_a_cancel_is_told_though_nothing_else_happens(
    owner: Owner, peer: Listen, unanswered: int
) -> None:
    socket, _ = await owner.connect(peer())
    attachment = await owner.attach()

    await attachment.write(
        [ReceiveRequest(operation_id=2, socket_id=socket, length=1)],
        cancels=[CancelOperationRequest(operation_id=1)],
    )

    await attachment.until(lambda: bool(attachment.cancellations))
    assert attachment.cancellations == [
        CancelOperationResponse(operation_id=1, outcome=CANCEL_OUTCOME_TOO_LATE)
    ]


async def flooded(owner: Owner, listener: Peer) -> PeerConnection:
    """Let a peer send the session more events than the streams of a subscriber who never reads can take."""
    _, far = await owner.connect(listener, callbacks=LARGE)
    far.send(bytes(15 * MIB))
    await far.until_sent()
    return far


async def test_a_subscriber_who_never_reads_delays_no_handle(owner: Owner, peer: Listen) -> None:
    listener = peer()
    call = owner.stream()
    await flooded(owner, listener)

    _, far = await owner.connect(listener)

    assert not far.ended
    call.cancel()


async def test_an_attachment_whose_events_nobody_reads_still_takes_commands(
    owner: Owner, peer: Listen
) -> None:
    listener, attachment = peer(), await owner.attach(reading=False)
    await flooded(owner, listener)

    socket, far = await owner.connect(listener)
    await attachment.write([SendRequest(socket_id=socket, data=b"taken")])

    await far.until_received(b"taken")
    attachment.call.cancel()


async def test_a_wait_for_an_operation_holds_up_no_other_call(owner: Owner, unanswered: int) -> None:
    operation = await owner.start(connect_to("127.0.0.1", unanswered))

    waiting = asyncio.create_task(owner.finish(operation))
    outcome = await owner.cancel(operation)

    assert outcome == CANCEL_OUTCOME_CANCELLED
    assert (await waiting).status == STATUS_CANCELLED
