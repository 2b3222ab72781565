"""Listeners on Unix-domain paths and names: what comes to them is a connection like any other."""

import os
import socket
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from tests.peers import PeerConnection
from tests.server.engine.driver import Driver
from tests.server.engine.listeners import accepted, indicate, listening

from telesock.server.core.events import AcceptResult, BindResult, ConnectionAccepted
from telesock.server.core.refusal import Reason
from telesock.server.core.requests import Accept, Bind, Connect, Endpoint, Family, Indications, Send
from telesock.server.core.states import Category

Dial = Callable[[Endpoint], Awaitable[PeerConnection]]

UNNAMED = Endpoint("unix:", 0)


@pytest.fixture
def named() -> Iterator[socket.socket]:
    """A peer whose name is no text."""
    with socket.socket(socket.AF_UNIX) as far:
        far.bind(b"\0telesock-\xff-%d" % os.getpid())
        yield far


async def test_an_accept_yields_a_connection_of_a_peer_without_a_name(
    unix: Driver, dial: Dial, tmp_path: Path
) -> None:
    path = tmp_path / "near"
    listener, address = listening(unix, host=f"unix:{path}")
    accept = unix.ask(Accept(listener))

    far = await dial(address)

    result = await accepted(unix, accept)
    connection = unix.connection(result.socket_id)
    assert (result.local, result.remote, connection.family) == (address, UNNAMED, Family.UNIX)
    unix.ask(Send(result.socket_id, b"hello"))
    await far.until_received(b"hello")


async def test_a_connection_is_indicated_and_hears_its_peer_from_the_first_byte_on(
    unix: Driver, dial: Dial, tmp_path: Path
) -> None:
    path = tmp_path / "near"
    listener, address = listening(unix, host=f"unix:{path}")
    indicate(unix, listener, Indications.DATA)

    (await dial(address)).send(b"hello")

    await unix.until(lambda: bool(unix.told(listener, ConnectionAccepted)))
    (told,) = unix.told(listener, ConnectionAccepted)
    assert isinstance(told, ConnectionAccepted)
    assert told.accepted == AcceptResult(told.accepted.socket_id, address, UNNAMED, 0)
    await unix.until_indicated(told.accepted.socket_id, b"hello")


async def test_an_accepted_connections_end_leaves_the_listeners_file_and_the_listeners_end_the_connection(
    unix: Driver, dial: Dial, tmp_path: Path
) -> None:
    path = tmp_path / "near"
    listener, address = listening(unix, host=f"unix:{path}")
    accepts = [unix.ask(Accept(listener)) for _ in range(2)]
    first, second = [await dial(address) for _ in accepts]
    ends = [(await accepted(unix, each)).socket_id for each in accepts]

    await unix.close(ends[0])
    await first.until_end()
    assert path.is_socket()
    await unix.close(listener)

    assert not path.exists()
    unix.ask(Send(ends[1], b"hello"))
    await second.until_received(b"hello")


async def test_a_peer_whose_name_is_no_text_is_accepted_and_its_name_written_all_the_same(
    unix: Driver, named: socket.socket, tmp_path: Path
) -> None:
    path = tmp_path / "near"
    listener, _ = listening(unix, host=f"unix:{path}")
    accept = unix.ask(Accept(listener))

    named.connect(str(path))

    assert (await accepted(unix, accept)).remote == Endpoint(f"unix:@telesock-\\xff-{os.getpid()}", 0)


async def test_a_name_that_the_host_chose_is_no_way_around_the_policy(unix: Driver) -> None:
    listener = unix.create(Category.LISTENING, Family.UNIX)
    bound = (await unix.completed(unix.ask(Bind(listener, Endpoint("", 0))))).result
    assert isinstance(bound, BindResult)

    refused = unix.refused(Connect(0, bound.local, make=True))

    assert (refused.reason, refused.metadata["host"]) == (Reason.DESTINATION_NOT_ALLOWED, bound.local.host)
