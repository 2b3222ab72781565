"""A listener from its bind to its end, and accepts: served in order, taken back without loss."""

import contextlib
import errno
import socket
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.peers import PeerConnection
from tests.server.engine.driver import Driver, failed
from tests.server.engine.listeners import accepted, engines, indicate, listening, until_waiting

from telesock.server.core.events import AcceptResult, BindResult, CloseResult, Completion, SocketClosed
from telesock.server.core.options import OptionKind, SetOption
from telesock.server.core.refusal import Reason
from telesock.server.core.requests import (
    Accept,
    AnyRequest,
    Bind,
    Callbacks,
    Close,
    Connect,
    CreateSocket,
    Endpoint,
    Family,
    Indications,
    InspectComplete,
    Listen,
    OperationKind,
    Receive,
    Send,
)
from telesock.server.core.session import SessionEnd
from telesock.server.core.states import Category, State
from telesock.server.core.status import Origin, Phase, Status
from telesock.server.engine.connection import Connection
from telesock.server.engine.engine import CancelOutcome
from telesock.server.engine.listening import DEFAULT_BACKLOG, Listener

Dial = Callable[[Endpoint], Awaitable[PeerConnection]]

FIRST = 2**63  # the number of the first socket that is accepted


def backlog(driver: Driver, listener: int) -> int:
    """How many connections the kernel lets wait: tcpi_sacked of a listener, see struct tcp_info."""
    descriptor = engines(driver, listener).descriptor
    assert descriptor is not None
    found: int = struct.unpack_from("I", descriptor.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 64), 28)[0]
    return found


# Binding


async def test_binding_a_listener_is_listening(driver: Driver, dial: Dial) -> None:
    listener = driver.ask(CreateSocket(0, Category.LISTENING, Family.ANY)).socket_id
    binding = driver.ask(Bind(listener, Endpoint("127.0.0.1", 0)))

    local = engines(driver, listener).local
    assert local is not None
    assert driver.completion(binding) == Completion(
        OperationKind.BIND, Status.SUCCESS, result=BindResult(local)
    )
    assert driver.state(listener) is State.LISTENING
    await dial(local)


async def test_the_backlog_is_what_was_asked_for_or_the_default_bounded_by_the_host(driver: Driver) -> None:
    most = int(Path("/proc/sys/net/core/somaxconn").read_text())
    asked, _ = listening(driver, SetOption(OptionKind.BACKLOG, 3))
    default, _ = listening(driver)

    assert (backlog(driver, asked), backlog(driver, default)) == (3, min(DEFAULT_BACKLOG, most))


@contextlib.contextmanager
def a_rival_that_listens_between_bind_and_listen(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Let another socket of the host win a port right after it was bound here; yields the address."""
    rival = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    rival.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    rival.bind(("127.0.0.1", 0))
    bind = Listener.bind_descriptor

    def bind_and_lose(self, address):  # type: ignore[no-untyped-def]
        bind(self, address)
        rival.listen()

    with rival, monkeypatch.context() as patched:
        patched.setattr(Listener, "bind_descriptor", bind_and_lose)
        yield Endpoint(*rival.getsockname())


async def test_a_listener_that_cannot_listen_is_as_it_was_and_may_be_bound_again(
    driver: Driver, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_alive = SetOption(OptionKind.RECEIVE_BUFFER_BYTES, 30_000)
    listener = driver.ask(CreateSocket(0, Category.LISTENING, Family.IPV4, (keep_alive,))).socket_id

    def buffer() -> int:
        descriptor = engines(driver, listener).descriptor
        assert descriptor is not None
        return descriptor.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)

    before = buffer()
    with a_rival_that_listens_between_bind_and_listen(monkeypatch) as address:
        completion = await driver.completed(driver.ask(Bind(listener, address)))
        assert failed(completion) == (
            Status.ADDRESS_ALREADY_EXISTS,
            Origin.LOCAL_HOST,
            Phase.BIND,
            "EADDRINUSE",
        )
        assert (driver.state(listener), engines(driver, listener).local) == (State.CREATED, None)

    assert (await driver.completed(driver.ask(Bind(listener, address)))).status is Status.SUCCESS
    assert buffer() == before
    await dial(address)


async def test_a_listener_that_could_not_be_made_anew_completes_its_bind_and_is_made_by_the_next(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = driver.ask(CreateSocket(0, Category.LISTENING, Family.IPV4)).socket_id

    def no_descriptor(self: Listener, family: Family) -> None:
        raise OSError(errno.EMFILE, "no descriptor is left")

    with a_rival_that_listens_between_bind_and_listen(monkeypatch) as address, monkeypatch.context() as full:
        full.setattr(Listener, "open", no_descriptor)
        first = await driver.completed(driver.ask(Bind(listener, address)))
        second = await driver.completed(driver.ask(Bind(listener, address)))

    assert (failed(first)[3], failed(second)[3]) == ("EADDRINUSE", "EMFILE")
    assert (await driver.completed(driver.ask(Bind(listener, address)))).status is Status.SUCCESS


@pytest.mark.parametrize(
    ("request_of", "reason"),
    [
        (lambda number: Bind(number, Endpoint("", 0)), Reason.WRONG_STATE),
        (lambda number: Listen(number), Reason.WRONG_CATEGORY),
        (lambda number: Connect(number, Endpoint("127.0.0.1", 1)), Reason.WRONG_CATEGORY),
        (lambda number: Send(number, b"x"), Reason.WRONG_CATEGORY),
        (lambda number: Receive(number, 1), Reason.WRONG_CATEGORY),
        (lambda number: InspectComplete(number, 1, accept=True), Reason.MALFORMED),
        (lambda number: Accept(number, callbacks=Callbacks(Indications.CONNECTION)), Reason.WRONG_CATEGORY),
        (lambda number: Accept(number, callbacks=Callbacks(Indications.DATAGRAM)), Reason.WRONG_CATEGORY),
    ],
)
async def test_what_a_listener_cannot_do_is_refused(
    request_of: Callable[[int], AnyRequest], reason: Reason, driver: Driver
) -> None:
    listener, _ = listening(driver)
    before = len(driver.events)

    assert driver.refused(request_of(listener)).reason is reason
    assert (len(driver.events), engines(driver, listener).pending) == (before, 0)


async def test_nothing_is_accepted_before_the_bind(driver: Driver) -> None:
    listener = driver.ask(CreateSocket(0, Category.LISTENING, Family.ANY)).socket_id

    assert driver.refused(Accept(listener)).reason is Reason.WRONG_STATE


# Accepting


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_an_accept_takes_a_connection_that_waits_at_once(
    host: str, driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver, host=host)
    far = await dial(address)
    await until_waiting(driver, listener)

    operation = driver.ask(Accept(listener))

    result = AcceptResult(FIRST, address, Endpoint(host, far.local[1]), 0)
    assert driver.completion(operation) == Completion(OperationKind.ACCEPT, Status.SUCCESS, result=result)


async def test_an_accepted_socket_is_a_connection_that_was_born_connected(driver: Driver, dial: Dial) -> None:
    listener, address = listening(driver)
    operation = driver.ask(Accept(listener))
    far = await dial(address)
    await accepted(driver, operation)

    made = driver.connection(FIRST)
    assert (made.category, made.state, made.family) == (
        Category.CONNECTION,
        State.CONNECTED,
        Family.IPV4,
    )
    assert (made.local, made.remote) == (address, Endpoint(*far.local))
    assert (made.indications, driver.engine.sockets) == (Indications.NONE, 2)
    far.send(b"question")
    receiving = driver.ask(Receive(FIRST, 8, wait_all=True))
    assert (await driver.completed(receiving)).transferred_bytes == 8
    driver.ask(Send(FIRST, b"answer"))
    await far.until_received(b"answer")


async def test_a_listener_on_all_addresses_tells_which_one_the_peer_connected_to(
    driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver, host="0.0.0.0")  # noqa: S104 - what is tested
    operations = [driver.ask(Accept(listener)) for _ in range(2)]

    for host in ("127.0.0.1", "127.0.0.2"):
        await dial(Endpoint(host, address.port))

    local = [(await accepted(driver, operation)).local for operation in operations]
    assert local == [Endpoint("127.0.0.1", address.port), Endpoint("127.0.0.2", address.port)]


async def test_more_accepts_than_one_turn_serves_are_served_in_order(driver: Driver, dial: Dial) -> None:
    listener, address = listening(driver)
    peers = [await dial(address) for _ in range(150)]
    await until_waiting(driver, listener)
    operations = [driver.ask(Accept(listener)) for _ in range(150)]

    results = [await accepted(driver, operation) for operation in operations]

    assert [result.remote.port for result in results] == [far.local[1] for far in peers]
    assert [result.socket_id for result in results] == list(range(FIRST, FIRST + 150))


async def test_an_accepted_socket_indicates_what_its_accept_asked_for_and_not_what_the_listener_hands_on(
    driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver)
    indicate(driver, listener, Indications.DATA, Indications.DISCONNECT, credit_bytes=7)
    callbacks = Callbacks(Indications.DATA, 3)
    operation = driver.ask(Accept(listener, callbacks=callbacks))
    far = await dial(address)
    far.send(b"hello")

    made = (await accepted(driver, operation)).socket_id

    await driver.until_indicated(made, b"hel")
    assert driver.connection(made).indications is Indications.DATA


async def test_a_number_of_an_accepted_socket_that_was_closed_is_never_one_that_was_not(
    driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver)
    operation = driver.ask(Accept(listener))
    await dial(address)
    made = (await accepted(driver, operation)).socket_id

    await driver.close(made)

    assert driver.refused(Send(made, b"x")).reason is Reason.SOCKET_CLOSED
    assert driver.refused(Send(made + 1, b"x")).reason is Reason.SOCKET_UNKNOWN


# Taking accepts back


async def test_a_cancelled_accept_leaves_its_place_to_the_next(driver: Driver, dial: Dial) -> None:
    listener, address = listening(driver)
    first, second, third = (driver.ask(Accept(listener)) for _ in range(3))
    cancel = driver.engine.cancel

    outcomes = [cancel(driver.session, second.operation_id) for _ in range(2)]
    peers = [await dial(address) for _ in range(2)]

    assert outcomes == [CancelOutcome.CANCELLED, CancelOutcome.TOO_LATE]
    assert failed(await driver.completed(second)) == (Status.CANCELLED, Origin.CANCEL, Phase.CONNECT, "")
    results = [await accepted(driver, operation) for operation in (first, third)]
    assert [result.remote.port for result in results] == [far.local[1] for far in peers]


async def test_an_accept_whose_time_is_up_completes_and_the_connection_goes_to_the_next(
    driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver)
    timed = await driver.completed(driver.ask(Accept(listener, timeout=0.001)))
    following = driver.ask(Accept(listener, timeout=60.0))
    far = await dial(address)

    assert failed(timed) == (Status.IO_TIMEOUT, Origin.DEADLINE, Phase.CONNECT, "")
    assert (await accepted(driver, following)).remote == Endpoint(*far.local)
    assert following.timer is None


# The end


async def test_a_close_completes_the_accepts_first_and_leaves_accepted_sockets_alone(
    driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver)
    served, *waiting = [driver.ask(Accept(listener)) for _ in range(3)]
    far = await dial(address)
    made = (await accepted(driver, served)).socket_id

    close = driver.ask(Close(listener))

    completions = [driver.completion(operation) for operation in waiting]
    assert [failed(each) for each in completions if each] == [
        (Status.CANCELLED, Origin.CANCEL, Phase.CONNECT, "")
    ] * 2
    assert driver.told(listener)[-1] == Completion(
        OperationKind.CLOSE, Status.SUCCESS, result=CloseResult(aborted=False, discarded_bytes=0)
    )
    assert close.sequence > max(operation.sequence for operation in waiting)
    driver.ask(Send(made, b"alive"))
    await far.until_received(b"alive")


async def test_a_close_resets_what_waits_in_the_queue_and_frees_the_address(
    driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver)
    far = await dial(address)

    await driver.close(listener)

    await far.until_end()
    assert far.saw_reset
    again = driver.ask(CreateSocket(0, Category.LISTENING, Family.IPV4)).socket_id
    assert (await driver.completed(driver.ask(Bind(again, address)))).status is Status.SUCCESS


async def test_a_listener_that_the_host_ends_completes_its_accepts_and_is_told_of_once(
    driver: Driver,
) -> None:
    listener, _ = listening(driver)
    operations = [driver.ask(Accept(listener)) for _ in range(2)]
    descriptor = engines(driver, listener).descriptor
    assert descriptor is not None

    descriptor.shutdown(socket.SHUT_RDWR)  # of a listener: it listens no more, as when ss -K ends it

    completions = [await driver.completed(operation) for operation in operations]
    assert [failed(each)[:2] for each in completions] == [
        (Status.FILE_FORCED_CLOSED, Origin.LOCAL_HOST)
    ] * 2
    [closed] = driver.told(listener, SocketClosed)
    assert isinstance(closed, SocketClosed)
    assert closed.status is Status.FILE_FORCED_CLOSED
    assert driver.refused(Accept(listener)).reason is Reason.SOCKET_CLOSED


async def test_with_its_session_a_listener_ends_and_its_sockets_and_its_queue_are_reset(
    driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver)
    served = driver.ask(Accept(listener))
    taken = await dial(address)
    await accepted(driver, served)
    queued = await dial(address)
    await until_waiting(driver, listener)
    indicate_nothing = driver.ask(Accept(listener))
    await accepted(driver, indicate_nothing)
    left = await dial(address)
    pending = [driver.ask(Receive(FIRST, 1))]

    with driver.reading():
        driver.engine.sessions.end(driver.session, SessionEnd.LEASE_EXPIRED)
        completion = driver.completion(pending[0])
        closed = driver.told(listener, SocketClosed)

    for far in (taken, queued, left):
        await far.until_end()
        assert far.saw_reset
    assert completion is not None
    assert completion.status is Status.CANCELLED
    assert len(closed) == 1
    assert isinstance(driver.session.sockets.get(FIRST), Connection | None)
