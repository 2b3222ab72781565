"""One attachment of an owner: what is taken in, what is answered, and how it ends."""

import asyncio
from typing import Any

import grpc
import pytest
from structlog.testing import capture_logs
from tests.agents import RunningAgent
from tests.promises.owners import Listen, Owner, command
from tests.promises.stories import told
from tests.server.service.attachments import attached, how_it_ended

from telesock.server.core.events import Draining
from telesock.server.engine.engine import Engine
from telesock.v1.operations_pb2 import (
    CANCEL_OUTCOME_NOT_FOUND,
    CancelOperationRequest,
    CancelOperationResponse,
)
from telesock.v1.sessions_pb2 import (
    REFUSED_PART_ACKNOWLEDGE,
    REFUSED_PART_COMMAND,
    REFUSED_PART_RELEASE,
    AttachRequest,
    Command,
    Refusal,
)
from telesock.v1.sockets_pb2 import (
    INDICATION_KIND_DATA,
    BindRequest,
    CreateSocketRequest,
    EventCallbacks,
    ReceiveRequest,
    ReleaseRequest,
    SendRequest,
)

INVALID = grpc.StatusCode.INVALID_ARGUMENT


# Only one attachment


async def test_the_newest_of_many_attachments_wins_and_each_older_one_is_told(owner: Owner) -> None:
    older = [await attached(owner) for _ in range(3)]
    newest = await attached(owner)

    for attachment in older:
        await attachment.until_ended()
        assert how_it_ended(attachment) == (grpc.StatusCode.ABORTED, "ATTACHMENT_REPLACED", {})
    await newest.write()
    await newest.until_handled(2)


# What is taken in


async def test_every_refusal_says_which_message_part_and_position_it_is_about_and_why(owner: Owner) -> None:
    await owner.start(CreateSocketRequest())
    attachment = await attached(owner)
    await attachment.write()

    await attachment.call.write(
        AttachRequest(
            commands=[
                command(BindRequest(operation_id=5, socket_id=9)),
                command(CreateSocketRequest(operation_id=6)),
                Command(),
            ],
            acknowledge=50,
            releases=[ReleaseRequest(socket_id=1, sequence=1), ReleaseRequest(socket_id=7)],
            cancels=[CancelOperationRequest(operation_id=99)],
        )
    )
    await attachment.until(lambda: bool(attachment.cancellations))

    facts = [
        (each.request_number, each.part, each.position, each.operation_id, each.code, each.reason)
        for each in attachment.refusals
    ]
    assert facts == [
        (3, REFUSED_PART_ACKNOWLEDGE, 0, 0, 3, "SEQUENCE_AHEAD"),
        (3, REFUSED_PART_RELEASE, 0, 0, 9, "WRONG_STATE"),
        (3, REFUSED_PART_RELEASE, 1, 0, 5, "SOCKET_UNKNOWN"),
        (3, REFUSED_PART_COMMAND, 0, 5, 5, "SOCKET_UNKNOWN"),
        (3, REFUSED_PART_COMMAND, 2, 0, 3, "MALFORMED"),
    ]
    assert attachment.refusals[3] == Refusal(
        request_number=3,
        position=0,
        part=REFUSED_PART_COMMAND,
        operation_id=5,
        code=5,
        message="socket 9 was never made; the highest number is 1",
        reason="SOCKET_UNKNOWN",
        metadata={"socket_id": "9"},
    )
    missing = CancelOperationResponse(operation_id=99, outcome=CANCEL_OUTCOME_NOT_FOUND)
    assert attachment.cancellations == [missing]
    assert [event.operation_id for event in await owner.events()] == [1, 6]


async def test_a_message_of_more_commands_than_one_may_have_ends_the_attachment_and_does_nothing(
    owner: Owner,
) -> None:
    attachment = await attached(owner)

    await attachment.write([CreateSocketRequest()] * 1025)
    await attachment.until_ended()

    assert how_it_ended(attachment)[:2] == (INVALID, "MALFORMED")
    assert attachment.metadata["field"] == "commands"
    assert (await owner.view()).highest_operation_id == 0


async def test_every_keep_alive_is_answered_with_how_much_was_taken_in(owner: Owner) -> None:
    call = owner.method("Attach")(metadata=owner.metadata)
    await call.write(AttachRequest(session_id=owner.session_id))

    handled: list[int] = []
    while not handled or handled[-1] < 3:  # a first message may be answered twice: as the first and as a mark
        answer = await call.read()
        assert answer.batch.events == []
        if not handled or answer.handled_requests > handled[-1]:
            handled.append(answer.handled_requests)
            await call.write(AttachRequest())

    assert handled[-3:] == [1, 2, 3]
    call.cancel()


async def test_what_was_accepted_before_a_bug_ended_the_stream_leaves_all_the_same(
    agent: RunningAgent, owner: Owner, peer: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket, far = await owner.connect(peer())
    attachment = await attached(owner)
    submit, submitted = agent.engine.submit, 0

    def submit_one(*arguments: Any) -> Any:
        nonlocal submitted
        submitted += 1
        if submitted > 1:
            raise KeyError("a bug")
        return submit(*arguments)

    with capture_logs(), monkeypatch.context() as patched:
        patched.setattr(agent.engine, "submit", submit_one)
        await attachment.write([SendRequest(socket_id=socket, data=b"left")] * 2)
        await attachment.until_ended()

    await far.until_received(b"left")
    assert (attachment.code, submitted) == (grpc.StatusCode.INTERNAL, 2)


# What is told


async def test_what_a_peer_has_answered_meanwhile_travels_with_what_is_told_anyway(
    agent: RunningAgent, owner: Owner, peer: Listen
) -> None:
    _, far = await owner.connect(peer(), callbacks=EventCallbacks(enable=[INDICATION_KIND_DATA]))
    attachment = await attached(owner)
    await attachment.until_sequence(1)
    [session] = agent.engine.sessions
    batches = attachment.batches

    far.send(b"echo")  # is there at once, but the loop does not know yet
    session.append(Draining(1.0), agent.engine.clock())
    await attachment.until_sequence(3)

    assert [event.WhichOneof("body") for event in attachment.events[1:]] == ["draining", "data_received"]
    assert attachment.batches == batches + 1


# The end


async def test_a_client_that_has_said_everything_is_told_the_rest_and_then_the_stream_ends(
    owner: Owner, peer: Listen
) -> None:
    socket, _ = await owner.connect(peer())
    attachment = await attached(owner)

    await attachment.write([ReceiveRequest(socket_id=socket, length=0)] * 1000 + [BindRequest(socket_id=9)])
    await attachment.call.done_writing()
    await attachment.until_ended()

    assert how_it_ended(attachment) == (grpc.StatusCode.OK, "", {})
    assert attachment.last_sequence == 1001
    assert told(attachment.events) == told(await owner.events())
    assert [(each.request_number, each.position) for each in attachment.refusals] == [(2, 1000)]
    assert attachment.handled == 2
    assert not (await owner.view()).attached


async def test_a_client_that_is_gone_leaves_no_task_and_no_attachment(
    agent: RunningAgent, owner: Owner
) -> None:
    session = next(iter(agent.engine.sessions))
    attachment = await attached(owner)

    def tasks() -> list[str]:
        return [name for task in asyncio.all_tasks() if "Attachment" in (name := repr(task.get_coro()))]

    before = tasks()
    attachment.call.cancel()
    while session.attachment is not None or session.sleeping or tasks():  # noqa: ASYNC110 - nobody is told of it
        await asyncio.sleep(0)

    assert len(before) == 2  # its reader and its writer


async def test_a_bug_in_taking_a_message_in_ends_the_attachment_with_internal(
    owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    attachment = await attached(owner)

    def broken(*arguments: object) -> None:
        raise KeyError("a secret")

    with capture_logs() as logs, monkeypatch.context() as patched:
        patched.setattr(Engine, "submit", broken)
        await attachment.write([CreateSocketRequest()])
        await attachment.until_ended()

    assert how_it_ended(attachment) == (grpc.StatusCode.INTERNAL, "", {})
    assert [entry["event"] for entry in logs] == ["stream_failed"]
    assert not (await owner.view()).attached
