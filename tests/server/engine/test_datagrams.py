"""Datagram sockets: what is legal when, whom they send to and hear, what is seen of them, and their end."""

from collections.abc import Callable

import pytest
from tests.datagram_peers import DatagramPeer
from tests.server.engine.agents import Agent
from tests.server.engine.datagrams import bound, engines, fix, indicate, indicated, received, send, succeed
from tests.server.engine.driver import Driver, failed

from telesock.server.core.events import (
    BindResult,
    CloseResult,
    Completion,
    ControlResult,
    ReceiveFromResult,
    SocketClosed,
)
from telesock.server.core.options import OptionKind, Peer, SetOption
from telesock.server.core.refusal import Reason
from telesock.server.core.requests import (
    AnyRequest,
    Bind,
    Close,
    Connect,
    Control,
    CreateSocket,
    Disconnect,
    Endpoint,
    Family,
    Indications,
    OperationKind,
    Receive,
    ReceiveFrom,
    Send,
    SendTo,
    SetEventCallbacks,
)
from telesock.server.core.session import SessionEnd
from telesock.server.core.states import Category, State
from telesock.server.core.status import Origin, Phase, Status

MakesPeer = Callable[..., DatagramPeer]

FIXED_REMOTE, FIXED_SEND_TO = OptionKind.FIXED_REMOTE, OptionKind.FIXED_SEND_TO
DATAGRAM, NONE = Indications.DATAGRAM, Indications.NONE
SOMEWHERE = Endpoint("127.0.0.1", 9)

AsksFor = Callable[[int], AnyRequest]


def created(driver: Driver) -> int:
    return driver.create(Category.DATAGRAM)


# Binding, and what needs it


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_a_bind_gives_an_address_and_a_port(driver: Driver, host: str) -> None:
    family = Family.IPV6 if ":" in host else Family.IPV4
    near = driver.create(Category.DATAGRAM, family)

    completion = driver.completion(driver.ask(Bind(near, Endpoint(host, 0))))

    local = engines(driver, near).local
    assert local is not None
    assert completion == Completion(OperationKind.BIND, Status.SUCCESS, 0, None, BindResult(local))
    assert (local.host, local.port > 0, driver.state(near)) == (host, True, State.BOUND)


async def test_an_address_in_use_fails_the_bind_and_the_socket_can_be_bound_elsewhere(
    driver: Driver, far: DatagramPeer
) -> None:
    near = created(driver)

    completion = await driver.completed(driver.ask(Bind(near, far.place)))

    assert failed(completion) == (
        Status.ADDRESS_ALREADY_EXISTS,
        Origin.LOCAL_HOST,
        Phase.BIND,
        "EADDRINUSE",
    )
    assert driver.state(near) is State.CREATED
    succeed(driver, driver.ask(Bind(near, Endpoint("127.0.0.1", 0))))


@pytest.mark.parametrize(
    "request_of",
    [
        lambda near: SendTo(near, (b"x",), SOMEWHERE),
        lambda near: ReceiveFrom(near),
        lambda near: SetEventCallbacks(near, DATAGRAM, NONE),
        lambda near: Control(near, SetOption(FIXED_REMOTE, Peer(*SOMEWHERE))),
        lambda near: Control(near, SetOption(FIXED_SEND_TO, Peer(*SOMEWHERE))),
    ],
    ids=["send to", "receive from", "callbacks", "fixed remote", "fixed send to"],
)
async def test_before_the_bind_it_is_the_wrong_state(driver: Driver, request_of: AsksFor) -> None:
    near = created(driver)

    assert driver.refused(request_of(near)).reason is Reason.WRONG_STATE


@pytest.mark.parametrize(
    "request_of",
    [
        lambda near: Send(near, b"x"),
        lambda near: Receive(near, 1),
        lambda near: Connect(near, SOMEWHERE),
        lambda near: Disconnect(near),
        lambda near: SetEventCallbacks(near, Indications.DATA, NONE),
    ],
    ids=["send", "receive", "connect", "disconnect", "data"],
)
async def test_what_streams_do_is_the_wrong_category(driver: Driver, request_of: AsksFor) -> None:
    near, _ = bound(driver)

    assert driver.refused(request_of(near)).reason is Reason.WRONG_CATEGORY


async def test_there_are_no_unix_domain_datagrams(driver: Driver) -> None:
    assert driver.refused(CreateSocket(0, Category.DATAGRAM, Family.UNIX)).reason is Reason.MALFORMED
    assert driver.engine.sockets == 0


# Fixed addresses


async def test_a_fixed_remote_is_where_datagrams_go_and_the_only_one_that_is_heard(
    driver: Driver, far: DatagramPeer, other: DatagramPeer
) -> None:
    near, place = bound(driver)
    peer = Peer(*far.place)

    completion = driver.completion(fix(driver, near, FIXED_REMOTE, far.place))
    send(driver, near, b"hello")
    other.send(b"unheard", place)
    far.send(b"heard", place)

    assert completion is not None
    assert completion.result == ControlResult((SetOption(FIXED_REMOTE, peer),))
    await far.until_heard(b"hello")
    assert (await received(driver, near)).data == b"heard"


async def test_what_had_arrived_from_others_before_it_was_fixed_is_dropped(
    driver: Driver, far: DatagramPeer, other: DatagramPeer
) -> None:
    near, place = bound(driver)
    for data in (b"1", b"2"):
        other.send(b"unheard", place)
        far.send(data, place)

    fix(driver, near, FIXED_REMOTE, far.place)

    assert [(await received(driver, near)).data for _ in range(2)] == [b"1", b"2"]


async def test_a_fixed_remote_is_heard_however_its_address_was_written(
    driver: Driver, datagram_peer: MakesPeer
) -> None:
    near, place = bound(driver, "::1")
    far = datagram_peer("::1")

    fix(driver, near, FIXED_REMOTE, Endpoint("0:0:0::0001", far.place.port))
    far.send(b"heard", place)

    assert (await received(driver, near)).data == b"heard"


async def test_a_send_to_another_leaves_the_fixed_remote_as_it_is(
    driver: Driver, far: DatagramPeer, other: DatagramPeer
) -> None:
    near, place = bound(driver)
    fix(driver, near, FIXED_REMOTE, far.place)

    send(driver, near, b"for another", to=other.place)
    send(driver, near, b"for the fixed one")

    await other.until_heard(b"for another")
    await far.until_heard(b"for the fixed one")
    other.send(b"unheard", place)
    far.send(b"heard", place)
    assert (await received(driver, near)).data == b"heard"


async def test_a_fixed_remote_can_be_changed(driver: Driver, far: DatagramPeer, other: DatagramPeer) -> None:
    near, place = bound(driver)
    fix(driver, near, FIXED_REMOTE, far.place)

    fix(driver, near, FIXED_REMOTE, other.place)
    far.send(b"unheard", place)
    other.send(b"heard", place)
    send(driver, near, b"hello")

    assert (await received(driver, near)).data == b"heard"
    await other.until_heard(b"hello")


async def test_without_a_fixed_remote_everybody_is_heard_again_and_a_send_needs_a_destination(
    driver: Driver, far: DatagramPeer, other: DatagramPeer
) -> None:
    near, place = bound(driver)
    fix(driver, near, FIXED_REMOTE, far.place)

    succeed(driver, fix(driver, near, FIXED_REMOTE, None))
    other.send(b"heard", place)

    assert (await received(driver, near)).remote == other.place
    assert driver.refused(SendTo(near, (b"x",))).reason is Reason.WRONG_STATE


async def test_to_clear_what_was_never_fixed_changes_nothing(driver: Driver) -> None:
    near, _ = bound(driver)

    for kind in (FIXED_REMOTE, FIXED_SEND_TO):
        succeed(driver, fix(driver, near, kind, None))


async def test_a_fixed_destination_leaves_everybody_heard(
    driver: Driver, far: DatagramPeer, other: DatagramPeer
) -> None:
    near, place = bound(driver)

    succeed(driver, fix(driver, near, FIXED_SEND_TO, far.place))
    send(driver, near, b"hello")
    other.send(b"heard", place)

    await far.until_heard(b"hello")
    assert (await received(driver, near)).remote == other.place
    fix(driver, near, FIXED_SEND_TO, None)
    assert driver.refused(SendTo(near, (b"x",))).reason is Reason.WRONG_STATE


async def test_a_fixed_remote_goes_before_a_fixed_destination(
    driver: Driver, far: DatagramPeer, other: DatagramPeer
) -> None:
    near, _ = bound(driver)
    fix(driver, near, FIXED_SEND_TO, other.place)
    fix(driver, near, FIXED_REMOTE, far.place)

    send(driver, near, b"first")
    fix(driver, near, FIXED_REMOTE, None)
    send(driver, near, b"second")

    await far.until_heard(b"first")
    await other.until_heard(b"second")


@pytest.mark.parametrize("kind", [FIXED_REMOTE, FIXED_SEND_TO])
@pytest.mark.parametrize(
    ("peer", "reason"),
    [
        (Peer("10.1.2.3", 9), Reason.DESTINATION_NOT_ALLOWED),
        (Peer("localhost", 9), Reason.MALFORMED),
        (Peer("::1", 9), Reason.MALFORMED),
        (Peer("127.0.0.1", 0), Reason.MALFORMED),
        (Peer("127.0.0.1", 65_536), Reason.MALFORMED),
    ],
)
async def test_a_fixed_address_is_judged_as_a_destination_is(
    driver: Driver, kind: OptionKind, peer: Peer, reason: Reason
) -> None:
    near, _ = bound(driver)

    assert driver.refused(Control(near, SetOption(kind, peer))).reason is reason
    assert engines(driver, near).pending == 0


async def test_a_fixed_remote_that_the_host_cannot_reach_leaves_the_one_before(
    driver: Driver, far: DatagramPeer
) -> None:
    near, place = bound(driver)
    fix(driver, near, FIXED_REMOTE, far.place)

    completion = await driver.completed(fix(driver, near, FIXED_REMOTE, Endpoint("127.255.255.255", 9)))

    assert (completion.status, failed(completion)[3]) == (Status.ACCESS_DENIED, "EACCES")
    assert engines(driver, near).fixed_remote == Peer(*far.place)
    send(driver, near, b"hello")
    await far.until_heard(b"hello")
    far.send(b"heard", place)
    assert (await received(driver, near)).data == b"heard"


# What is seen of it


async def test_what_it_indicates_its_credit_and_what_is_pending_can_be_seen(
    driver: Driver, far: DatagramPeer
) -> None:
    near, place = bound(driver)
    socket = engines(driver, near)
    most = driver.engine.limits.default_credit_datagrams
    assert (socket.indications, socket.available_credit_datagrams, socket.pending) == (NONE, most, 0)

    indicate(driver, near, 3)
    far.send(b"hello", place)
    await driver.until(lambda: bool(indicated(driver, near)))
    driver.ask(ReceiveFrom(near))

    assert (socket.indications, socket.available_credit_datagrams, socket.pending) == (DATAGRAM, 2, 1)


# The end


async def test_a_close_completes_all_that_is_pending_and_comes_last(driver: Driver) -> None:
    near, _ = bound(driver)
    pending = [driver.ask(ReceiveFrom(near)) for _ in range(3)]

    closing = driver.ask(Close(near))

    endings = [await driver.completed(operation) for operation in pending]
    expected = (Status.CANCELLED, Origin.CANCEL, Phase.RECEIVE, "")
    assert [(failed(each), each.result) for each in endings] == [(expected, ReceiveFromResult(None))] * 3
    done = CloseResult(aborted=False, discarded_bytes=0)
    assert driver.completion(closing) == Completion(OperationKind.CLOSE, Status.SUCCESS, 0, None, done)
    assert driver.order(*pending, closing) == [0, 1, 2, 3]
    assert (driver.state(near), driver.events[-1].operation_id) == (State.CLOSED, closing.operation_id)


async def test_a_socket_that_is_closed_gives_its_port_back(driver: Driver) -> None:
    near, place = bound(driver)
    await driver.close(near)
    again = created(driver)

    succeed(driver, driver.ask(Bind(again, place)))


async def test_a_close_gives_back_what_the_journal_held_for_it(driver: Driver, far: DatagramPeer) -> None:
    near, place = bound(driver)
    indicate(driver, near)
    for data in (b"given", b"refused"):
        far.send(data, place)
    await driver.until(lambda: len(indicated(driver, near)) == 2)
    engines(driver, near).release(list(indicated(driver, near))[1], None, True)
    indicate(driver, near)

    await driver.close(near)
    driver.session.acknowledge(driver.session.journal.last_sequence)

    assert driver.session.journal._pinned_bytes == 0


async def test_when_the_session_ends_what_is_pending_completes_before_the_socket_is_told_gone(
    driver: Driver,
) -> None:
    near, _ = bound(driver)
    receive = driver.ask(ReceiveFrom(near))

    with driver.reading():
        driver.engine.sessions.end(driver.session, SessionEnd.CLOSED)
        completion = await driver.completed(receive)
        told = driver.told(near)

    assert completion.result == ReceiveFromResult(None)
    assert completion.status is not Status.SUCCESS
    assert [type(body) for body in told[-2:]] == [Completion, SocketClosed]


async def test_a_turn_that_was_put_off_finds_a_closed_socket_and_does_nothing(
    driver: Driver, agent: Agent, far: DatagramPeer
) -> None:
    near, place = bound(driver)
    for _ in range(150):
        far.send(b"x", place)
    indicate(driver, near)
    await driver.until(lambda: bool(indicated(driver, near)))
    send(driver, near, *[b""] * 1000, to=far.place)

    await driver.close(near)
    other, elsewhere = bound(driver)
    far.send(b"hello", elsewhere)

    assert (await received(driver, other)).data == b"hello"
    assert agent.bugs == []
