"""Relays for the tests of the engine, and what they have told.

relay = relaying(driver, peer())                 # a listener that forwards to the peer
client, server = await relay.meet(dial)          # both ends of a new relayed connection
await relay.ended()                              # RelayEnded of each that is over, when there is one
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from tests.peers import Peer, PeerConnection
from tests.server.engine.driver import Driver
from tests.server.engine.listeners import listening

from telesock.server.core.options import SetOption
from telesock.server.core.relays import RelayConnected, RelayEnded, RelayResult
from telesock.server.core.requests import Endpoint, Relay
from telesock.server.core.status import Status
from telesock.server.engine.relayed_connection import RelayedConnection

Dial = Callable[[Endpoint], Awaitable[PeerConnection]]


class RunningRelay:
    """A relay that runs, and its upstream."""

    def __init__(
        self,
        driver: Driver,
        upstream: Peer | Endpoint,
        listener: int,
        address: Endpoint,
        timeout: float | None,
    ) -> None:
        self.driver = driver
        self.upstream = upstream
        self.listener = listener
        self.address = address
        to = Endpoint(upstream.host, upstream.port)
        self.operation = driver.ask(Relay(listener, to, timeout))

    async def meet(self, dial: Dial) -> tuple[PeerConnection, PeerConnection]:
        """Connect a client; return both ends, once the relay has told of it."""
        assert isinstance(self.upstream, Peer), "somebody accepts"
        before = len(self.driver.told(self.listener, RelayConnected))
        client = await dial(self.address)
        server = await self.upstream.accepted()
        await self.connected(before + 1)
        return client, server

    async def connected(self, count: int = 1) -> list[RelayConnected]:
        """Wait until so many clients were connected or failed; return what was told of them."""
        await self.driver.until(lambda: len(self.driver.told(self.listener, RelayConnected)) >= count)
        bodies = self.driver.told(self.listener, RelayConnected)
        assert len(bodies) == count, bodies
        return [body for body in bodies if isinstance(body, RelayConnected)]

    async def ended(self, count: int = 1) -> list[RelayEnded]:
        """Wait until so many connections have ended; return what was told of them."""
        await self.driver.until(lambda: len(self.driver.told(self.listener, RelayEnded)) >= count)
        bodies = self.driver.told(self.listener, RelayEnded)
        assert len(bodies) == count, bodies
        return [body for body in bodies if isinstance(body, RelayEnded)]

    async def completed(self) -> tuple[Status, RelayResult]:
        """Wait for the relay's completion; return how it ended and what came of it."""
        completion = await self.driver.completed(self.operation)
        assert isinstance(completion.result, RelayResult)
        return completion.status, completion.result

    async def sockets(self, number: int = 0) -> tuple[RelayedConnection, RelayedConnection]:
        """The two sockets of a client, by the order of connecting: its own, and that of the upstream."""
        await self.driver.until(lambda: len(self.driver.told(self.listener, RelayConnected)) > number)
        told = self.driver.told(self.listener, RelayConnected)[number]
        assert isinstance(told, RelayConnected)
        downstream = self.driver.session.sockets[told.downstream_socket_id]
        upstream = self.driver.session.sockets[told.upstream_socket_id]
        assert isinstance(downstream, RelayedConnection)
        assert isinstance(upstream, RelayedConnection)
        return downstream, upstream


def relaying(
    driver: Driver,
    upstream: Peer | Endpoint,
    *options: SetOption,
    timeout: float | None = None,
    host: str = "127.0.0.1",
) -> RunningRelay:
    """Make a listener that relays to an upstream."""
    return RunningRelay(driver, upstream, *listening(driver, *options, host=host), timeout)


class Moved(NamedTuple):
    """Bytes of one relayed connection."""

    to_upstream: int
    to_client: int


def moved(ended: RelayEnded) -> Moved:
    """What was told of the bytes."""
    return Moved(ended.bytes_to_upstream, ended.bytes_to_client)


async def both(*waits: Awaitable[object]) -> None:
    """Wait for things that happen beside each other."""
    await asyncio.gather(*waits)
