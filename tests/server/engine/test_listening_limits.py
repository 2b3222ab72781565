"""A listener on a host or an agent that is full: an accept fails where a connection waits, and nothing is lost."""

from collections.abc import Awaitable, Callable

from tests.peers import PeerConnection
from tests.server.engine.agents import Agent, no_descriptors_left
from tests.server.engine.driver import Driver, failed
from tests.server.engine.listeners import accepted, indicate, indicated, listening, until_waiting

from telesock.server.core.events import ConnectionAccepted
from telesock.server.core.limits import Limits
from telesock.server.core.requests import Accept, Endpoint
from telesock.server.core.states import State
from telesock.server.core.status import Origin, Phase, Status

Dial = Callable[[Endpoint], Awaitable[PeerConnection]]

FULL = (Status.INSUFFICIENT_RESOURCES, Origin.LOCAL_HOST, Phase.CONNECT, "")


async def test_in_a_full_agent_one_accept_fails_and_its_connection_goes_to_a_later_one(
    agent: Agent, dial: Dial
) -> None:
    driver = agent.start(Limits(sockets=2))
    listener, address = listening(driver)
    basic = driver.create()
    far = await dial(address)
    await until_waiting(driver, listener)

    operation = driver.ask(Accept(listener))
    completion = await driver.completed(operation)
    await driver.close(basic)

    assert failed(completion) == FULL
    assert (await accepted(driver, driver.ask(Accept(listener)))).remote == Endpoint(*far.local)


async def test_in_a_full_agent_an_accept_waits_as_long_as_no_connection_does(
    agent: Agent, dial: Dial
) -> None:
    driver = agent.start(Limits(sockets=2))
    listener, address = listening(driver)
    first = driver.ask(Accept(listener))
    await dial(address)
    made = (await accepted(driver, first)).socket_id

    second = driver.ask(Accept(listener))
    assert second.sequence == 0
    await driver.close(made)
    far = await dial(address)

    assert (await accepted(driver, second)).remote == Endpoint(*far.local)


async def test_in_a_full_agent_indications_wait_and_go_on_by_themselves(agent: Agent, dial: Dial) -> None:
    driver = agent.start(Limits(sockets=2))
    listener, address = listening(driver)
    basic = driver.create()
    indicate(driver, listener)
    far = await dial(address)
    await until_waiting(driver, listener)
    assert driver.told(listener, ConnectionAccepted) == []

    await driver.close(basic)

    [made] = (await indicated(driver, listener)).values()
    assert made.remote == Endpoint(*far.local)


async def test_on_a_host_without_descriptors_one_accept_fails_and_the_listener_lives_on(
    driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver)
    far = await dial(address)
    await until_waiting(driver, listener)

    with no_descriptors_left():
        operation = driver.ask(Accept(listener))

    completion = await driver.completed(operation)
    assert failed(completion) == (*FULL[:3], "EMFILE")
    assert driver.state(listener) is State.LISTENING
    assert (await accepted(driver, driver.ask(Accept(listener)))).remote == Endpoint(*far.local)


async def test_on_a_host_without_descriptors_an_accept_waits_as_long_as_no_connection_does(
    driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver)
    first = driver.ask(Accept(listener))
    await dial(address)
    await accepted(driver, first)

    with no_descriptors_left():
        second = driver.ask(Accept(listener))

    far = await dial(address)
    assert (await accepted(driver, second)).remote == Endpoint(*far.local)
