"""Unix-domain connections that are held for a decision: a peer that has closed leaves what it sent behind."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.peers import PeerConnection
from tests.server.engine.driver import Driver
from tests.server.engine.listeners import CONDITIONAL, accepted, indicate, inspected, listening

from telesock.server.core.events import ConnectionInspectAborted, ReceiveResult
from telesock.server.core.requests import Accept, Endpoint, InspectComplete, Receive

Dial = Callable[[Endpoint], Awaitable[PeerConnection]]


@pytest.fixture
def held(unix: Driver, tmp_path: Path) -> tuple[int, Endpoint]:
    """A listener that asks."""
    listener, address = listening(unix, CONDITIONAL, host=f"unix:{tmp_path}/near")
    indicate(unix, listener)
    return listener, address


async def test_a_peer_that_sent_something_and_closed_is_let_in_and_heard(
    unix: Driver, dial: Dial, held: tuple[int, Endpoint]
) -> None:
    listener, address = held
    far = await dial(address)
    await inspected(unix, listener, 1)
    far.send(b"last words")
    far.close()
    accept = unix.ask(Accept(listener))

    unix.ask(InspectComplete(listener, 1, True))

    connection = (await accepted(unix, accept)).socket_id
    heard = (await unix.completed(unix.ask(Receive(connection, 100)))).result
    assert heard == ReceiveResult(b"last words", 0, end_of_stream=False)


async def test_a_peer_that_closed_without_a_byte_has_left(
    unix: Driver, dial: Dial, held: tuple[int, Endpoint]
) -> None:
    listener, address = held
    far = await dial(address)
    await inspected(unix, listener, 1)

    far.close()

    await unix.until(lambda: bool(unix.told(listener, ConnectionInspectAborted)))
    assert unix.told(listener, ConnectionInspectAborted) == [ConnectionInspectAborted(1)]
