"""What lacks room, quota or permission: refused with the limit named, without an effect, and not for long."""

import asyncio
from collections.abc import Awaitable, Callable

import grpc
import pytest
from tests.agents import RunningAgent
from tests.peers import Peer
from tests.wire.caller import Caller, Place
from tests.wire.kernel import connections_to
from tests.wire.refusals import Refusal, refusal, refused
from tests.wire.story import cause_of, status_of

from telesock.server.core.limits import Limits

MIB = 1 << 20
NO_RESOURCES = {"wsk_status": "STATUS_INSUFFICIENT_RESOURCES"}

StartAgent = Callable[..., Awaitable[RunningAgent]]
StartCaller = Callable[..., Awaitable[Caller]]


@pytest.mark.parametrize(
    ("verb", "fields", "field"),
    [
        ("send", {"data": bytes(MIB + 1)}, "data"),
        ("receive", {"length": MIB + 1}, "length"),
        ("disconnect", {"final_data": bytes(MIB + 1)}, "final_data"),
    ],
)
async def test_more_bytes_than_one_request_may_have_are_refused(
    caller: Caller, peer: Callable[..., Peer], verb: str, fields: dict[str, object], field: str
) -> None:
    socket, far = await caller.meet(peer())

    assert await refusal(getattr(caller, verb)(socket, **fields)) == Refusal(
        "INVALID_ARGUMENT",
        "TOO_LARGE",
        {"field": field, "limit": str(MIB), "wsk_status": "STATUS_BUFFER_OVERFLOW"},
    )

    assert await caller.status(await caller.disconnect(socket, b"all there was")) == "SUCCESS"
    await far.until_received(b"all there was")


async def test_more_credit_than_the_agent_gives_is_refused(caller: Caller, peer: Callable[..., Peer]) -> None:
    listener = peer()
    socket = await caller.connected(listener)
    facts = {"limit": str(16 * MIB), "wsk_status": "STATUS_BUFFER_OVERFLOW"}

    assert await refusal(caller.set_event_callbacks(socket, credit_bytes=16 * MIB + 1)) == Refusal(
        "INVALID_ARGUMENT", "TOO_LARGE", {"field": "credit_bytes", **facts}
    )
    greedy = caller.connect(listener, callbacks={"credit_bytes": 16 * MIB + 1})
    assert await refusal(greedy) == Refusal(
        "INVALID_ARGUMENT", "TOO_LARGE", {"field": "callbacks.credit_bytes", **facts}
    )
    assert (await caller.socket(socket)).available_credit_bytes == 256 * 1024


async def test_a_message_that_is_too_large_for_the_agent_is_refused_by_grpc_and_the_session_goes_on(
    caller: Caller,
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await caller.send(1, bytes(5 * MIB))

    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert await caller.made() == 1


@pytest.mark.parametrize("whose", ["socket", "agent"])
async def test_more_bytes_than_may_wait_to_be_sent_are_refused_until_some_have_left(
    start_agent: StartAgent, start_caller: StartCaller, peer: Callable[..., Peer], whose: str
) -> None:
    limit = "pending_send_bytes" if whose == "socket" else "total_pending_send_bytes"
    agent = await start_agent(limits=Limits(**{limit: 2 * MIB}))
    caller = await start_caller(agent)
    socket, far = await caller.meet(peer(reading=False, receive_buffer=4096))
    sends = []

    async def fill() -> None:
        while True:
            sends.append(await caller.send(socket, bytes(MIB)))

    facts = {"limit": str(2 * MIB), **NO_RESOURCES}
    assert await refusal(fill()) == Refusal("RESOURCE_EXHAUSTED", "TOO_MANY_PENDING_BYTES", facts)
    assert agent.engine.pending_send_bytes <= 2 * MIB
    far.resume_reading()
    for each in sends:
        assert await caller.status(each) == "SUCCESS"
    assert await caller.status(await caller.send(socket, b"again")) == "SUCCESS"
    await far.until_received(bytes(len(sends) * MIB) + b"again")


async def test_a_full_journal_refuses_operations_but_not_what_frees_and_opens_with_an_acknowledgement(
    start_agent: StartAgent, start_caller: StartCaller, peer: Callable[..., Peer]
) -> None:
    caller = await start_caller(await start_agent(limits=Limits(journal_events=4)))
    listener = peer()
    graceful, far = await caller.meet(listener)
    abortive, other = await caller.meet(listener)
    receives = [await caller.receive(graceful, 10) for _ in range(2)]

    full = Refusal(
        "RESOURCE_EXHAUSTED",
        "JOURNAL_FULL",
        {"scope": "session", "last_sequence": "2", "acknowledged_sequence": "0", **NO_RESOURCES},
    )
    assert await refusal(caller.send(graceful, b"x")) == full
    assert await refusal(caller.receive(graceful, 1)) == full
    assert await refusal(caller.create()) == full
    assert await refusal(caller.connect(listener)) == full
    assert len(listener.connections) == 2

    assert await caller.status(await caller.disconnect(graceful, b"bye")) == "SUCCESS"
    assert await caller.status(await caller.abort(abortive)) == "SUCCESS"
    assert await caller.cancel(receives[0]) == "CANCELLED"
    for socket in (graceful, abortive):
        assert await caller.status(await caller.close(socket)) == "SUCCESS"
    for each in (far, other):
        await each.until_end()
    assert (bytes(far.received), other.saw_reset) == (b"bye", True)
    assert await refused(caller.create()) == ("RESOURCE_EXHAUSTED", "JOURNAL_FULL")
    await caller.acknowledge((await caller.session()).last_sequence)
    assert await caller.status(await caller.create()) == "SUCCESS"


async def test_data_that_the_journal_has_no_room_for_stays_with_the_peer_and_is_not_lost(
    start_agent: StartAgent, start_caller: StartCaller, peer: Callable[..., Peer]
) -> None:
    caller = await start_caller(await start_agent(limits=Limits(journal_bytes=100_000)))
    socket, far = await caller.meet(peer())
    data = bytes(range(256)) * 4000
    far.send(data)
    received = b""

    while len(received) < len(data):
        receiving = await caller.receive(socket, MIB)
        received += (await caller.wait(receiving)).receive.data
        await caller.acknowledge((await caller.session()).last_sequence)

    assert received == data


async def test_a_full_agent_refuses_sockets_until_one_is_closed(
    start_agent: StartAgent, start_caller: StartCaller, peer: Callable[..., Peer]
) -> None:
    caller = await start_caller(await start_agent(limits=Limits(sockets=2)))
    listener = peer()
    first, _ = await caller.made(), await caller.made()

    full = Refusal("RESOURCE_EXHAUSTED", "TOO_MANY_SOCKETS", {"limit": "2", **NO_RESOURCES})
    assert await refusal(caller.create()) == full
    assert await refusal(caller.connect(listener)) == full
    assert connections_to(listener.port) == []
    assert await caller.status(await caller.close(first)) == "SUCCESS"
    assert await caller.connected(listener) == 3


async def test_a_full_agent_refuses_sessions_until_one_is_closed(
    start_agent: StartAgent, start_caller: StartCaller
) -> None:
    agent = await start_agent(limits=Limits(sessions=1))
    first = await start_caller(agent)
    second = Caller(agent.address)

    assert await refusal(second.open()) == Refusal("RESOURCE_EXHAUSTED", "TOO_MANY_SESSIONS", {"limit": "1"})
    await first.close_session()
    assert (await second.open()).session_id != first.session_id
    await second.channel.close()


async def test_a_literal_that_policy_does_not_allow_is_refused_and_a_name_fails_when_it_is_resolved(
    start_agent: StartAgent, start_caller: StartCaller, peer: Callable[..., Peer]
) -> None:
    listener = peer()
    caller = await start_caller(await start_agent(allow=("127.0.0.2",)))

    assert await refusal(caller.connect(listener)) == Refusal(
        "PERMISSION_DENIED",
        "DESTINATION_NOT_ALLOWED",
        {"host": "127.0.0.1", "port": str(listener.port), "wsk_status": "STATUS_ACCESS_DENIED"},
    )
    by_name = await caller.wait(await caller.connect(Place("localhost", listener.port)))
    assert (status_of(by_name), cause_of(by_name)) == ("ACCESS_DENIED", ("POLICY", "CONNECT", ""))
    assert {status_of(each) for each in by_name.connect.attempts} == {"ACCESS_DENIED"}
    assert (connections_to(listener.port), await caller.list_sockets()) == ([], [])


async def test_an_agent_that_drains_takes_no_new_work_and_still_lets_go_of_what_it_has(
    agent: RunningAgent, caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer())
    receiving = await caller.receive(socket, 10)
    draining = asyncio.create_task(agent.engine.drain(30.0))
    await caller.until(lambda event: event.HasField("draining"))

    gone = Refusal("UNAVAILABLE", "AGENT_DRAINING", {})
    assert await refusal(caller.create()) == gone
    assert await refusal(caller.connect(peer())) == gone
    assert await refusal(caller.send(socket, b"x")) == gone
    assert await refusal(caller.receive(socket, 1)) == gone
    assert await refusal(caller.open()) == gone

    assert await caller.status(await caller.disconnect(socket, b"bye")) == "SUCCESS"
    await far.until_end()
    assert (bytes(far.received), far.saw_fin) == (b"bye", True)
    far.send(b"bye too")
    far.finish()
    await draining  # at once: nothing is pending any more
    assert await refused(caller.wait(receiving)) == ("NOT_FOUND", "SESSION_LOST")
