"""What has brought down others who tunnel connections, done to an agent on purpose.

A dial that nobody answers stays for ever; one peer that does not read holds up everybody on the same stream; a close
that got lost leaves its connection behind. The fourth, an observer slower than what is retained, stands in
test_05_resume.py and test_05_watch_guarantees.py.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.agents import RunningAgent
from tests.promises.owners import MIB, STALLING, Attachment, Listen, Open, connect_to
from tests.promises.test_06_cut_off import attach_again
from tests.relays import Relay

from telesock.server.core.limits import Limits
from telesock.v1.operations_pb2 import ListOperationsRequest, Operation
from telesock.v1.sockets_pb2 import CloseRequest, ListSocketsRequest, ReceiveRequest, SendRequest
from telesock.v1.types_pb2 import PHASE_CONNECT, STATUS_IO_TIMEOUT, STATUS_SUCCESS


async def test_dials_that_nobody_answers_end_by_themselves_and_leave_nothing(
    start_agent: Any, open_owner: Open, unanswered: int, peer: Listen
) -> None:
    agent = await start_agent(limits=Limits(default_connect_timeout=0.2))
    owner = await open_owner(agent.address)

    dials = [await owner.start(connect_to("127.0.0.1", unanswered)) for _ in range(20)]
    answered, _ = await owner.connect(peer())

    ends = [await owner.finish(dial) for dial in dials]
    assert {(end.status, end.cause.phase) for end in ends} == {(STATUS_IO_TIMEOUT, PHASE_CONNECT)}
    assert [socket.socket_id for socket in (await owner.ask(ListSocketsRequest())).sockets] == [answered]
    assert list((await owner.ask(ListOperationsRequest(pending_only=True))).operations) == []


async def test_a_peer_that_does_not_read_holds_up_no_other_socket_of_the_same_session_and_stream(
    agent: RunningAgent, open_owner: Open, peer: Listen
) -> None:
    owner = await open_owner(agent.address)
    stalled, _ = await owner.connect(peer(**STALLING))
    lively, far = await owner.connect(peer())
    attachment = await owner.attach()
    last = (await owner.view()).highest_operation_id
    await attachment.write(
        [SendRequest(operation_id=last + n, socket_id=stalled, data=bytes(MIB)) for n in range(1, 4)]
    )

    for number in range(last + 10, last + 60, 2):
        await attachment.write(
            [
                SendRequest(operation_id=number, socket_id=lively, data=b"ask"),
                ReceiveRequest(operation_id=number + 1, socket_id=lively, length=6, wait_all=True),
            ]
        )
        far.send(b"answer")
        done = await attachment.completion(Operation(operation_id=number + 1))
        assert (done.status, done.receive.data) == (STATUS_SUCCESS, b"answer")

    assert far.received == b"ask" * 25
    assert attachment.completions(last + 3) == []  # it did stall, all the time


async def test_a_close_that_got_lost_is_said_again_and_leaves_nothing_behind(
    agent: RunningAgent, open_owner: Open, relay: Callable[[str], Awaitable[Relay]], peer: Listen
) -> None:
    way, listener = await relay(agent.address), peer()
    owner = await open_owner(way.address)
    stories: list[Attachment] = []
    for number in range(1, 11):
        attachment = await attach_again(owner, stories[-1].last_sequence if stories else 0)
        stories.append(attachment)
        connect = connect_to(listener.host, listener.port, operation_id=2 * number, socket_id=number)
        await attachment.write([connect])
        await attachment.completion(Operation(operation_id=2 * number))
        far = await listener.accepted()
        close = CloseRequest(operation_id=2 * number + 1, socket_id=number)
        await attachment.write([close])
        way.cut()  # with the close on its way, or there, or its completion on the way back
        await attachment.until_ended()
        stories.append(await attach_again(owner, attachment.last_sequence))
        if not attachment.completions(2 * number + 1):
            await stories[-1].write([close])
            await stories[-1].completion(Operation(operation_id=2 * number + 1))
        await far.until_end()

    closes = [event.operation_id for story in stories for event in story.bodies("completion")]
    assert sorted(closes) == list(range(2, 22))
    assert agent.engine.sockets == 0
