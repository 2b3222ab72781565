"""Row 9 of WSK's checklist: who may bind to an address that another socket of the agent has, all 36 cells."""

import pytest
from tests.ports import free_port
from tests.wire.caller import Caller, Place
from tests.wire.conftest import Dial

from telesock.server.core.address_sharing import SHARING, Claim, Mode, Outcome
from telesock.v1 import types_pb2

OPTIONS = {
    Mode.DEFAULT: [],
    Mode.REUSE: [{"reuse_address": True}],
    Mode.EXCLUSIVE: [{"exclusive_address": True}],
}
STATUSES = {
    Outcome.GRANTED: "SUCCESS",
    Outcome.IN_USE: "ADDRESS_ALREADY_EXISTS",
    Outcome.DENIED: "ACCESS_DENIED",
}
CELLS = [(second, first) for second in SHARING for first in SHARING]


async def bound(caller: Caller, category: int, claim: Claim, port: int) -> str:
    """Make a socket, bind it as a claim says, and return how the bind ended."""
    made = await caller.create(category, options=OPTIONS[claim.mode])
    host = "0.0.0.0" if claim.wildcard else "127.0.0.1"
    return await caller.status(await caller.bind(made.socket_id, host, port))


@pytest.mark.parametrize("category", ["LISTENING", "DATAGRAM", "CONNECTION"])
@pytest.mark.parametrize(("second", "first"), CELLS)
async def test_row_09_a_second_bind_gets_what_the_table_says_against_the_first(
    second: Claim, first: Claim, category: str, caller: Caller
) -> None:
    number = types_pb2.SocketCategory.Value(f"SOCKET_CATEGORY_{category}")
    port = free_port()

    assert await bound(caller, number, first, port) == "SUCCESS"
    assert await bound(caller, number, second, port) == STATUSES[SHARING[second][first]]


async def test_row_09_two_different_specific_addresses_never_meet(caller: Caller) -> None:
    port = free_port()
    sockets = [await caller.made(types_pb2.SOCKET_CATEGORY_LISTENING) for _ in range(2)]

    for socket, host in zip(sockets, ("127.0.0.1", "127.0.0.2"), strict=True):
        assert await caller.status(await caller.bind(socket, host, port)) == "SUCCESS"


async def test_row_09_of_a_wildcard_and_a_specific_listener_the_specific_one_gets_what_is_for_it(
    caller: Caller, dial: Dial
) -> None:
    port = free_port()
    specific, wildcard = [await caller.made(types_pb2.SOCKET_CATEGORY_LISTENING) for _ in range(2)]
    await caller.status(await caller.bind(specific, "127.0.0.1", port))
    await caller.status(await caller.bind(wildcard, "0.0.0.0", port))
    accepts = [await caller.accept(each) for each in (specific, wildcard)]

    here, elsewhere = await dial(Place("127.0.0.1", port)), await dial(Place("127.0.0.2", port))

    taken = [(await caller.wait(each)).accept.remote.port for each in accepts]
    assert taken == [here.local[1], elsewhere.local[1]]


async def test_row_09_an_address_is_free_again_when_its_socket_is_closed(caller: Caller) -> None:
    listener, place = await caller.listening()
    await caller.status(await caller.close(listener))

    again = await caller.made(types_pb2.SOCKET_CATEGORY_LISTENING)
    assert await caller.status(await caller.bind(again, *place)) == "SUCCESS"
