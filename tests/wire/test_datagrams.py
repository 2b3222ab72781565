"""Rows 64 to 68 of WSK's checklist: datagrams, sent, received, indicated, and held to one peer."""

import socket
from collections.abc import Iterator

import pytest
from tests.wire.caller import Caller, Place
from tests.wire.refusals import refusal, refused
from tests.wire.story import Event, cause_of, status_of

from telesock.v1 import operations_pb2, sockets_pb2, types_pb2

DATAGRAM = sockets_pb2.INDICATION_KIND_DATAGRAM
WRONG_STATE = ("FAILED_PRECONDITION", "WRONG_STATE")


class Far:
    """A UDP peer of this process."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.socket.settimeout(20)
        self.place = Place(*self.socket.getsockname()[:2])

    def take(self) -> bytes:
        """The next datagram."""
        return self.socket.recv(70_000)

    def send(self, data: bytes, to: Place) -> None:
        """Send one."""
        self.socket.sendto(data, to)


@pytest.fixture
def far() -> Iterator[Far]:
    peer = Far()
    yield peer
    peer.socket.close()


@pytest.fixture
def other() -> Iterator[Far]:
    peer = Far()
    yield peer
    peer.socket.close()


async def received(caller: Caller, socket_id: int, **fields: int) -> operations_pb2.Datagram:
    """Receive one datagram."""
    completion = await caller.wait(await caller.receive_from(socket_id, **fields))
    assert status_of(completion) == "SUCCESS"
    return completion.receive_from.datagram


def fixed(place: Place) -> dict[str, object]:
    """An address as an option takes it."""
    return {"host": place.host, "port": place.port}


async def test_row_64_several_datagrams_of_one_send_arrive_each_as_it_was(caller: Caller, far: Far) -> None:
    near, _place = await caller.datagram()
    datagrams = [b"one", b"", b"three" * 1000]

    completion = await caller.wait(await caller.send_to(near, *datagrams, to=far.place))

    assert (status_of(completion), completion.transferred_bytes) == ("SUCCESS", 5003)
    assert completion.send_to.datagrams == 3
    assert [far.take() for _ in datagrams] == datagrams


async def test_row_64_a_datagram_too_large_fails_with_the_number_of_those_before_it(
    caller: Caller, far: Far
) -> None:
    near, _ = await caller.datagram()

    completion = await caller.wait(await caller.send_to(near, b"fits", b"x" * 66_000, b"y", to=far.place))

    assert (status_of(completion), cause_of(completion)) == (
        "BUFFER_OVERFLOW",
        ("LOCAL_HOST", "SEND", "EMSGSIZE"),
    )
    assert (completion.send_to.datagrams, completion.transferred_bytes) == (1, 4)
    assert far.take() == b"fits"


async def test_row_64_a_datagram_without_an_address_needs_a_fixed_one(caller: Caller) -> None:
    near, _ = await caller.datagram()

    assert await refused(caller.send_to(near, b"x")) == WRONG_STATE


async def test_row_64_a_destination_outside_the_policy_is_refused_and_nothing_leaves(caller: Caller) -> None:
    near, _ = await caller.datagram()

    code, reason, facts = await refusal(caller.send_to(near, b"x", to=Place("10.1.2.3", 9)))

    assert (code, reason) == ("PERMISSION_DENIED", "DESTINATION_NOT_ALLOWED")
    assert (facts["host"], facts["port"]) == ("10.1.2.3", "9")


async def test_row_65_each_receive_takes_one_datagram_with_its_source_and_destination(
    caller: Caller, far: Far
) -> None:
    near, place = await caller.datagram()
    waiting = await caller.receive_from(near)
    for data in (b"first", b"", b"third"):
        far.send(data, place)

    first = (await caller.wait(waiting)).receive_from.datagram

    assert (first.data, first.remote.host, first.remote.port) == (b"first", *far.place)
    assert (first.local.host, first.local.port) == place
    assert [(await received(caller, near)).data for _ in range(2)] == [b"", b"third"]


async def test_row_65_a_datagram_larger_than_wanted_is_cut_and_says_so(caller: Caller, far: Far) -> None:
    near, place = await caller.datagram()
    far.send(b"0123456789" * 10, place)
    far.send(b"next", place)

    cut = await received(caller, near, length=10)

    assert (cut.data, cut.truncated) == (b"0123456789", True)
    rest = await received(caller, near)
    assert (rest.data, rest.truncated) == (b"next", False)


async def test_row_65_a_broadcast_datagram_says_that_it_is_one(caller: Caller, far: Far) -> None:
    near, place = await caller.datagram("0.0.0.0")
    far.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)

    far.send(b"all", Place("127.255.255.255", place.port))

    datagram = await received(caller, near)
    assert (datagram.data, datagram.broadcast, datagram.multicast) == (b"all", True, False)
    assert datagram.local.host == "127.255.255.255"


async def test_row_65_a_multicast_datagram_reaches_who_has_joined_its_group_until_it_leaves(
    caller: Caller, far: Far
) -> None:
    near, place = await caller.datagram("0.0.0.0")
    group = Place("239.77.0.1", place.port)
    far.socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
    membership = {"address": group.host, "interface": "lo"}

    assert await caller.status(await caller.set_option(near, join_group=membership)) == "SUCCESS"
    far.send(b"members", group)
    datagram = await received(caller, near)
    assert (datagram.data, datagram.multicast, datagram.local.host) == (b"members", True, group.host)

    assert await caller.status(await caller.set_option(near, leave_group=membership)) == "SUCCESS"
    far.send(b"nobody", group)
    far.send(b"you", Place("127.0.0.1", place.port))
    assert (await received(caller, near)).data == b"you"


async def test_row_66_datagrams_are_indicated_within_the_credit_and_the_rest_comes_with_its_release(
    caller: Caller, far: Far
) -> None:
    near, place = await caller.datagram()
    await caller.set_event_callbacks(near, enable=[DATAGRAM], credit_datagrams=2)
    for number in range(3):
        far.send(b"%d" % number, place)

    second = await caller.until(lambda event: event.datagram_received.datagram.data == b"1")
    await caller.until(lambda event: event.HasField("credit_stalled"))
    await caller.release(second)

    third = await caller.until(lambda event: event.datagram_received.datagram.data == b"2")
    assert (third.socket_id, third.datagram_received.datagram.remote.port) == (near, far.place.port)


async def test_row_66_refused_datagrams_come_again_once_the_indication_is_enabled_anew(
    caller: Caller, far: Far
) -> None:
    near, place = await caller.datagram()
    await caller.set_event_callbacks(near, enable=[DATAGRAM])
    far.send(b"refused", place)
    first = await caller.until(lambda event: event.HasField("datagram_received"))

    await caller.release(first, refuse=True)
    far.send(b"later", place)

    assert list((await caller.socket(near)).enabled_indications) == []
    enabling = await caller.set_event_callbacks(near, enable=[DATAGRAM])
    again = await caller.until(lambda event: event.datagram_received.datagram.data == b"later")
    story = await caller.events()
    datas = [each.datagram_received.datagram.data for each in story if each.HasField("datagram_received")]
    assert datas == [b"refused", b"refused", b"later"]
    after = [each for each in story if each.operation_id == enabling.operation_id]
    assert first.sequence < after[0].sequence < again.sequence


async def test_row_66_a_receive_goes_before_the_indication_and_takes_refused_datagrams_first(
    caller: Caller, far: Far
) -> None:
    near, place = await caller.datagram()
    await caller.set_event_callbacks(near, enable=[DATAGRAM])
    far.send(b"refused", place)
    first = await caller.until(lambda event: event.HasField("datagram_received"))
    await caller.release(first, refuse=True)
    far.send(b"next", place)

    assert [(await received(caller, near)).data for _ in range(2)] == [b"refused", b"next"]


async def test_row_66_where_the_whole_session_enables_datagrams_a_refusal_does_not_disable_them(
    caller: Caller, far: Far
) -> None:
    await caller.set_event_callbacks(0, enable=[DATAGRAM])
    _near, place = await caller.datagram()
    far.send(b"refused", place)
    first = await caller.until(lambda event: event.HasField("datagram_received"))

    await caller.release(first, refuse=True)
    far.send(b"next", place)

    await caller.until(lambda event: event.datagram_received.datagram.data == b"next")
    story = await caller.events()
    datas = [each.datagram_received.datagram.data for each in story if each.HasField("datagram_received")]
    assert datas == [b"refused", b"refused", b"next"]


async def test_row_67_a_fixed_remote_is_the_destination_and_the_only_one_that_is_heard(
    caller: Caller, far: Far, other: Far
) -> None:
    near, place = await caller.datagram()
    assert await caller.status(await caller.set_option(near, fixed_remote=fixed(far.place))) == "SUCCESS"

    await caller.send_to(near, b"to the fixed one")
    await caller.send_to(near, b"to another", to=other.place)
    assert (far.take(), other.take()) == (b"to the fixed one", b"to another")
    other.send(b"unheard", place)
    far.send(b"heard", place)
    assert (await received(caller, near)).data == b"heard"

    await caller.status(await caller.set_option(near, fixed_remote={"host": ""}))
    other.send(b"heard again", place)
    assert (await received(caller, near)).data == b"heard again"
    assert await refused(caller.send_to(near, b"x")) == WRONG_STATE


async def test_row_68_a_fixed_destination_leaves_everybody_heard(
    caller: Caller, far: Far, other: Far
) -> None:
    near, place = await caller.datagram()
    assert await caller.status(await caller.set_option(near, fixed_send_to=fixed(far.place))) == "SUCCESS"

    await caller.send_to(near, b"to the fixed one")
    assert far.take() == b"to the fixed one"
    other.send(b"one", place)
    assert (await received(caller, near)).data == b"one"
    far.send(b"two", place)
    assert (await received(caller, near)).data == b"two"


async def test_a_datagram_socket_that_is_closed_completes_what_is_pending_and_closes_last(
    caller: Caller,
) -> None:
    near, _ = await caller.datagram()
    waiting = [await caller.receive_from(near) for _ in range(2)]

    closing = await caller.close(near)

    assert [await caller.status(each) for each in (*waiting, closing)] == [
        "CANCELLED",
        "CANCELLED",
        "SUCCESS",
    ]
    last: Event = (await caller.events())[-1]
    assert last.operation_id == closing.operation_id


async def test_a_datagram_socket_has_to_be_bound_before_it_sends_or_receives(
    caller: Caller, far: Far
) -> None:
    socket_id = await caller.made(types_pb2.SOCKET_CATEGORY_DATAGRAM)

    assert await refused(caller.send_to(socket_id, b"x", to=far.place)) == WRONG_STATE
    assert await refused(caller.receive_from(socket_id)) == WRONG_STATE


async def test_a_receive_of_a_datagram_times_out_and_takes_none(caller: Caller, far: Far) -> None:
    near, place = await caller.datagram()

    completion = await caller.wait(await caller.receive_from(near, timeout=0.001))

    assert (status_of(completion), completion.receive_from.HasField("datagram")) == ("IO_TIMEOUT", False)
    far.send(b"x", place)
    assert (await received(caller, near)).data == b"x"


async def test_a_send_of_datagrams_takes_a_timeout(caller: Caller, far: Far) -> None:
    near, _ = await caller.datagram()

    assert await caller.status(await caller.send_to(near, b"x", to=far.place, timeout=5.0)) == "SUCCESS"
    assert await refused(caller.send_to(near, b"x", to=far.place, timeout=-1.0)) == (
        "INVALID_ARGUMENT",
        "MALFORMED",
    )
