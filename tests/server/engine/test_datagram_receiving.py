"""Receives of datagrams: one each, in their order, cut where they are larger, taken back, and with room."""

import select
from collections.abc import Callable

import pytest
from tests.datagram_peers import DatagramPeer
from tests.server.engine.agents import Agent
from tests.server.engine.datagrams import (
    bound,
    engines,
    fix,
    indicate,
    received,
    send,
    taken,
    until_waiting,
)
from tests.server.engine.driver import Driver, failed

from telesock.server.core.events import (
    Completion,
    CreditStalled,
    Datagram,
    ReceiveFromResult,
    SendToResult,
    StallReason,
)
from telesock.server.core.journal import EVENT_COST
from telesock.server.core.limits import Limits
from telesock.server.core.options import OptionKind
from telesock.server.core.requests import Endpoint, OperationKind, ReceiveFrom, SendTo
from telesock.server.core.status import Origin, Phase, Status
from telesock.server.engine.engine import CancelOutcome

MakesPeer = Callable[..., DatagramPeer]

KIB = 1024
REFUSED = (Status.CONNECTION_REFUSED, Origin.PEER, Phase.RECEIVE, "ECONNREFUSED")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_a_receive_tells_what_arrived_who_sent_it_and_where_it_was_sent_to(
    driver: Driver, host: str, datagram_peer: MakesPeer
) -> None:
    near, place = bound(driver, host)
    far = datagram_peer(host)

    far.send(b"hello", place)

    assert await received(driver, near) == Datagram(b"hello", far.place, place)


async def test_of_a_socket_bound_to_the_wildcard_the_local_address_is_the_one_that_was_sent_to(
    driver: Driver, far: DatagramPeer
) -> None:
    near, place = bound(driver, "0.0.0.0")

    far.send(b"hello", Endpoint("127.0.0.2", place.port))

    assert (await received(driver, near)).local == Endpoint("127.0.0.2", place.port)


async def test_receives_are_served_in_the_order_of_their_requests(driver: Driver, far: DatagramPeer) -> None:
    near, place = bound(driver)
    operations = [driver.ask(ReceiveFrom(near)) for _ in range(3)]

    for data in (b"one", b"two", b"three"):
        far.send(data, place)

    datagrams = [await taken(driver, operation) for operation in operations]
    assert [each.data for each in datagrams] == [b"one", b"two", b"three"]
    assert driver.order(*operations) == [0, 1, 2]


async def test_what_arrived_before_a_receive_is_there_for_it_at_once(
    driver: Driver, far: DatagramPeer
) -> None:
    near, place = bound(driver)
    far.send(b"early", place)
    await until_waiting(driver, near)

    operation = driver.ask(ReceiveFrom(near))

    assert operation.sequence
    assert (await taken(driver, operation)).data == b"early"


async def test_an_empty_datagram_is_one(driver: Driver, far: DatagramPeer) -> None:
    near, place = bound(driver)
    far.send(b"", place)

    completion = await driver.completed(driver.ask(ReceiveFrom(near)))

    result = ReceiveFromResult(Datagram(b"", far.place, place))
    assert completion == Completion(OperationKind.RECEIVE_FROM, Status.SUCCESS, 0, None, result)


async def test_a_datagram_larger_than_wanted_is_cut_and_its_rest_is_lost(
    driver: Driver, far: DatagramPeer
) -> None:
    near, place = bound(driver)
    far.send(b"0123456789", place)
    far.send(b"next", place)

    cut, following = await received(driver, near, 4), await received(driver, near, 4)

    assert cut == Datagram(b"0123", far.place, place, truncated=True)
    assert following == Datagram(b"next", far.place, place)


async def test_a_length_of_zero_takes_the_largest_datagram_that_there_is(
    driver: Driver, far: DatagramPeer
) -> None:
    near, place = bound(driver)
    largest = bytes(65_507)  # less the headers

    far.send(largest, place)

    assert await received(driver, near) == Datagram(largest, far.place, place)


async def test_many_datagrams_are_taken_in_turns_and_none_is_lost(driver: Driver, far: DatagramPeer) -> None:
    near, place = bound(driver)
    datas = [b"%d" % number for number in range(150)]
    for data in datas:
        far.send(data, place)
    operations = [driver.ask(ReceiveFrom(near)) for _ in datas]

    await driver.completed(operations[-1])

    assert [(await taken(driver, operation)).data for operation in operations] == datas


# Taken back


async def test_a_cancelled_receive_has_no_datagram_and_leaves_it_to_the_next(
    driver: Driver, far: DatagramPeer
) -> None:
    near, place = bound(driver)
    first, second = driver.ask(ReceiveFrom(near)), driver.ask(ReceiveFrom(near))

    outcome = driver.engine.cancel(driver.session, first.operation_id)
    far.send(b"hello", place)

    completion = await driver.completed(first)
    assert (outcome, completion.result) == (CancelOutcome.CANCELLED, ReceiveFromResult(None))
    assert failed(completion) == (Status.CANCELLED, Origin.CANCEL, Phase.RECEIVE, "")
    assert (await taken(driver, second)).data == b"hello"


async def test_a_receive_that_times_out_has_no_datagram(driver: Driver) -> None:
    near, _ = bound(driver)

    completion = await driver.completed(driver.ask(ReceiveFrom(near, timeout=0.001)))

    assert completion.result == ReceiveFromResult(None)
    assert failed(completion) == (Status.IO_TIMEOUT, Origin.DEADLINE, Phase.RECEIVE, "")
    assert engines(driver, near).pending == 0


# Errors that earlier datagrams bring back


async def closed_port(driver: Driver, near: int, far: DatagramPeer) -> None:
    """Fix a socket to a port that is closed then."""
    fix(driver, near, OptionKind.FIXED_REMOTE, far.place)
    far.close()


def until_error(driver: Driver, near: int) -> None:
    """Wait, without a turn of the loop, until the kernel has an error for a socket."""
    descriptor = engines(driver, near).descriptor
    assert descriptor is not None
    poll = select.poll()
    poll.register(descriptor, 0)
    assert poll.poll() == [(descriptor.fileno(), select.POLLERR)]


async def test_a_port_that_is_closed_fails_the_first_pending_receive_only(
    driver: Driver, far: DatagramPeer
) -> None:
    near, _ = bound(driver)
    await closed_port(driver, near, far)
    first, second = driver.ask(ReceiveFrom(near)), driver.ask(ReceiveFrom(near))

    send(driver, near, b"anybody?")

    completion = await driver.completed(first)
    assert (failed(completion), completion.result) == (REFUSED, ReceiveFromResult(None))
    assert second.sequence == 0


async def test_the_error_waits_for_a_receive_that_is_asked_for_afterwards(
    driver: Driver, far: DatagramPeer
) -> None:
    near, _ = bound(driver)
    await closed_port(driver, near, far)
    send(driver, near, b"anybody?")
    until_error(driver, near)
    driver.engine.look()

    assert failed(await driver.completed(driver.ask(ReceiveFrom(near)))) == REFUSED


async def test_an_indication_passes_the_error_over(
    driver: Driver, far: DatagramPeer, other: DatagramPeer
) -> None:
    near, place = bound(driver)
    indicate(driver, near)
    await closed_port(driver, near, far)
    send(driver, near, b"anybody?")
    until_error(driver, near)
    driver.engine.look()

    receive = driver.ask(ReceiveFrom(near))
    fix(driver, near, OptionKind.FIXED_REMOTE, None)
    other.send(b"hello", place)

    assert (await taken(driver, receive)).data == b"hello"


async def test_a_send_that_meets_the_error_succeeds_and_hands_it_to_the_pending_receive(
    driver: Driver, far: DatagramPeer, other: DatagramPeer
) -> None:
    near, _ = bound(driver)
    await closed_port(driver, near, far)
    receive = driver.ask(ReceiveFrom(near))
    send(driver, near, b"to nobody")
    until_error(driver, near)

    sent = send(driver, near, b"to somebody", to=other.place)

    done = Completion(OperationKind.SEND_TO, Status.SUCCESS, 11, None, SendToResult(1))
    assert driver.completion(sent) == done
    assert failed(await driver.completed(receive)) == REFUSED
    await other.until_heard(b"to somebody")


# Room


async def test_a_datagram_stays_with_the_kernel_until_the_journal_has_room_for_it(
    agent: Agent, far: DatagramPeer
) -> None:
    driver = agent.start(Limits(journal_bytes=64 * KIB))
    near, place = bound(driver)
    far.send(bytes(40 * KIB), place)
    far.send(bytes(30 * KIB), place)
    first, second = driver.ask(ReceiveFrom(near)), driver.ask(ReceiveFrom(near))
    assert len((await taken(driver, first)).data) == 40 * KIB
    await driver.until(lambda: bool(driver.told(near, CreditStalled)))
    before = second.sequence

    driver.session.acknowledge(first.sequence)

    assert (before, len((await taken(driver, second)).data)) == (0, 30 * KIB)
    assert driver.told(near, CreditStalled) == [CreditStalled(StallReason.JOURNAL)]


async def test_a_small_datagram_needs_no_room_for_a_large_one(agent: Agent, far: DatagramPeer) -> None:
    driver = agent.start(Limits(journal_bytes=8 * EVENT_COST))
    near, place = bound(driver)

    far.send(b"small", place)

    assert (await received(driver, near)).data == b"small"


async def test_an_empty_datagram_needs_no_room_at_all(agent: Agent, far: DatagramPeer) -> None:
    driver = agent.start(Limits(journal_bytes=3 * EVENT_COST))
    near, place = bound(driver)
    operation = driver.ask(ReceiveFrom(near))
    assert driver.session.journal.byte_room(1) == 0

    far.send(b"", place)

    assert (await taken(driver, operation)).data == b""


async def test_a_send_and_its_answer_are_two_operations_of_one_socket(
    driver: Driver, far: DatagramPeer
) -> None:
    near, place = bound(driver)
    driver.submit(SendTo(near, (b"ping",), far.place))
    answer = driver.ask(ReceiveFrom(near))
    await far.until_heard(b"ping")
    assert far.sources == [place]

    far.send(b"pong", far.sources[0])

    assert (await taken(driver, answer)).data == b"pong"
