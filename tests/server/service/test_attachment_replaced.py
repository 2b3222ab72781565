"""An attachment whose place is taken: it takes nothing more, wherever it stands in a message."""

import asyncio
from typing import cast

import pytest
from tests.agents import RunningAgent
from tests.promises.owners import command
from tests.server.service.attachments import Client

from telesock.server.core.refusal import Reason, Refused
from telesock.server.engine.session_table import Opening
from telesock.server.service.attachment import Attachment
from telesock.server.service.errors import Context
from telesock.v1.sessions_pb2 import AttachRequest
from telesock.v1.sockets_pb2 import CreateSocketRequest, SocketSpec
from telesock.v1.types_pb2 import SOCKET_CATEGORY_BASIC

SLICE = 256


async def test_a_replaced_attachment_takes_no_further_command_of_the_message_that_it_is_taking(
    agent: RunningAgent,
) -> None:
    session = agent.engine.open_session(Opening())
    basic = command(CreateSocketRequest(spec=SocketSpec(category=SOCKET_CATEGORY_BASIC)))
    request, client = AttachRequest(commands=[basic] * 4 * SLICE), Client(AttachRequest())
    attachment = Attachment(agent.engine, session, cast(Context, client))
    serving = asyncio.create_task(attachment.run(request, client.says()))
    while not session.ledger.highest_id:  # noqa: ASYNC110 - nobody is told of it
        await asyncio.sleep(0)

    assert session.attachment is not None
    session.attachment()
    with pytest.raises(Refused) as caught:
        await serving

    assert caught.value.reason is Reason.ATTACHMENT_REPLACED
    assert session.ledger.highest_id == SLICE
    assert client.said == 0
