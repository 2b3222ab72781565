"""What bounds sockets: the agent's limit, the host's descriptors, the room in the journal."""

from collections.abc import Callable

from tests.peers import Peer
from tests.server.engine.agents import Agent, no_descriptors_left
from tests.server.engine.driver import Driver, failed

from telesock.server.core.events import Completion, SocketClosed
from telesock.server.core.limits import Limits
from telesock.server.core.refusal import Reason
from telesock.server.core.requests import (
    AnyRequest,
    Bind,
    Connect,
    CreateSocket,
    Disconnect,
    Endpoint,
    Family,
    OperationKind,
)
from telesock.server.core.session import SessionEnd
from telesock.server.core.states import Category
from telesock.server.core.status import Cause, Origin, Phase, Status

Listen = Callable[..., Peer]

DONE = Completion(OperationKind.CREATE_SOCKET, Status.SUCCESS)
ANYWHERE = Endpoint("", 0)


def reason(driver: Driver, request: AnyRequest) -> Reason:
    return driver.refused(request).reason


async def test_an_agent_that_is_full_makes_no_further_socket_until_one_is_closed(
    agent: Agent, peer: Listen
) -> None:
    driver = agent.start(Limits(sockets=2))
    numbers = [driver.create() for _ in range(2)]
    other = driver.another()

    for request in (
        CreateSocket(0, Category.BASIC, Family.ANY),
        Connect(0, Endpoint("127.0.0.1", peer().port), make=True),
    ):
        assert reason(other, request) is Reason.TOO_MANY_SOCKETS
    await driver.close(numbers[0])

    assert other.create() == 1


async def test_a_socket_gives_back_what_the_journal_had_set_aside_for_it(
    driver: Driver, peer: Listen
) -> None:
    connection, _ = await driver.meet(peer())
    aside = driver.session.journal.guaranteed
    driver.ask(Disconnect(connection))
    await driver.close(connection)

    assert (aside > 0, driver.session.journal.guaranteed) == (True, 0)


async def test_a_host_without_descriptors_fails_what_needs_one_and_the_agent_goes_on(
    driver: Driver, peer: Listen
) -> None:
    listener = peer()
    with no_descriptors_left():
        asked = [driver.ask(CreateSocket(0, Category.CONNECTION, Family.ANY)), driver.connect(listener)]
        endings = [failed(await driver.completed(operation)) for operation in asked]
        left = driver.engine.sockets

    emfile = (Status.INSUFFICIENT_RESOURCES, Origin.LOCAL_HOST, Phase.BIND, "EMFILE")
    assert (endings, left) == ([emfile, emfile], 0)
    await driver.meet(listener)


async def test_a_bound_socket_without_a_descriptor_connects_when_there_is_one_again(
    driver: Driver, peer: Listen
) -> None:
    number = driver.create()
    driver.ask(Bind(number, ANYWHERE))
    local = driver.session.socket(number).local
    gone = Endpoint("127.0.0.1", 1)
    connect = driver.ask(Connect(number, gone))
    with no_descriptors_left():
        await driver.completed(connect)

    again = await driver.completed(driver.ask(Connect(number, Endpoint("127.0.0.1", peer().port))))

    assert again.status is Status.SUCCESS
    assert local is not None
    assert driver.session.socket(number).local == Endpoint("127.0.0.1", local.port)


async def test_a_socket_that_goes_with_its_session_says_so_and_one_that_was_closed_does_not(
    driver: Driver,
) -> None:
    closed, left = driver.create(), driver.create(Category.BASIC)
    await driver.close(closed)
    with driver.reading():
        driver.engine.sessions.end(driver.session, SessionEnd.CLOSED)
        told = driver.told(left), driver.told(closed, SocketClosed)

    cause = Cause(Origin.CANCEL, Phase.CLOSE, detail="the session was closed")
    assert told == ([DONE, SocketClosed(Status.CANCELLED, cause)], [])
