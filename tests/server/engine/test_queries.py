"""Queries of real sockets: what waits in which direction, the kernel's view, the host's addresses, an inspection's number."""

from collections.abc import Awaitable, Callable

import pytest
from tests.peers import Peer, PeerConnection
from tests.server.engine.controls import control, query
from tests.server.engine.driver import Driver, failed
from tests.server.engine.listeners import CONDITIONAL, accepted, inspected, listening

from telesock.server.core.events import InterfaceAddress, SocketQueries
from telesock.server.core.options import QueryKind
from telesock.server.core.refusal import Reason
from telesock.server.core.requests import (
    Accept,
    Bind,
    Control,
    Disconnect,
    Endpoint,
    Family,
    Indications,
    InspectComplete,
    Receive,
    Send,
    SendLevel,
)
from telesock.server.core.states import Category, State
from telesock.server.core.status import Origin, Phase, Status
from telesock.server.engine.tcp_info import unread_bytes

Listen = Callable[..., Peer]
Dial = Callable[[Endpoint], Awaitable[PeerConnection]]
Q = QueryKind
OF_CONNECTIONS = (Q.RECEIVE_BACKLOG, Q.UNSENT, Q.UNACKNOWLEDGED, Q.IDEAL_SEND_BACKLOG)
ANYWHERE = Endpoint("127.0.0.1", 0)


async def until_arrived(driver: Driver, socket_id: int, count: int) -> None:
    """Wait until the kernel has so many bytes for a connection."""
    descriptor = driver.connection(socket_id).descriptor
    assert descriptor is not None, "it is connected"
    await driver.until_seen(lambda: unread_bytes(descriptor) >= count)


async def test_only_what_was_asked_is_answered(driver: Driver, peer: Listen) -> None:
    socket_id, _ = await driver.meet(peer())

    assert query(driver, socket_id, Q.UNSENT) == SocketQueries(unsent_bytes=0)
    assert query(driver, socket_id, Q.RECEIVE_BACKLOG, Q.UNACKNOWLEDGED) == SocketQueries(
        receive_backlog_bytes=0, unacknowledged_bytes=0
    )


async def test_row_41_the_receive_backlog_is_what_has_arrived_less_what_was_received(
    driver: Driver, peer: Listen
) -> None:
    socket_id, far = await driver.meet(peer())
    far.send(b"0123456789")
    await until_arrived(driver, socket_id, 10)

    before = query(driver, socket_id, Q.RECEIVE_BACKLOG).receive_backlog_bytes
    await driver.completed(driver.ask(Receive(socket_id, 4)))
    after = query(driver, socket_id, Q.RECEIVE_BACKLOG).receive_backlog_bytes

    assert (before, after) == (10, 6)


async def test_refused_data_is_of_the_receive_backlog_too(driver: Driver, peer: Listen) -> None:
    socket_id, far = await driver.meet(peer(), Indications.DATA, credit=100)
    far.send(b"0123456789")
    await driver.until_indicated(socket_id, b"0123456789")
    driver.release(socket_id, b"0123456789", accepted=3)
    far.send(b"abcde")
    await until_arrived(driver, socket_id, 5)

    assert query(driver, socket_id, Q.RECEIVE_BACKLOG).receive_backlog_bytes == 12


async def test_what_the_peer_takes_no_more_of_is_unsent_and_unacknowledged_and_nothing_else(
    driver: Driver, peer: Listen
) -> None:
    socket_id, far = await driver.meet(peer(receive_buffer=4096, reading=False))
    piece = b"x" * (1 << 20)
    sending = [driver.ask(Send(socket_id, piece, level=SendLevel.ACKNOWLEDGED)) for _ in range(8)]

    def counted() -> int:
        found = query(driver, socket_id, Q.UNSENT, Q.UNACKNOWLEDGED, Q.TCP_INFO)
        assert (found.unsent_bytes or 0) > driver.connection(socket_id).sends.unsent > 0
        assert found.tcp_info is not None
        acknowledged = found.tcp_info.acknowledged_bytes - 1  # the SYN
        return (found.unsent_bytes or 0) + (found.unacknowledged_bytes or 0) + acknowledged

    await driver.until_seen(lambda: counted() == 8 << 20)  # the kernel is asked for one after the other
    far.resume_reading()
    await driver.completed(sending[-1])
    assert query(driver, socket_id, Q.UNSENT, Q.UNACKNOWLEDGED) == SocketQueries(
        unsent_bytes=0, unacknowledged_bytes=0
    )


async def test_row_30_the_ideal_send_backlog_is_the_congestion_window_in_bytes(
    driver: Driver, peer: Listen
) -> None:
    socket_id, _ = await driver.meet(peer())

    found = query(driver, socket_id, Q.IDEAL_SEND_BACKLOG, Q.TCP_INFO)

    assert found.tcp_info is not None
    assert found.ideal_send_backlog_bytes == (
        found.tcp_info.congestion_window * found.tcp_info.send_segment_bytes
    )
    assert found.ideal_send_backlog_bytes > 0


@pytest.mark.parametrize("kind", OF_CONNECTIONS)
async def test_a_socket_without_a_connection_is_not_asked_about_one(driver: Driver, kind: QueryKind) -> None:
    bound, listener = driver.create(), listening(driver)[0]
    datagram = driver.create(Category.DATAGRAM)
    driver.ask(Bind(bound, ANYWHERE))

    for socket_id in (bound, listener, datagram):
        refused = driver.refused(Control(socket_id, queries=(kind,)))
        assert (refused.reason, refused.metadata["wsk_status"]) == (
            Reason.WRONG_STATE,
            "STATUS_INVALID_DEVICE_STATE",
        )


async def test_a_socket_that_was_aborted_has_no_connection_any_more(driver: Driver, peer: Listen) -> None:
    socket_id, _ = await driver.meet(peer())
    driver.ask(Disconnect(socket_id, abortive=True))

    for kind in (*OF_CONNECTIONS, Q.TCP_INFO):
        assert driver.refused(Control(socket_id, queries=(kind,))).reason is Reason.WRONG_STATE


async def test_what_the_network_has_ended_fails_a_query_as_it_does_a_receive(
    driver: Driver, peer: Listen
) -> None:
    socket_id, far = await driver.meet(peer())
    far.reset()
    await driver.until_state(socket_id, State.RESET)

    reset = (Status.CONNECTION_RESET, Origin.PEER, Phase.BIND, "ECONNRESET")
    assert failed(control(driver, Control(socket_id, queries=(Q.UNSENT, Q.ADDRESS_LIST)))) == reset
    assert query(driver, socket_id, Q.ADDRESS_LIST).addresses


async def test_tcp_info_can_be_had_of_any_tcp_socket_and_of_no_other(driver: Driver) -> None:
    listener, _ = listening(driver)

    found = query(driver, listener, Q.TCP_INFO)

    assert found.tcp_info is not None
    assert (found.tcp_info.state, found.tcp_info_fields["tcpi_state"]) == ("LISTEN", 10)
    datagram, unix = driver.create(Category.DATAGRAM), driver.create(family=Family.UNIX)
    of_tcp = (Q.TCP_INFO,)
    assert driver.refused(Control(datagram, queries=of_tcp)).reason is Reason.WRONG_CATEGORY
    assert driver.refused(Control(unix, queries=of_tcp)).reason is Reason.NOT_AVAILABLE


async def test_every_socket_tells_the_addresses_of_the_host(driver: Driver) -> None:
    for category in Category:
        addresses = query(driver, driver.create(category), Q.ADDRESS_LIST).addresses
        assert InterfaceAddress("lo", ANYWHERE) in addresses
        assert InterfaceAddress("lo", Endpoint("::1", 0)) in addresses


async def test_row_22_an_accepted_socket_tells_which_inspection_it_came_from_and_no_other_does(
    driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver, CONDITIONAL)
    plain, elsewhere = listening(driver)
    await dial(address)
    [inspect_id] = await inspected(driver, listener)
    driver.ask(InspectComplete(listener, inspect_id, accept=True))
    made = await accepted(driver, driver.ask(Accept(listener)))
    await dial(elsewhere)
    other = await accepted(driver, driver.ask(Accept(plain)))

    assert query(driver, made.socket_id, Q.INSPECT_ID) == SocketQueries(inspect_id=inspect_id)
    for socket_id in (other.socket_id, listener, driver.create(Category.DATAGRAM)):
        refused = driver.refused(Control(socket_id, queries=(Q.INSPECT_ID,)))
        assert (refused.reason, refused.metadata["wsk_status"]) == (
            Reason.WRONG_STATE,
            "STATUS_INVALID_DEVICE_REQUEST",
        )


async def test_a_query_that_has_no_answer_here_leaves_the_others_unanswered_too(driver: Driver) -> None:
    bound = driver.create()
    driver.ask(Bind(bound, ANYWHERE))

    refused = driver.refused(Control(bound, queries=(Q.ADDRESS_LIST, Q.UNSENT)))

    assert refused.reason is Reason.WRONG_STATE
    assert driver.session.ledger.pending == 0
