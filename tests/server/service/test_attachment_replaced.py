"""An attachment whose place or whose session is gone: it takes nothing more, wherever it stands in a message."""

import asyncio
from typing import cast

import pytest
from tests.agents import RunningAgent
from tests.promises.owners import command
from tests.server.service.attachments import Client

from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.session import SessionEnd
from telesock.server.engine.session_table import Opening
from telesock.server.engine.sessions import HeldSession
from telesock.server.service.attachment import Attachment
from telesock.server.service.errors import Context
from telesock.server.service.slices import Slices
from telesock.v1.sessions_pb2 import AttachRequest
from telesock.v1.sockets_pb2 import CreateSocketRequest, SocketSpec
from telesock.v1.types_pb2 import SOCKET_CATEGORY_BASIC

SLICE = 512
BASIC = command(CreateSocketRequest(spec=SocketSpec(category=SOCKET_CATEGORY_BASIC)))


@pytest.fixture
async def session(agent: RunningAgent) -> HeldSession:
    return agent.engine.open_session(Opening())


async def begun(agent: RunningAgent, session: HeldSession, client: Client) -> "asyncio.Task[None]":
    """Attach with a message of two slices, of which the first is taken."""
    attachment = Attachment(agent.engine, Slices(), session, cast(Context, client))
    first = AttachRequest(commands=[BASIC] * 2 * SLICE)
    serving = asyncio.create_task(attachment.run(first, client.says()))
    while not session.ledger.highest_id:  # noqa: ASYNC110 - nobody is told of it
        await asyncio.sleep(0)
    return serving


async def test_a_replaced_attachment_takes_no_further_command_of_the_message_that_it_is_taking(
    agent: RunningAgent, session: HeldSession
) -> None:
    client = Client(AttachRequest())
    serving = await begun(agent, session, client)

    assert session.attachment is not None
    session.attachment()
    with pytest.raises(Refused) as caught:
        await serving

    assert caught.value.reason is Reason.ATTACHMENT_REPLACED
    assert session.ledger.highest_id == SLICE
    assert client.said == 0


@pytest.mark.parametrize("reads", [True, False])
async def test_an_attachment_takes_no_further_command_when_its_session_has_ended(
    reads: bool, agent: RunningAgent, session: HeldSession
) -> None:
    client = Client(AttachRequest(commands=[BASIC]))
    if reads:
        client.reading.set()
    serving = await begun(agent, session, client)

    agent.engine.sessions.end(session, SessionEnd.CLOSED)
    for _ in range(10):
        await asyncio.sleep(0)
    client.reading.set()
    await serving

    assert session.ledger.highest_id == SLICE
    assert agent.engine.sockets == 0
    assert session.journal.entry(1) is None
