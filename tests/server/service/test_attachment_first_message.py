"""The first message of an attachment: it says where to attach, and no later one does."""

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from tests.promises.owners import Owner, command
from tests.promises.stories import error_info
from tests.server.service.attachments import attached, how_it_ended

from telesock.v1.sessions_pb2 import AttachRequest
from telesock.v1.sockets_pb2 import CreateSocketRequest

INVALID, NOT_FOUND = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND


async def test_the_first_answer_shows_the_session_as_it_was_found_and_no_later_one_does(owner: Owner) -> None:
    await owner.start(CreateSocketRequest())
    attachment = await attached(owner)
    found, attachment.session = attachment.session, None

    await attachment.write()
    await attachment.until_handled(2)

    assert found is not None
    assert (found.session_id, found.last_sequence, found.attached) == (owner.session_id, 1, True)
    assert attachment.session is None


async def test_an_attachment_without_a_first_message_is_refused(owner: Owner) -> None:
    call = owner.method("Attach")(metadata=owner.metadata)

    await call.done_writing()

    assert await call.code() == INVALID
    assert await call.details() == "session_id: an attachment's first message names its session"


@pytest.mark.parametrize(
    ("fields", "ended"),
    [
        ({"start_after": 1}, (INVALID, "SEQUENCE_AHEAD", {"last_sequence": "0"})),
        ({"boot_id": "another"}, (NOT_FOUND, "SESSION_LOST", {"cause": "AGENT_RESTARTED"})),
    ],
)
async def test_an_attachment_to_what_this_agent_never_had_is_refused(
    fields: dict[str, Any], ended: tuple[Any, str, dict[str, str]], owner: Owner
) -> None:
    attachment = await attached(owner, **fields)

    code, reason, metadata = how_it_ended(attachment)
    metadata.pop("session_id", None)
    assert (code, reason, metadata) == ended


async def test_a_refused_attachment_does_not_take_the_place_of_the_one_that_is(owner: Owner) -> None:
    attachment = await attached(owner, boot_id=owner.opened.boot_id)

    await attached(owner, start_after=1)
    await attached(owner, boot_id="another")
    await attachment.write()

    await attachment.until_handled(2)
    assert (await owner.view()).attached


async def test_a_first_message_may_bring_commands_already(owner: Owner) -> None:
    call = owner.method("Attach")(metadata=owner.metadata)

    await call.write(AttachRequest(session_id=owner.session_id, commands=[command(CreateSocketRequest())]))

    answer = await call.read()
    assert answer.session.session_id == owner.session_id
    assert (await owner.events())[0].completion == answer.batch.events[0].completion
    call.cancel()


@pytest.mark.parametrize("field", [{"session_id": "s-1"}, {"boot_id": "b"}, {"start_after": 1}])
async def test_a_later_message_that_says_where_to_attach_ends_the_attachment(
    field: dict[str, Any], owner: Owner
) -> None:
    attachment = await attached(owner)

    await attachment.call.write(AttachRequest(**field))
    await attachment.until_ended()

    assert how_it_ended(attachment)[:2] == (INVALID, "MALFORMED")
    assert not (await owner.view()).attached


@pytest.mark.parametrize("first", [True, False], ids=["first", "later"])
async def test_bytes_that_are_no_message_are_refused_as_malformed_and_not_reported_as_a_bug(
    first: bool, owner: Owner
) -> None:
    attach: Any = owner.channel.stream_stream("/telesock.v1.SessionService/Attach")
    call = attach(metadata=owner.metadata)

    if not first:
        await call.write(AttachRequest(session_id=owner.session_id).SerializeToString())
        await call.read()
    await call.write(b"\x0a\xff")
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        [_ async for _ in _messages(call)]

    assert caught.value.code() == INVALID
    assert error_info(caught.value).reason == "MALFORMED"
    assert caught.value.details() == "request: its bytes are no AttachRequest"


async def _messages(call: Any) -> AsyncIterator[bytes]:
    """Read on, as a caller does who has begun with `read`."""
    while (message := await call.read()) is not grpc.aio.EOF:
        yield message
