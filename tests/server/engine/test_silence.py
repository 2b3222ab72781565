"""Silent mode of real connections. What is on the wire is counted by the kernel itself (tcpi_segs_out).

Needs CAP_NET_ADMIN: where it is missing silence is refused, which has a test too.
"""

import errno
import socket
from collections.abc import Awaitable, Callable

import pytest
from tests.peers import Peer, PeerConnection
from tests.server.engine.agents import Agent
from tests.server.engine.controls import changing, option, result, set_option
from tests.server.engine.driver import Driver
from tests.server.engine.listeners import accepted, listening

from telesock.server.core.events import CloseResult, DataReceived
from telesock.server.core.options import KeepAlive, OptionKind
from telesock.server.core.refusal import Reason
from telesock.server.core.requests import (
    Accept,
    Bind,
    Close,
    Connect,
    Disconnect,
    Endpoint,
    Family,
    Indications,
    Receive,
    Send,
)
from telesock.server.core.states import Category, State
from telesock.server.core.status import Phase, Status
from telesock.server.engine import silence
from telesock.server.engine.tcp_info import read_fields, read_tcp_info, unacknowledged_bytes, unread_bytes

Listen = Callable[..., Peer]
Dial = Callable[[Endpoint], Awaitable[PeerConnection]]
K = OptionKind
needs_privilege = pytest.mark.skipif(bool(silence.missing()), reason=silence.missing())


def descriptor_of(driver: Driver, socket_id: int) -> socket.socket:
    descriptor = driver.connection(socket_id).descriptor
    assert descriptor is not None, "it is connected"
    return descriptor


def segments(driver: Driver, socket_id: int) -> int:
    """How many packets the kernel has sent for a connection."""
    return read_fields(descriptor_of(driver, socket_id))["tcpi_segs_out"]


def fall_silent(driver: Driver, socket_id: int) -> None:
    result(set_option(driver, socket_id, K.SILENT, True))


def speak(driver: Driver, socket_id: int) -> None:
    result(set_option(driver, socket_id, K.SILENT, False))


@needs_privilege
async def test_a_silent_connection_acknowledges_nothing_and_keeps_nothing_of_what_comes(
    driver: Driver, peer: Listen
) -> None:
    socket_id, far = await driver.meet(peer())
    fall_silent(driver, socket_id)
    before = segments(driver, socket_id)

    far.send(b"anybody there?")
    await far.until_sent()

    assert (driver.state(socket_id), option(driver, socket_id, K.SILENT)) == (State.SILENT, True)
    assert segments(driver, socket_id) == before
    assert unread_bytes(descriptor_of(driver, socket_id)) == 0


@needs_privilege
async def test_a_connection_that_speaks_again_gets_what_its_peer_repeats(
    driver: Driver, peer: Listen
) -> None:
    socket_id, far = await driver.meet(peer(), Indications.DATA)
    fall_silent(driver, socket_id)
    far.send(b"repeated until it is heard")
    await far.until_sent()

    speak(driver, socket_id)

    assert driver.state(socket_id) is State.CONNECTED
    await driver.until_indicated(socket_id, b"repeated until it is heard")
    driver.ask(Send(socket_id, b"heard"))
    await far.until_received(b"heard")


@needs_privilege
async def test_an_acknowledgement_that_is_held_back_leaves_before_the_silence(
    driver: Driver, peer: Listen
) -> None:
    """Linux would hold it back for 40 ms where a dialogue goes on and what has come is unread."""
    socket_id, far = await driver.meet(peer())
    for turn in range(20):
        driver.ask(Send(socket_id, b"?"))
        await far.until_bytes(turn + 1)
        far.send(b"!")
        await driver.completed(driver.ask(Receive(socket_id, 1)))
    driver.ask(Send(socket_id, b"?"))
    await far.until_bytes(21)
    far.send(b"unread")
    descriptor = descriptor_of(driver, socket_id)
    await driver.until_seen(lambda: unread_bytes(descriptor) == 6)
    await driver.until_seen(lambda: unacknowledged_bytes(descriptor) == 0)
    before = segments(driver, socket_id)
    shared = descriptor.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)

    fall_silent(driver, socket_id)

    assert segments(driver, socket_id) > before
    assert descriptor.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR) == shared
    speak(driver, socket_id)
    reading = driver.ask(Receive(socket_id, 6, wait_all=True))
    assert (await driver.completed(reading)).transferred_bytes == 6


@needs_privilege
async def test_a_silent_connection_does_not_keep_its_port_from_being_listened_at_again(
    driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver)
    operation = driver.ask(Accept(listener))
    far = await dial(address)
    far.send(b"unread")
    made = await accepted(driver, operation)
    await driver.until_seen(lambda: unread_bytes(descriptor_of(driver, made.socket_id)) == 6)
    fall_silent(driver, made.socket_id)
    await driver.close(listener)
    again = driver.create(Category.LISTENING)

    completion = await driver.completed(driver.ask(Bind(again, address)))

    assert completion.status is Status.SUCCESS


@needs_privilege
async def test_what_had_come_before_is_not_read_during_the_silence_even_if_it_is_told_of_then(
    driver: Driver, peer: Listen
) -> None:
    socket_id, far = await driver.meet(peer(), Indications.DATA)
    descriptor = descriptor_of(driver, socket_id)
    far.send(b"x" * 10_000)
    while unread_bytes(descriptor) < 10_000:
        pass
    fall_silent(driver, socket_id)
    before = segments(driver, socket_id)

    driver.engine.look()

    assert driver.told(socket_id, DataReceived) == []
    reading = driver.ask(Receive(socket_id, 1))
    assert (unread_bytes(descriptor), segments(driver, socket_id)) == (10_000, before)
    speak(driver, socket_id)
    assert (await driver.completed(reading)).status is Status.SUCCESS


@needs_privilege
async def test_keep_alive_rests_during_the_silence_and_can_be_changed_for_afterwards(
    driver: Driver, peer: Listen
) -> None:
    def probes() -> bool:
        return bool(descriptor_of(driver, socket_id).getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))

    socket_id, _ = await driver.meet(peer())
    set_option(driver, socket_id, K.KEEP_ALIVE, KeepAlive(True, 11.0, 3.0, 4))
    fall_silent(driver, socket_id)
    assert not probes()
    assert option(driver, socket_id, K.KEEP_ALIVE) == KeepAlive(True, 11.0, 3.0, 4)

    off = result(set_option(driver, socket_id, K.KEEP_ALIVE, KeepAlive(False))).options[0]
    on = result(set_option(driver, socket_id, K.KEEP_ALIVE, KeepAlive(True, 20.0))).options[0]

    assert (off.value, on.value) == (KeepAlive(False, 11.0, 3.0, 4), KeepAlive(True, 20.0, 3.0, 4))
    assert not probes()
    speak(driver, socket_id)
    assert probes()
    assert option(driver, socket_id, K.KEEP_ALIVE) == KeepAlive(True, 20.0, 3.0, 4)


@needs_privilege
async def test_a_silent_connection_without_keep_alive_has_none_when_it_speaks_again(
    driver: Driver, peer: Listen
) -> None:
    socket_id, _ = await driver.meet(peer())

    fall_silent(driver, socket_id)
    speak(driver, socket_id)

    keep_alive = option(driver, socket_id, K.KEEP_ALIVE)
    assert isinstance(keep_alive, KeepAlive)
    assert not keep_alive.enabled


@needs_privilege
async def test_row_70_sends_and_disconnects_are_refused_during_the_silence(
    driver: Driver, peer: Listen
) -> None:
    socket_id, _ = await driver.meet(peer())
    fall_silent(driver, socket_id)

    for request in (Send(socket_id, b"x"), Disconnect(socket_id), Disconnect(socket_id, abortive=True)):
        refused = driver.refused(request)
        assert (refused.reason, refused.metadata["wsk_status"]) == (
            Reason.WRONG_STATE,
            "STATUS_INVALID_DEVICE_STATE",
        )
    assert driver.state(socket_id) is State.SILENT


@needs_privilege
async def test_falling_silent_twice_and_speaking_twice_changes_nothing(driver: Driver, peer: Listen) -> None:
    socket_id, _ = await driver.meet(peer())

    speak(driver, socket_id)
    assert driver.state(socket_id) is State.CONNECTED
    fall_silent(driver, socket_id)
    fall_silent(driver, socket_id)
    assert driver.state(socket_id) is State.SILENT


@needs_privilege
async def test_a_connection_with_data_under_way_cannot_fall_silent(driver: Driver, peer: Listen) -> None:
    socket_id, _ = await driver.meet(peer(receive_buffer=4096, reading=False))
    for _ in range(8):
        driver.ask(Send(socket_id, b"x" * (1 << 20)))

    assert driver.refused(changing(socket_id, K.SILENT, True)).reason is Reason.WRONG_STATE
    assert driver.state(socket_id) is State.CONNECTED


@needs_privilege
async def test_a_send_of_the_same_batch_keeps_a_connection_from_falling_silent(
    driver: Driver, peer: Listen
) -> None:
    socket_id, far = await driver.meet(peer())
    driver.submit(Send(socket_id, b"hello"))

    assert driver.refused(changing(socket_id, K.SILENT, True)).reason is Reason.WRONG_STATE
    driver.engine.flush()
    await far.until_received(b"hello")


@needs_privilege
async def test_a_connection_whose_peer_has_ended_falls_silent_once_everything_is_received(
    driver: Driver, peer: Listen
) -> None:
    socket_id, far = await driver.meet(peer())
    descriptor = descriptor_of(driver, socket_id)
    far.send(b"rest")
    far.finish()
    await driver.until_seen(lambda: read_tcp_info(descriptor).state == "CLOSE_WAIT")
    assert driver.refused(changing(socket_id, K.SILENT, True)).reason is Reason.WRONG_STATE
    await driver.completed(driver.ask(Receive(socket_id, 4)))
    await driver.until_state(socket_id, State.PEER_DISCONNECTED)

    fall_silent(driver, socket_id)

    assert driver.state(socket_id) is State.SILENT_LAST
    speak(driver, socket_id)
    assert driver.state(socket_id) is State.PEER_DISCONNECTED


async def test_only_a_connection_can_fall_silent(driver: Driver, silence: Endpoint) -> None:
    bound, listener = driver.create(), driver.create(Category.LISTENING)
    driver.ask(Bind(bound, Endpoint("127.0.0.1", 0)))
    connecting = driver.ask(Connect(0, silence, make=True)).socket_id

    for socket_id in (bound, connecting):
        assert driver.refused(changing(socket_id, K.SILENT, True)).reason is Reason.WRONG_STATE
    assert driver.refused(changing(listener, K.SILENT, True)).reason is Reason.WRONG_CATEGORY


async def test_an_agent_that_lacks_the_privilege_says_so_and_the_connection_speaks_on(
    driver: Driver, peer: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unprivileged(socket.socket):
        def setsockopt(self, *arguments: object) -> None:
            raise OSError(errno.EPERM, "Operation not permitted")

    socket_id, far = await driver.meet(peer())
    monkeypatch.setattr(socket, "socket", Unprivileged)

    refused = driver.refused(changing(socket_id, K.SILENT, True))

    assert (refused.reason, refused.message) == (
        Reason.NOT_AVAILABLE,
        "silent: the agent lacks the capability CAP_NET_ADMIN; give it by docker run --user 0 --cap-add NET_ADMIN, "
        "or AmbientCapabilities=CAP_NET_ADMIN of systemd",
    )
    driver.ask(Send(socket_id, b"hello"))
    await far.until_received(b"hello")


@needs_privilege
@pytest.mark.parametrize("graceful", [False, True])
async def test_a_silent_connection_closes_at_once_and_its_peer_is_told_nothing(
    driver: Driver, peer: Listen, graceful: bool
) -> None:
    listener = peer()
    socket_id, far = await driver.meet(listener)
    set_option(driver, socket_id, K.KEEP_ALIVE, KeepAlive(True))
    fall_silent(driver, socket_id)

    closing = driver.ask(Close(socket_id, graceful=graceful))

    completion = driver.completion(closing)
    assert completion is not None
    assert completion.result == CloseResult(aborted=True, discarded_bytes=0)
    assert driver.engine.probing == set()
    await driver.meet(listener)  # time for a packet to arrive, had there been one
    assert not far.ended


@needs_privilege
async def test_a_silent_connection_that_the_host_ends_is_not_remembered(driver: Driver, peer: Listen) -> None:
    socket_id, _ = await driver.meet(peer())
    set_option(driver, socket_id, K.KEEP_ALIVE, KeepAlive(True))
    fall_silent(driver, socket_id)
    assert driver.engine.probing == {driver.connection(socket_id)}

    driver.connection(socket_id).lost(errno.ENETDOWN, Phase.RECEIVE)

    assert (driver.state(socket_id), driver.engine.probing) == (State.RESET, set())


async def test_a_unix_domain_connection_has_no_silence(agent: Agent) -> None:
    driver = agent.start(allow=["unix:@*"])
    listener = driver.create(Category.LISTENING, Family.UNIX)
    driver.ask(Bind(listener, Endpoint("", 0)))
    here = driver.session.sockets[listener].local
    assert here is not None, "the kernel has chosen a name"
    operation = driver.ask(Connect(0, here, make=True))
    assert (await driver.completed(operation)).status is Status.SUCCESS

    refused = driver.refused(changing(operation.socket_id, K.SILENT, True))

    assert (refused.reason, refused.message) == (
        Reason.NOT_AVAILABLE,
        "silent: Unix-domain sockets have no such option",
    )
