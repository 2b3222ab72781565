"""Rows 23 to 26 of WSK's checklist: connecting, its failures, its cancel, its first data, its addresses."""

import os
from collections.abc import Callable

import pytest
from tests.agents import RunningAgent
from tests.peers import Peer
from tests.ports import unused_port
from tests.wire.caller import Caller, Place
from tests.wire.kernel import connections_to
from tests.wire.refusals import refusal
from tests.wire.story import cause_of, completions, status_of, told

from telesock.v1 import types_pb2

DISCONNECT = 2  # INDICATION_KIND_DISCONNECT


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_row_23_a_connect_succeeds_when_the_connection_is_established(
    caller: Caller, peer: Callable[..., Peer], host: str
) -> None:
    listener = peer(host, accepting=False)

    completion = await caller.wait(await caller.connect(listener))

    assert status_of(completion) == "SUCCESS"
    attempts = [(each.remote.host, status_of(each)) for each in completion.connect.attempts]
    assert attempts == [(host, "SUCCESS")]


async def test_row_23_a_name_is_resolved_on_the_agent_and_each_of_its_addresses_listed(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    listener = peer()

    completion = await caller.wait(await caller.connect(Place("localhost", listener.port)))

    far = await listener.accepted()
    assert (completion.connect.local.host, completion.connect.local.port) == far.remote
    last = completion.connect.attempts[-1]
    assert (last.remote.host, last.remote.port, status_of(last)) == (*far.local, "SUCCESS")


async def test_row_23_a_bound_socket_survives_a_refused_connect_and_keeps_its_port(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    listener = peer()
    socket = await caller.bound()
    port = (await caller.socket(socket)).local.port

    completion = await caller.wait(await caller.connect_bound(socket, Place("127.0.0.1", unused_port())))

    assert cause_of(completion) == ("PEER", "CONNECT", "ECONNREFUSED")
    assert await caller.state(socket) == "BOUND"
    thief = await caller.bind(await caller.made(), "127.0.0.1", port)
    assert await caller.status(thief) == "ADDRESS_ALREADY_EXISTS"
    assert await caller.status(await caller.connect_bound(socket, listener)) == "SUCCESS"
    assert (await listener.accepted()).remote == ("127.0.0.1", port)


async def test_row_23_a_connect_that_nobody_answers_stays_pending_until_its_timeout(
    caller: Caller, peer: Callable[..., Peer], blackhole: Place
) -> None:
    unanswered = await caller.connect(blackhole)
    limited = await caller.connect(blackhole, timeout=0.05)

    completion = await caller.wait(limited)

    assert status_of(completion) == "IO_TIMEOUT"
    assert cause_of(completion) == ("DEADLINE", "CONNECT", "")
    assert await caller.pending(unanswered)
    assert await caller.state(unanswered.socket_id) == "CONNECTING"
    assert connections_to(blackhole.port).count("SYN_SENT") == 1


async def test_row_24_a_cancelled_connect_ends_at_once_and_leaves_nothing(
    caller: Caller, agent: RunningAgent, blackhole: Place
) -> None:
    operation = await caller.connect(blackhole)
    assert connections_to(blackhole.port).count("SYN_SENT") == 1

    assert await caller.cancel(operation) == "CANCELLED"

    completion = await caller.wait(operation)
    assert status_of(completion) == "CANCELLED"
    assert cause_of(completion) == ("CANCEL", "CONNECT", "")
    assert connections_to(blackhole.port).count("SYN_SENT") == 0
    assert (await caller.list_sockets(), len(agent.engine.poller)) == ([], 0)
    assert await caller.cancel(operation) == "TOO_LATE"
    assert completions(await caller.events(), operation) == [(operation.operation_id, "CANCELLED")]


async def test_row_24_a_close_while_connecting_cancels_the_connect_and_completes_after_it(
    caller: Caller, blackhole: Place
) -> None:
    socket = await caller.bound()
    connecting = await caller.connect_bound(socket, blackhole)
    assert await caller.state(socket) == "CONNECTING"

    closing = await caller.close(socket)

    assert not (await caller.wait(closing)).close.aborted
    assert connections_to(blackhole.port).count("SYN_SENT") == 0
    assert completions(await caller.events(), connecting, closing) == [
        (connecting.operation_id, "CANCELLED"),
        (closing.operation_id, "SUCCESS"),
    ]


async def test_row_25_a_connect_sends_its_initial_data_and_completes_without_waiting_for_it(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    data = os.urandom(65_535)
    listener = peer(reading=False, receive_buffer=4096)

    socket, far = await caller.meet(listener, initial_data=data)

    assert (await caller.socket(socket)).send_offset == len(data)
    assert far.received == b""
    assert await caller.status(await caller.send(socket, b"behind", stream_offset=len(data))) == "SUCCESS"
    far.resume_reading()
    await far.until_received(data + b"behind")


async def test_row_25_more_initial_data_than_65535_bytes_is_refused_and_nothing_connects(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    listener = peer()

    code, reason, facts = await refusal(caller.connect(listener, initial_data=bytes(65_536)))

    assert (code, reason) == ("INVALID_ARGUMENT", "TOO_LARGE")
    assert facts == {"field": "initial_data", "limit": "65535", "wsk_status": "STATUS_BUFFER_OVERFLOW"}
    assert connections_to(listener.port) == []


async def test_row_26_addresses_are_known_from_the_connect_on_and_remembered_after_a_reset(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    listener = peer()
    socket = await caller.bound()
    assert not (await caller.socket(socket)).HasField("remote")

    callbacks = {"enable": [DISCONNECT]}
    connecting = await caller.connect_bound(socket, listener, callbacks=callbacks)
    assert await caller.status(connecting) == "SUCCESS"
    far = await listener.accepted()
    connected = await caller.socket(socket)
    far.reset()
    await caller.until(lambda event: event.HasField("peer_disconnected"))

    gone = await caller.socket(socket)
    assert gone.state == types_pb2.SOCKET_STATE_RESET
    for each in (connected, gone):
        assert (each.local.host, each.local.port) == far.remote
        assert (each.remote.host, each.remote.port) == far.local
    assert told(await caller.events(), socket)[-1] == "PEER ABORTIVE"
