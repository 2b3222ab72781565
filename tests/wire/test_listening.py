"""Rows 5, 11 to 18 and 69 of WSK's checklist: listeners, accepts, and connections that are indicated."""

import asyncio
import errno

import pytest
from tests.ports import free_port, unused_port
from tests.wire.caller import Caller, Place
from tests.wire.conftest import Dial
from tests.wire.refusals import refused
from tests.wire.story import Event, status_of, told

from telesock.v1 import operations_pb2, options_pb2, sockets_pb2, types_pb2

STREAM = types_pb2.SOCKET_CATEGORY_STREAM
CONNECTION = sockets_pb2.INDICATION_KIND_CONNECTION
DATA = sockets_pb2.INDICATION_KIND_DATA
DISCONNECT = sockets_pb2.INDICATION_KIND_DISCONNECT
WRONG_STATE = ("FAILED_PRECONDITION", "WRONG_STATE")


async def accepted(caller: Caller, count: int = 1) -> list[Event]:
    """Wait for so many indications of connections, and return them."""
    found: list[Event] = []

    def is_last(event: Event) -> bool:
        if event.HasField("connection_accepted"):
            found.append(event)
        return len(found) == count

    await caller.until(is_last)
    return found


async def result(caller: Caller, operation: operations_pb2.Operation) -> operations_pb2.AcceptResult:
    """Wait for an accept to succeed, and return what it yields."""
    completion = await caller.wait(operation)
    assert status_of(completion) == "SUCCESS"
    return completion.accept


async def test_row_05_a_stream_socket_refuses_until_it_listens_and_then_never_connects(
    caller: Caller, dial: Dial
) -> None:
    socket = await caller.made(STREAM)
    place = Place("127.0.0.1", free_port())
    assert await caller.status(await caller.bind(socket, *place)) == "SUCCESS"

    with pytest.raises(ConnectionRefusedError):
        await dial(place)
    assert await caller.status(await caller.listen(socket)) == "SUCCESS"
    far = await dial(place)

    assert await refused(caller.connect_bound(socket, place)) == WRONG_STATE
    made = await result(caller, await caller.accept(socket))
    assert await caller.status(await caller.send(made.socket_id, b"hello")) == "SUCCESS"
    await far.until_received(b"hello")


async def test_row_05_a_stream_socket_that_has_connected_never_listens(caller: Caller) -> None:
    _, place = await caller.listening()
    socket = await caller.made(STREAM)
    await caller.status(await caller.bind(socket))

    assert await caller.status(await caller.connect_bound(socket, place)) == "SUCCESS"

    assert await refused(caller.listen(socket)) == WRONG_STATE
    assert await refused(caller.accept(socket)) == WRONG_STATE
    assert await caller.status(await caller.send(socket, b"x")) == "SUCCESS"


async def test_row_05_a_stream_socket_that_failed_to_connect_may_still_listen(
    caller: Caller, dial: Dial
) -> None:
    socket = await caller.made(STREAM)
    binding = await caller.wait(await caller.bind(socket))
    nobody = Place("127.0.0.1", unused_port())

    assert await caller.status(await caller.connect_bound(socket, nobody)) == "CONNECTION_REFUSED"

    assert await caller.status(await caller.listen(socket)) == "SUCCESS"
    await dial(Place("127.0.0.1", binding.bind.local.port))
    assert (await result(caller, await caller.accept(socket))).local == binding.bind.local


async def test_row_11_a_listener_takes_connections_from_its_bind_on(caller: Caller, dial: Dial) -> None:
    listener, place = await caller.listening()

    far = await dial(place)  # nobody has asked for an accept

    assert await caller.state(listener) == "LISTENING"
    made = await result(caller, await caller.accept(listener))
    assert (made.local.port, made.remote.port) == (place.port, far.local[1])


async def test_row_12_accepts_are_served_in_order_each_with_a_socket_and_both_addresses(
    caller: Caller, dial: Dial
) -> None:
    listener, place = await caller.listening()
    accepts = [await caller.accept(listener) for _ in range(3)]
    peers = [await dial(place) for _ in range(3)]

    made = [await result(caller, accept) for accept in accepts]

    assert [(each.local.port, each.remote.port) for each in made] == [
        (place.port, peer.local[1]) for peer in peers
    ]
    assert len({each.socket_id for each in made}) == 3
    assert min(each.socket_id for each in made) >= 2**63
    for each, peer in zip(made, peers, strict=True):
        await caller.send(each.socket_id, b"you")
        await peer.until_received(b"you")


async def test_row_13_a_cancelled_accept_completes_once_and_loses_no_connection(
    caller: Caller, dial: Dial
) -> None:
    listener, place = await caller.listening()
    cancelled = await caller.accept(listener)

    assert await caller.cancel(cancelled) == "CANCELLED"
    far = await dial(place)

    assert await caller.status(cancelled) == "CANCELLED"
    assert (await result(caller, await caller.accept(listener))).remote.port == far.local[1]


async def test_row_13_of_an_accept_and_its_cancel_that_race_one_wins_and_the_connection_is_there(
    caller: Caller, dial: Dial
) -> None:
    listener, place = await caller.listening()
    won = set()
    for _ in range(20):
        accepting = await caller.accept(listener)
        far, outcome = await asyncio.gather(dial(place), caller.cancel(accepting))
        completion = await caller.wait(accepting)
        won.add(status_of(completion))
        assert (outcome == "CANCELLED") == (status_of(completion) == "CANCELLED")
        if status_of(completion) == "CANCELLED":
            completion = await caller.wait(await caller.accept(listener))
        assert completion.accept.remote.port == far.local[1]

    assert won <= {"SUCCESS", "CANCELLED"}


async def test_row_14_each_connection_is_indicated_once_with_its_addresses(
    caller: Caller, dial: Dial
) -> None:
    listener, place = await caller.listening()
    await caller.set_event_callbacks(listener, enable=[CONNECTION])

    peers = [await dial(place) for _ in range(3)]

    events = await accepted(caller, 3)
    found = [each.connection_accepted.accepted for each in events]
    assert [(each.local.port, each.remote.port) for each in found] == [
        (place.port, peer.local[1]) for peer in peers
    ]
    assert {each.socket_id for each in events} == {listener}
    assert [each async for each in _in_order(caller, len(found))] == [each.socket_id for each in found]


async def _in_order(caller: Caller, count: int):  # type: ignore[no-untyped-def]  # an asynchronous generator of numbers
    """The numbers of the accepted sockets, lowest first."""
    numbers = [number for number in await caller.list_sockets() if number >= 2**63]
    assert len(numbers) == count
    for number in sorted(numbers):
        yield number


async def test_row_14_no_more_connections_are_indicated_than_there_is_credit_and_none_is_lost(
    caller: Caller, dial: Dial
) -> None:
    listener, place = await caller.listening()
    await caller.set_event_callbacks(listener, enable=[CONNECTION], credit_connections=2)
    for _ in range(3):
        await dial(place)
    first, second = await accepted(caller, 2)
    await caller.until(lambda event: event.HasField("credit_stalled"))

    assert (await caller.socket(listener)).available_credit_connections == 0
    await caller.release(second)

    assert len(await accepted(caller, 3)) == 3
    assert told(await caller.events(), listener).count("STALLED STALL_REASON_CREDIT") == 1
    assert first.sequence < second.sequence


async def test_row_15_a_pending_accept_goes_before_an_indication(caller: Caller, dial: Dial) -> None:
    listener, place = await caller.listening()
    await caller.set_event_callbacks(listener, enable=[CONNECTION])
    accepting = await caller.accept(listener)

    first, second = await dial(place), await dial(place)

    assert (await result(caller, accepting)).remote.port == first.local[1]
    [indicated] = await accepted(caller)
    assert indicated.connection_accepted.accepted.remote.port == second.local[1]


async def test_row_16_a_refused_connection_is_reset_and_its_socket_is_gone(
    caller: Caller, dial: Dial
) -> None:
    listener, place = await caller.listening()
    await caller.set_event_callbacks(listener, enable=[CONNECTION])
    far = await dial(place)
    [indicated] = await accepted(caller)

    await caller.release(indicated, refuse=True)

    await far.until_end()
    assert far.error == errno.ECONNRESET
    socket = indicated.connection_accepted.accepted.socket_id
    assert await refused(caller.send(socket, b"x")) == ("NOT_FOUND", "SOCKET_CLOSED")
    assert told(await caller.events(), socket) == []


async def test_row_17_only_sockets_that_were_indicated_inherit_what_the_listener_indicates(
    caller: Caller, dial: Dial
) -> None:
    listener, place = await caller.listening()
    await caller.set_event_callbacks(listener, enable=[CONNECTION, DATA, DISCONNECT], credit_bytes=5000)
    accepting = await caller.accept(listener)
    peers = [await dial(place), await dial(place)]
    taken = (await result(caller, accepting)).socket_id
    [indicated] = await accepted(caller)
    given = indicated.connection_accepted.accepted.socket_id

    for peer in peers:
        peer.send(b"hello")
        peer.finish()

    await caller.until(lambda event: event.HasField("peer_disconnected"))
    assert told(await caller.events(), given) == ["DATA hello", "PEER GRACEFUL"]
    assert told(await caller.events(), taken) == []
    assert list((await caller.socket(given)).enabled_indications) == [DATA, DISCONNECT]
    assert list((await caller.socket(taken)).enabled_indications) == []


async def test_row_17_what_a_listener_hands_on_cannot_be_disabled_there_but_on_the_socket(
    caller: Caller, dial: Dial
) -> None:
    listener, place = await caller.listening()
    await caller.set_event_callbacks(listener, enable=[CONNECTION, DATA])

    assert await refused(caller.set_event_callbacks(listener, disable=[DATA])) == WRONG_STATE
    assert await caller.status(await caller.set_event_callbacks(listener, disable=[CONNECTION])) == "SUCCESS"
    assert await caller.status(await caller.set_event_callbacks(listener, enable=[CONNECTION])) == "SUCCESS"
    far = await dial(place)
    [indicated] = await accepted(caller)
    given = indicated.connection_accepted.accepted.socket_id
    assert await caller.status(await caller.set_event_callbacks(given, disable=[DATA])) == "SUCCESS"
    far.send(b"quiet")
    reading = await caller.receive(given, 5, wait_all=True)

    assert (await caller.wait(reading)).receive.data == b"quiet"


async def test_row_18_a_listener_that_goes_with_its_session_is_told_of_once(
    caller: Caller, dial: Dial
) -> None:
    listener, place = await caller.listening()
    accepting = await caller.accept(listener)

    ending = asyncio.create_task(caller.until(lambda event: event.HasField("socket_closed")))
    await caller.pending(accepting)
    await caller.close_session()

    assert (await ending).socket_id == listener
    with pytest.raises(ConnectionRefusedError):
        await dial(place)


async def test_closing_a_listener_leaves_the_accepted_sockets_alone(caller: Caller, dial: Dial) -> None:
    listener, place = await caller.listening()
    accepting, waiting = await caller.accept(listener), await caller.accept(listener)
    far = await dial(place)
    made = (await result(caller, accepting)).socket_id

    assert await caller.status(await caller.close(listener)) == "SUCCESS"

    assert await caller.status(waiting) == "CANCELLED"
    assert told(await caller.events(), listener)[-2:] == ["ACCEPT 4 CANCELLED", "CLOSE 5 SUCCESS"]
    await caller.send(made, b"alive")
    await far.until_received(b"alive")


async def test_connections_that_nobody_has_accepted_are_reset_when_their_listener_closes(
    caller: Caller, dial: Dial
) -> None:
    listener, place = await caller.listening()
    far = await dial(place)

    await caller.close(listener)

    await far.until_end()
    assert far.saw_reset


async def test_row_69_accepted_sockets_inherit_keep_alive_and_the_receive_buffer(
    caller: Caller, dial: Dial
) -> None:
    listener, place = await caller.listening(
        options=[{"keep_alive": {"enabled": True}}, {"receive_buffer_bytes": 20_000}]
    )
    await dial(place)
    made = (await result(caller, await caller.accept(listener))).socket_id

    answer = await caller.wait(
        await caller.get_options(
            made,
            options_pb2.SOCKET_OPTION_KIND_KEEP_ALIVE,
            options_pb2.SOCKET_OPTION_KIND_RECEIVE_BUFFER_BYTES,
        )
    )

    keep_alive, buffer = answer.control.options
    assert keep_alive.keep_alive.enabled
    assert 20_000 <= buffer.receive_buffer_bytes < 60_000


async def test_an_accepted_socket_indicates_what_its_accept_asked_for(caller: Caller, dial: Dial) -> None:
    listener, place = await caller.listening()
    accepting = await caller.accept(listener, callbacks={"enable": [DATA], "credit_bytes": 3})
    far = await dial(place)

    far.send(b"hello")

    made = (await result(caller, accepting)).socket_id
    await caller.until(lambda event: event.HasField("credit_stalled"))
    assert told(await caller.events(), made) == ["DATA hel", "STALLED STALL_REASON_CREDIT"]


async def test_an_accept_that_times_out_loses_no_connection(caller: Caller, dial: Dial) -> None:
    listener, place = await caller.listening()

    assert await caller.status(await caller.accept(listener, timeout=0.001)) == "IO_TIMEOUT"

    far = await dial(place)
    assert (await result(caller, await caller.accept(listener))).remote.port == far.local[1]


async def test_the_backlog_bounds_the_connections_that_wait(caller: Caller, dial: Dial) -> None:
    _, place = await caller.listening(options=[{"backlog": 1}])
    for _ in range(2):  # Linux lets one more wait than the backlog says
        await dial(place)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await dial(place)
