"""A thousand races of an accept, its cancel and a peer: each completes once, and no connection is lost."""

import asyncio
import os
from collections import Counter
from collections.abc import Awaitable, Callable
from random import Random

from tests.peers import PeerConnection
from tests.server.engine.driver import Driver
from tests.server.engine.listeners import accepted, engines, listening

from telesock.server.core.events import AcceptResult, Completion
from telesock.server.core.requests import Accept, Endpoint
from telesock.server.core.status import Status
from telesock.server.engine.engine import CancelOutcome

Dial = Callable[[Endpoint], Awaitable[PeerConnection]]

RACES = 1000
SEED = 20_130_614


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


class Races:
    """A listener, and peers that connect while accepts are asked for and cancelled."""

    def __init__(self, driver: Driver, dial: Dial) -> None:
        self.driver, self.dial = driver, dial
        self.listener, self.address = listening(driver)
        self.random = Random(SEED)
        self.outcomes: Counter[CancelOutcome] = Counter()
        self.asked = 0

    async def run(self) -> None:
        """One race: who was cancelled has no connection, who has one was not cancelled, and the next gets it."""
        early, late = self.random.randrange(6), self.random.randrange(6)
        connecting = asyncio.ensure_future(self.dial(self.address))
        await turns(early)
        operation = self.driver.ask(Accept(self.listener))
        await turns(late)
        outcome = self.driver.engine.cancel(self.driver.session, operation.operation_id)
        far = await connecting
        completion = await self.driver.completed(operation)
        cancelled = completion.status is Status.CANCELLED
        assert cancelled == (outcome is CancelOutcome.CANCELLED)
        taking = self.driver.ask(Accept(self.listener)) if cancelled else operation
        result = await accepted(self.driver, taking)
        assert result.remote == Endpoint(*far.local)
        await self.finish(result.socket_id, far)
        self.asked += 1 + cancelled
        self.outcomes[outcome] += 1

    async def finish(self, socket_id: int, far: PeerConnection) -> None:
        """Close the connection, and forget its events."""
        await self.driver.close(socket_id)
        far.close()
        self.asked += 1
        journal = self.driver.session.journal
        self.driver.session.acknowledge(journal.last_sequence)
        journal.forget_acknowledged()


async def test_of_an_accept_its_cancel_and_a_peer_nothing_is_lost_and_nothing_completes_twice(
    driver: Driver, dial: Dial
) -> None:
    races = Races(driver, dial)
    before = len(os.listdir("/proc/self/fd"))
    made = driver.session.journal.last_sequence

    for _ in range(RACES):
        await races.run()

    assert driver.session.journal.last_sequence - made == races.asked  # a completion each, and nothing else
    assert (driver.session.ledger.pending, engines(driver, races.listener).pending) == (0, 0)
    assert (len(os.listdir("/proc/self/fd")), driver.engine.sockets) == (before, 1)
    assert sum(races.outcomes.values()) == RACES
    assert set(races.outcomes) == {CancelOutcome.CANCELLED, CancelOutcome.TOO_LATE}


async def test_many_accepts_of_which_some_are_cancelled_while_peers_arrive_get_every_peer(
    driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver)
    random = Random(SEED)
    operations = [driver.ask(Accept(listener)) for _ in range(200)]
    dialing = [asyncio.ensure_future(dial(address)) for _ in range(100)]
    for operation in random.sample(operations, 100):
        await turns(random.randrange(3))
        driver.engine.cancel(driver.session, operation.operation_id)
    peers = [await each for each in dialing]

    operations += [driver.ask(Accept(listener)) for _ in range(100)]
    found: set[Endpoint] = set()

    def all_are_found() -> bool:
        bodies = [event.body for event in driver.events if event.socket_id == listener]
        results = [body.result for body in bodies if isinstance(body, Completion)]
        found.update(result.remote for result in results if isinstance(result, AcceptResult))
        return len(found) == len(peers)

    await driver.until(all_are_found)
    assert found == {Endpoint(*far.local) for far in peers}
