"""A client that does not read what it is answered: the attachment then takes in no more, and keeps no more."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import cast

import pytest
from tests.server.service.attachments import Client

from telesock.server.engine.engine import Engine
from telesock.server.engine.session_table import Opening
from telesock.server.engine.sessions import HeldSession
from telesock.server.service.attachment import _MOST_ANSWERS, Attachment
from telesock.server.service.errors import Context
from telesock.server.service.slices import Slices
from telesock.server.service.wire.events import encode_event
from telesock.v1.operations_pb2 import CancelOperationRequest
from telesock.v1.sessions_pb2 import AttachRequest, Command
from telesock.v1.sockets_pb2 import BindRequest, ReleaseRequest

EACH = 100
ANSWERED = {
    "releases": AttachRequest(releases=[ReleaseRequest(socket_id=1)] * EACH),
    "cancels": AttachRequest(cancels=[CancelOperationRequest(operation_id=1)] * EACH),
    "commands": AttachRequest(commands=[Command(bind=BindRequest(socket_id=1))] * EACH),
}


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    engine = Engine(encode_event)
    yield engine
    engine.close()


@pytest.fixture
async def session(engine: Engine) -> HeldSession:
    return engine.open_session(Opening())


async def turn_until(happened: Callable[[], bool]) -> None:
    """Let the loop turn until something is so of which nobody is told."""
    while not happened():  # noqa: ASYNC110 - nobody is told of it
        await asyncio.sleep(0)


async def settled(client: Client) -> int:
    """Let the loop turn until nothing more was said for many turns; return how much was."""
    said, quiet = -1, 0
    while quiet < 1000:
        quiet = quiet + 1 if client.said == said else 0
        said = client.said
        await asyncio.sleep(0)
    return said


@pytest.fixture(params=ANSWERED)
def client(request: pytest.FixtureRequest) -> Client:
    return Client(ANSWERED[request.param])


@pytest.fixture
async def serving(
    engine: Engine, session: HeldSession, client: Client
) -> AsyncIterator["asyncio.Task[None]"]:
    attachment = Attachment(engine, Slices(), session, cast(Context, client))
    serving = asyncio.create_task(attachment.run(AttachRequest(), client.says()))
    yield serving
    serving.cancel()
    await asyncio.wait([serving])
    assert session.attachment is None


@pytest.mark.usefixtures("serving")
async def test_a_client_that_reads_no_answer_is_heard_no_more_once_so_many_wait(client: Client) -> None:
    waiting = await settled(client) * EACH

    one_message_on_its_way = _MOST_ANSWERS
    assert _MOST_ANSWERS < waiting <= one_message_on_its_way + _MOST_ANSWERS + 2 * EACH


@pytest.mark.usefixtures("serving")
async def test_a_client_that_reads_again_is_heard_again_and_told_everything_once(client: Client) -> None:
    await settled(client)

    client.reading.set()
    await turn_until(lambda: client.said > 100)
    client.reading.clear()
    said = await settled(client)
    client.reading.set()
    await turn_until(lambda: client.answered() >= said * EACH)

    handled = [answer.handled_requests for answer in client.answers]
    assert handled == sorted(handled)
    assert max(len(answer.refusals) for answer in client.answers) <= _MOST_ANSWERS
    assert max(len(answer.cancellations) for answer in client.answers) <= _MOST_ANSWERS
    positions = [each.position for answer in client.answers for each in answer.refusals]
    assert positions == [number % EACH for number in range(len(positions))]


async def test_an_attachment_that_nobody_reads_can_still_be_replaced(
    session: HeldSession, client: Client, serving: "asyncio.Task[None]"
) -> None:
    await settled(client)

    assert session.attachment is not None
    session.attachment()

    await asyncio.wait([serving])
    assert "a newer attachment has taken this one's place" in str(serving.exception())


@pytest.mark.usefixtures("serving")
async def test_a_message_counts_as_handled_only_when_all_it_was_answered_is_told(client: Client) -> None:
    await settled(client)
    client.reading.set()
    await turn_until(lambda: len(client.answers) > 20)

    told = 0
    for answer in client.answers:
        told += len(answer.refusals) + len(answer.cancellations)
        assert (answer.handled_requests - 1) * EACH <= told  # the first message had nothing to be answered
