"""Rows 42 to 46, 48, 60, 62 and 63 of WSK's checklist: what a socket tells unasked, and how a client holds it up."""

from collections.abc import Callable

from tests.peers import Peer
from tests.wire.caller import Caller
from tests.wire.conftest import Dial
from tests.wire.refusals import refused
from tests.wire.story import Event, told

from telesock.v1 import sockets_pb2

DATA = sockets_pb2.INDICATION_KIND_DATA
DISCONNECT = sockets_pb2.INDICATION_KIND_DISCONNECT
CONNECTION = sockets_pb2.INDICATION_KIND_CONNECTION
WRONG_STATE = ("FAILED_PRECONDITION", "WRONG_STATE")
Listen = Callable[..., Peer]
INDICATING = {"callbacks": {"enable": [DATA]}}


async def indicated(caller: Caller, data: bytes) -> Event:
    """Wait for an indication of these bytes."""
    return await caller.until(lambda event: event.data_received.data == data)


async def all_data(caller: Caller) -> bytes:
    """Everything that was indicated, in its order."""
    return b"".join(event.data_received.data for event in await caller.events())


async def test_row_42_what_is_indicated_is_what_was_sent_in_order(caller: Caller, peer: Listen) -> None:
    _, far = await caller.meet(peer(), **INDICATING)
    pieces = [bytes([number]) * 1000 for number in range(50)]

    for piece in pieces:
        far.send(piece)
    far.send(b"end")

    await caller.until(lambda event: event.data_received.data.endswith(b"end"))
    assert await all_data(caller) == b"".join(pieces) + b"end"


async def test_row_43_a_receive_that_waits_goes_before_an_indication(caller: Caller, peer: Listen) -> None:
    connection, far = await caller.meet(peer(), **INDICATING)
    waiting = await caller.receive(connection, 5, wait_all=True)

    far.send(b"firstsecond")

    assert (await caller.wait(waiting)).receive.data == b"first"
    await indicated(caller, b"second")


async def test_row_44_the_rest_of_a_partly_taken_indication_comes_after_the_next_receive(
    caller: Caller, peer: Listen
) -> None:
    connection, far = await caller.meet(peer(), **INDICATING)
    far.send(b"0123456789")
    first = await indicated(caller, b"0123456789")

    await caller.release(first, accepted_bytes=3)
    far.send(b"abc")
    assert told(await caller.events(), connection)[-1] == "DATA 0123456789"
    await caller.status(await caller.receive(connection, 0))

    await caller.until(lambda event: event.data_received.data.endswith(b"abc"))
    assert await all_data(caller) == b"0123456789" + b"3456789abc"


async def test_row_45_refused_data_is_kept_slows_the_peer_down_and_arrives_whole(
    caller: Caller, peer: Listen
) -> None:
    connection, far = await caller.meet(peer(), **INDICATING)
    far.send(b"refused")
    first = await indicated(caller, b"refused")

    await caller.release(first, refuse=True)
    sent = b"x" * 20_000_000  # more than both kernels hold
    far.send(sent)
    assert told(await caller.events(), connection)[-1] == "DATA refused"
    await caller.status(await caller.set_event_callbacks(connection, disable=[DATA]))

    wanted = 7 + len(sent)
    found = bytearray()
    while len(found) < wanted:
        reading = await caller.receive(connection, min(1 << 20, wanted - len(found)), wait_all=True)
        found += (await caller.wait(reading)).receive.data
        await caller.acknowledge((await caller.session()).last_sequence)
    assert bytes(found) == b"refused" + sent


async def test_row_46_data_is_retained_until_it_is_released_and_a_second_release_changes_nothing(
    caller: Caller, peer: Listen
) -> None:
    connection, far = await caller.meet(peer(), callbacks={"enable": [DATA], "credit_bytes": 10})
    far.send(b"0123456789more")
    first = await indicated(caller, b"0123456789")
    assert (await caller.socket(connection)).available_credit_bytes == 0

    await caller.release(first)
    second = await indicated(caller, b"more")

    assert await caller.release(first) == 6
    assert await caller.release(second) == 10


async def test_row_48_a_socket_that_was_taken_away_is_told_of_and_only_then_unknown(
    caller: Caller, peer: Listen
) -> None:
    """What takes a socket away here is its session's end; a reset is the connection's end, not the socket's."""
    connection, far = await caller.meet(peer(), **INDICATING)
    far.reset()
    failed = await caller.receive(connection, 1)
    assert await caller.status(failed) == "CONNECTION_RESET"

    assert await caller.state(connection) == "RESET"
    assert await caller.status(await caller.close(connection)) == "SUCCESS"
    assert await refused(caller.receive(connection, 1)) == ("NOT_FOUND", "SOCKET_CLOSED")


async def test_row_60_nothing_of_a_socket_is_told_after_its_close(caller: Caller, peer: Listen) -> None:
    connection, far = await caller.meet(peer(), **INDICATING)
    far.send(b"x" * 100_000)
    closing = await caller.close(connection)
    far.close()
    await caller.wait(closing)

    story = [event for event in await caller.events() if event.socket_id == connection]
    assert story[-1].operation_id == closing.operation_id


async def test_row_62_after_a_kind_was_disabled_nothing_of_it_follows_and_the_data_waits(
    caller: Caller, peer: Listen
) -> None:
    connection, far = await caller.meet(peer(), **INDICATING)
    far.send(b"before")
    await indicated(caller, b"before")

    assert await caller.status(await caller.set_event_callbacks(connection, disable=[DATA])) == "SUCCESS"
    far.send(b"after")
    reading = await caller.receive(connection, 5, wait_all=True)

    assert (await caller.wait(reading)).receive.data == b"after"
    assert await all_data(caller) == b"before"


async def test_row_63_what_a_session_enables_before_its_first_socket_every_socket_indicates_for_good(
    caller: Caller, peer: Listen, dial: Dial
) -> None:
    listener = peer()
    enabling = await caller.set_event_callbacks(0, enable=[DATA, DISCONNECT, CONNECTION])
    assert await caller.status(enabling) == "SUCCESS"

    connection, far = await caller.meet(listener)
    _, place = await caller.listening()
    coming = await dial(place)
    far.send(b"to the one that connected")
    coming.send(b"to the one that was accepted")

    await indicated(caller, b"to the one that connected")
    await indicated(caller, b"to the one that was accepted")
    assert await refused(caller.set_event_callbacks(connection, disable=[DATA])) == WRONG_STATE


async def test_row_63_once_there_was_a_socket_the_session_cannot_be_changed(caller: Caller) -> None:
    socket_id = await caller.made()

    assert await refused(caller.set_event_callbacks(0, enable=[DATA])) == WRONG_STATE
    await caller.status(await caller.close(socket_id))
    assert await refused(caller.set_event_callbacks(0, enable=[DATA])) == WRONG_STATE
