"""Options outlive the descriptor that they were set on, travel from a listener to its connections, and cost nothing unset."""

from collections.abc import Awaitable, Callable

import pytest
from tests.peers import Peer, PeerConnection
from tests.ports import unused_port
from tests.server.engine.controls import option, set_option
from tests.server.engine.driver import Driver, failed
from tests.server.engine.listeners import accepted, listening
from tests.server.engine.names import NAME, Names

from telesock.server.core.events import CloseResult
from telesock.server.core.options import KeepAlive, Linger, OptionKind, SetOption, Value
from telesock.server.core.requests import Accept, Bind, Close, Connect, CreateSocket, Endpoint, Family, Send
from telesock.server.core.states import Category, State
from telesock.server.core.status import Origin, Phase, Status

Listen = Callable[..., Peer]
Dial = Callable[[Endpoint], Awaitable[PeerConnection]]
K = OptionKind
ANYWHERE = Endpoint("127.0.0.1", 0)
SEVERAL: list[tuple[OptionKind, Value]] = [
    (K.NO_DELAY, True),
    (K.KEEP_ALIVE, KeepAlive(True, 11.0, 3.0, 4)),
    (K.TYPE_OF_SERVICE, 0x48),
    (K.USER_TIMEOUT, 5.0),
]
INHERITED: list[tuple[OptionKind, Value]] = [
    *SEVERAL,
    (K.RECEIVE_BUFFER_BYTES, 30_000),
    (K.SEND_BUFFER_BYTES, 30_000),
    (K.LINGER, Linger(True, 2.0)),
    (K.TIME_TO_LIVE, 7),
    (K.CONGESTION_CONTROL, "reno"),
]


async def test_a_socket_that_failed_to_connect_connects_with_its_options_the_next_time(
    driver: Driver, peer: Listen
) -> None:
    listener, socket_id = peer(), driver.create()
    for kind, value in SEVERAL[:2]:
        set_option(driver, socket_id, kind, value)
    driver.ask(Bind(socket_id, ANYWHERE))
    for kind, value in SEVERAL[2:]:
        set_option(driver, socket_id, kind, value)
    refused = driver.ask(Connect(socket_id, Endpoint("127.0.0.1", unused_port())))
    assert (await driver.completed(refused)).status is Status.CONNECTION_REFUSED
    assert [option(driver, socket_id, kind) for kind, _ in SEVERAL] == [value for _, value in SEVERAL]

    connected = driver.ask(Connect(socket_id, Endpoint(listener.host, listener.port)))

    assert (await driver.completed(connected)).status is Status.SUCCESS
    assert [option(driver, socket_id, kind) for kind, _ in SEVERAL] == [value for _, value in SEVERAL]


async def test_every_address_that_a_connect_tries_is_tried_with_its_options(
    driver: Driver, peer: Listen
) -> None:
    listener = peer("127.0.0.1")
    Names(driver, "127.0.0.2", "127.0.0.1")  # nobody listens at the first
    options = tuple(SetOption(kind, value) for kind, value in SEVERAL)

    operation = driver.ask(Connect(0, Endpoint(NAME, listener.port), make=True, options=options))

    completion = await driver.completed(operation)
    assert completion.status is Status.SUCCESS, completion
    held = [option(driver, operation.socket_id, kind) for kind, _ in SEVERAL]
    assert held == [value for _, value in SEVERAL]


async def test_an_option_that_is_set_while_the_name_is_resolved_is_there_once_connected(
    driver: Driver, peer: Listen
) -> None:
    listener = peer()
    Names(driver, listener.host)
    operation = driver.ask(Connect(0, Endpoint(NAME, listener.port), make=True))
    assert driver.state(operation.socket_id) is State.CONNECTING

    completion = set_option(driver, operation.socket_id, K.NO_DELAY, True)

    assert completion.status is Status.SUCCESS
    assert option(driver, operation.socket_id, K.NO_DELAY) is True
    assert (await driver.completed(operation)).status is Status.SUCCESS
    assert option(driver, operation.socket_id, K.NO_DELAY) is True


async def test_an_option_that_the_kernel_refuses_fails_the_connect_and_leaves_no_socket(
    driver: Driver, peer: Listen
) -> None:
    listener = peer()
    device = SetOption(K.DEVICE, "nosuch0")

    operation = driver.ask(Connect(0, Endpoint(listener.host, listener.port), make=True, options=(device,)))

    completion = await driver.completed(operation)
    assert failed(completion) == (Status.UNSUCCESSFUL, Origin.LOCAL_HOST, Phase.BIND, "ENODEV")
    assert (driver.engine.sockets, listener.connections) == (0, [])


async def test_an_option_that_the_kernel_refuses_fails_the_making_and_leaves_no_socket(
    driver: Driver,
) -> None:
    device = SetOption(K.DEVICE, "nosuch0")

    completion = await driver.completed(
        driver.ask(CreateSocket(0, Category.CONNECTION, Family.IPV4, (device,)))
    )

    assert failed(completion) == (Status.UNSUCCESSFUL, Origin.LOCAL_HOST, Phase.BIND, "ENODEV")
    assert driver.engine.sockets == 0


async def test_a_listener_that_could_not_be_bound_keeps_its_options_for_the_next_bind(driver: Driver) -> None:
    _, taken = listening(driver)
    listener = driver.create(Category.LISTENING)
    for kind, value in (*SEVERAL, (K.BACKLOG, 7)):
        set_option(driver, listener, kind, value)

    assert (await driver.completed(driver.ask(Bind(listener, taken)))).status is Status.ADDRESS_ALREADY_EXISTS
    assert (await driver.completed(driver.ask(Bind(listener, ANYWHERE)))).status is Status.SUCCESS

    assert [option(driver, listener, kind) for kind, _ in SEVERAL] == [value for _, value in SEVERAL]
    assert option(driver, listener, K.BACKLOG) == 7


@pytest.mark.parametrize(("kind", "value"), INHERITED, ids=lambda each: getattr(each, "name", ""))
async def test_row_69_an_accepted_socket_has_the_options_of_its_listener_and_can_change_its_own(
    driver: Driver, dial: Dial, kind: OptionKind, value: Value
) -> None:
    listener, address = listening(driver, SetOption(kind, value))
    before = option(driver, driver.create(), kind)
    operation = driver.ask(Accept(listener))
    await dial(address)
    made = await accepted(driver, operation)

    assert option(driver, made.socket_id, kind) == option(driver, listener, kind) == value
    if kind is not K.KEEP_ALIVE:
        assert set_option(driver, made.socket_id, kind, before).status is Status.SUCCESS
        assert option(driver, listener, kind) == value


async def test_a_connection_without_options_keeps_none(driver: Driver, peer: Listen) -> None:
    first, _ = await driver.meet(peer())
    second, _ = await driver.meet(peer())
    set_option(driver, second, K.NO_DELAY, True)  # it will have no other descriptor

    assert driver.connection(first).settings is driver.connection(second).settings
    assert not driver.connection(first).settings


async def test_lingering_neither_keeps_a_close_waiting_nor_makes_its_reset_a_fin(
    driver: Driver, peer: Listen
) -> None:
    """Linux lets close(2) wait for the linger time even where nothing else waits: this test would take an hour."""
    socket_id, far = await driver.meet(peer(receive_buffer=4096, reading=False))
    set_option(driver, socket_id, K.LINGER, Linger(True, 3600.0))
    driver.ask(Send(socket_id, b"x" * (1 << 20)))

    completion = await driver.close(socket_id)

    assert completion.result == CloseResult(aborted=True, discarded_bytes=0)
    far.resume_reading()
    await far.until_end()
    assert far.saw_reset


async def test_lingering_does_not_keep_a_graceful_close_waiting_either(driver: Driver, peer: Listen) -> None:
    socket_id, far = await driver.meet(peer())
    set_option(driver, socket_id, K.LINGER, Linger(True, 3600.0))
    closing = driver.ask(Close(socket_id, graceful=True))
    await far.until_end()
    far.finish()

    completion = await driver.completed(closing)

    assert completion.result == CloseResult(aborted=False, discarded_bytes=0)
    assert far.saw_fin
