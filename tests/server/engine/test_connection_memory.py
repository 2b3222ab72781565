"""What the engine keeps of a connection on which nothing happens: little, for there may be ten thousand of them.

Counted is all that can be reached from the engine, so that it does not matter which part keeps it.
"""

import asyncio
import gc
import sys
from collections.abc import Callable, Iterable
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import NamedTuple

from tests.peers import Peer, PeerConnection
from tests.server.engine.driver import Driver

from telesock.server.core.requests import Indications, Receive, Send, SendLevel, SetEventCallbacks

Listen = Callable[..., Peer]

CONNECTIONS = 64
# A little above what was counted on CPython 3.11, 64 bits: the connection with its two queues and its credit, the
# descriptor, the local endpoint with its port, two numbers, the event of its connect; and its places in tables.
MOST_OBJECTS = 10
MOST_BYTES = 1_000
# The same when it has been used and its events are forgotten: more numbers are large, and acknowledgements were
# looked for.
MOST_OBJECTS_USED = 12.5
MOST_BYTES_USED = 1_150

_OTHERS = (type, ModuleType, FunctionType, BuiltinFunctionType, asyncio.AbstractEventLoop)


class Held(NamedTuple):
    """How much an engine holds."""

    objects: int
    bytes: int

    def each_since(self, before: "Held") -> tuple[float, float]:
        """Objects and bytes that have come, for each connection."""
        return (self.objects - before.objects) / CONNECTIONS, (self.bytes - before.bytes) / CONNECTIONS


def held(driver: Driver) -> Held:
    """Everything that can be reached from the engine of a driver, but for code and the event loop."""
    found: dict[int, object] = {}
    following: Iterable[object] = [driver.engine]
    while following:
        new = {id(each): each for each in following if not isinstance(each, _OTHERS)}
        found |= new
        following = [each for each in gc.get_referents(*new.values()) if id(each) not in found]
    return Held(len(found), sum(map(sys.getsizeof, found.values())))


async def meet(driver: Driver, peer: Peer) -> list[tuple[int, PeerConnection]]:
    """Connect all of them, and acknowledge that."""
    met = [await driver.meet(peer) for _ in range(CONNECTIONS)]
    driver.session.acknowledge(driver.session.journal.last_sequence)
    return met


async def test_an_idle_connection_is_a_handful_of_objects(driver: Driver, peer: Listen) -> None:
    await driver.meet(peer())  # what all connections share is there by then
    before = held(driver)

    await meet(driver, peer())

    objects, size = held(driver).each_since(before)
    assert objects <= MOST_OBJECTS
    assert size <= MOST_BYTES


async def use(driver: Driver, socket_id: int, far: PeerConnection) -> None:
    """Have something in every queue of a connection, and nothing in the end."""
    receives = driver.connection(socket_id).receives
    for level in SendLevel:
        await driver.completed(driver.ask(Send(socket_id, bytes(300), level=level)))
    receiving = driver.ask(Receive(socket_id, 300, wait_all=True))
    far.send(bytes(299))
    await driver.until_seen(lambda: not receives.waiting)
    far.send(b"x")
    await driver.completed(receiving)
    driver.ask(SetEventCallbacks(socket_id, Indications.DATA, Indications.NONE))
    far.send(b"unasked")
    await driver.until_indicated(socket_id, b"unasked")
    driver.release(socket_id, b"unasked")


async def test_a_connection_that_is_idle_again_has_given_its_queues_back(
    driver: Driver, peer: Listen
) -> None:
    await use(driver, *await driver.meet(peer()))  # what all connections share is there by then
    before = held(driver)
    for socket_id, far in await meet(driver, peer()):
        await use(driver, socket_id, far)

    driver.session.acknowledge(driver.session.journal.last_sequence)
    driver.session.journal.forget_acknowledged()

    objects, size = held(driver).each_since(before)
    assert objects <= MOST_OBJECTS_USED
    assert size <= MOST_BYTES_USED
