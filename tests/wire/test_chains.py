"""Chains through gRPC: what starts when, what the peer sees of it, and what is told of each link."""

import time
from collections.abc import Callable
from typing import Any

from tests.peers import Peer
from tests.ports import unused_port
from tests.wire.caller import Caller
from tests.wire.refusals import refusal
from tests.wire.story import Operation, status_of

Listen = Callable[..., Peer]


def connect(number: int, port: int) -> dict[str, Any]:
    return {"connect": {"socket_id": number, "spec": {}, "remote": {"host": "127.0.0.1", "port": port}}}


def send(number: int, data: bytes) -> dict[str, Any]:
    return {"send": {"socket_id": number, "data": data}}


async def statuses(caller: Caller, operations: list[Operation]) -> list[str]:
    """How the operations of a chain ended, the chain first."""
    return [await caller.status(operation) for operation in operations]


async def test_a_chain_connects_sends_disconnects_and_closes_in_one_request(
    caller: Caller, peer: Listen
) -> None:
    listener = peer()

    chain = await caller.chain(
        connect(1, listener.port),
        send(1, b"hello"),
        {"disconnect": {"socket_id": 1, "final_data": b", bye"}},
        {"close": {"socket_id": 1}},
        operation_id=10,
    )

    assert [each.operation_id for each in chain] == [10, 11, 12, 13, 14]
    assert await statuses(caller, chain) == ["SUCCESS"] * 5
    far = await listener.accepted()
    await far.until_end()
    assert bytes(far.received) == b"hello, bye"
    completion = await caller.wait(chain[0])
    assert (completion.chain.rounds, completion.chain.HasField("failed_link")) == (1, False)
    order = [event.operation_id for event in await caller.events()]
    assert order == [11, 12, 13, 14, 10]


async def test_the_rest_of_a_chain_is_cancelled_because_of_the_link_that_failed(caller: Caller) -> None:
    chain = await caller.chain(
        connect(1, unused_port()), send(1, b"never"), {"close": {"socket_id": 1}}, operation_id=10
    )

    assert await statuses(caller, chain) == [
        "CONNECTION_REFUSED",
        "CONNECTION_REFUSED",
        "CANCELLED",
        "CANCELLED",
    ]
    completions = [await caller.wait(operation) for operation in chain]
    assert [each.cancelled_by_operation for each in completions] == [0, 0, 11, 11]
    assert (completions[0].chain.rounds, completions[0].chain.failed_link) == (0, 0)


async def test_a_hard_link_goes_on_after_a_failure(caller: Caller, peer: Listen) -> None:
    listener = peer()

    chain = await caller.chain(
        connect(1, unused_port()), connect(2, listener.port), send(2, b"on"), hard=True
    )

    assert await statuses(caller, chain) == ["CONNECTION_REFUSED", "CONNECTION_REFUSED", "SUCCESS", "SUCCESS"]
    await (await listener.accepted()).until_received(b"on")


async def test_a_link_whose_state_forbids_it_completes_instead_of_being_refused(
    caller: Caller, peer: Listen
) -> None:
    connection, _ = await caller.meet(peer())

    chain = await caller.chain(
        {"disconnect": {"socket_id": connection}}, send(connection, b"after our end"), send(99, b"nobody")
    )

    assert (await statuses(caller, chain))[1:] == ["SUCCESS", "INVALID_DEVICE_STATE", "CANCELLED"]


async def test_a_malformed_link_refuses_the_whole_chain_and_nothing_of_it_happens(
    caller: Caller, peer: Listen
) -> None:
    listener = peer()

    _, reason, facts = await refusal(
        caller.chain(connect(1, listener.port), {"receive": {"socket_id": 1, "drain": True, "length": 5}})
    )

    assert (reason, facts["link"]) == ("MALFORMED", "1")
    session = await caller.session()
    assert (session.highest_operation_id, session.sockets, listener.connections) == (0, 0, [])


async def test_a_chain_does_not_start_before_its_moment(caller: Caller, peer: Listen) -> None:
    listener = peer()
    moment = time.monotonic_ns() + 200_000_000  # the agent runs on this host, and so does its clock

    chain = await caller.chain(connect(1, listener.port), start_at_ns=moment)

    assert await statuses(caller, chain) == ["SUCCESS", "SUCCESS"]
    first = (await caller.events())[0]
    assert first.monotonic_ns >= moment


async def test_the_timeout_of_a_chain_ends_the_link_that_runs_and_all_behind_it(
    caller: Caller, peer: Listen
) -> None:
    connection, far = await caller.meet(peer())

    chain = await caller.chain(
        {"receive": {"socket_id": connection, "length": 1}}, send(connection, b"late"), timeout=0.05
    )

    assert await statuses(caller, chain) == ["IO_TIMEOUT", "IO_TIMEOUT", "CANCELLED"]
    assert bytes(far.received) == b""


async def test_a_repeated_chain_has_one_completion_and_tells_of_its_progress(
    caller: Caller, peer: Listen
) -> None:
    connection, far = await caller.meet(peer())

    [chain] = await caller.chain(
        send(connection, b"ab"),
        repeat={"count": 100, "progress_every": 25, "interval": {"nanos": 100_000}},
    )

    completion = await caller.wait(chain)
    assert (status_of(completion), completion.transferred_bytes) == ("SUCCESS", 200)
    assert completion.chain.rounds == 100
    assert await far.until_bytes(200) == b"ab" * 100
    story = [event for event in await caller.events() if event.operation_id == chain.operation_id]
    progress = [(each.chain_progress.rounds, each.chain_progress.transferred_bytes) for each in story[:-1]]
    assert progress == [(25, 50), (50, 100), (75, 150), (100, 200)]


async def test_a_repeated_chain_ends_with_the_round_that_fails(caller: Caller, peer: Listen) -> None:
    connection, far = await caller.meet(peer())
    [chain] = await caller.chain(
        send(connection, b"x"), repeat={"count": 2**32 - 1, "interval": {"nanos": 1_000_000}}
    )
    await far.until_bytes(3)

    far.reset()

    completion = await caller.wait(chain)
    assert status_of(completion) == "CONNECTION_RESET"
    assert completion.chain.rounds >= 3
    assert completion.chain.failed_link == 0


async def test_a_cancelled_chain_ends_its_running_link_and_starts_no_other(
    caller: Caller, peer: Listen
) -> None:
    connection, far = await caller.meet(peer())
    chain = await caller.chain({"receive": {"socket_id": connection, "length": 1}}, send(connection, b"x"))

    assert await caller.cancel(chain[0]) == "CANCELLED"

    assert await statuses(caller, chain) == ["CANCELLED"] * 3
    assert bytes(far.received) == b""


async def test_a_close_completes_the_links_that_wait_for_its_socket_before_itself(
    caller: Caller, peer: Listen
) -> None:
    connection, _ = await caller.meet(peer())
    chain = await caller.chain({"receive": {"socket_id": connection, "length": 1}}, send(connection, b"x"))

    closing = await caller.close(connection)

    assert await statuses(caller, [*chain, closing]) == ["CANCELLED", "CANCELLED", "CANCELLED", "SUCCESS"]
    story = [event for event in await caller.events() if event.socket_id == connection]
    assert story[-1].operation_id == closing.operation_id


async def test_the_same_chain_again_is_the_chain_that_was(caller: Caller, peer: Listen) -> None:
    connection, far = await caller.meet(peer())

    chain = await caller.chain(send(connection, b"once"), operation_id=20)
    again = await caller.chain(send(connection, b"once"), operation_id=20)

    assert [each.operation_id for each in again] == [each.operation_id for each in chain] == [20, 21]
    await caller.wait(chain[0])
    await caller.close(connection)
    await far.until_end()
    assert bytes(far.received) == b"once"


async def test_a_chain_that_is_asked_for_again_leaves_out_the_links_that_are_forgotten(
    caller: Caller, peer: Listen
) -> None:
    connection, _ = await caller.meet(peer())
    commands = (send(connection, b"x"), {"receive": {"socket_id": connection, "length": 1}})
    chain = await caller.chain(*commands, operation_id=20)
    await caller.wait(chain[1])
    await caller.acknowledge((await caller.session()).last_sequence)

    again = await caller.chain(*commands, operation_id=20)

    assert [each.operation_id for each in again] == [20, 22]
    await caller.close(connection)


async def test_the_rounds_of_a_repeated_chain_are_an_interval_apart(caller: Caller, peer: Listen) -> None:
    connection, _ = await caller.meet(peer())
    before = time.monotonic_ns()

    [chain] = await caller.chain(
        send(connection, b"x"), repeat={"count": 5, "interval": {"nanos": 20_000_000}}
    )

    assert await caller.status(chain) == "SUCCESS"
    [done] = [event for event in await caller.events() if event.operation_id == chain.operation_id]
    assert done.monotonic_ns - before >= 4 * 20_000_000
