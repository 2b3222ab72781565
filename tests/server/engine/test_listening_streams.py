"""A stream socket that listens: it was bound before, decides once, and is a listener from then on."""

import errno
import socket
from collections.abc import Awaitable, Callable

import pytest
from tests.peers import Peer, PeerConnection
from tests.ports import unused_port
from tests.server.engine.agents import Agent
from tests.server.engine.driver import Driver, failed
from tests.server.engine.listeners import accepted, engines, indicate, indicated, listening, until_waiting

from telesock.server.core.events import CloseResult, Completion
from telesock.server.core.options import OptionKind, SetOption
from telesock.server.core.refusal import Reason
from telesock.server.core.requests import (
    Accept,
    Bind,
    Close,
    Connect,
    CreateSocket,
    Endpoint,
    Family,
    InspectComplete,
    Listen,
    OperationKind,
    Receive,
)
from telesock.server.core.states import Category, State
from telesock.server.core.status import Origin, Phase, Status

Dial = Callable[[Endpoint], Awaitable[PeerConnection]]
Listening = Callable[..., Peer]

STREAM = Category.STREAM


async def test_a_listen_completes_at_once_and_connections_come_only_from_then_on(
    driver: Driver, dial: Dial
) -> None:
    stream, address = listening(driver, category=STREAM)
    with pytest.raises(ConnectionRefusedError):
        await dial(address)

    operation = driver.ask(Listen(stream))

    assert driver.completion(operation) == Completion(OperationKind.LISTEN, Status.SUCCESS)
    assert driver.state(stream) is State.LISTENING
    far = await dial(address)
    result = await accepted(driver, driver.ask(Accept(stream)))
    assert (result.local, result.remote) == (address, Endpoint(*far.local))
    assert driver.connection(result.socket_id).category is Category.CONNECTION


async def test_it_keeps_its_number_its_address_its_options_and_its_room_in_the_journal(
    driver: Driver,
) -> None:
    stream, address = listening(driver, SetOption(OptionKind.BACKLOG, 5), category=STREAM)
    before = (driver.session.journal.guaranteed, driver.engine.sockets, len(driver.session.sockets))
    bound = driver.session.sockets[stream]

    driver.ask(Listen(stream))

    listener = engines(driver, stream)
    assert (driver.session.journal.guaranteed, driver.engine.sockets, len(driver.session.sockets)) == before
    assert (listener.category, listener.local, listener.settings) == (
        STREAM,
        address,
        {OptionKind.BACKLOG: 5},
    )
    assert (listener.pending, bound.descriptor) == (0, None)


async def test_it_indicates_and_closes_as_a_listener_does(driver: Driver, dial: Dial) -> None:
    stream, address = listening(driver, category=STREAM)
    driver.ask(Listen(stream))
    indicate(driver, stream)
    await dial(address)
    await indicated(driver, stream)
    queued = driver.ask(Accept(stream))

    await driver.close(stream)

    assert queued.sequence != 0
    assert driver.told(stream)[-1] == Completion(
        OperationKind.CLOSE, Status.SUCCESS, result=CloseResult(aborted=False, discarded_bytes=0)
    )
    with pytest.raises(ConnectionRefusedError):
        await dial(address)


async def test_what_it_cannot_do_before_or_after_is_refused(driver: Driver) -> None:
    stream, address = listening(driver, category=STREAM)
    assert driver.refused(Accept(stream)).reason is Reason.WRONG_STATE
    driver.ask(Listen(stream))

    for request in (Listen(stream), Connect(stream, address), Bind(stream, address), Receive(stream, 1)):
        assert driver.refused(request).reason is Reason.WRONG_STATE
    assert driver.refused(InspectComplete(stream, 1, accept=True)).reason is Reason.MALFORMED
    unbound = driver.ask(CreateSocket(0, STREAM, Family.ANY)).socket_id
    assert driver.refused(Listen(unbound)).reason is Reason.WRONG_STATE


async def test_one_that_has_connected_does_not_listen(driver: Driver, peer: Listening) -> None:
    stream, _ = listening(driver, category=STREAM)
    far = peer()
    connecting = driver.ask(Connect(stream, Endpoint(far.host, far.port)))
    assert driver.refused(Listen(stream)).reason is Reason.WRONG_STATE
    await driver.completed(connecting)

    assert driver.refused(Listen(stream)).reason is Reason.WRONG_STATE
    assert driver.state(stream) is State.CONNECTED


async def test_a_listen_that_fails_leaves_a_bound_socket_that_may_still_connect(
    driver: Driver, peer: Listening
) -> None:
    stream, address = listening(driver, category=STREAM)
    descriptor = driver.session.sockets[stream].descriptor
    assert descriptor is not None
    descriptor.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as rival:
        rival.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        rival.bind((address.host, address.port))
        rival.listen()
        completion = await driver.completed(driver.ask(Listen(stream)))

    assert failed(completion) == (
        Status.ADDRESS_ALREADY_EXISTS,
        Origin.LOCAL_HOST,
        Phase.BIND,
        "EADDRINUSE",
    )
    assert driver.state(stream) is State.BOUND
    far = peer()
    connecting = driver.ask(Connect(stream, Endpoint(far.host, far.port)))
    assert (await driver.completed(connecting)).status is Status.SUCCESS


async def test_after_a_connect_that_failed_and_left_no_descriptor_a_listen_makes_one(
    driver: Driver, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream, address = listening(driver, category=STREAM)

    def without_descriptors(*_: object) -> None:
        raise OSError(errno.EMFILE, "no descriptor is left")

    with monkeypatch.context() as full:
        full.setattr("telesock.server.engine.connection.new_descriptor", without_descriptors)
        nobody = Endpoint("127.0.0.1", unused_port())
        refused = await driver.completed(driver.ask(Connect(stream, nobody)))
    assert refused.status is Status.CONNECTION_REFUSED

    assert (await driver.completed(driver.ask(Listen(stream)))).status is Status.SUCCESS
    far = await dial(address)
    await until_waiting(driver, stream)
    assert (await accepted(driver, driver.ask(Accept(stream)))).remote == Endpoint(*far.local)


async def test_it_ends_with_its_session(agent: Agent, dial: Dial) -> None:
    driver = agent.start()
    stream, address = listening(driver, category=STREAM)
    driver.ask(Listen(stream))
    driver.ask(Accept(stream))

    driver.engine.close()

    assert (driver.engine.sockets, driver.session.ledger.pending) == (0, 0)
    with pytest.raises(ConnectionRefusedError):
        await dial(address)


async def test_a_close_before_it_listens_is_that_of_a_bound_socket(driver: Driver) -> None:
    stream, _ = listening(driver, category=STREAM)

    close = await driver.completed(driver.ask(Close(stream)))

    assert close.result == CloseResult(aborted=False, discarded_bytes=0)
