"""Rows 19 to 22 of WSK's checklist: connections that wait for their owner's decision."""

import pytest
from tests.wire.caller import Caller, Place
from tests.wire.conftest import Dial
from tests.wire.refusals import refusal, refused
from tests.wire.story import Event, cause_of, status_of, told

from telesock.v1 import options_pb2, sockets_pb2

CONNECTION = sockets_pb2.INDICATION_KIND_CONNECTION
INSPECT_ID = options_pb2.QUERY_KIND_INSPECT_ID
CONDITIONAL = [{"conditional_accept": True}]


async def inspected(caller: Caller) -> Event:
    """Wait for a connection that is held."""
    return await caller.until(lambda event: event.HasField("connection_inspect"))


async def inspected_id(caller: Caller, number: int = 1) -> int:
    """Wait for the connection with this inspect id."""
    event = await caller.until(lambda event: event.connection_inspect.inspect_id == number)
    return event.connection_inspect.inspect_id


async def held(caller: Caller) -> tuple[int, Place]:
    """Make a listener that asks its owner."""
    return await caller.listening(options=CONDITIONAL)


async def test_row_19_the_handshake_is_done_before_the_decision_which_the_peer_cannot_see(
    caller: Caller, dial: Dial
) -> None:
    """A deviation: WSK decides before it. What comes after it is WSK's: no socket without a decision."""
    listener, place = await held(caller)
    accepting = await caller.accept(listener)

    far = await dial(place)  # returns: the peer takes itself for connected

    event = await inspected(caller)
    assert (event.socket_id, event.connection_inspect.remote.port) == (listener, far.local[1])
    assert event.connection_inspect.local.port == place.port
    assert await caller.pending(accepting)


async def test_row_20_a_connection_that_is_let_in_becomes_the_socket_of_an_accept(
    caller: Caller, dial: Dial
) -> None:
    listener, place = await held(caller)
    accepting = await caller.accept(listener)
    far = await dial(place)
    far.send(b"early")
    number = await inspected_id(caller)

    assert await caller.status(await caller.inspect_complete(listener, number, True)) == "SUCCESS"

    made = (await caller.wait(accepting)).accept
    assert (made.inspect_id, made.remote.port) == (number, far.local[1])
    reading = await caller.receive(made.socket_id, 5, wait_all=True)
    assert (await caller.wait(reading)).receive.data == b"early"


async def test_row_20_a_connection_that_is_let_in_is_indicated_where_no_accept_waits(
    caller: Caller, dial: Dial
) -> None:
    listener, place = await held(caller)
    await caller.set_event_callbacks(listener, enable=[CONNECTION])
    await dial(place)
    number = await inspected_id(caller)

    await caller.inspect_complete(listener, number, True)

    event = await caller.until(lambda event: event.HasField("connection_accepted"))
    assert event.connection_accepted.accepted.inspect_id == number


async def test_row_21_a_rejected_connection_is_reset_and_nothing_more_is_told_of_it(
    caller: Caller, dial: Dial
) -> None:
    listener, place = await held(caller)
    accepting = await caller.accept(listener)
    far = await dial(place)
    number = await inspected_id(caller)

    assert await caller.status(await caller.inspect_complete(listener, number, False)) == "SUCCESS"

    await far.until_end()
    assert far.saw_reset
    assert await caller.pending(accepting)
    assert told(await caller.events(), listener)[-1] == "INSPECT_COMPLETE 4 SUCCESS"


@pytest.mark.parametrize("leave", ["reset", "finish"])
async def test_row_21_a_peer_that_leaves_while_it_is_held_is_told_of_and_never_becomes_a_socket(
    leave: str, caller: Caller, dial: Dial
) -> None:
    listener, place = await held(caller)
    accepting = await caller.accept(listener)
    far = await dial(place)
    number = await inspected_id(caller)

    getattr(far, leave)()

    event = await caller.until(lambda event: event.HasField("connection_inspect_aborted"))
    assert (event.socket_id, event.connection_inspect_aborted.inspect_id) == (listener, number)
    completion = await caller.wait(await caller.inspect_complete(listener, number, True))
    assert (status_of(completion), cause_of(completion)[0]) == ("CONNECTION_DISCONNECTED", "PEER")
    assert await caller.pending(accepting)


async def test_row_21_a_peer_that_leaves_between_the_decision_and_an_accept_is_told_of(
    caller: Caller, dial: Dial
) -> None:
    listener, place = await held(caller)
    far = await dial(place)
    number = await inspected_id(caller)
    await caller.inspect_complete(listener, number, True)

    far.reset()

    await caller.until(lambda event: event.connection_inspect_aborted.inspect_id == number)
    await dial(place)
    await caller.inspect_complete(listener, await inspected_id(caller, 2), True)
    assert (await caller.wait(await caller.accept(listener))).accept.inspect_id == 2


@pytest.mark.parametrize("number", [0, 2, 2**64 - 1])
async def test_a_decision_about_a_connection_that_was_never_named_is_refused(
    number: int, caller: Caller, dial: Dial
) -> None:
    listener, place = await held(caller)
    await dial(place)
    await inspected_id(caller)

    code, reason, facts = await refusal(caller.inspect_complete(listener, number, True))

    assert (code, reason, facts["field"]) == ("INVALID_ARGUMENT", "MALFORMED", "inspect_id")


async def test_a_connection_is_decided_once(caller: Caller, dial: Dial) -> None:
    listener, place = await held(caller)
    await dial(place)
    number = await inspected_id(caller)
    await caller.inspect_complete(listener, number, True)

    assert await refused(caller.inspect_complete(listener, number, False)) == (
        "INVALID_ARGUMENT",
        "MALFORMED",
    )


async def test_a_listener_that_closes_resets_the_connections_that_it_holds(
    caller: Caller, dial: Dial
) -> None:
    listener, place = await held(caller)
    far = await dial(place)
    await inspected_id(caller)

    await caller.close(listener)

    await far.until_end()
    assert far.saw_reset


async def test_row_22_an_accepted_socket_tells_which_inspection_it_came_from_and_no_other_does(
    caller: Caller, dial: Dial
) -> None:
    listener, place = await held(caller)
    far = await dial(place)
    number = await inspected_id(caller)
    await caller.inspect_complete(listener, number, True)
    made = (await caller.wait(await caller.accept(listener))).accept.socket_id
    _, plain_place = await caller.listening()
    plain = await caller.connected(plain_place)

    answer = await caller.wait(await caller.query(made, INSPECT_ID))

    assert answer.control.queries.inspect_id == number
    code, reason, facts = await refusal(caller.query(plain, INSPECT_ID))
    assert (code, reason) == ("FAILED_PRECONDITION", "WRONG_STATE")
    assert facts["wsk_status"] == "STATUS_INVALID_DEVICE_REQUEST"
    far.close()
