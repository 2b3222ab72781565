"""Held connections whose peers leave before anybody could have them."""

from collections.abc import Awaitable, Callable

import pytest
from tests.peers import PeerConnection
from tests.server.engine.driver import Driver, failed
from tests.server.engine.listeners import (
    CONDITIONAL,
    accepted,
    engines,
    inspected,
    listening,
)

from telesock.server.core.events import (
    Completion,
    ConnectionInspectAborted,
)
from telesock.server.core.refusal import Reason
from telesock.server.core.requests import (
    Accept,
    Endpoint,
    InspectComplete,
    OperationKind,
    Receive,
)
from telesock.server.core.status import Origin, Phase, Status

Dial = Callable[[Endpoint], Awaitable[PeerConnection]]

DONE = Completion(OperationKind.INSPECT_COMPLETE, Status.SUCCESS)
LEFT = (Status.CONNECTION_DISCONNECTED, Origin.PEER, Phase.CONNECT, "")


def decide(driver: Driver, listener: int, inspect_id: int, accept: bool = True) -> Completion | None:
    return driver.completion(driver.ask(InspectComplete(listener, inspect_id, accept)))


def aborted(driver: Driver, listener: int) -> list[int]:
    bodies = driver.told(listener, ConnectionInspectAborted)
    return [body.inspect_id for body in bodies if isinstance(body, ConnectionInspectAborted)]


@pytest.mark.parametrize("leave", ["reset", "finish", "close"])
async def test_one_that_leaves_is_told_of_once_and_a_decision_about_it_comes_too_late(
    leave: str, driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver, CONDITIONAL)
    accepting = driver.ask(Accept(listener))
    far = await dial(address)
    await inspected(driver, listener)

    getattr(far, leave)()
    await driver.until(lambda: bool(aborted(driver, listener)))

    completion = decide(driver, listener, 1)
    assert completion is not None
    assert failed(completion) == LEFT
    assert driver.refused(InspectComplete(listener, 1, accept=True)).reason is Reason.MALFORMED
    assert (aborted(driver, listener), accepting.sequence) == ([1], 0)
    assert engines(driver, listener).available_credit_connections == 64


async def test_one_whose_leaving_was_not_noticed_yet_is_not_let_in(driver: Driver, dial: Dial) -> None:
    listener, address = listening(driver, CONDITIONAL)
    accepting = driver.ask(Accept(listener))
    far = await dial(address)
    await inspected(driver, listener)
    [held] = engines(driver, listener)._room._held.values()  # type: ignore[union-attr]  # it holds connections
    far.reset()
    while not held.gone:  # the reset is with the kernel, and the engine has had no turn to see it
        pass

    completion = decide(driver, listener, 1)

    assert completion is not None
    assert failed(completion) == LEFT
    assert (aborted(driver, listener), accepting.sequence) == ([1], 0)


async def test_one_that_leaves_after_it_was_let_in_is_told_of_and_the_next_takes_its_place(
    driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver, CONDITIONAL)
    peers = [await dial(address) for _ in range(2)]
    await inspected(driver, listener, 2)
    for number in (1, 2):
        decide(driver, listener, number)

    peers[0].reset()
    await driver.until(lambda: bool(aborted(driver, listener)))

    result = await accepted(driver, driver.ask(Accept(listener)))
    assert (aborted(driver, listener), result.inspect_id) == ([1], 2)


async def test_a_peer_that_sent_something_and_ended_its_side_has_not_left(driver: Driver, dial: Dial) -> None:
    listener, address = listening(driver, CONDITIONAL)
    far = await dial(address)
    far.send(b"request")
    far.finish()
    await inspected(driver, listener)

    decide(driver, listener, 1)

    made = (await accepted(driver, driver.ask(Accept(listener)))).socket_id
    receive = await driver.completed(driver.ask(Receive(made, 100, wait_all=True)))
    assert (receive.status, receive.transferred_bytes) == (Status.SUCCESS, 7)
    assert aborted(driver, listener) == []


async def test_readiness_that_is_of_no_matter_takes_nobody_away(driver: Driver, dial: Dial) -> None:
    listener, address = listening(driver, CONDITIONAL)
    await dial(address)
    await inspected(driver, listener)
    [held] = engines(driver, listener)._room._held.values()  # type: ignore[union-attr]  # it holds connections

    held.on_ready(0xFFFF)  # as of a descriptor that had the same number before

    assert aborted(driver, listener) == []
    assert decide(driver, listener, 1) == DONE
