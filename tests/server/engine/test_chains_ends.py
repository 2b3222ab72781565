"""How chains end before their time: cancelled, timed out, without their socket, with their session."""

from collections.abc import Callable

import pytest
from tests.peers import Peer
from tests.server.engine.driver import Driver
from tests.server.engine.test_chains import chain_of

from telesock.server.core.events import ChainResult, CloseResult, Completion, SocketClosed
from telesock.server.core.operations import Operation
from telesock.server.core.refusal import Reason
from telesock.server.core.requests import (
    Accept,
    Bind,
    Chain,
    Close,
    Connect,
    CreateSocket,
    Disconnect,
    Endpoint,
    Family,
    Link,
    OperationKind,
    Pattern,
    Receive,
    Resolve,
    Send,
    SocketRequest,
)
from telesock.server.core.session import SessionEnd
from telesock.server.core.states import Category
from telesock.server.core.status import Origin, Phase, Status
from telesock.server.engine.engine import CancelOutcome
from telesock.server.engine.sockets import TIMED_OUT

Listen = Callable[..., Peer]

FAR_OFF = 2**63  # nanoseconds: later than any test
MUCH = b"x" * 1_000_000


async def statuses(driver: Driver, operations: list[Operation]) -> list[Status]:
    return [(await driver.completed(each)).status for each in operations]


def culprits(driver: Driver, operations: list[Operation]) -> list[int]:
    """Because of which operation each of them was cancelled."""
    completions = [driver.completion(each) for each in operations]
    return [each.cancelled_by_operation for each in completions if each is not None]


async def stuff(driver: Driver, peer: Peer) -> int:
    """Connect to a peer that does not read, and fill the way there; return the socket."""
    connection, _ = await driver.meet(peer)
    for _ in range(8):
        driver.ask(Send(connection, MUCH))
    return connection


# Cancelled


async def test_a_chain_that_is_cancelled_before_its_moment_starts_nothing(driver: Driver) -> None:
    chain, *links = chain_of(
        driver, CreateSocket(1, Category.BASIC, Family.IPV4), Close(1), start_at_ns=FAR_OFF
    )

    assert driver.engine.cancel(driver.session, chain.operation_id) is CancelOutcome.CANCELLED

    assert await statuses(driver, [chain, *links]) == [Status.CANCELLED] * 3
    assert culprits(driver, [chain, *links]) == [0, chain.operation_id, chain.operation_id]
    assert (driver.session.sockets, driver.session.jobs) == ({}, {})


async def test_a_cancelled_chain_starts_no_hard_link_either(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer())
    chain = driver.ask(
        Chain((Link(Receive(connection, 1)), Link(Send(connection, b"never"), hard=True)), timeout=60)
    )

    assert driver.engine.cancel(driver.session, chain.operation_id) is CancelOutcome.CANCELLED

    assert (await driver.completed(chain)).result == ChainResult(0, 0)
    await driver.close(connection)
    await far.until_end()
    assert bytes(far.received) == b""


async def test_a_running_link_is_cancelled_as_any_operation_and_the_chain_ends_as_it_did(
    driver: Driver, peer: Listen
) -> None:
    connection, _ = await driver.meet(peer())
    chain, receiving, sending = chain_of(driver, Receive(connection, 1), Send(connection, b"never"))

    assert driver.engine.cancel(driver.session, receiving.operation_id) is CancelOutcome.CANCELLED

    assert await statuses(driver, [chain, receiving, sending]) == [Status.CANCELLED] * 3
    assert culprits(driver, [chain, receiving, sending]) == [0, 0, receiving.operation_id]
    await driver.close(connection)


async def test_a_link_that_cannot_be_taken_back_goes_on_and_the_others_are_cancelled_at_once(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(receive_buffer=4096, reading=False))
    chain, sending, closing = chain_of(
        driver, Send(connection, b"", pattern=Pattern(1), pattern_length=1 << 24), Close(connection)
    )

    assert driver.engine.cancel(driver.session, chain.operation_id) is CancelOutcome.TOO_LATE

    assert [bool(each.sequence) for each in (chain, sending, closing)] == [False, False, True]
    far.resume_reading()
    assert await statuses(driver, [chain, sending, closing]) == [
        Status.CANCELLED,
        Status.SUCCESS,
        Status.CANCELLED,
    ]
    assert culprits(driver, [closing]) == [chain.operation_id]
    await driver.close(connection)


# Timed out


@pytest.mark.parametrize(
    "request_of",
    [
        lambda connection: Receive(connection, 1, timeout=60),
        lambda connection: Send(connection, b"behind", timeout=60),
        lambda connection: Disconnect(connection, timeout=60),
    ],
    ids=["receive", "send", "disconnect"],
)
async def test_the_deadline_of_a_chain_ends_its_link_and_the_deadline_that_the_link_had(
    request_of: Callable[[int], SocketRequest], driver: Driver, peer: Listen
) -> None:
    connection = await stuff(driver, peer(receive_buffer=4096, reading=False))
    chain, link, behind = chain_of(driver, request_of(connection), Resolve("127.0.0.1"), timeout=0.01)
    timer = link.timer
    assert timer is not None

    assert await statuses(driver, [chain, link, behind]) == [
        Status.IO_TIMEOUT,
        Status.IO_TIMEOUT,
        Status.CANCELLED,
    ]
    assert (timer.cancelled(), link.timer) == (True, None)  # type: ignore[attr-defined]  # a TimerHandle
    assert culprits(driver, [chain, link, behind]) == [0, 0, link.operation_id]
    await driver.close(connection)


async def test_a_chain_that_times_out_starts_no_hard_link_either(driver: Driver, peer: Listen) -> None:
    connection, _ = await driver.meet(peer())
    chain = driver.ask(
        Chain(
            (Link(Receive(connection, 1)), Link(CreateSocket(9, Category.BASIC, Family.IPV4), hard=True)),
            timeout=0.01,
        )
    )

    assert (await driver.completed(chain)).status is Status.IO_TIMEOUT
    assert list(driver.session.sockets) == [connection]
    await driver.close(connection)


async def test_a_connect_and_an_accept_end_with_the_deadline_of_their_chain(
    driver: Driver, silence: Endpoint
) -> None:
    listener = driver.create(Category.LISTENING, Family.IPV4)
    await driver.completed(driver.ask(Bind(listener, Endpoint("127.0.0.1", 0))))

    for request in (Accept(listener, timeout=60), Connect(0, silence, make=True, timeout=60)):
        chain, link = chain_of(driver, request, timeout=0.01)
        assert await statuses(driver, [chain, link]) == [Status.IO_TIMEOUT] * 2

    await driver.close(listener)


# Without its socket


async def test_links_that_wait_for_a_socket_end_before_its_close_does(driver: Driver, peer: Listen) -> None:
    listener = peer()
    connection, _ = await driver.meet(listener)
    other, far = await driver.meet(listener)
    chain, receiving, sending, saying = chain_of(
        driver, Receive(other, 1), Send(connection, b"never"), Send(other, b"never")
    )

    closing = driver.ask(Close(connection))
    far.send(b"!")

    assert await statuses(driver, [sending, closing, receiving, saying, chain]) == [
        Status.CANCELLED,
        Status.SUCCESS,
        Status.SUCCESS,
        Status.CANCELLED,
        Status.CANCELLED,
    ]
    assert driver.order(sending, closing) == [0, 1]
    assert culprits(driver, [saying]) == [sending.operation_id]
    await driver.close(other)


async def test_a_chain_that_closes_its_socket_ends_what_it_still_had_for_it(
    driver: Driver, peer: Listen
) -> None:
    connection, _ = await driver.meet(peer())

    chain, closing, sending = chain_of(driver, Close(connection), Send(connection, b"never"))

    assert await statuses(driver, [chain, closing, sending]) == [
        Status.CANCELLED,
        Status.SUCCESS,
        Status.CANCELLED,
    ]
    assert isinstance(driver.told(connection, Completion)[-1].result, CloseResult)  # type: ignore[union-attr]  # a completion


# With its session


async def test_a_session_that_ends_completes_all_links_before_their_sockets(
    driver: Driver, peer: Listen
) -> None:
    listener = peer()
    first, _ = await driver.meet(listener)
    second, _ = await driver.meet(listener)
    with driver.reading():
        chain, receiving, sending = chain_of(driver, Receive(second, 1), Send(first, b"never"))

        driver.engine.sessions.end(driver.session, SessionEnd.CLOSED)

        assert await statuses(driver, [chain, receiving, sending]) == [Status.CANCELLED] * 3
        ends = [driver.told(each)[-1] for each in (first, second)]
        assert [type(each) for each in ends] == [SocketClosed, SocketClosed]
        assert driver.order(sending, receiving, chain) == [0, 1, 2]


async def test_a_session_that_ends_ends_the_lookup_that_a_chain_waits_for(driver: Driver) -> None:
    with driver.reading():
        chain, looking, closing = chain_of(driver, Resolve("127.0.0.1"), Resolve("127.0.0.1"))

        driver.engine.sessions.end(driver.session, SessionEnd.LEASE_EXPIRED)

        completions = [await driver.completed(each) for each in (chain, looking, closing)]
        assert [each.status for each in completions] == [Status.CANCELLED] * 3
        assert [each.cause and each.cause.origin for each in completions] == [Origin.DEADLINE] * 3


# Refused, and what a link says of itself


async def test_a_chain_whose_links_would_have_no_ids_is_refused(driver: Driver) -> None:
    refused = driver.refused(Chain((Link(Resolve("127.0.0.1")),)), operation_id=2**64 - 1)

    assert (refused.reason, refused.metadata["field"]) == (Reason.MALFORMED, "operation_id")
    assert (driver.session.journal.reserved, driver.session.ledger.highest_id) == (0, 0)


async def test_the_number_of_a_link_is_taken(driver: Driver) -> None:
    chain, _ = chain_of(driver, Resolve("127.0.0.1"), start_at_ns=FAR_OFF)

    refused = driver.refused(CreateSocket(0, Category.BASIC, Family.IPV4), chain.operation_id + 1)

    assert refused.reason is Reason.OPERATION_ID_REUSED


async def test_a_link_that_its_socket_refuses_names_its_own_phase(driver: Driver) -> None:
    chain, sending = chain_of(driver, Send(7, b"to nobody"))

    completion = await driver.completed(sending)

    cause = completion.cause
    assert cause is not None
    assert (completion.status, cause.origin, cause.phase) == (
        Status.INVALID_DEVICE_STATE,
        Origin.LOCAL_HOST,
        Phase.SEND,
    )
    assert cause.detail == "socket 7 was never made; the highest number is 0"
    assert (await driver.completed(chain)).result == ChainResult(0, 0)


async def test_closes_and_disconnects_of_a_chain_take_the_room_of_their_socket(
    driver: Driver, peer: Listen
) -> None:
    connection, _ = await driver.meet(peer())

    chain, *links = chain_of(driver, Disconnect(connection), Close(connection), timeout=60)

    assert await statuses(driver, [chain, *links]) == [Status.SUCCESS] * 3
    journal = driver.session.journal
    assert (journal.reserved, journal.guaranteed) == (0, 0)


async def test_a_chain_that_runs_out_of_time_between_two_links_is_why_the_rest_is_cancelled(
    driver: Driver,
) -> None:
    sockets = [CreateSocket(number, Category.BASIC, Family.IPV4) for number in (1, 2, 3)]

    chain, *links = chain_of(driver, *sockets, timeout=1e-9)  # over when the loop comes to it

    assert await statuses(driver, [chain, *links]) == [
        Status.IO_TIMEOUT,
        Status.SUCCESS,
        Status.SUCCESS,
        Status.CANCELLED,
    ]
    completion = await driver.completed(links[2])
    cause = TIMED_OUT.cause._replace(phase=Phase.BIND)
    assert completion == Completion(
        OperationKind.CREATE_SOCKET, Status.CANCELLED, 0, cause, None, chain.operation_id
    )
    for number in (1, 2):
        await driver.close(number)
