"""Options of real sockets: what a set yields, what is refused before it has an effect, and what the kernel decides."""

import errno
import os
from collections.abc import Callable

import pytest
from tests.peers import Peer
from tests.server.engine.controls import changing, control, option, result, set_option
from tests.server.engine.driver import Driver, failed
from tests.server.engine.listeners import listening

from telesock.server.core.events import ControlResult
from telesock.server.core.options import KeepAlive, MulticastGroup, OptionKind, SetOption, Value
from telesock.server.core.refusal import Reason
from telesock.server.core.requests import (
    Bind,
    Connect,
    Control,
    CreateSocket,
    Disconnect,
    Endpoint,
    Family,
    Receive,
)
from telesock.server.core.states import Category, State
from telesock.server.core.status import Origin, Phase, Status
from telesock.server.engine.host_options import fast_open_listens

Listen = Callable[..., Peer]
K = OptionKind
ANYWHERE = Endpoint("127.0.0.1", 0)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="a mark needs CAP_NET_ADMIN")


def kinds_of(result: ControlResult) -> set[OptionKind]:
    return {each.kind for each in result.options}


async def test_a_set_yields_the_value_that_holds_which_the_kernel_may_have_rounded(driver: Driver) -> None:
    socket_id = driver.create()

    exact = result(set_option(driver, socket_id, K.RECEIVE_BUFFER_BYTES, 30_000))
    least = result(set_option(driver, socket_id, K.RECEIVE_BUFFER_BYTES, 1))

    assert exact == ControlResult((SetOption(K.RECEIVE_BUFFER_BYTES, 30_000),))
    [held] = least.options
    assert isinstance(held.value, int)
    assert held.value > 1
    assert option(driver, socket_id, K.RECEIVE_BUFFER_BYTES) == held.value


async def test_what_keep_alive_leaves_open_stays_as_it_was(driver: Driver) -> None:
    socket_id = driver.create()
    set_option(driver, socket_id, K.KEEP_ALIVE, KeepAlive(True, 11.0, 3.0, 4))

    set_option(driver, socket_id, K.KEEP_ALIVE, KeepAlive(False, None, 5.0))

    assert option(driver, socket_id, K.KEEP_ALIVE) == KeepAlive(False, 11.0, 5.0, 4)


@as_root
async def test_every_mark_of_32_bits_can_be_set_and_read(driver: Driver) -> None:
    socket_id = driver.create()
    largest = 2**32 - 1

    assert result(set_option(driver, socket_id, K.MARK, largest)).options == (SetOption(K.MARK, largest),)


async def test_any_value_above_zero_turns_fast_open_of_a_connection_on_until_it_connects(
    driver: Driver, peer: Listen
) -> None:
    socket_id = driver.create()
    driver.ask(Bind(socket_id, ANYWHERE))

    assert result(set_option(driver, socket_id, K.FAST_OPEN, 5)).options == (SetOption(K.FAST_OPEN, 1),)

    connected, _ = await driver.meet(peer())
    assert driver.refused(changing(connected, K.FAST_OPEN, 1)).reason is Reason.WRONG_STATE


async def test_a_listener_has_fast_open_where_the_host_lets_it_and_is_refused_it_elsewhere(
    driver: Driver,
) -> None:
    listener = driver.create(Category.LISTENING)

    if fast_open_listens():
        refused = driver.refused(changing(listener, K.FAST_OPEN, 5))
        assert (refused.reason, refused.message) == (
            Reason.NOT_AVAILABLE,
            f"fast_open: {fast_open_listens()}",
        )
    else:
        assert result(set_option(driver, listener, K.FAST_OPEN, 5)).options == (SetOption(K.FAST_OPEN, 5),)
    assert set_option(driver, listener, K.FAST_OPEN, 0).status is Status.SUCCESS


@pytest.mark.parametrize(
    ("family", "kind", "value"),
    [
        (Family.IPV4, K.V6_ONLY, True),
        (Family.UNIX, K.NO_DELAY, True),
        (Family.UNIX, K.REUSE_ADDRESS, True),
        (Family.UNIX, K.EXCLUSIVE_ADDRESS, True),
    ],
)
async def test_an_option_that_the_family_does_not_have_is_refused_set_named_and_at_birth(
    driver: Driver, family: Family, kind: OptionKind, value: Value
) -> None:
    socket_id = driver.create(family=family)
    at_birth = CreateSocket(0, Category.CONNECTION, family, (SetOption(kind, value),))

    for request in (changing(socket_id, kind, value), Control(socket_id, options=(kind,)), at_birth):
        assert driver.refused(request).reason is Reason.NOT_AVAILABLE
    everything = result(control(driver, Control(socket_id, options=())))
    assert kind.name.lower() in everything.unavailable
    assert driver.engine.sockets == 1


async def test_all_options_of_a_socket_are_those_of_its_category_that_can_be_read(driver: Driver) -> None:
    datagram, connection = driver.create(Category.DATAGRAM, Family.IPV6), driver.create()

    found = kinds_of(result(control(driver, Control(datagram, options=()))))
    assert {K.V6_ONLY, K.MULTICAST_HOPS, K.FIXED_REMOTE} <= found
    assert found.isdisjoint({K.JOIN_GROUP, K.LEAVE_GROUP, K.NO_DELAY})
    found = kinds_of(result(control(driver, Control(connection, options=()))))
    assert {K.NO_DELAY, K.KEEP_ALIVE, K.SILENT} <= found
    assert found.isdisjoint({K.BROADCAST, K.BACKLOG})


async def test_an_option_of_another_category_is_refused_in_a_set_and_in_a_get(driver: Driver) -> None:
    socket_id = driver.create(Category.DATAGRAM)

    for request in (changing(socket_id, K.NO_DELAY, True), Control(socket_id, options=(K.NO_DELAY,))):
        assert driver.refused(request).reason is Reason.WRONG_CATEGORY


async def test_a_group_can_be_joined_and_left_but_not_read(driver: Driver) -> None:
    socket_id = driver.create(Category.DATAGRAM)
    group = MulticastGroup("239.1.2.3", "lo")

    assert result(set_option(driver, socket_id, K.JOIN_GROUP, group)) == ControlResult(())
    assert failed(set_option(driver, socket_id, K.JOIN_GROUP, group))[3] == "EADDRINUSE"
    assert result(set_option(driver, socket_id, K.LEAVE_GROUP, group)) == ControlResult(())
    assert driver.refused(Control(socket_id, options=(K.JOIN_GROUP,))).reason is Reason.MALFORMED


@pytest.mark.parametrize(
    ("family", "group"),
    [
        (Family.IPV4, MulticastGroup("239.1.2.3", "nosuch0")),
        (Family.IPV4, MulticastGroup("127.0.0.1")),
        (Family.IPV4, MulticastGroup("ff02::1")),
        (Family.IPV4, MulticastGroup("group.test")),
        (Family.IPV6, MulticastGroup("239.1.2.3")),
        (Family.IPV6, MulticastGroup("ff02::1%lo")),
    ],
)
async def test_what_is_no_group_of_the_family_or_no_interface_is_malformed_also_at_birth(
    driver: Driver, family: Family, group: MulticastGroup
) -> None:
    socket_id = driver.create(Category.DATAGRAM, family)
    at_birth = CreateSocket(0, Category.DATAGRAM, family, (SetOption(K.JOIN_GROUP, group),))

    for request in (changing(socket_id, K.JOIN_GROUP, group), at_birth):
        assert driver.refused(request).reason is Reason.MALFORMED
    assert driver.engine.sockets == 1


async def test_an_algorithm_that_the_host_lacks_is_not_available_and_the_old_one_stays(
    driver: Driver,
) -> None:
    socket_id = driver.create()
    before = option(driver, socket_id, K.CONGESTION_CONTROL)

    refused = driver.refused(changing(socket_id, K.CONGESTION_CONTROL, "nosuch"))

    assert (refused.reason, refused.message) == (
        Reason.NOT_AVAILABLE,
        "congestion_control: this host offers no such algorithm",
    )
    assert option(driver, socket_id, K.CONGESTION_CONTROL) == before


async def test_an_interface_that_there_is_not_is_for_the_kernel_to_find(driver: Driver) -> None:
    socket_id = driver.create(Category.DATAGRAM)

    completion = set_option(driver, socket_id, K.MULTICAST_INTERFACE, "nosuch0")

    assert failed(completion) == (Status.UNSUCCESSFUL, Origin.LOCAL_HOST, Phase.BIND, "ENODEV")
    assert option(driver, socket_id, K.MULTICAST_INTERFACE) == ""


async def test_an_address_that_is_shared_cannot_become_exclusive_nor_be_born_as_both(driver: Driver) -> None:
    socket_id = driver.create()
    set_option(driver, socket_id, K.REUSE_ADDRESS, True)
    both = (SetOption(K.REUSE_ADDRESS, True), SetOption(K.EXCLUSIVE_ADDRESS, True))

    refused = driver.refused(changing(socket_id, K.EXCLUSIVE_ADDRESS, True))

    assert refused.reason is Reason.MALFORMED
    assert option(driver, socket_id, K.EXCLUSIVE_ADDRESS) is False
    assert driver.refused(CreateSocket(0, Category.LISTENING, Family.IPV4, both)).reason is Reason.MALFORMED
    set_option(driver, socket_id, K.REUSE_ADDRESS, False)
    assert set_option(driver, socket_id, K.EXCLUSIVE_ADDRESS, True).status is Status.SUCCESS


@pytest.mark.parametrize("category", [Category.LISTENING, Category.STREAM, Category.DATAGRAM])
async def test_a_socket_shares_its_address_only_if_that_was_asked_for(
    driver: Driver, category: Category
) -> None:
    private, shared = driver.create(category), driver.create(category)
    set_option(driver, shared, K.REUSE_ADDRESS, True)
    for socket_id in (private, shared):
        driver.ask(Bind(socket_id, ANYWHERE))

    assert [option(driver, each, K.REUSE_ADDRESS) for each in (private, shared)] == [False, True]
    assert driver.refused(changing(private, K.REUSE_ADDRESS, True)).reason is Reason.WRONG_STATE
    assert option(driver, private, K.REUSE_ADDRESS) is False


async def test_a_socket_cannot_be_born_silent(driver: Driver, peer: Listen) -> None:
    listener, silent = peer(), (SetOption(K.SILENT, True),)

    for request in (
        CreateSocket(0, Category.CONNECTION, Family.IPV4, silent),
        Connect(0, Endpoint(listener.host, listener.port), make=True, options=silent),
    ):
        assert driver.refused(request).reason is Reason.WRONG_STATE
    assert (driver.engine.sockets, driver.session.ledger.pending) == (0, 0)


async def test_options_of_an_aborted_connection_are_gone_and_asking_for_them_fails(
    driver: Driver, peer: Listen
) -> None:
    socket_id, _ = await driver.meet(peer())
    driver.ask(Disconnect(socket_id, abortive=True))
    gone = (Status.CONNECTION_DISCONNECTED, Origin.LOCAL_HOST, Phase.BIND, "ENOTCONN")

    assert failed(set_option(driver, socket_id, K.NO_DELAY, True)) == gone
    assert failed(control(driver, Control(socket_id, options=(K.NO_DELAY,)))) == gone
    everything = result(control(driver, Control(socket_id, options=())))
    assert kinds_of(everything) == {K.EXCLUSIVE_ADDRESS, K.REUSE_ADDRESS, K.SILENT}
    assert "no_delay" in everything.unavailable


async def test_what_the_network_has_ended_fails_a_set_and_a_get_as_it_does_a_receive(
    driver: Driver, peer: Listen
) -> None:
    socket_id, far = await driver.meet(peer())
    reading = driver.ask(Receive(socket_id, 1))
    far.reset()
    reset = failed(await driver.completed(reading))
    assert (driver.state(socket_id), reset[3]) == (State.RESET, errno.errorcode[errno.ECONNRESET])

    for completion in (
        set_option(driver, socket_id, K.NO_DELAY, True),
        control(driver, Control(socket_id, options=(K.NO_DELAY,))),
    ):
        assert failed(completion) == (*reset[:2], Phase.BIND, reset[3])


async def test_a_basic_socket_has_no_options(driver: Driver) -> None:
    basic = driver.create(Category.BASIC)

    assert result(control(driver, Control(basic, options=()))) == ControlResult(())
    assert driver.refused(changing(basic, K.NO_DELAY, True)).reason is Reason.WRONG_CATEGORY


async def test_a_conditional_listener_stays_so(driver: Driver) -> None:
    listener, _ = listening(driver, SetOption(K.CONDITIONAL_ACCEPT, True), SetOption(K.BACKLOG, 7))

    for kind, value in ((K.CONDITIONAL_ACCEPT, False), (K.BACKLOG, 9)):
        assert driver.refused(changing(listener, kind, value)).reason is Reason.WRONG_STATE
    assert option(driver, listener, K.CONDITIONAL_ACCEPT) is True
    assert option(driver, listener, K.BACKLOG) == 7
