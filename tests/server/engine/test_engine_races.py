"""A thousand races each of what can end an operation from two sides: each completes once, and nothing is left open.

Who wins is the machine's affair; which turn of the loop the second side moves in is drawn, with a seed.
"""

import asyncio
import os
import random
from collections.abc import Callable

from tests.dialers import dial_now
from tests.peers import Peer
from tests.server.engine.driver import Driver

from telesock.server.core.events import AcceptResult, Completion
from telesock.server.core.operations import Operation
from telesock.server.core.requests import (
    Accept,
    Bind,
    Close,
    Disconnect,
    Endpoint,
    Receive,
)
from telesock.server.core.states import Category
from telesock.server.core.status import Status
from telesock.server.engine.engine import CancelOutcome

RACES = 1000
Listen = Callable[..., Peer]


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def leaked(before: int) -> bool:
    """Whether more are open than before; a few of the peer's may not be gone yet."""
    return descriptors() > before + 8


async def some_turns(chance: random.Random) -> None:
    for _ in range(chance.choice([0, 0, 1, 2, 3])):
        await asyncio.sleep(0)


async def settled(driver: Driver, *operations: Operation) -> list[Completion]:
    """The one completion of each; then its room is given back."""
    completions = [await driver.completed(operation) for operation in operations]
    driver.session.acknowledge(driver.session.journal.last_sequence)
    driver.engine.sessions.renew(driver.session)  # however long it all takes
    return completions


async def test_accept_against_cancel_completes_once_and_loses_no_connection(driver: Driver) -> None:
    chance = random.Random(1)
    listener = driver.create(Category.LISTENING)
    place = await driver.completed(driver.ask(Bind(listener, Endpoint("127.0.0.1", 0))))
    port = place.result.local.port  # type: ignore[union-attr]  # of a bind
    before, won = descriptors(), set()
    for _ in range(RACES):
        accepting = driver.ask(Accept(listener))
        far = dial_now(port)
        await some_turns(chance)
        outcome = driver.engine.cancel(driver.session, accepting.operation_id)
        [completion] = await settled(driver, accepting)
        won.add(completion.status)
        assert (outcome is CancelOutcome.CANCELLED) == (completion.status is Status.CANCELLED)
        if completion.status is Status.CANCELLED:
            [completion] = await settled(driver, driver.ask(Accept(listener)))
        assert isinstance(completion.result, AcceptResult)
        assert completion.result.remote.port == far.getsockname()[1]
        await settled(driver, driver.ask(Close(completion.result.socket_id)))
        far.close()

    assert won == {Status.SUCCESS, Status.CANCELLED}
    assert (leaked(before), len(driver.session.sockets), driver.session.ledger.pending) == (False, 1, 0)


async def test_connect_against_close_completes_both_and_the_close_last(driver: Driver, peer: Listen) -> None:
    chance = random.Random(2)
    listener = peer(accepting=False)
    before, won = descriptors(), set()
    for _ in range(RACES):
        connecting = driver.connect(listener)
        await some_turns(chance)
        if connecting.sequence and driver.completion(connecting).status is not Status.SUCCESS:  # type: ignore[union-attr]  # it has completed
            continue
        closing = driver.ask(Close(connecting.socket_id))
        connected, closed = await settled(driver, connecting, closing)
        won.add(connected.status)
        assert closed.status is Status.SUCCESS
        assert connecting.sequence < closing.sequence
        listener.drop_waiting()

    assert won <= {Status.SUCCESS, Status.CANCELLED}
    assert (leaked(before), len(driver.session.sockets), driver.session.ledger.pending) == (False, 0, 0)


async def test_disconnect_against_abort_completes_both_once(driver: Driver, peer: Listen) -> None:
    chance = random.Random(3)
    listener = peer()
    before, won = descriptors(), set()
    for _ in range(RACES):
        connection, far = await driver.meet(listener)
        gracefully = driver.ask(Disconnect(connection, final_data=b"bye"))
        if chance.random() < 0.1:
            await driver.completed(gracefully)
        await some_turns(chance)
        abortively = driver.ask(Disconnect(connection, abortive=True))
        graceful, abortive = await settled(driver, gracefully, abortively)
        won.add(graceful.status)
        assert abortive.status is Status.SUCCESS
        await settled(driver, driver.ask(Close(connection)))
        far.close()

    assert won == {Status.SUCCESS, Status.CONNECTION_ABORTED}
    assert (leaked(before), len(driver.session.sockets), driver.session.ledger.pending) == (False, 0, 0)


async def test_receive_against_the_peers_reset_completes_once_with_what_had_arrived(
    driver: Driver, peer: Listen
) -> None:
    chance = random.Random(4)
    listener = peer()
    before, won = descriptors(), set()
    for _ in range(RACES):
        connection, far = await driver.meet(listener)
        receiving = driver.ask(Receive(connection, 5))
        if chance.random() < 0.5:
            far.send(b"hello")
        await some_turns(chance)
        far.reset()
        [received] = await settled(driver, receiving)
        won.add(received.status)
        await settled(driver, driver.ask(Close(connection)))

    assert won == {Status.SUCCESS, Status.CONNECTION_RESET}
    assert (leaked(before), len(driver.session.sockets), driver.session.ledger.pending) == (False, 0, 0)
