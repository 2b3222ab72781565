"""Rows 56, 57 and 61 of WSK's checklist: what a socket tells of its peer's end, and from when on."""

from collections.abc import Callable

import pytest
from tests.peers import Peer
from tests.wire.caller import Caller
from tests.wire.refusals import refused
from tests.wire.story import Event, cause_of, status_of, told

from telesock.v1 import sockets_pb2

DATA = sockets_pb2.INDICATION_KIND_DATA
DISCONNECT = sockets_pb2.INDICATION_KIND_DISCONNECT


def of_the_peer(event: Event) -> bool:
    return event.HasField("peer_disconnected")


async def test_row_56_the_peers_graceful_end_is_told_once_after_all_its_data_and_we_may_still_send(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer(), callbacks={"enable": [DATA, DISCONNECT]})
    far.send(b"goodbye")
    far.finish()

    await caller.until(of_the_peer)

    sending = await caller.send_acknowledged(socket, b"still here")
    assert await caller.status(sending) == "SUCCESS"
    await far.until_received(b"still here")
    await caller.set_event_callbacks(socket, enable=[DISCONNECT])  # does not tell it again
    assert told(await caller.events(), socket) == [
        "CONNECT 1 SUCCESS",
        "DATA goodbye",
        "PEER GRACEFUL",
        "SEND 2 SUCCESS",
        "SET_EVENT_CALLBACKS 3 SUCCESS",
    ]


async def test_row_56_the_peers_end_is_told_only_after_the_data_before_it_was_received(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer(), callbacks={"enable": [DISCONNECT]})
    far.send(b"goodbye")
    far.finish()

    receiving = await caller.receive(socket, 100)

    await caller.until(of_the_peer)
    assert told(await caller.events(), socket) == [
        "CONNECT 1 SUCCESS",
        f"RECEIVE {receiving.operation_id} SUCCESS",
        "PEER GRACEFUL",
    ]


async def test_row_57_the_peers_reset_is_told_once_as_abortive_and_sends_fail(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer(), callbacks={"enable": [DATA, DISCONNECT]})
    far.reset()

    event = await caller.until(of_the_peer)

    cause = event.peer_disconnected.cause
    assert cause.errno_name == "ECONNRESET"
    sending = await caller.wait(await caller.send(socket, b"x"))
    assert (status_of(sending), sending.transferred_bytes) == ("CONNECTION_RESET", 0)
    assert cause_of(sending) == ("PEER", "SEND", "ECONNRESET")
    await caller.set_event_callbacks(socket, enable=[DISCONNECT])  # does not tell it again
    assert told(await caller.events(), socket) == [
        "CONNECT 1 SUCCESS",
        "PEER ABORTIVE",
        "SEND 2 CONNECTION_RESET",
        "SET_EVENT_CALLBACKS 3 SUCCESS",
    ]


async def test_row_57_our_own_disconnects_are_not_told_as_the_peers(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    listener = peer()
    stories = []
    for mode in (caller.disconnect, caller.abort):
        socket, _ = await caller.meet(listener, callbacks={"enable": [DISCONNECT]})
        await caller.wait(await mode(socket))
        await caller.wait(await caller.close(socket))
        stories.append([line.split()[0] for line in told(await caller.events(), socket)])

    assert stories == [["CONNECT", "DISCONNECT", "CLOSE"]] * 2


async def test_row_61_indications_cannot_be_enabled_before_the_socket_is_connected(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    listener = peer()
    created, bound = await caller.made(), await caller.bound()

    for socket in (created, bound):
        enabling = caller.set_event_callbacks(socket, enable=[DATA])
        assert await refused(enabling) == ("FAILED_PRECONDITION", "WRONG_STATE")
        assert list((await caller.socket(socket)).enabled_indications) == []

    assert await caller.status(await caller.connect_bound(bound, listener)) == "SUCCESS"
    (await listener.accepted()).send(b"not indicated")
    peeked = await caller.wait(await caller.receive(bound, 100, peek=True))
    assert peeked.receive.data == b"not indicated"
    assert [line.split()[0] for line in told(await caller.events(), bound)] == [
        "CREATE_SOCKET",
        "BIND",
        "CONNECT",
        "RECEIVE",
    ]


@pytest.mark.parametrize("kinds", [[DATA], [DISCONNECT], [DATA, DISCONNECT]])
async def test_row_61_enabling_tells_what_had_happened_before_and_only_the_kinds_that_were_enabled(
    caller: Caller, peer: Callable[..., Peer], kinds: list[int]
) -> None:
    socket, far = await caller.meet(peer())
    if DATA in kinds:
        far.send(b"early")
    far.finish()
    await far.until_sent()

    enabling = await caller.set_event_callbacks(socket, enable=kinds)

    assert await caller.status(enabling) == "SUCCESS"
    assert (await caller.wait(await caller.receive(socket, 10))).receive.end_of_stream
    expected = ["DATA early"] * (DATA in kinds) + ["PEER GRACEFUL"] * (DISCONNECT in kinds)
    indications = [line for line in told(await caller.events(), socket) if not line.endswith("SUCCESS")]
    assert indications == expected
