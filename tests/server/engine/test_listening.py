"""A listener from its bind to its end."""

import contextlib
import errno
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator

import pytest
from tests.peers import PeerConnection
from tests.server.engine.driver import Driver, failed
from tests.server.engine.listeners import accepted, engines, listening, until_waiting

from telesock.server.core.events import BindResult, CloseResult, Completion, SocketClosed
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
from telesock.server.engine.listening import DEFAULT_BACKLOG, Listener
from telesock.server.engine.resolver import Address

Dial = Callable[[Endpoint], Awaitable[PeerConnection]]

FIRST = 2**63  # the number of the first socket that is accepted


def backlog(driver: Driver, listener: int) -> int:
    """How many connections the kernel lets wait: tcpi_sacked of a listener, see struct tcp_info."""
    descriptor = engines(driver, listener).descriptor
    assert descriptor is not None
    found: int = struct.unpack_from("I", descriptor.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 64), 28)[
        0
    ]
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
    asked, _ = listening(driver, SetOption(OptionKind.BACKLOG, 3))
    default, _ = listening(driver)
    most, _ = listening(driver, SetOption(OptionKind.BACKLOG, 2**31 - 1))

    assert (backlog(driver, asked), backlog(driver, default)) == (
        3,
        min(DEFAULT_BACKLOG, backlog(driver, most)),
    )


@contextlib.contextmanager
def a_rival_that_listens_between_bind_and_listen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """Let another socket of the host win a port right after it was bound here; yields the address."""
    rival = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    rival.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    rival.bind(("127.0.0.1", 0))
    bind = Listener.bind_descriptor

    def bind_and_lose(self: Listener, address: Address) -> None:
        bind(self, address)
        rival.listen()

    with rival, monkeypatch.context() as patched:
        patched.setattr(Listener, "bind_descriptor", bind_and_lose)
        yield Endpoint(*rival.getsockname())


async def test_a_listener_that_cannot_listen_is_as_it_was_and_may_be_bound_again(
    driver: Driver, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = SetOption(OptionKind.RECEIVE_BUFFER_BYTES, 30_000)
    listener = driver.ask(CreateSocket(0, Category.LISTENING, Family.IPV4, (small,))).socket_id

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
    assert [failed(each)[:2] for each in completions] == [(Status.FILE_FORCED_CLOSED, Origin.LOCAL_HOST)] * 2
    [closed] = driver.told(listener, SocketClosed)
    assert isinstance(closed, SocketClosed)
    assert closed.status is Status.FILE_FORCED_CLOSED
    assert driver.refused(Accept(listener)).reason is Reason.SOCKET_CLOSED


async def test_with_its_session_a_listener_ends_and_its_sockets_and_its_queue_are_reset(
    driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver)
    accepting = driver.ask(Accept(listener))
    peers = [await dial(address)]
    made = (await accepted(driver, accepting)).socket_id
    peers.append(await dial(address))
    await until_waiting(driver, listener)
    receive = driver.ask(Receive(made, 1))

    with driver.reading():
        driver.engine.sessions.end(driver.session, SessionEnd.LEASE_EXPIRED)
        completion, closed = driver.completion(receive), driver.told(listener, SocketClosed)

    for far in peers:
        await far.until_end()
        assert far.saw_reset
    assert completion is not None
    assert (completion.status, len(closed)) == (Status.CANCELLED, 1)
