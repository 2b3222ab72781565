"""Rows 9, 10, 29, 30 and 41 of WSK's checklist: options, when they may be set, and what a socket can be asked."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from tests.peers import Peer
from tests.wire.caller import Caller, Place
from tests.wire.refusals import refusal, refused
from tests.wire.story import status_of

from telesock.v1 import options_pb2, sockets_pb2, types_pb2
from telesock.v1.options_pb2 import (
    QUERY_KIND_ADDRESS_LIST,
    QUERY_KIND_IDEAL_SEND_BACKLOG,
    QUERY_KIND_RECEIVE_BACKLOG,
    QUERY_KIND_TCP_INFO,
    QUERY_KIND_UNACKNOWLEDGED,
    QUERY_KIND_UNSENT,
    SOCKET_OPTION_KIND_CONDITIONAL_ACCEPT,
    SOCKET_OPTION_KIND_NO_DELAY,
    SOCKET_OPTION_KIND_REUSE_ADDRESS,
    SocketQueries,
)

LISTENING = types_pb2.SOCKET_CATEGORY_LISTENING
DATAGRAM = types_pb2.SOCKET_CATEGORY_DATAGRAM
WRONG_STATE = ("FAILED_PRECONDITION", "WRONG_STATE")
WRONG_CATEGORY = ("FAILED_PRECONDITION", "WRONG_CATEGORY")
Listen = Callable[..., Peer]


async def option(caller: Caller, socket_id: int, kind: int) -> options_pb2.SocketOption:
    """Read one option."""
    [found] = (await caller.wait(await caller.get_options(socket_id, kind))).control.options
    return found


async def queried(caller: Caller, socket_id: int, *kinds: int) -> SocketQueries:
    """Ask queries."""
    completion = await caller.wait(await caller.query(socket_id, *kinds))
    assert status_of(completion) == "SUCCESS"
    return completion.control.queries


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"reuse_address": True}, SOCKET_OPTION_KIND_REUSE_ADDRESS),
        ({"conditional_accept": True}, SOCKET_OPTION_KIND_CONDITIONAL_ACCEPT),
    ],
)
async def test_row_10_an_option_that_only_counts_before_the_bind_is_refused_after_it_and_unchanged(
    change: dict[str, Any], kind: int, caller: Caller
) -> None:
    listener, _ = await caller.listening()
    before = await option(caller, listener, kind)

    assert await refused(caller.set_option(listener, **change)) == WRONG_STATE

    assert await option(caller, listener, kind) == before
    fresh = await caller.made(LISTENING)
    assert await caller.status(await caller.set_option(fresh, **change)) == "SUCCESS"
    [name] = change
    assert getattr(await option(caller, fresh, kind), name)


async def test_an_option_of_another_category_is_refused(caller: Caller, peer: Listen) -> None:
    connection, _ = await caller.meet(peer())
    datagram, _ = await caller.datagram()

    assert await refused(caller.set_option(connection, broadcast=True)) == WRONG_CATEGORY
    assert await refused(caller.set_option(datagram, no_delay=True)) == WRONG_CATEGORY


async def test_a_socket_is_born_with_its_options(caller: Caller, peer: Listen) -> None:
    listener = peer()
    connection = await caller.connected(listener, spec={"options": [{"no_delay": True}]})

    assert (await option(caller, connection, SOCKET_OPTION_KIND_NO_DELAY)).no_delay


async def test_an_option_that_the_host_does_not_know_makes_no_socket(caller: Caller) -> None:
    code, reason, _ = await refusal(
        caller.create(types_pb2.SOCKET_CATEGORY_CONNECTION, options=[{"congestion_control": "no such thing"}])
    )

    assert (code, reason) in {("UNIMPLEMENTED", "NOT_AVAILABLE"), ("INVALID_ARGUMENT", "MALFORMED")}
    assert (await caller.session()).sockets == 0


async def test_row_29_no_delay_is_an_option_that_can_be_set_and_read_while_connected(
    caller: Caller, peer: Listen
) -> None:
    connection, far = await caller.meet(peer())

    completion = await caller.wait(await caller.set_option(connection, no_delay=True))

    assert [each.no_delay for each in completion.control.options] == [True]
    for mark in (b"a", b"b", b"c"):
        await caller.send(connection, mark)
    await far.until_received(b"abc")


async def test_row_30_the_ideal_send_backlog_is_positive_once_connected_and_refused_before(
    caller: Caller, peer: Listen
) -> None:
    bound = await caller.bound()
    connection, _ = await caller.meet(peer())

    assert await refused(caller.query(bound, QUERY_KIND_IDEAL_SEND_BACKLOG)) == WRONG_STATE
    found = await queried(caller, connection, QUERY_KIND_IDEAL_SEND_BACKLOG, QUERY_KIND_TCP_INFO)
    info = found.tcp_info
    assert found.ideal_send_backlog_bytes == info.congestion_window * info.send_segment_bytes > 0


async def test_row_30_a_change_of_the_ideal_send_backlog_is_told_as_the_next_query_has_it(
    caller: Caller, peer: Listen
) -> None:
    connection, far = await caller.meet(peer())
    await caller.set_event_callbacks(connection, enable=[sockets_pb2.INDICATION_KIND_SEND_BACKLOG])
    first = await queried(caller, connection, QUERY_KIND_IDEAL_SEND_BACKLOG)
    for _ in range(20):
        await caller.send(connection, b"x" * 100_000)
    await far.until_bytes(2_000_000)

    event = await caller.until(
        lambda event: event.send_backlog_changed.ideal_bytes > first.ideal_send_backlog_bytes
    )

    assert event.socket_id == connection
    ideal = (await queried(caller, connection, QUERY_KIND_IDEAL_SEND_BACKLOG)).ideal_send_backlog_bytes
    await caller.until(lambda event: event.send_backlog_changed.ideal_bytes == ideal)


async def test_what_is_unsent_and_unacknowledged_at_a_peer_that_does_not_read_is_told(
    caller: Caller, peer: Listen
) -> None:
    connection, _ = await caller.meet(peer(receive_buffer=4096, reading=False))
    for _ in range(8):
        await caller.send(connection, b"x" * (1 << 20))

    found = await queried(caller, connection, QUERY_KIND_UNSENT, QUERY_KIND_UNACKNOWLEDGED)

    assert found.unsent_bytes > 1 << 20
    assert found.unsent_bytes + found.unacknowledged_bytes <= 8 << 20
    await caller.close(connection)


async def test_the_receive_backlog_counts_what_has_arrived_and_was_not_received(
    caller: Caller, peer: Listen
) -> None:
    connection, far = await caller.meet(peer())
    far.send(b"0123456789")
    peeking = await caller.receive(connection, 10, peek=True)
    while len((await caller.wait(peeking)).receive.data) < 10:
        peeking = await caller.receive(connection, 10, peek=True)

    before = await queried(caller, connection, QUERY_KIND_RECEIVE_BACKLOG)
    await caller.wait(await caller.receive(connection, 4, wait_all=True))
    after = await queried(caller, connection, QUERY_KIND_RECEIVE_BACKLOG)

    assert (before.receive_backlog_bytes, after.receive_backlog_bytes) == (10, 6)


async def test_tcp_info_is_told_whole(caller: Caller, peer: Listen) -> None:
    connection, _ = await caller.meet(peer())

    found = await queried(caller, connection, QUERY_KIND_TCP_INFO)

    assert found.tcp_info.state == "ESTABLISHED"
    assert found.tcp_info_fields["tcpi_state"] == 1
    assert found.tcp_info_fields["tcpi_snd_mss"] == found.tcp_info.send_segment_bytes
    assert len(found.tcp_info_fields) > 40


async def test_any_socket_tells_the_addresses_of_the_host(caller: Caller) -> None:
    basic = await caller.made(types_pb2.SOCKET_CATEGORY_BASIC)

    found = await queried(caller, basic, QUERY_KIND_ADDRESS_LIST)

    assert ("lo", "127.0.0.1") in {(each.interface, each.address.host) for each in found.addresses}


async def test_all_options_of_a_socket_are_read_at_once_and_the_others_named_with_the_reason(
    caller: Caller,
) -> None:
    datagram, _ = await caller.datagram()

    control = (await caller.wait(await caller.get_options(datagram))).control

    names = {each.WhichOneof("option") for each in control.options}
    assert {"broadcast", "receive_buffer_bytes", "time_to_live", "type_of_service"} <= names
    assert "no_delay" not in names
    assert all(control.unavailable.values())


STREAM_OPTIONS: list[dict[str, Any]] = [
    {"keep_alive": {"enabled": True, "idle": {"seconds": 11}, "interval": {"seconds": 3}, "probes": 4}},
    {"no_delay": True},
    {"receive_buffer_bytes": 30_000},
    {"send_buffer_bytes": 30_000},
    {"linger": {"enabled": True, "timeout": {"seconds": 2}}},
    {"reuse_address": True},
    {"exclusive_address": True},
    {"type_of_service": 0x48},
    {"time_to_live": 7},
    {"user_timeout": {"seconds": 5}},
    {"fast_open": 1},
    {"congestion_control": "reno"},
    {"quick_acknowledge": True},
    {"maximum_segment_bytes": 1000},
    {"device": "lo"},
    {"mark": 5},
]
LISTENER_OPTIONS: list[dict[str, Any]] = [
    {"backlog": 3},
    {"conditional_accept": True},
    {"defer_accept": {"seconds": 3}},
]
DATAGRAM_OPTIONS: list[dict[str, Any]] = [
    {"broadcast": True},
    {"multicast_hops": 3},
    {"multicast_loopback": False},
    {"multicast_interface": "lo"},
    {"type_of_service": 0x48},
    {"time_to_live": 7},
]
ROUNDED = {"receive_buffer_bytes", "send_buffer_bytes", "maximum_segment_bytes", "defer_accept"}


@pytest.mark.parametrize(
    ("category", "change"),
    [
        *[(types_pb2.SOCKET_CATEGORY_CONNECTION, change) for change in STREAM_OPTIONS],
        *[(LISTENING, change) for change in LISTENER_OPTIONS],
        *[(DATAGRAM, change) for change in DATAGRAM_OPTIONS],
    ],
)
async def test_every_option_that_is_set_can_be_read_back(
    category: types_pb2.SocketCategory, change: dict[str, Any], caller: Caller
) -> None:
    """The kernel rounds some; what a set completes with is what a get then tells."""
    if "mark" in change and os.geteuid() != 0:
        pytest.skip("a mark needs CAP_NET_ADMIN")
    socket_id = await caller.made(category)
    wanted = options_pb2.SocketOption(**change)
    [name] = change

    completion = await caller.wait(await caller.set_option(socket_id, **change))

    assert status_of(completion) == "SUCCESS"
    kind = options_pb2.SocketOptionKind.Value(f"SOCKET_OPTION_KIND_{name.upper()}")
    found = await option(caller, socket_id, kind)
    assert list(completion.control.options) == [found]
    assert found == wanted if name not in ROUNDED else found.WhichOneof("option") == name


async def test_an_ipv6_socket_can_carry_ipv4_if_that_is_said_before_its_bind(caller: Caller) -> None:
    family = "ADDRESS_FAMILY_IPV6"
    listener, place = await caller.listening("::", family=family, options=[{"v6_only": False}])
    _, strict = await caller.listening("::", family=family)

    assert await caller.status(await caller.connect(Place("127.0.0.1", place.port))) == "SUCCESS"
    assert await caller.status(await caller.connect(Place("127.0.0.1", strict.port))) == "CONNECTION_REFUSED"
    assert await refused(caller.set_option(listener, v6_only=True)) == WRONG_STATE
